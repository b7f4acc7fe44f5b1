/**
 * Thirty days as bars. The line above says the figures of the day under the pointer or the focus, else of all days: a
 * tooltip would cover the neighbors. For a screen reader it is a list of sentences.
 */
import { Text } from '@mantine/core'
import { type KeyboardEvent, useRef, useState } from 'react'
import type { Day } from '../../api/overview.ts'
import { Panel } from '../../components/panel.tsx'
import { useText } from '../../text/language.tsx'
import type { Text as Texts } from '../../text/text.ts'
import classes from './day-bars.module.css'

export function DayBars({ days }: { days: Day[] }) {
  const text = useText()
  const [shown, setShown] = useState<number | null>(null)
  const [stop, setStop] = useState(days.length - 1)
  const list = useRef<HTMLOListElement>(null)
  const most = Math.max(1, ...days.map(heightOf))
  const day = shown === null ? undefined : days[shown]

  const step = (event: KeyboardEvent) => {
    const to = targetOf(event.key, stop, days.length)
    if (to === null) return
    event.preventDefault()
    setStop(to)
    list.current?.querySelectorAll<HTMLElement>('[data-day]')[to]?.focus()
  }

  return (
    <Panel title={text.overview.days}>
      <Text size="sm" c="dimmed" className="figure" mb="xs">
        {day === undefined ? totalOf(days, text) : sentenceOf(day, text)}
      </Text>
      <ol
        ref={list}
        className={classes.bars}
        aria-label={`${text.overview.days}. ${text.overview.daysHint}`}
        onKeyDown={step}
        onMouseLeave={() => setShown(null)}
      >
        {days.map((one, index) => (
          <li key={one.day} className={classes.slot}>
            <div
              data-day={one.day}
              role="img"
              tabIndex={index === stop ? 0 : -1}
              aria-label={sentenceOf(one, text)}
              className={classes.bar}
              data-shown={index === shown || undefined}
              onFocus={() => {
                setShown(index)
                setStop(index)
              }}
              onBlur={() => setShown(null)}
              onMouseEnter={() => setShown(index)}
              onTouchStart={() => setShown(index)}
            >
              <span
                className={classes.failed}
                style={{ height: `${shareOf(one.failed + one.inDoubt, most)}%` }}
              />
              <span className={classes.sent} style={{ height: `${shareOf(one.sent, most)}%` }} />
            </div>
          </li>
        ))}
      </ol>
      <div className={classes.axis} aria-hidden>
        {[days[0], days.at(-1)].map(
          (end) => end && <span key={end.day}>{text.format.shortDay(end.day)}</span>,
        )}
      </div>
    </Panel>
  )
}

function heightOf({ sent, failed, inDoubt }: Day): number {
  return sent + failed + inDoubt
}

/** Two of ten million are a line that can be seen. */
function shareOf(part: number, most: number): number {
  return part === 0 ? 0 : Math.max(1.5, (part / most) * 100)
}

function targetOf(key: string, at: number, count: number): number | null {
  if (key === 'ArrowLeft') return Math.max(0, at - 1)
  if (key === 'ArrowRight') return Math.min(count - 1, at + 1)
  if (key === 'Home') return 0
  return key === 'End' ? count - 1 : null
}

function sentenceOf({ day, campaigns, sent, failed, inDoubt }: Day, { overview, format }: Texts): string {
  return overview.day(
    format.calendarDay(day),
    campaigns,
    format.number(sent),
    format.number(failed),
    inDoubt === 0 ? null : format.number(inDoubt),
  )
}

function totalOf(days: Day[], { overview, format }: Texts): string {
  const sum = (part: 'campaigns' | 'sent' | 'failed' | 'inDoubt') =>
    days.reduce((all, day) => all + day[part], 0)
  const inDoubt = sum('inDoubt')
  return overview.daysTotal(
    sum('campaigns'),
    format.number(sum('sent')),
    format.number(sum('failed')),
    inDoubt === 0 ? null : format.number(inDoubt),
  )
}
