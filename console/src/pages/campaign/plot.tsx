/** A plot over time. Its content is also available as text: below it, and to a screen reader. */
import 'uplot/dist/uPlot.min.css'
import { Title, useComputedColorScheme } from '@mantine/core'
import { useEffect, useId, useRef, useState } from 'react'
import uPlot from 'uplot'
import type { Format } from '../../text/format.ts'
import { useText } from '../../text/language.tsx'
import classes from './plot.module.css'

interface Line {
  name: string
  values: number[]
  /** A CSS variable. */
  color: string
}

interface Props {
  title: string
  summary: string
  times: number[]
  lines: Line[]
}

const HEIGHT = 180
/** Grid steps, up to ten million. Not 2.5: a step of 0.25 would be labeled 0.3. */
const STEPS = [-1, 0, 1, 2, 3, 4, 5, 6].flatMap((power) => [1, 2, 5].map((step) => step * 10 ** power))

export function Plot({ title, summary, times, lines }: Props) {
  const { format } = useText()
  const id = useId()
  const scheme = useComputedColorScheme('light')
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(null)
  const [at, setAt] = useState<number | null>(null)
  const names = lines.map(({ name }) => name).join()

  // biome-ignore lint/correctness/useExhaustiveDependencies: redrawn for another theme or language only; new figures go into the existing plot.
  useEffect(() => {
    const box = place.current
    if (box === null) return
    const options = optionsOf({ lines, width: box.clientWidth, format, onCursor: setAt })
    const drawn = new uPlot(options, dataOf(times, lines), box)
    plot.current = drawn
    const watch = new ResizeObserver(() => {
      if (box.clientWidth > 0) drawn.setSize({ width: box.clientWidth, height: HEIGHT })
    })
    watch.observe(box)
    return () => {
      watch.disconnect()
      plot.current = null
      drawn.destroy()
    }
  }, [scheme, format, names])

  useEffect(() => plot.current?.setData(dataOf(times, lines)), [times, lines])

  const time = at === null ? undefined : times[at]
  return (
    <figure className={classes.figure} aria-labelledby={id}>
      <Title order={3} size="h6" id={id}>
        {title}
      </Title>
      <div ref={place} role="img" aria-label={`${title}. ${summary}`} className={classes.place} />
      <figcaption className={classes.caption}>
        {lines.length > 1 && (
          <span className={classes.legend}>
            {lines.map(({ name, color }) => (
              <span key={name} className={classes.key}>
                <span aria-hidden className={classes.swatch} style={{ background: `var(${color})` }} />
                {name}
              </span>
            ))}
          </span>
        )}
        {at === null || time === undefined ? (
          <span>{summary}</span>
        ) : (
          <span aria-hidden>
            {format.clock(new Date(time * 1_000))} ·{' '}
            {lines
              .map(
                ({ name, values }) => `${lines.length > 1 ? `${name} ` : ''}${format.rate(values[at] ?? 0)}`,
              )
              .join(' · ')}
          </span>
        )}
      </figcaption>
    </figure>
  )
}

function dataOf(times: number[], lines: Line[]): uPlot.AlignedData {
  return [times, ...lines.map(({ values }) => values)]
}

function optionsOf(given: {
  lines: Line[]
  width: number
  format: Format
  onCursor: (index: number | null) => void
}): uPlot.Options {
  const { lines, width, format, onCursor } = given
  const style = getComputedStyle(document.documentElement)
  const color = (name: string) => style.getPropertyValue(name).trim()
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
      x: { time: true },
      y: { range: (_plot, _low, high) => [0, Math.max(high * 1.1, 1)] },
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
      ...lines.map(({ name, color: variable }) => ({
        label: name,
        stroke: color(variable),
        fill: `color-mix(in srgb, ${color(variable)} 18%, transparent)`,
        width: 1.5,
        points: { show: false },
        ...(stepped && { paths: stepped }),
      })),
    ],
    hooks: { setCursor: [({ cursor }) => onCursor(cursor.idx ?? null)] },
  }
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
