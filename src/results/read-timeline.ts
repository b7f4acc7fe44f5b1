/**
 * A campaign's results over time, from its batch rows: 10 million devices are 20,000 rows. The results of each batch,
 * whatever they are, are spread evenly between its first and its last; while a batch waited (for a retry, or because the
 * campaign was paused) it has none. The resolution is that of a plot, and the sums equal the progress.
 */

import type { PauseReason } from '../domain/campaign.ts'
import {
  countsOf,
  DELIVERY_STATES,
  type DeliveryState,
  STATE_NAMES,
  type StateCounts,
} from '../domain/delivery-result.ts'
import type { Pool } from '../postgres/pool.ts'

/** What was done to the campaign, and what held it up, for the same plot. */
export interface Interruptions {
  /** The first hundred. `to` is null: it is paused. `isCanceled`: it has not ended by a resume. */
  pauses: { from: Date; to: Date | null; reason: PauseReason | null; isCanceled: boolean }[]
  /** When FCM asked for fewer messages (429): at most one in ten seconds, fewer the longer it takes. */
  pushedBack: Date[]
}

/** More buckets than that cannot be told apart in a plot. */
export const MAX_BUCKETS = 240

/** Bucket lengths that suit a time axis. The last one is for a campaign that was paused for years. */
const BUCKET_SECONDS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400, 604_800,
  2_592_000,
]

export interface Timeline {
  asOf: Date
  bucketSeconds: number
  buckets: (StateCounts & { at: Date })[]
}

/** Which part of the time of a batch lies in a bucket. */
const PARTS = ['head', 'middle', 'tail'] as const
type Part = (typeof PARTS)[number]

/** The sums of all batches that begin in bucket `first` and end in bucket `last`. Buckets are counted from 1970. */
type Stretch = { bucketSeconds: number; first: number; last: number } & {
  [sum in `${Part}_${DeliveryState}`]: number
}

/** Returns no buckets before the first result. */
export async function readTimeline(pool: Pool, campaignId: string): Promise<Timeline> {
  const { rows } = await pool.query<{ asOf: Date } & (Stretch | { first: null })>({
    name: 'read-timeline',
    text: STRETCHES,
    values: [campaignId, BUCKET_SECONDS, MAX_BUCKETS],
  })
  const { asOf } = rows[0] as { asOf: Date }
  const stretches = rows.filter((row) => row.first !== null)
  const bucketSeconds = stretches[0]?.bucketSeconds ?? 1
  const begin = stretches.reduce((least, { first }) => Math.min(least, first), Number.POSITIVE_INFINITY)
  const end = stretches.reduce((most, { last }) => Math.max(most, last), Number.NEGATIVE_INFINITY)
  const buckets = Array.from({ length: Math.max(0, end - begin + 1) }, (_, n) => ({
    at: new Date((begin + n) * bucketSeconds * 1000),
    ...countsOf(() => 0),
  }))
  for (const stretch of stretches) {
    const touched = buckets.slice(stretch.first - begin, stretch.last - begin + 1)
    for (const [n, bucket] of touched.entries()) {
      const part = n === 0 ? 'head' : n === touched.length - 1 ? 'tail' : 'middle'
      for (const state of STATE_NAMES) bucket[DELIVERY_STATES[state].count] += stretch[`${part}_${state}`]
    }
  }
  roundKeepingSums(buckets)
  return { asOf, bucketSeconds, buckets }
}

export async function readInterruptions(pool: Pool, campaignId: string): Promise<Interruptions> {
  const { rows } = await pool.query<{
    past: { from: string; to: string; reason: PauseReason | null; isCanceled?: boolean }[]
    pausedAt: Date | null
    reason: PauseReason | null
    pushedBack: Date[]
  }>({
    name: 'read-interruptions',
    text: `SELECT pauses AS past, CASE WHEN state = 'paused' THEN paused_at END AS "pausedAt", pause_reason AS reason,
             pushed_back AS "pushedBack" FROM campaigns WHERE id = $1`,
    values: [campaignId],
  })
  if (rows[0] === undefined) return { pauses: [], pushedBack: [] }
  const { past, pausedAt, reason, pushedBack } = rows[0]
  const ended = past.map(({ from, to, reason: why, isCanceled = false }) => ({
    ...{ from: new Date(from), to: new Date(to), reason: why, isCanceled },
  }))
  const now = pausedAt === null ? [] : [{ from: pausedAt, to: null, reason, isCanceled: false }]
  return { pauses: [...ended, ...now], pushedBack }
}

