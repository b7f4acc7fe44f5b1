/** Lines over time as inline SVG. Colours are the page's variables, so that light and dark are the page's matter. */
import { escaped, type Plane, planeOf, ticksOf, WIDTH } from './plane.ts'

export interface PlotLine {
  name: string
  /** A CSS colour. */
  color: string
  points: readonly { x: number; y: number }[]
}

export interface LinePlot {
  /** What a screen reader says. */
  title: string
  lines: readonly PlotLine[]
  /** With the ground below filled: for one line. */
  isFilled?: boolean
  /** Dashed levels, each with its words. */
  levels?: readonly { y: number; label: string }[]
  yUnit: string
}

/** More would be less than a pixel apart. */
const MAX_POINTS = 600

export function linePlot({ title, lines, isFilled = false, levels = [], yUnit }: LinePlot): string {
  const all = lines.flatMap(({ points }) => points)
  if (all.length < 2) return '<p class="none">Too short a run for this plot.</p>'
  const xMax = Math.max(...all.map(({ x }) => x))
  const yMax = Math.max(...all.map(({ y }) => y), ...levels.map(({ y }) => y))
  const plane = planeOf({ x: [0, xMax], y: [0, yMax] })
  const drawn = lines.map((line) => drawLine(line, plane, isFilled)).join('')
  const marks = levels
    .map(({ y, label }) => {
      const at = plane.y(y).toFixed(1)
      return `<line class="level" x1="${plane.left}" x2="${plane.right}" y1="${at}" y2="${at}"/><text class="mark" x="${plane.right}" y="${(plane.y(y) - 6).toFixed(1)}" text-anchor="end">${escaped(label)}</text>`
    })
    .join('')
  return `<svg viewBox="0 0 ${WIDTH} ${plane.height}" role="img" aria-label="${escaped(title)}">${plane.yAxis(yUnit)}${timeAxis(plane, xMax)}${drawn}${marks}</svg>`
}

function drawLine({ name, color, points }: PlotLine, plane: Plane, isFilled: boolean): string {
  const at = thinned(points).map(({ x, y }) => `${plane.x(x).toFixed(1)},${plane.y(y).toFixed(1)}`)
  const [first, last] = [points[0]?.x ?? 0, points.at(-1)?.x ?? 0]
  const ground = `${plane.x(last).toFixed(1)},${plane.bottom} ${plane.x(first).toFixed(1)},${plane.bottom}`
  const fill = isFilled
    ? `<polygon points="${at.join(' ')} ${ground}" style="fill:${color}" class="ground"/>`
    : ''
  return `${fill}<polyline points="${at.join(' ')}" style="stroke:${color}" class="line"><title>${escaped(name)}</title></polyline>`
}

/** The highest point of each group stays: a peak is what one looks for. */
function thinned<T extends { y: number }>(points: readonly T[]): T[] {
  const size = Math.ceil(points.length / MAX_POINTS)
  if (size <= 1) return [...points]
  const groups = Array.from({ length: Math.ceil(points.length / size) }, (_, index) =>
    points.slice(index * size, (index + 1) * size),
  )
  return groups.map((group) => group.reduce((highest, point) => (point.y > highest.y ? point : highest)))
}

function timeAxis(plane: Plane, max: number): string {
  const isLong = max >= 180
  return plane.xAxis(
    ticksOf(isLong ? max / 60 : max, 6).map((tick) => ({
      at: isLong ? tick * 60 : tick,
      label: `${Number(tick.toPrecision(4))} ${isLong ? 'min' : 's'}`,
    })),
  )
}
