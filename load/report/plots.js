/* Draws the plots of a report page with uPlot, which precedes this in the same script. Runs in the browser. */
const plots = JSON.parse(document.getElementById('plots').textContent)
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
const number = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 4 })
const duration = (ms) => (ms >= 10_000 ? `${number.format(ms / 1000)} s` : `${number.format(ms)} ms`)
const time = (s, max = s) => (max >= 180 ? `${number.format(s / 60)} min` : `${number.format(s)} s`)
const HEIGHT = 260
const TIME_STEPS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600]
/** Labels of a histogram, in milliseconds. */
const MS_TICKS = [0.01, 0.1, 1, 10, 100, 1000, 10_000].flatMap((power) => [power, 2 * power, 5 * power])

/** Dashed lines at given values with a label: across a plot over time, up and down in a histogram. */
const drawMarks =
  ({ marks, barsPerOctave }) =>
  (plot) => {
    const { ctx, bbox } = plot
    const { left, top, width, height } = bbox
    const px = devicePixelRatio
    const lines = marks.map(({ at }) => plot.valToPos(at, barsPerOctave ? 'x' : 'y', true))
    ctx.save()
    ctx.strokeStyle = color('--ink')
    ctx.setLineDash([4 * px, 4 * px])
    ctx.beginPath()
    for (const position of lines) {
      ctx.moveTo(barsPerOctave ? position : left, barsPerOctave ? top : position)
      ctx.lineTo(barsPerOctave ? position : left + width, barsPerOctave ? top + height : position)
    }
    ctx.stroke()
    ctx.font = `${12 * px}px sans-serif`
    ctx.textAlign = 'left'
    for (const [index, { label }] of marks.entries()) {
      const room = ctx.measureText(label).width + 6 * px
      const x = barsPerOctave ? Math.min(lines[index] + 4 * px, left + width - room) : left + width - room
      const y = barsPerOctave ? top + (index * 18 + 4) * px : lines[index] - 19 * px
      ctx.fillStyle = color('--ground')
      ctx.fillRect(x, y, room, 15 * px)
      ctx.fillStyle = color('--ink')
      ctx.fillText(label, x + 3 * px, y + 12 * px)
    }
    ctx.restore()
  }

/** Returns a function that fits the plot to the width of its place. */
function draw(place) {
  const plot = plots[Number(place.dataset.plot)]
  const { barsPerOctave, series, unit } = plot
  const xLabel = barsPerOctave ? (bar) => duration(2 ** (bar / barsPerOctave) / 1000) : time
  const ticks = (_plot, _axis, min, max) => {
    const bars = MS_TICKS.map((ms) => Math.log2(ms * 1000) * barsPerOctave)
    const inside = bars.filter((bar) => bar >= min && bar <= max)
    return inside.filter((_, index) => index % Math.ceil(inside.length / (place.clientWidth / 90)) === 0)
  }
  const axis = {
    stroke: color('--faint'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
  }
  const lines = series.map(({ label }, index) => ({
    label,
    stroke: color(`--c${(index % 8) + 1}`),
    width: 1.5,
    spanGaps: true,
    points: { show: false },
    value: (_plot, y) => (y == null ? '–' : `${number.format(y)} ${unit}`),
    ...(series.length === 1 && { fill: `${color('--c1')}40` }),
    ...(barsPerOctave && { paths: uPlot.paths.bars({ size: [0.9], align: 1 }) }),
  }))
  const drawn = new uPlot(
    {
      width: place.clientWidth,
      height: HEIGHT,
      scales: {
        x: { time: false, ...(barsPerOctave && { range: (_plot, min, max) => [min - 4, max + 4] }) },
        y: { range: (_plot, _min, max) => [0, Math.max(max * 1.15, 1)] },
      },
      axes: [
        {
          ...axis,
          size: 32,
          values: (_plot, values) => values.map((value) => xLabel(value, values.at(-1))),
          ...(barsPerOctave ? { splits: ticks } : { incrs: TIME_STEPS }),
        },
        { ...axis, values: (_plot, values) => values.map((value) => number.format(value)), size: 60 },
      ],
      series: [{ label: 'at', value: (_plot, x) => (x == null ? '–' : xLabel(x)) }, ...lines],
      hooks: { draw: [drawMarks(plot)] },
    },
    uPlot.join(series.map(({ points }) => points)),
    place,
  )
  return () => drawn.setSize({ width: place.clientWidth, height: HEIGHT })
}

let fits = []
const drawAll = () => {
  fits = [...document.querySelectorAll('.plot')].map((place) => {
    place.replaceChildren()
    return draw(place)
  })
}
drawAll()
addEventListener('resize', () => {
  for (const refit of fits) refit()
})
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll)
