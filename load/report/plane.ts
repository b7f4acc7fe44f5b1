/** The plane that plots are drawn on: scales, axes, and numbers that are round. */
import { grouped } from '../../testing/terminal/progress.ts'

export const WIDTH = 720
const HEIGHT = 260
/** Room for the labels, which are larger on a small screen. */
const MARGIN = { left: 84, right: 12, top: 30, bottom: 38 }

export interface Plane {
  /** Of the whole picture. */
  height: number
  left: number
  right: number
  top: number
  bottom: number
  x(value: number): number
  y(value: number): number
  xAxis(ticks: readonly { at: number; label: string }[]): string
  yAxis(unit: string): string
}

export interface Ranges {
  x: readonly [from: number, to: number]
  /** From 0: lengths are compared. */
  y: readonly [from: 0, to: number]
  /** Room above, for marks. */
  above?: number
}

export function planeOf(ranges: Ranges): Plane {
  const height = HEIGHT + (ranges.above ?? 0)
  const [left, right, bottom] = [MARGIN.left, WIDTH - MARGIN.right, height - MARGIN.bottom]
  const top = MARGIN.top + (ranges.above ?? 0)
  const yTicks = ticksOf(ranges.y[1], 4, Math.ceil)
  const yTop = yTicks.at(-1) || 1
  const [from, to] = ranges.x
  const x = (value: number) => left + ((value - from) / (to - from || 1)) * (right - left)
  const y = (value: number) => bottom - (value / yTop) * (bottom - top)
  return {
    height,
    left,
    right,
    top,
    bottom,
    x,
    y,
    xAxis: (ticks) =>
      ticks
        .map(({ at, label }) => {
          // The outermost labels must not hang over the edge.
          const anchor = at <= from ? 'start' : x(at) > right - 24 ? 'end' : 'middle'
          return `<text x="${x(at).toFixed(1)}" y="${bottom + 24}" text-anchor="${anchor}">${escaped(label)}</text>`
        })
        .join(''),
    yAxis: (unit) => {
      const lines = yTicks.map((tick) => {
        const at = y(tick)
        return `<line class="grid" x1="${left}" x2="${right}" y1="${at.toFixed(1)}" y2="${at.toFixed(1)}"/><text x="${left - 8}" y="${(at + 4).toFixed(1)}" text-anchor="end">${grouped(tick)}</text>`
      })
      return `${lines.join('')}<text x="0" y="${top - 16}">${escaped(unit)}</text>`
    },
  }
}

/** Round numbers from 0 to `max`, or with `Math.ceil` just beyond it, 1, 2 or 5 times a power of ten apart. */
export function ticksOf(max: number, count: number, round = Math.floor): number[] {
  if (!(max > 0)) return [0]
  const raw = max / count
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= raw * (1 - 1e-9)) ?? 10) * power
  const steps = round(Number((max / step).toPrecision(9)))
  return Array.from({ length: steps + 1 }, (_, index) => Number((index * step).toPrecision(12)))
}

/** Text that is no markup, whatever is in it. */
export function escaped(text: string): string {
  const NAMES: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replace(/[&<>"']/g, (character) => NAMES[character] ?? character)
}
