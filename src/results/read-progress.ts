/**
 * How far a campaign is: sums over its batch rows. There is no counter that could drift from the rows.
 *
 * The rate is that of the last RATE_TIME: of each batch, the share of its results that falls into that time, as
 * if they had come evenly between its first and its last. A batch is counted when it closes, so a rate lags by
 * about as long as one batch takes.
 */
import type { CampaignState } from '../domain/campaign.ts'

const RATE_TIME = `interval '10 seconds'`

export interface Progress {
  /** Devices planned so far; the whole audience once `isPlanned`. */
  audience: number
  sent: number
  failed: number
  skipped: number
  inDoubt: number
  canceled: number
  /** audience minus all of the above. */
  remaining: number
  isPlanned: boolean
  /** Batches planned so far; all of them once `isPlanned`. */
  batches: number
  /** Batches with an attempt that counts, or with a result. */
  batchesTried: number
  /** At all batches together. What is above `batchesTried` are repeats. */
  attempts: number
  /** Messages answered by FCM a second; null while the campaign is not sending. */
  ratePerSecond: number | null
  /** Null while nothing moves, or the audience is not known yet. */
  etaSeconds: number | null
  firstSentAt: Date | null
  lastSentAt: Date | null
}

/** What `progressSums` and the campaign's own row bring. */
export interface ProgressRow {
  state: CampaignState
  audience_size: number
  is_planned: boolean
  batches: number
  batches_tried: number
  repeats: number
  sent: number
  failed: number
  skipped: number
  in_doubt: number
  canceled: number
  first_sent_at: Date | null
  last_sent_at: Date | null
  recent: number
  recent_seconds: number | null
}

export function progressOf(row: ProgressRow): Progress {
  const { audience_size: audience, sent, failed, skipped, in_doubt: inDoubt, canceled } = row
  const remaining = audience - sent - failed - skipped - inDoubt - canceled
  // Shorter than a second, a campaign's first batches would make any rate.
  const seconds = Math.max(row.recent_seconds ?? 0, 1)
  const rate = row.state === 'sending' ? row.recent / seconds : null
  return {
    audience,
    sent,
    failed,
    skipped,
    inDoubt,
    canceled,
    remaining,
    isPlanned: row.is_planned,
    batches: row.batches,
    batchesTried: row.batches_tried,
    attempts: row.batches_tried + row.repeats,
    ratePerSecond: rate === null ? null : Math.round(rate * 10) / 10,
    etaSeconds: rate !== null && rate > 0 && row.is_planned ? Math.ceil(remaining / rate) : null,
    firstSentAt: row.first_sent_at,
    lastSentAt: row.last_sent_at,
  }
}

/**
 * The attempts at a batch that count: those that are over and were not released. One in hand would make the sum fall
 * again when it is released, and a campaign that waits for its rate limit would tell its viewers so each time.
 */
const SPENT = `b.attempt - b.released - (b.state = 'sending')::int`

/**
 * SQL for the sums of one campaign, `id`. The audience is to be read in the same statement, or `remaining` could fall
 * below zero.
 */
export const progressSums = (id: string) => `
  SELECT coalesce(sum(b.sent), 0)::int AS sent, coalesce(sum(b.failed), 0)::int AS failed,
    coalesce(sum(b.skipped), 0)::int AS skipped, coalesce(sum(b.in_doubt), 0)::int AS in_doubt,
    coalesce(sum(b.canceled), 0)::int AS canceled,
    count(*)::int AS batches,
    count(*) FILTER (WHERE b.sent > 0 OR ${SPENT} > 0 OR b.failed + b.skipped + b.in_doubt > 0)::int AS batches_tried,
    coalesce(sum(greatest(${SPENT} - 1, 0)) FILTER (WHERE b.attempt > 1), 0)::int AS repeats,
    min(b.first_sent_at) AS first_sent_at, max(b.last_sent_at) AS last_sent_at,
    coalesce(sum((b.sent + b.failed + b.in_doubt) * CASE
      WHEN b.last_sent_at = b.first_sent_at THEN 1
      ELSE least(1, extract(epoch FROM b.last_sent_at - (now() - ${RATE_TIME}))
        / extract(epoch FROM b.last_sent_at - b.first_sent_at)) END)
      FILTER (WHERE b.last_sent_at > now() - ${RATE_TIME}), 0)::float8 AS recent,
    extract(epoch FROM least(${RATE_TIME}, now() - min(b.first_sent_at)))::float8 AS recent_seconds
  FROM batches b WHERE b.campaign_id = ${id}`
