/**
 * The statements by which a dispatcher claims, renews and ends a batch.
 *
 *   planned ──enqueue──> queued ──claim──> sending ──close──> done
 *      ^                                   │ └───close───> canceled   (its campaign was canceled meanwhile)
 *      └─────────── close, or rescue ──────┘                          (devices left: again at not_before)
 *
 * Fencing (invariant 4): the owner may write while the batch is `sending` with the attempt number of its claim. Zero
 * rows: another process owns the batch now. The caller stops; what it sent is still recorded.
 * All times are the database's clock.
 *
 * The rows of a batch's devices are looked up one by one, in LATERAL with LIMIT 1, and not joined: for a join, the
 * planner may read all deliveries of the campaign for each batch, and does so while it expects few.
 */

import type { CampaignState, Guarantee, Platform } from '../domain/campaign.ts'
import type { CampaignMessage } from '../domain/message.ts'
import { countByState, setCounts } from '../postgres/delivery-counts.ts'
import type { Pool } from '../postgres/pool.ts'
import type { BatchRef } from '../queue/job-queue.ts'

export interface Claim {
  campaignId: string
  seq: number
  /** The fencing token. Never decreases. */
  attempt: number
  /** Attempts that count, this one included; attempts that were released unspent do not. */
  spent: number
  /** Time since the first attempt. */
  ageMs: number
  /** Above 0: devices up to this position were sent by an owner that died (at_most_once only). */
  launched: number
  message: CampaignMessage
  guarantee: Guarantee
  ratePerMinute: number | null
  /** The first campaign of the chain of resends, usually the campaign itself. All of them share its collapse identifier. */
  chainId: string
  /** Platforms that are not sent to until a person has fixed their credential. */
  haltedPlatforms: Platform[]
}

/** Returns null if another process owns the batch or its campaign is not sending: nothing to do. */
export async function claimBatch(pool: Pool, ref: BatchRef, leaseMs: number): Promise<Claim | null> {
  const { rows } = await pool.query<Omit<Claim, 'campaignId' | 'seq'>>({
    name: 'batch-claim',
    text: `UPDATE batches b SET state = 'sending', attempt = b.attempt + 1,
             lease_until = now() + make_interval(secs => $3::float8 / 1000),
             first_claimed_at = coalesce(b.first_claimed_at, now())
           FROM campaigns c
           WHERE b.campaign_id = $1 AND b.seq = $2 AND b.state = 'queued' AND c.id = $1 AND c.state = 'sending'
           RETURNING b.attempt, b.attempt - b.released AS spent, b.launched, c.message, c.guarantee,
             c.rate_per_minute AS "ratePerMinute", coalesce(c.chain_id, c.id) AS "chainId",
             c.halted_platforms::text[] AS "haltedPlatforms",
             (extract(epoch FROM now() - b.first_claimed_at) * 1000)::float8 AS "ageMs"`,
    values: [ref.campaignId, ref.seq, leaseMs],
  })
  return rows[0] === undefined ? null : { campaignId: ref.campaignId, seq: ref.seq, ...rows[0] }
}

export interface BatchDevice {
  id: number
  /** Position in the batch, from 1. */
  position: number
  /** Both null when the device was deleted after planning. */
  token: string | null
  platform: Platform | null
  isGone: boolean
  isOptedOut: boolean
}

/** The devices of the batch that have no result yet, in order of position, with their current data. */
export async function loadDevices(pool: Pool, { campaignId, seq }: Claim): Promise<BatchDevice[]> {
  const { rows } = await pool.query<BatchDevice>({
    name: 'batch-devices',
    text: `SELECT i.id, i.position, d.token, d.platform::text, coalesce(d.state = 'gone', false) AS "isGone",
             m.opted_out_at IS NOT NULL AS "isOptedOut"
           FROM batches b
           CROSS JOIN LATERAL unnest(b.device_ids) WITH ORDINALITY AS i (id, position)
           LEFT JOIN LATERAL (SELECT token, platform, state, member_id FROM devices WHERE id = i.id LIMIT 1) d ON true
           LEFT JOIN LATERAL (SELECT opted_out_at FROM members WHERE id = d.member_id LIMIT 1) m ON true
           LEFT JOIN LATERAL (
             SELECT true AS is_there FROM deliveries WHERE campaign_id = $1 AND device_id = i.id LIMIT 1) x ON true
           WHERE b.campaign_id = $1 AND b.seq = $2 AND x.is_there IS NULL
           ORDER BY i.position`,
    values: [campaignId, seq],
  })
  return rows
}

/**
 * Stores, before they are sent, that devices up to `position` may be in flight: after a crash these, and no others,
 * are in doubt. Returns false if another process owns the batch: do not send.
 */
