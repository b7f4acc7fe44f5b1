/**
 * What an operator can do to a campaign: send, pause, resume, cancel. Each is one guarded UPDATE that names the
 * states it may leave (campaign.ts), in a transaction that locks the campaign before its batches, as everybody does.
 *
 * The queue is told after the commit. If it is away, the deed is done all the same: what should be moving is
 * written in PostgreSQL, and maintenance puts it back on.
 */
import { audiencePredicate } from '../audience/audience-predicate.ts'
import {
  type Audience,
  type CampaignAction,
  type CampaignState,
  canDo,
  TRANSITIONS,
} from '../domain/campaign.ts'
import { AppError, type ErrorCode } from '../domain/errors.ts'
import { inTransaction, type Pool, type Queryable } from '../postgres/pool.ts'
import type { Prisma } from '../postgres/prisma.ts'
import type { Logger } from '../process/logger.ts'
import { enqueueBatches } from '../queue/enqueue-batches.ts'
import type { JobQueue } from '../queue/job-queue.ts'
import { type Campaign, getCampaign, noCampaign } from './campaign-store.ts'
import { dequeueBatches, sweepCanceled } from './halt-campaign.ts'

export interface ManageDeps {
  pool: Pool
  prisma: Prisma
  queue: JobQueue
  log: Logger
  watermark: number
}

/** Starts sending. A campaign whose audience is empty is refused and stays as it was. */
export async function sendCampaign(deps: ManageDeps, id: string): Promise<Campaign> {
  const { projectId, state, audience } = await getCampaign(deps.prisma, id)
  if (!canDo('send', state)) throw refusal('send', id, state)
  // Outside the transaction: on a large table it may take a second to find nobody.
  if (!(await matchesAnybody(deps.pool, projectId, audience))) {
    throw new AppError(
      'audience_empty',
      `The audience of campaign ${id}, ${shorten(JSON.stringify(audience))}, matches no active device now. Import devices or change the audience, then send again.`,
    )
  }
  const moved = await inTransaction(deps.pool, (tx) => transition(tx, id, 'send', 'started_at = now()'))
  await enqueueCampaign(deps, id, moved)
  return getCampaign(deps.prisma, id)
}

/**
 * Stops the sending. Batches on the queue are taken back; those in hand are stopped by their dispatchers within
 * about a second. `inFlight` is how many messages may still leave until then.
 */
export async function pauseCampaign(
  deps: ManageDeps,
  id: string,
): Promise<{ campaign: Campaign; inFlight: number }> {
  await inTransaction(deps.pool, async (tx) => {
    await transition(tx, id, 'pause', `pause_reason = 'by_operator', pause_detail = NULL`)
    await dequeueBatches(tx, id)
  })
  return { campaign: await getCampaign(deps.prisma, id), inFlight: await countInFlight(deps.pool, id) }
}

export async function resumeCampaign(deps: ManageDeps, id: string): Promise<Campaign> {
  const moved = await inTransaction(deps.pool, async (tx) => {
    const campaign = await transition(
      tx,
      id,
      'resume',
      `pause_reason = NULL, pause_detail = NULL, halted_platforms = '{}'`,
    )
    // The time it was paused does not count against the limit on age: the first fault would be final.
    await tx.query(
      `UPDATE batches SET first_claimed_at = NULL WHERE campaign_id = $1 AND state = 'planned' AND attempt > 0`,
      [id],
    )
    return campaign
  })
  await enqueueCampaign(deps, id, moved)
  return getCampaign(deps.prisma, id)
}

/**
 * Ends a campaign for good. Batches that wait are closed with it; those in hand are closed by their dispatchers. If planning is under way it goes on, into canceled batches, so that the number of
 * those who did not get the message is known. A campaign nobody has begun to plan is closed at once; a resend is
 * planned all the same, because its devices can be sent to again from there and from nowhere else.
 */
export async function cancelCampaign(
  deps: ManageDeps,
  id: string,
): Promise<{ campaign: Campaign; inFlight: number }> {
  const moved = await inTransaction(deps.pool, async (tx) => {
    const campaign = await transition(tx, id, 'cancel', CLOSE_UNPLANNED)
    await sweepCanceled(tx, id)
    return campaign
  })
  await enqueueCampaign(deps, id, moved)
  return { campaign: await getCampaign(deps.prisma, id), inFlight: await countInFlight(deps.pool, id) }
}

