/**
 * Progress of a campaign: sums over its batch rows. There is no separate counter that could differ from the rows. Those of
 * a closed campaign are kept by the statement that closes it and has compared them (`campaigns.totals`), and from then on nobody
 * reads its batches for them. Only a dispatcher that was taken for dead may still change them, with results of a canceled
 * campaign that come late (insert-results.ts, dispatch/batch-store.ts).
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
import { addCounts, addEarlier, sumCounts } from '../postgres/delivery-counts.ts'

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

/** What is kept of the sums when a campaign is closed. The names are those of the columns. */
interface Sums<T> extends Record<DeliveryState, number> {
  canceled: number
  batches: number
  batches_tried: number
  repeats: number
  first_sent_at: T | null
  last_sent_at: T | null
}

/** The columns of `progressSums` and of the campaign's own row. */
export interface ProgressRow extends Sums<Date> {
  state: CampaignState
  audience_size: number
  is_planned: boolean
  totals: Sums<string> | null
  recent: number
  recent_seconds: number | null
}

export function progressOf(read: ProgressRow): Progress {
  const row = read.totals === null ? read : { ...read, ...sumsOf(read.totals) }
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

function sumsOf(totals: Sums<string>): Sums<Date> {
  const { first_sent_at: first, last_sent_at: last } = totals
  return {
    ...totals,
    first_sent_at: first === null ? null : new Date(first),
    last_sent_at: last === null ? null : new Date(last),
  }
}

/** The passes over a batch that have ended: each that left devices without a result, and the one that completed it. */
const SPENT = `b.spent + (b.state = 'done')::int`

/** The sums over the batches `b`, as columns. */
export const BATCH_SUMS = `${sumCounts('b')},
    coalesce(sum(b.canceled), 0)::int AS canceled,
    count(*)::int AS batches,
    count(*) FILTER (WHERE ${SPENT} > 0 OR ${addCounts('b')} > 0)::int AS batches_tried,
    coalesce(sum(greatest(${SPENT} - 1, 0)) FILTER (WHERE b.attempt > 1), 0)::int AS repeats,
    min(b.first_sent_at) AS first_sent_at, max(b.last_sent_at) AS last_sent_at`

const NUMBERS = [...STATE_NAMES, 'canceled', 'batches', 'batches_tried', 'repeats'] as const
const TIMES = ['first_sent_at', 'last_sent_at'] as const
const objectOf = (value: (name: string) => string) =>
  `jsonb_build_object(${[...NUMBERS, ...TIMES].map((name) => `'${name}', ${value(name)}`).join(', ')})`

/**
 * SQL for `campaigns.totals`, from a row `sums` of BATCH_SUMS. The size of the audience is in it too, so that one column has
 * all that a list is sorted by.
 */
export const totalsSql = (sums: string, audience: string) =>
  `${objectOf((name) => `${sums}.${name}`)} || jsonb_build_object('audience', ${audience})`

/**
 * SQL for the part of the totals of the campaign `c` that results which come late change: `late.total` of its canceled devices
 * have one after all.
 */
export const raisedTotals = (c: string, late: string) =>
  `jsonb_build_object(${[
    ...STATE_NAMES.map((state) => `'${state}', (${c}.totals->>'${state}')::int + ${late}.${state}`),
    `'canceled', (${c}.totals->>'canceled')::int - ${late}.total`,
  ].join(', ')})`

/** The totals of a campaign that ends without ever having had a batch. */
export const NO_TOTALS = `${objectOf((name) => ((TIMES as readonly string[]).includes(name) ? 'NULL' : '0'))}
  || jsonb_build_object('audience', 0)`

/**
 * SQL for the sums of the campaign `c`: all zero if it has totals, and then no batch is read. Read its row in the same
 * statement: `totals`, and the audience, or `remaining` could become negative.
 */
export const progressSums = (c: string) => `
  SELECT ${BATCH_SUMS},
    coalesce(sum((${addCounts('b', ATTEMPTED_STATES)}
      - CASE WHEN b.again_at IS NULL THEN 0 ELSE ${addEarlier('b', ATTEMPTED_STATES)} END) * CASE
      WHEN b.last_result_at = coalesce(b.again_at, b.first_result_at) THEN 1
      ELSE least(1, extract(epoch FROM b.last_result_at - (now() - ${RATE_TIME}))
        / extract(epoch FROM b.last_result_at - coalesce(b.again_at, b.first_result_at))) END)
      FILTER (WHERE b.last_result_at > now() - ${RATE_TIME}), 0)::float8 AS recent,
    extract(epoch FROM least(${RATE_TIME}, now() - min(b.first_result_at)))::float8 AS recent_seconds
  FROM batches b WHERE b.campaign_id = ${c}.id AND ${c}.totals IS NULL`

/** SQL for the counts of the campaign `c`, from its totals or its batches: what lists of many campaigns add up. */
export const countsSql = (c: string) => {
  const counts = [...STATE_NAMES, 'canceled']
  return `
  SELECT ${counts.map((name) => `coalesce((${c}.totals->>'${name}')::int, s.${name}) AS ${name}`).join(', ')}
  FROM (SELECT ${sumCounts('b')}, coalesce(sum(b.canceled), 0)::int AS canceled
        FROM batches b WHERE b.campaign_id = ${c}.id AND ${c}.totals IS NULL) s`
}
