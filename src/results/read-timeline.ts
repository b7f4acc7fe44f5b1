/**
 * A campaign's results over time, from its batch rows, so that 10 million devices are 20,000 rows: the results of each
 * batch are spread evenly between its first and its last. As coarse as a plot is wide, and in sum exactly the progress.
 */
import type { Pool } from '../postgres/pool.ts'

/** More is finer than a plot. */
export const MAX_BUCKETS = 240

/** Lengths that people read times by. The last is for a campaign that has been paused for years. */
const BUCKET_SECONDS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400, 604_800,
  2_592_000,
]

const RESULTS = ['sent', 'failed', 'skipped', 'inDoubt'] as const
const COLUMNS = { sent: 'sent', failed: 'failed', skipped: 'skipped', inDoubt: 'in_doubt' } as const
type Results = Record<(typeof RESULTS)[number], number>

export interface Timeline {
  bucketSeconds: number
  buckets: (Results & { at: Date })[]
}

/** Batches that begin and end in the same buckets, which are counted from 1970. */
type Stretch = { bucketSeconds: number; first: number; last: number } & {
  [sum in `${'head' | 'middle' | 'tail'} ${keyof Results}`]: number
}

/** No buckets before the first result. */
export async function readTimeline(pool: Pool, campaignId: string): Promise<Timeline> {
  const { rows } = await pool.query<Stretch>({
    name: 'read-timeline',
    text: STRETCHES,
    values: [campaignId, BUCKET_SECONDS, MAX_BUCKETS],
  })
  const bucketSeconds = rows[0]?.bucketSeconds ?? 1
  const begin = rows.reduce((least, { first }) => Math.min(least, first), Number.POSITIVE_INFINITY)
  const end = rows.reduce((most, { last }) => Math.max(most, last), Number.NEGATIVE_INFINITY)
  const buckets = Array.from({ length: Math.max(0, end - begin + 1) }, (_, n) => ({
    at: new Date((begin + n) * bucketSeconds * 1000),
    ...NONE,
  }))
  for (const stretch of rows) {
    const touched = buckets.slice(stretch.first - begin, stretch.last - begin + 1)
    for (const [n, bucket] of touched.entries()) {
      const part = n === 0 ? 'head' : n === touched.length - 1 ? 'tail' : 'middle'
      for (const result of RESULTS) bucket[result] += stretch[`${part} ${result}`]
    }
  }
  roundKeepingSums(buckets)
  return { bucketSeconds, buckets }
}

const NONE: Results = { sent: 0, failed: 0, skipped: 0, inDoubt: 0 }

/** Rounds the sum up to each bucket instead of the bucket, so that nothing is lost or made up on the way. */
function roundKeepingSums(buckets: Results[]): void {
  for (const result of RESULTS) {
    let exact = 0
    let given = 0
    for (const bucket of buckets) {
      exact += bucket[result]
      bucket[result] = Math.round(exact) - given
      given += bucket[result]
    }
  }
}

/**
 * $1 campaign, $2 lengths, $3 how many. Of each batch: which buckets it begins and ends in, and which share of its
 * results belongs into the first, into each between and into the last. Batches of the same buckets are added up here,
 * so that what is answered does not grow with the audience.
 * Where nothing was sent there is no time of sending, and when the batch was taken up has to do.
 */
const STRETCHES = `
WITH spans AS MATERIALIZED (
  SELECT extract(epoch FROM coalesce(b.first_sent_at, b.first_claimed_at, c.started_at, c.created_at))::float8 AS t0,
    extract(epoch FROM coalesce(b.last_sent_at, b.first_claimed_at, c.started_at, c.created_at))::float8 AS t1,
    b.sent, b.failed, b.skipped, b.in_doubt
  FROM batches b JOIN campaigns c ON c.id = b.campaign_id
  WHERE b.campaign_id = $1 AND b.sent + b.failed + b.skipped + b.in_doubt > 0
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
SELECT s AS "bucketSeconds", b0 AS first, b1 AS last, ${(['head', 'middle', 'tail'] as const)
  .flatMap((part) => RESULTS.map((result) => `sum(${part} * ${COLUMNS[result]}) AS "${part} ${result}"`))
  .join(', ')}
FROM shared GROUP BY 1, 2, 3`