const CLOSE_UNPLANNED = `pause_reason = NULL, pause_detail = NULL,
  is_planned = is_planned OR (frozen_through_id IS NULL AND resend_of IS NULL),
  closed_at = CASE WHEN frozen_through_id IS NULL AND resend_of IS NULL THEN now() END`

/** What the plan says after a transition; decides what the queue is told. */
interface Moved {
  version: number
  isPlanned: boolean
  isBegun: boolean
}

/** `set` is SQL of ours, never of a caller. */
async function transition(tx: Queryable, id: string, action: CampaignAction, set: string): Promise<Moved> {
  const { from, to } = TRANSITIONS[action]
  const { rows } = await tx.query<Moved>(
    `UPDATE campaigns SET state = $2, version = version + 1, updated_at = now(), ${set}
     WHERE id = $1 AND state = ANY($3::campaign_state[])
     RETURNING version, is_planned AS "isPlanned", frozen_through_id IS NOT NULL AS "isBegun"`,
    [id, to, from],
  )
  if (rows[0]) return rows[0]
  const { rows: found } = await tx.query<{ state: CampaignState }>(
    'SELECT state FROM campaigns WHERE id = $1',
    [id],
  )
  throw found[0] ? refusal(action, id, found[0].state) : noCampaign(id)
}

const REFUSALS = {
  send: { code: 'campaign_not_sendable', deed: 'sent' },
  pause: { code: 'campaign_not_pausable', deed: 'paused' },
  resume: { code: 'campaign_not_resumable', deed: 'resumed' },
  cancel: { code: 'campaign_not_cancelable', deed: 'canceled' },
} as const satisfies Partial<Record<CampaignAction, { code: ErrorCode; deed: string }>>

function refusal(action: CampaignAction, id: string, state: CampaignState): AppError {
  const { code, deed } = REFUSALS[action as keyof typeof REFUSALS]
  const possible = TRANSITIONS[action].from.map((name) => `"${name}"`).join(' or ')
  const detail = `Campaign ${id} is "${state}" and cannot be ${deed}. Only a campaign that is ${possible} can.`
  return action === 'send' && state === 'sending'
    ? new AppError(
        'campaign_already_sending',
        `${detail} It is on its way already: GET it to see its progress.`,
      )
    : new AppError(code, detail)
}

/** Puts on the queue what can move now. A canceled campaign is enqueued nothing: the enqueue looks at its state. */
export async function enqueueCampaign(
  { pool, queue, log, watermark }: ManageDeps,
  id: string,
  moved: Moved,
): Promise<void> {
  try {
    if (!moved.isPlanned) await queue.addPlanJob(id, moved.version)
    if (moved.isBegun) await enqueueBatches({ pool, queue, watermark }, id)
  } catch (error) {
    log.warn(
      { err: error, campaignId: id },
      'the queue could not be told; maintenance will put the campaign on it',
    )
  }
}

async function matchesAnybody(pool: Pool, projectId: number, audience: Audience): Promise<boolean> {
  const { sql, values } = audiencePredicate(projectId, audience)
  const { rows } = await pool.query<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM devices d JOIN members m ON m.id = d.member_id
       WHERE d.state = 'active' AND (${sql})) AS found`,
    values,
  )
  return rows[0]?.found ?? false
}

/** Devices of batches in hand without a result: an upper bound of the messages that may still leave. */
async function countInFlight(pool: Pool, id: string): Promise<number> {
  const { rows } = await pool.query<{ inFlight: number }>(
    `SELECT coalesce(sum(b.size - (
       SELECT count(*) FROM deliveries x WHERE x.campaign_id = $1 AND x.device_id = ANY(b.device_ids))), 0)::int AS "inFlight"
     FROM batches b WHERE b.campaign_id = $1 AND b.state = 'sending'`,
    [id],
  )
  return rows[0]?.inFlight ?? 0
}

function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}
