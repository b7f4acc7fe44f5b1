/** How uPlot draws: stacked steps, the rate limit as a dashed line, and a line for each marker. */
import uPlot from 'uplot'
import type { Format } from '../../text/format.ts'

export const HEIGHT = 200
/** Grid steps, up to ten million. Not 2.5: a step of 0.25 would be labeled 0.3. */
const STEPS = [-1, 0, 1, 2, 3, 4, 5, 6].flatMap((power) => [1, 2, 5].map((step) => step * 10 ** power))

export interface Layer {
  name: string
  values: number[]
  /** A CSS variable. */
  color: string
}

interface Drawn {
  /** From the bottom. */
  layers: Layer[]
  range: [number, number]
  limit: number | null
  markers: { name: string; at: number }[]
}

/** Redrawn with new figures without making a new plot: read through `drawn`. */
export function optionsOf(
  drawn: () => Drawn,
  { width, format, onCursor }: { width: number; format: Format; onCursor: (at: Cursor | null) => void },
): uPlot.Options {
  const style = getComputedStyle(document.documentElement)
  const color = (variable: string) => style.getPropertyValue(variable).trim()
  const font = `12px ${getComputedStyle(document.body).fontFamily}`
  const axis = {
    stroke: color('--mantine-color-dimmed'),
    font,
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
  }
  const stepped = uPlot.paths.stepped?.({ align: 1 })
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: {
      x: { time: true, range: () => drawn().range },
      y: { range: (_plot, _low, high) => [0, Math.max(high * 1.1, (drawn().limit ?? 0) * 1.1, 1)] },
    },
    axes: [
      { ...axis, values: (_plot, splits) => timeLabels(splits, format), space: 90, size: 28 },
      {
        ...axis,
        incrs: STEPS,
        values: (_plot, splits) => splits.map((value) => format.rate(value)),
        size: axisWidth(font),
      },
    ],
    series: [
      {},
      // The highest first: each lower one is drawn over it.
      ...drawn()
        .layers.toReversed()
        .map(({ name, color: variable }) => ({
          label: name,
          stroke: color(variable),
          fill: `color-mix(in srgb, ${color(variable)} 30%, ${color('--surface')})`,
          width: 1.5,
          points: { show: false },
          ...(stepped && { paths: stepped }),
        })),
    ],
    hooks: {
      draw: [
        (plot) => {
          drawLimit(plot, drawn().limit, color('--mantine-color-text'))
          for (const { at } of drawn().markers) drawMarker(plot, at, color('--mantine-color-dimmed'))
        },
      ],
      setCursor: [
        ({ cursor, bbox }) => {
          const { idx, left = -1 } = cursor
          if (idx === null || idx === undefined || left < 0) onCursor(null)
          else onCursor({ index: idx, left: left + bbox.left / devicePixelRatio })
        },
      ],
    },
  }
}

/** `left`: in CSS pixels, from the edge of the plot. */
export interface Cursor {
  index: number
  left: number
}

/** Each on top of those before it; the highest first, as the series are. */
export function stackedOf(times: number[], layers: readonly Layer[]): uPlot.AlignedData {
  const tops: number[][] = []
  for (const { values } of layers) {
    const below = tops.at(-1)
    tops.push(values.map((value, index) => value + (below?.[index] ?? 0)))
  }
  return [times, ...tops.toReversed()]
}

function drawLimit(plot: uPlot, limit: number | null, color: string): void {
  if (limit === null) return
  const { left, width } = plot.bbox
  const y = Math.round(plot.valToPos(limit, 'y', true)) + 0.5
  line(plot, color, [6, 4], [left, y, left + width, y])
}

function drawMarker(plot: uPlot, at: number, color: string): void {
  const { left, top, width, height } = plot.bbox
  const x = Math.round(plot.valToPos(at, 'x', true)) + 0.5
  if (x < left - 1 || x > left + width + 1) return
  line(plot, color, [2, 3], [x, top, x, top + height])
  // A flag at its top, so that it is not taken for the grid.
  const size = 4 * devicePixelRatio
  plot.ctx.save()
  plot.ctx.fillStyle = color
  plot.ctx.beginPath()
  plot.ctx.moveTo(x - size, top)
  plot.ctx.lineTo(x + size, top)
  plot.ctx.lineTo(x, top + 1.5 * size)
  plot.ctx.fill()
  plot.ctx.restore()
}

function line(
  { ctx }: uPlot,
  color: string,
  dash: number[],
  [fromX, fromY, toX, toY]: [number, number, number, number],
): void {
  ctx.save()
  ctx.strokeStyle = color
  ctx.lineWidth = devicePixelRatio
  ctx.setLineDash(dash.map((length) => length * devicePixelRatio))
  ctx.beginPath()
  ctx.moveTo(fromX, fromY)
  ctx.lineTo(toX, toY)
  ctx.stroke()
  ctx.restore()
}

/** As wide as its widest label: a fixed 56 px would be a sixth of a phone's width. */
function axisWidth(font: string): (plot: uPlot, values: string[] | null) => number {
  const context = document.createElement('canvas').getContext('2d')
  return (_plot, values) => {
    if (context === null || values === null) return 50
    context.font = font
    return Math.max(...values.map((value) => context.measureText(value).width), 12) + 14
  }
}

/** Seconds only if ticks are less than a minute apart; dates if they are half a day or more apart. */
function timeLabels(splits: number[], format: Format): string[] {
  const step = (splits[1] ?? 0) - (splits[0] ?? 0)
  return splits.map((seconds) => {
    const time = new Date(seconds * 1_000)
    if (step >= 43_200) return format.day(time)
    return format.tick(time, step < 60)
  })
}
