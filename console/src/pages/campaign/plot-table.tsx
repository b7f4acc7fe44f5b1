/** The plot as a table, for those who do not see it or want the exact numbers. Made when it is unfolded. */
import { useState } from 'react'
import { campaignTexts } from '../../text/campaign-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import classes from './plot.module.css'
import type { Layer } from './plot-options.ts'

interface Props {
  title: string
  times: number[]
  layers: Layer[]
}

export function PlotTable({ title, times, layers }: Props) {
  const { campaign: text, format } = useTextOf(campaignTexts)
  const [isOpen, setOpen] = useState(false)
  return (
    <details className={classes.table} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{text.plotTable}</summary>
      {isOpen && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse scrolls it with the keyboard.
        <section className={classes.scroll} tabIndex={0} aria-label={title}>
          <table>
            <thead>
              <tr>
                <th scope="col">{text.plotTime}</th>
                {layers.map(({ name }) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {/* The last time is the end of the last step, not a step of its own. */}
              {times.slice(0, -1).map((time, index) => (
                <tr key={time}>
                  <th scope="row">{format.clock(new Date(time * 1_000))}</th>
                  {layers.map(({ name, values }) => (
                    <td key={name}>{format.rate(values[index] ?? 0)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  )
}
