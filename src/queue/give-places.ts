/** Gives the batches of one campaign their places on the queue (places.ts), in the transaction that enqueues them. */
import type { Queryable } from '../postgres/pool.ts'
import type { BatchRef } from './job-queue.ts'
import { mayBeALapBehind, type PlacesToTake, placesToTake, restartAt, type Standing } from './places.ts'

/** As locked by the caller. */
export interface CampaignToPlace {
  id: string
  priority: number
  ratePerMinute: number | null
  nextPlace: number
}

/**
 * `enqueue` moves batches to `queued` and returns them. It is called again if the campaign begins anew: its batches have left
 * the queue by then; jobs that are left there find their batch, or nothing.
 */
export async function givePlaces(
  tx: Queryable,
  campaign: CampaignToPlace,
  enqueue: () => Promise<BatchRef[]>,
): Promise<BatchRef[]> {
  const refs = await enqueue()
  // Its own rate decides how much such a campaign sends. On their queue, all of a priority take turns as they come.
  if (campaign.ratePerMinute !== null) return refs.map((ref) => ({ ...ref, isRated: true }))
  if (refs.length === 0 && !mayBeALapBehind(campaign.nextPlace)) return refs
  const standing = await readStanding(tx, campaign, refs)
  const places = placesToTake(standing)
  if (places !== null) return await take(tx, campaign, refs, places)
  await tx.query({
    name: 'enqueue-restart',
    text: `UPDATE batches SET state = 'planned', not_before = now() WHERE campaign_id = $1 AND state = 'queued'`,
    values: [campaign.id],
  })
  const first = restartAt(standing)
  return await take(tx, campaign, await enqueue(), { again: first, fresh: first })
}

async function take(
  tx: Queryable,
  { id, nextPlace }: CampaignToPlace,
  refs: readonly BatchRef[],
  { again, fresh }: PlacesToTake,
): Promise<BatchRef[]> {
  const before = refs.filter(({ urgency }) => urgency !== 0).toSorted((a, b) => urgencyOf(b) - urgencyOf(a))
  const unseen = refs.filter(({ urgency }) => urgency === 0).toSorted((a, b) => a.seq - b.seq)
  const next = fresh + unseen.length
  if (next !== nextPlace) {
    await tx.query({
      name: 'enqueue-place',
      text: 'UPDATE campaigns SET next_place = $2 WHERE id = $1',
      values: [id, next],
    })
  }
  return [
    ...before.map((ref, index) => ({ ...ref, place: again + index })),
    ...unseen.map((ref, index) => ({ ...ref, place: fresh + index })),
  ]
}

const urgencyOf = ({ urgency = 0 }: BatchRef) => urgency

/** What stood on the queue before these. */
async function readStanding(
  tx: Queryable,
  { id, priority, nextPlace }: CampaignToPlace,
  refs: readonly BatchRef[],
): Promise<Standing> {
  const { rows } = await tx.query<Omit<Standing, 'next'>>({
    name: 'enqueue-standing',
    text: STANDING,
    values: [id, priority],
  })
  const { waiting = 0, waitingFresh = 0, floor = null } = rows[0] ?? {}
  return {
    next: nextPlace,
    waiting: waiting - refs.length,
    waitingFresh: waitingFresh - refs.filter(({ urgency }) => urgency === 0).length,
    floor,
  }
}

/** The first condition is that of the index (batches_moving_idx), which PostgreSQL does not conclude from the second. */
const ON_QUEUE = `SELECT count(*)::int AS waiting, count(*) FILTER (WHERE attempt = 0)::int AS fresh
  FROM batches b WHERE b.state IN ('queued', 'sending') AND b.state = 'queued'`

/**
 * $1 campaign, $2 its priority: what of it is on the queue, and the smallest place that waits of another one. Those with a
 * rate of their own have no place that others would be measured by.
 */
const STANDING = `
SELECT own.waiting, own.fresh AS "waitingFresh",
  (SELECT min(o.next_place - q.fresh) FROM campaigns o CROSS JOIN LATERAL (${ON_QUEUE} AND b.campaign_id = o.id) q
   WHERE o.closed_at IS NULL AND o.state = 'sending' AND o.priority = $2 AND o.id <> $1
     AND o.rate_per_minute IS NULL AND q.waiting > 0)::int AS floor
FROM (${ON_QUEUE} AND b.campaign_id = $1) own`
