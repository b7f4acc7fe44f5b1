/** Lines over time as one SVG file: panels below one another that share the axis of time, with the moments of changes. */

interface Point {
  x: number
  y: number
}

export interface SeriesPlot {
  title: string
  xLabel: string
  /** Moments at which something changed; each has its number in the plot and its label in the legend. */
  marks: readonly { at: number; label: string }[]
  panels: readonly { title: string; series: readonly { label: string; points: readonly Point[] }[] }[]
}

const WIDTH = 960
const PANEL = 150
const GAP = 42
const LEFT = 70
const RIGHT = 20
/** Blue and orange differ for colour-blind readers as well. */
const COLORS = ['#2a78d6', '#eb6834', '#3a3a3a']
/** Of a width of 870 pixels, more points would not be seen. */
const MOST_POINTS = 1_200

export function seriesSvg({ title, xLabel, marks, panels }: SeriesPlot): string {
  const all = panels.flatMap(({ series }) => series.flatMap(({ points }) => points))
  const end = all.reduce((most, { x }) => Math.max(most, x), 1)
  const xOf = (x: number) => LEFT + ((WIDTH - LEFT - RIGHT) * x) / end
  const top = 62
  const bottom = top + panels.length * (PANEL + GAP)
  const height = bottom + 40 + Math.ceil(marks.length / 2) * 20
  const body = [
    text(LEFT, 26, title, 'font-size="17" font-weight="600"'),
    ...panels.map(({ title: name, series }, index) =>
      panelOf(name, series, top + index * (PANEL + GAP) + 20, xOf, end),
    ),
    ...marks.map(({ at }, index) => {
      const x = xOf(at).toFixed(1)
      return `<path d="M${x} ${top}V${bottom - GAP + 20}" stroke="#6b6a66" stroke-dasharray="4 4"/>${text(xOf(at) - 4, top - 8, String(index + 1), 'font-weight="600"')}`
    }),
    text((LEFT + WIDTH - RIGHT) / 2, bottom + 4, xLabel, 'text-anchor="middle" fill="#6b6a66"'),
    ...marks.map(({ label, at }, index) =>
      text(
        LEFT + (index % 2) * 440,
        bottom + 34 + Math.floor(index / 2) * 20,
        `${index + 1}  from ${at.toFixed(0)} s: ${label}`,
      ),
    ),
  ]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="#1a1a19">
<title>${escaped(title)}</title>
<rect width="100%" height="100%" fill="#fcfcfb"/>
${body.join('\n')}
</svg>
`
}

function panelOf(
  title: string,
  series: SeriesPlot['panels'][number]['series'],
  top: number,
  xOf: (x: number) => number,
  end: number,
): string {
  const highest = series.flatMap(({ points }) => points).reduce((most, { y }) => Math.max(most, y), 1)
  const step = niceStep(highest / 3)
  const most = Math.ceil(highest / step) * step
  const yOf = (y: number) => top + PANEL - (PANEL * y) / most
  const lines = Array.from({ length: Math.round(most / step) + 1 }, (_, index) => {
    const y = yOf(index * step)
    return `<path d="M${LEFT} ${y.toFixed(1)}H${WIDTH - RIGHT}" stroke="#e3e2de"/>${text(LEFT - 8, y + 4, (index * step).toLocaleString('en-US'), 'text-anchor="end" fill="#6b6a66"')}`
  })
  const xStep = niceStep(end / 8)
  const times = Array.from({ length: Math.floor(end / xStep) + 1 }, (_, index) =>
    text(xOf(index * xStep), top + PANEL + 16, String(index * xStep), 'text-anchor="middle" fill="#6b6a66"'),
  )
  const drawn = series.map(({ points }, index) => {
    const every = Math.max(1, Math.ceil(points.length / MOST_POINTS))
    const path = points
      .filter((_, at) => at % every === 0)
      .map(({ x, y }, at) => `${at === 0 ? 'M' : 'L'}${xOf(x).toFixed(1)} ${yOf(y).toFixed(1)}`)
      .join('')
    return `<path d="${path}" fill="none" stroke="${COLORS[index % COLORS.length]}" stroke-width="1.6"/>`
  })
  const legend = series.map(({ label }, index) =>
    series.length < 2
      ? ''
      : text(
          WIDTH - RIGHT - (series.length - index) * 110,
          top - 8,
          `— ${label}`,
          `fill="${COLORS[index % COLORS.length]}"`,
        ),
  )
  return [text(LEFT, top - 8, title, 'font-weight="600"'), ...legend, ...lines, ...times, ...drawn].join('\n')
}

/** 1, 2 or 5 times a power of ten, not below `least`. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  return ([1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10) * power
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${attributes && ` ${attributes}`}>${escaped(content)}</text>`
}

const escaped = (content: string) => content.replace(/&/g, '&amp;').replace(/</g, '&lt;')
