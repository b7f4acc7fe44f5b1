/**
 * The statements with which a dispatcher changes a batch.
 *
 *   planned ──enqueue──> queued ──claim──> sending ──close──> done
 *      ^                                   │ └───close───> canceled   (its campaign was canceled meanwhile)
 *      └─────────── close, or rescue ──────┘                          (devices left: again at not_before)
 *
 * Fencing (invariant 4): the process that claimed a batch may change it as long as it is `sending` with the attempt
 * number of that claim. Zero rows means that another process owns the batch now; the caller stops, and what it has sent is
 * recorded all the same. All times are of the database's clock.
 *
 * The devices of a batch are looked up one by one, in LATERAL with LIMIT 1, and not joined: for a join, PostgreSQL's
 * planner may read all deliveries of the campaign for each batch, as long as it assumes that there are few.
 */

import type { CampaignState, Guarantee, Platform } from '../domain/campaign.ts'
import type { CampaignMessage } from '../domain/message.ts'
import { countByState, setCounts } from '../postgres/delivery-counts.ts'
import type { Pool } from '../postgres/pool.ts'
import type { BatchRef } from '../queue/job-queue.ts'

export interface Claim {
  campaignId: string
  seq: number
  projectId: number
  /** The fencing token. Only grows. */
  attempt: number
  /** Attempts that count, this one included. Those that were released unspent do not count. */
  spent: number
  /** Milliseconds since the first attempt. */
  ageMs: number
  /** at_most_once only. Above 0: an earlier owner died after it may have sent to devices up to this position. */
  launched: number
  message: CampaignMessage
  guarantee: Guarantee
  ratePerMinute: number | null
  /** The first campaign of the chain of resends, mostly the campaign itself. All use its collapse identifier. */
  chainId: string
  /** Nothing is sent to these platforms until an operator has fixed their push credential. */
  haltedPlatforms: Platform[]
}

/**
 * Takes the batch: queued → sending, attempt + 1, with a lease. Returns null if another process has it, or if its campaign
 * is not sending any more; there is nothing to do then.
 */
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
             c.project_id AS "projectId",
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
  /** Both null when the device was deleted, or moved to another project, after planning. */
  token: string | null
  platform: Platform | null
  isGone: boolean
  isOptedOut: boolean
}

/**
 * Reads the devices of the batch that have no result yet, in order of position, as they are now. Only those of the
 * campaign's project have a token: one that has moved to another project since must not be sent to with this credential.
 */
export async function loadDevices(pool: Pool, { campaignId, seq, projectId }: Claim): Promise<BatchDevice[]> {
  const { rows } = await pool.query<BatchDevice>({
    name: 'batch-devices',
    text: `SELECT i.id, i.position, d.token, d.platform::text, coalesce(d.state = 'gone', false) AS "isGone",
             m.opted_out_at IS NOT NULL AS "isOptedOut"
           FROM batches b
           CROSS JOIN LATERAL unnest(b.device_ids) WITH ORDINALITY AS i (id, position)
           LEFT JOIN LATERAL (
             SELECT token, platform, state, member_id FROM devices WHERE id = i.id AND project_id = $3 LIMIT 1) d ON true
           LEFT JOIN LATERAL (SELECT opted_out_at FROM members WHERE id = d.member_id LIMIT 1) m ON true
           LEFT JOIN LATERAL (
             SELECT true AS is_there FROM deliveries WHERE campaign_id = $1 AND device_id = i.id LIMIT 1) x ON true
           WHERE b.campaign_id = $1 AND b.seq = $2 AND x.is_there IS NULL
           ORDER BY i.position`,
    values: [campaignId, seq, projectId],
  })
  return rows
}

/**
 * Records, before they are sent, that messages to devices up to `position` may be in flight: after a crash these, and no
 * others, are in doubt. Returns false if another process owns the batch: do not send.
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
  /** Milliseconds until the next attempt, if devices are left. */
  delayMs: number
  /** False: the attempt does not count (shutdown, pause, waiting for quota). */
  isSpent: boolean
  /** True: the time until now does not count against the age limit (it was lost to a pause or a shutdown, not to FCM). */
  restartsAge: boolean
  /** True: the devices that are left wait for an operator, as long as the campaign has a halted platform. */
  isHeld?: boolean
}

/**
 * Ends an attempt. The batch becomes `done` when every device has a result, `canceled` when its campaign is canceled and
 * devices are left, otherwise `planned` again. The counts are counted from the rows, in the same statement: a fenced
 * earlier owner may have recorded some of them (invariant 4). Returns null if another process owns the batch.
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
 * Counts a canceled batch again: its former owner has recorded messages that were sent before it noticed. Changes no
 * batch in another state: its next owner counts those rows at the end of its attempt.
 */
export async function recountCanceled(pool: Pool, { campaignId, seq }: Claim): Promise<void> {
  await pool.query({
    name: 'batch-recount-canceled',
    text: `UPDATE batches b SET ${setCounts('n')}, canceled = b.size - n.total
           FROM (${COUNT_FROM_ROWS}) n WHERE b.campaign_id = $1 AND b.seq = $2 AND b.state = 'canceled'`,
    values: [campaignId, seq],
  })
}

/** Counts the rows in `deliveries` for the devices of batch $1, $2. */
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

/** Renews the leases of these batches in one statement. Batches missing from the result belong to another process now. */
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