export async function markLaunched(
  pool: Pool,
  { campaignId, seq, attempt }: Claim,
  position: number,
): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'batch-launched',
    text: `UPDATE batches SET launched = $4 WHERE campaign_id = $1 AND seq = $2 AND state = 'sending' AND attempt = $3`,
    values: [campaignId, seq, attempt, position],
  })
  return rowCount === 1
}

export interface Release {
  /** If devices are left: time until the next attempt. */
  delayMs: number
  /** False if the attempt does not count (stopped, paused, waiting for quota). */
  isSpent: boolean
  /** True if the time until now does not count against the age limit: FCM did not cause it (a pause, a shutdown). */
  restartsAge: boolean
  /** True if the devices left wait for a person, for as long as the campaign has a halted platform. */
  isHeld?: boolean
}

/**
 * Ends an attempt. The batch becomes `done` if every device has a result, `canceled` if its campaign is canceled and
 * devices are left, else `planned` again. The statement that closes the batch counts its rows: a fenced predecessor may
 * have recorded some of them (invariant 4). Returns null if another process owns the batch.
 */
export async function endAttempt(
  pool: Pool,
  { campaignId, seq, attempt }: Claim,
  back: Release,
): Promise<'done' | 'planned' | 'canceled' | null> {
  const { rows } = await pool.query<{ state: 'done' | 'planned' | 'canceled' }>({
    name: 'batch-end',
    text: `WITH counted AS (${COUNT_FROM_ROWS})
           UPDATE batches b SET
             state = (CASE WHEN n.total = b.size THEN 'done' WHEN c.state = 'canceled' THEN 'canceled'
                           ELSE 'planned' END)::batch_state,
             ${setCounts('n')},
             canceled = CASE WHEN n.total < b.size AND c.state = 'canceled' THEN b.size - n.total ELSE 0 END,
             launched = 0, lease_until = NULL,
             not_before = CASE WHEN $7::boolean AND c.halted_platforms <> '{}' THEN 'infinity'
                               ELSE now() + make_interval(secs => $4::float8 / 1000) END,
             released = b.released + CASE WHEN $5::boolean THEN 0 ELSE 1 END,
             first_claimed_at = CASE WHEN $6::boolean THEN NULL ELSE b.first_claimed_at END
           FROM counted n, campaigns c
           WHERE b.campaign_id = $1 AND b.seq = $2 AND b.state = 'sending' AND b.attempt = $3 AND c.id = $1
           RETURNING b.state`,
    values: [campaignId, seq, attempt, back.delayMs, back.isSpent, back.restartsAge, back.isHeld ?? false],
  })
  return rows[0]?.state ?? null
}

/**
 * Recounts a canceled batch whose former owner recorded messages that left before it noticed. Changes no batch in
 * another state: its next owner counts those rows when it closes the batch.
 */
export async function recountCanceled(pool: Pool, { campaignId, seq }: Claim): Promise<void> {
  await pool.query(
    `UPDATE batches b SET ${setCounts('n')}, canceled = b.size - n.total
     FROM (${COUNT_FROM_ROWS}) n WHERE b.campaign_id = $1 AND b.seq = $2 AND b.state = 'canceled'`,
    [campaignId, seq],
  )
}

/** Counts the deliveries of the devices of batch $1, $2: `total`, and a column for each state. */
const COUNT_FROM_ROWS = `
  SELECT count(*) AS total, ${countByState('d.state')}
  FROM batches x CROSS JOIN LATERAL unnest(x.device_ids) AS i (id)
  CROSS JOIN LATERAL (SELECT state FROM deliveries WHERE campaign_id = $1 AND device_id = i.id LIMIT 1) d
  WHERE x.campaign_id = $1 AND x.seq = $2`

export interface Held {
  campaignId: string
  seq: number
  attempt: number
}

/** Renews the leases of all these batches in one statement. Batches missing from the answer are owned by others now. */
export async function renewLeases(
  pool: Pool,
  held: readonly Held[],
  leaseMs: number,
): Promise<(Held & { campaignState: CampaignState })[]> {
  const { rows } = await pool.query<Held & { campaignState: CampaignState }>({
    name: 'batch-renew',
    text: `UPDATE batches b SET lease_until = now() + make_interval(secs => $4::float8 / 1000)
           FROM unnest($1::uuid[], $2::int[], $3::int[]) AS h (campaign_id, seq, attempt), campaigns c
           WHERE b.campaign_id = h.campaign_id AND b.seq = h.seq AND b.state = 'sending' AND b.attempt = h.attempt
             AND c.id = h.campaign_id
           RETURNING b.campaign_id AS "campaignId", b.seq, b.attempt, c.state AS "campaignState"`,
    values: [
      held.map((one) => one.campaignId),
      held.map((one) => one.seq),
      held.map((one) => one.attempt),
      leaseMs,
    ],
  })
  return rows
}
