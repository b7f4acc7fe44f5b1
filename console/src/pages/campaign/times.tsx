/** Rate, time left, and the first and the last message. Times of day; the date and the zone are in the tooltip. */
import type { ReactNode } from 'react'
import type { Campaign } from '../../api/campaigns.ts'
import { Clock } from '../../components/clock.tsx'
import { timeLeftOf } from '../../progress-figures.ts'
import { campaignTexts } from '../../text/campaign-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import classes from './times.module.css'

export function Times({ campaign }: { campaign: Campaign }) {
  const { campaign: text, format, shell } = useTextOf(campaignTexts)
  const { asOf, closedAt, progress } = campaign
  const { ratePerSecond, firstSentAt, lastSentAt } = progress
  const left = timeLeftOf(campaign)
  const took =
    closedAt && firstSentAt && lastSentAt ? (Date.parse(lastSentAt) - Date.parse(firstSentAt)) / 1_000 : null
  // Nothing was sent, and nothing will be.
  if (ratePerSecond === null && left.kind === 'none' && firstSentAt === null) return null
  return (
    <dl className={classes.list}>
      {ratePerSecond !== null && (
        <Fact name={text.rate} note={text.rateNote}>
          {text.perSecond(ratePerSecond)}
        </Fact>
      )}
      {left.kind === 'seconds' && (
        <Fact
          name={text.timeLeft}
          note={text.finishesAround(format.clock(new Date(Date.parse(asOf) + left.seconds * 1_000)))}
        >
          {format.aboutDuration(left.seconds)}
        </Fact>
      )}
      {left.kind === 'unknown' && (
        <Fact name={text.timeLeft} note={text.timeLeftWhy[left.why]}>
          {shell.none}
        </Fact>
      )}
      {firstSentAt !== null && (
        <Fact name={text.firstSent} note={dayNote(firstSentAt, format.day)}>
          <Clock at={firstSentAt} />
        </Fact>
      )}
      {lastSentAt !== null && (
        <Fact name={text.lastSent} note={dayNote(lastSentAt, format.day)}>
          <Clock at={lastSentAt} />
        </Fact>
      )}
      {took !== null && <Fact name={text.duration}>{format.duration(took)}</Fact>}
    </dl>
  )
}

/** The day, unless it is today. */
function dayNote(at: string, day: (at: string | Date) => string): string | null {
  const said = day(at)
  return said === day(new Date()) ? null : said
}

function Fact({ name, note = null, children }: { name: string; note?: string | null; children: ReactNode }) {
  return (
    <div className={classes.fact}>
      <dt>{name}</dt>
      <dd className={classes.value}>{children}</dd>
      {note !== null && <dd className={classes.note}>{note}</dd>}
    </div>
  )
}
