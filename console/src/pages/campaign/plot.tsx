/** A plot over time: a crosshair with the values, and the same as text and as a table for those who do not see it. */
import 'uplot/dist/uPlot.min.css'
import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import uPlot from 'uplot'
import { campaignTexts } from '../../text/campaign-texts.ts'
import { useText, useTextOf } from '../../text/language.tsx'
import classes from './plot.module.css'
import { type Cursor, HEIGHT, type Layer, optionsOf, stackedOf } from './plot-options.ts'

interface Props {
  title: string
  summary: string
  times: number[]
  /** Drawn on top of each other, from the bottom. */
  layers: Layer[]
  range: [number, number]
  /** Drawn as a line. */
  limit: number | null
  markers: { name: string; at: number }[]
  /** Of all layers together. */
  total: string
}

export function Plot(props: Props) {
  const { title, summary, times, layers, limit, markers, total } = props
  const { format, campaign: text } = useTextOf(campaignTexts)
  const scheme = useComputedColorScheme('light')
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(null)
  const latest = useRef(props)
  latest.current = props
  const [cursor, setCursor] = useState<Cursor | null>(null)
  const names = layers.map(({ name }) => name).join()

  // biome-ignore lint/correctness/useExhaustiveDependencies: redrawn for another theme or language only; new figures go into the existing plot.
  useEffect(() => {
    const box = place.current
    if (box === null) return
    const options = optionsOf(() => latest.current, { width: box.clientWidth, format, onCursor: setCursor })
    const drawn = new uPlot(options, stackedOf(times, layers), box)
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

  // biome-ignore lint/correctness/useExhaustiveDependencies: limit and markers are drawn from `latest`, and redrawn when they change.
  useEffect(() => plot.current?.setData(stackedOf(times, layers)), [times, layers, limit, markers])

  const time = cursor === null ? undefined : times[cursor.index]
  return (
    <figure className={classes.figure}>
      <div className={classes.place}>
        <div ref={place} role="img" aria-label={`${title}. ${summary}`} className={classes.canvas} />
        {cursor !== null && time !== undefined && (
          <div
            aria-hidden
            className={classes.values}
            data-side={cursor.left > (place.current?.clientWidth ?? 0) / 2 ? 'left' : 'right'}
            style={{ left: cursor.left }}
          >
            <div className={classes.time}>{format.clock(new Date(time * 1_000))}</div>
            {layers.toReversed().map(({ name, values, color }) => (
              <Value key={name} name={name} color={color} value={values[cursor.index] ?? 0} />
            ))}
            {layers.length > 1 && (
              <Value
                name={total}
                value={layers.reduce((sum, { values }) => sum + (values[cursor.index] ?? 0), 0)}
              />
            )}
          </div>
        )}
      </div>
      <figcaption className={classes.caption}>
        <span className={classes.legend}>
          {layers.toReversed().map(({ name, color }) => (
            <span key={name} className={classes.key}>
              <span aria-hidden className={classes.swatch} style={{ background: `var(${color})` }} />
              {name}
            </span>
          ))}
          {limit !== null && (
            <span className={classes.key}>
              <span aria-hidden className={classes.dashes} />
              {text.plotLimit} {format.rate(limit)}
            </span>
          )}
          {markers.map(({ name, at }) => (
            <span key={name + at} className={classes.key}>
              <span aria-hidden className={classes.flag} />
              {name} {format.clock(new Date(at * 1_000))}
            </span>
          ))}
        </span>
        <span>{summary}</span>
      </figcaption>
    </figure>
  )
}

function Value({ name, value, color }: { name: string; value: number; color?: string }) {
  const { format } = useText()
  return (
    <div className={classes.value}>
      <span
        className={classes.swatch}
        style={color === undefined ? undefined : { background: `var(${color})` }}
      />
      <span>{name}</span>
      <span className={classes.number}>{format.rate(value)}</span>
    </div>
  )
}