/** Rounds the running sum and not the single bucket, so that the total stays exact. */
function roundKeepingSums(buckets: StateCounts[]): void {
  for (const state of STATE_NAMES) {
    const { count } = DELIVERY_STATES[state]
    let exact = 0
    let given = 0
    for (const bucket of buckets) {
      exact += bucket[count]
      bucket[count] = Math.round(exact) - given
      given += bucket[count]
    }
  }
}

const PART_SUMS = PARTS.flatMap((part) =>
  STATE_NAMES.map((state) => `sum(${part} * ${state}) AS ${part}_${state}`),
)

/** The number of the stretch that is not over yet, or that was the last. */
const AFTER_ALL = 1_000_000

/**
 * $1 campaign, $2 bucket lengths, $3 number of buckets. For each batch: the buckets in which it begins and ends, and the
 * shares of its results that fall into the first bucket, each one between, and the last. Batches with the same buckets
 * are added up here, so that the size of the answer does not grow with the audience. One row of nulls: no results yet.
 */
const STRETCHES = `
WITH stretches AS (
  SELECT b.first_result_at AS t0, b.last_result_at AS t1, ${STATE_NAMES.map((state) => `b.${state}`).join(', ')}
  FROM batches b WHERE b.campaign_id = $1 AND b.first_result_at IS NOT NULL AND b.earlier_results IS NULL
  UNION ALL
  SELECT s.t0, s.t1, ${STATE_NAMES.map((state) => `greatest(0, s.${state} - lag(s.${state}, 1, 0) OVER stretch)`).join(', ')}
  FROM batches b CROSS JOIN LATERAL (
    SELECT e.n, (e.of->>'from')::timestamptz AS t0, (e.of->>'to')::timestamptz AS t1,
      ${STATE_NAMES.map((state) => `(e.of->>'${state}')::int AS ${state}`).join(', ')}
    FROM jsonb_array_elements(b.earlier_results) WITH ORDINALITY AS e (of, n)
    UNION ALL
    SELECT ${AFTER_ALL}, coalesce(b.again_at, b.last_result_at), b.last_result_at, ${STATE_NAMES.map((state) => `b.${state}`).join(', ')}
  ) s WHERE b.campaign_id = $1 AND b.earlier_results IS NOT NULL
  WINDOW stretch AS (PARTITION BY b.seq ORDER BY s.n)
), spans AS MATERIALIZED (
  SELECT extract(epoch FROM t0)::float8 AS t0, extract(epoch FROM t1)::float8 AS t1, ${STATE_NAMES.join(', ')}
  FROM stretches WHERE ${STATE_NAMES.map((state) => `${state} > 0`).join(' OR ')}
), ends AS MATERIALIZED (
  SELECT min(t0) AS t0, max(t1) AS t1 FROM spans
), grain AS MATERIALIZED (
  SELECT min(s)::float8 AS s FROM unnest($2::int[]) AS s, ends
  WHERE floor(t1 / s) - floor(t0 / s) < $3::int OR s = $2[cardinality($2)]
), placed AS MATERIALIZED (
  SELECT spans.*, s, floor(t0 / s) AS b0, floor(t1 / s) AS b1 FROM spans CROSS JOIN grain
), shared AS MATERIALIZED (
  SELECT *, CASE WHEN b0 = b1 THEN 1 ELSE ((b0 + 1) * s - t0) / (t1 - t0) END AS head,
    CASE WHEN b0 = b1 THEN 0 ELSE s / (t1 - t0) END AS middle,
    CASE WHEN b0 = b1 THEN 0 ELSE (t1 - b1 * s) / (t1 - t0) END AS tail
  FROM placed
)
SELECT t.as_of AS "asOf", x.* FROM (SELECT statement_timestamp() AS as_of) t LEFT JOIN (
  SELECT s AS "bucketSeconds", b0 AS first, b1 AS last, ${PART_SUMS.join(', ')}
  FROM shared GROUP BY 1, 2, 3) x ON true`
