/** Rate, time left, first and last message, and batches. */
import type { ReactNode } from 'react'
import type { Campaign } from '../../api/campaigns.ts'
import { timeLeftOf } from '../../progress-figures.ts'
import { useText } from '../../text/language.tsx'
import classes from './sending-rate.module.css'

/** `seenAt`: when the figures were read; the time left counts from then. */
export function SendingRate({ campaign, seenAt }: { campaign: Campaign; seenAt: number }) {
  const { campaign: text, format, shell } = useText()
  const { closedAt } = campaign
  const { ratePerSecond, firstSentAt, lastSentAt, isPlanned, batches, batchesTried, attempts } =
    campaign.progress
  const left = timeLeftOf(campaign)
  const took =
    closedAt && firstSentAt && lastSentAt ? (Date.parse(lastSentAt) - Date.parse(firstSentAt)) / 1_000 : null
  // Nothing was sent, and nothing will be.
  if (ratePerSecond === null && left.kind === 'none' && batches === 0) return null
  return (
    <dl className={classes.list}>
      {ratePerSecond !== null && (
        <Figure name={text.rate} note={text.rateNote}>
          {text.perSecond(ratePerSecond)}
        </Figure>
      )}
      {left.kind === 'seconds' && (
        <Figure
          name={text.timeLeft}
          note={text.finishesAround(format.clock(new Date(seenAt + left.seconds * 1_000)))}
        >
          {format.aboutDuration(left.seconds)}
        </Figure>
      )}
      {left.kind === 'unknown' && (
        <Figure
          name={text.timeLeft}
          note={left.why === 'counting' ? text.timeLeftCounting : text.timeLeftStalled}
        >
          {shell.none}
        </Figure>
      )}
      {firstSentAt !== null && <Figure name={text.firstSent}>{format.exactTime(firstSentAt)}</Figure>}
      {lastSentAt !== null && (
        <Figure
          name={text.lastSent}
          {...(took !== null && { note: text.totalDuration(format.duration(took)) })}
        >
          {format.exactTime(lastSentAt)}
        </Figure>
      )}
      {batches > 0 && (
        <Figure
          name={text.batchesProcessed}
          {...(batchesTried > 0 && { note: text.batchRetries(attempts - batchesTried, attempts) })}
        >
          {(isPlanned ? text.processedOf : text.processedOfSoFar)(batchesTried, batches)}
        </Figure>
      )}
    </dl>
  )
}

function Figure({ name, note, children }: { name: string; note?: string; children: ReactNode }) {
  return (
    <div className={classes.figure}>
      <dt>{name}</dt>
      <dd className={classes.value}>{children}</dd>
      {note !== undefined && <dd className={classes.note}>{note}</dd>}
    </div>
  )
}
