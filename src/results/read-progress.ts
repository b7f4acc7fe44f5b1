/**
 * Progress of a campaign: sums over its batch rows. There is no separate counter that could differ from the rows.
 *
 * The rate is the average of the last RATE_TIME. Of each batch, it counts the share of its results that falls into that
 * time, as if they had come evenly between the first and the last. A batch is counted when it closes, so the rate lags
 * by about the time one batch takes.
 */
import type { CampaignState } from '../domain/campaign.ts'
import {
  ATTEMPTED_STATES,
  countsOf,
  type DeliveryState,
  STATE_NAMES,
  type StateCounts,
} from '../domain/delivery-result.ts'
import { addCounts, sumCounts } from '../postgres/delivery-counts.ts'

const RATE_TIME = `interval '10 seconds'`

/** The counts of the states, `canceled` and `remaining` add up to `audience`. */
export interface Progress extends StateCounts {
  /** Devices planned so far; the whole audience once `isPlanned`. */
  audience: number
  canceled: number
  /** Devices without a result that are still to be sent to. */
  remaining: number
  isPlanned: boolean
  /** Batches planned so far; all of them once `isPlanned`. */
  batches: number
  /** Batches with an attempt that counts, or with a result. */
  batchesTried: number
  /** Of all batches together. The excess over `batchesTried` are repeated attempts. */
  attempts: number
  /** Messages per second that were sent to FCM; null unless the campaign is sending. */
  ratePerSecond: number | null
  /** Null if the rate is zero or the size of the audience is not known yet. */
  etaSeconds: number | null
  firstSentAt: Date | null
  lastSentAt: Date | null
}

/** The columns of `progressSums` and of the campaign's own row. */
export interface ProgressRow extends Record<DeliveryState, number> {
  state: CampaignState
  audience_size: number
  is_planned: boolean
  batches: number
  batches_tried: number
  repeats: number
  canceled: number
  first_sent_at: Date | null
  last_sent_at: Date | null
  recent: number
  recent_seconds: number | null
}

export function progressOf(row: ProgressRow): Progress {
  const { audience_size: audience, canceled } = row
  const recorded = STATE_NAMES.reduce((sum, state) => sum + row[state], 0)
  const remaining = audience - recorded - canceled
  // At least a second: the first batches of a campaign would give any rate.
  const seconds = Math.max(row.recent_seconds ?? 0, 1)
  const rate = row.state === 'sending' ? row.recent / seconds : null
  return {
    audience,
    ...countsOf((state) => row[state]),
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

/** The passes over a batch that have ended: each that left devices without a result, and the one that completed it. */
const SPENT = `b.spent + (b.state = 'done')::int`

/**
 * SQL for the sums of one campaign, `id`. Read the audience in the same statement, or `remaining` could become negative.
 */
export const progressSums = (id: string) => `
  SELECT ${sumCounts('b')},
    coalesce(sum(b.canceled), 0)::int AS canceled,
    count(*)::int AS batches,
    count(*) FILTER (WHERE ${SPENT} > 0 OR ${addCounts('b')} > 0)::int AS batches_tried,
    coalesce(sum(greatest(${SPENT} - 1, 0)) FILTER (WHERE b.attempt > 1), 0)::int AS repeats,
    min(b.first_sent_at) AS first_sent_at, max(b.last_sent_at) AS last_sent_at,
    coalesce(sum(${addCounts('b', ATTEMPTED_STATES)} * CASE
      WHEN b.last_sent_at = b.first_sent_at THEN 1
      ELSE least(1, extract(epoch FROM b.last_sent_at - (now() - ${RATE_TIME}))
        / extract(epoch FROM b.last_sent_at - b.first_sent_at)) END)
      FILTER (WHERE b.last_sent_at > now() - ${RATE_TIME}), 0)::float8 AS recent,
    extract(epoch FROM least(${RATE_TIME}, now() - min(b.first_sent_at)))::float8 AS recent_seconds
  FROM batches b WHERE b.campaign_id = ${id}`
