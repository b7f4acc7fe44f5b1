/**
 * Notices that another server has taken over the database, before any statement of Carillon runs on it.
 *
 * A promoted standby begins a new timeline. `database_timelines` has a row for each timeline that a process of Carillon has
 * written on; it is copied to the standby like every other table. A new connection to a server whose timeline has no row is
 * therefore the first one after a failover, wherever the failover was decided (by an operator, by Patroni, behind an address
 * that moves, by restoring a backup). That connection acknowledges the timeline in one transaction:
 *
 *   campaigns that were sending are paused, with the reason `database_failed_over`
 *   every claim of a batch is void: its attempt number becomes larger than any that was given on the former server
 *
 * Without synchronous replication, the new server lacks the last commits of the former one: results, claims. If dispatchers
 * went on, they would send again to devices whose results are missing. maintenance/settle-failover.ts lets campaigns continue.
 */
import type pg from 'pg'
import { TRANSITIONS } from '../domain/campaign.ts'
import { databaseFailedOver } from '../process/operator-events.ts'

/**
 * The timeline that the server writes to. A standby raises an error, because it writes nothing. Not pg_control_checkpoint():
 * that still has the former timeline until the first checkpoint after a promotion.
 */
const TIMELINE = `('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int`
export const READ_TIMELINE = `SELECT ${TIMELINE} AS timeline`

/** SQL of a boolean: this session's commits are answered when a standby has them. */
export const IS_SYNCHRONOUS = `(current_setting('synchronous_standby_names') <> ''
  AND current_setting('synchronous_commit') IN ('on', 'remote_write', 'remote_apply'))`

/** `pause_detail` while it is not known yet what was lost. */
export const WAITING_FOR_DISPATCHERS =
  'The database failed over to another server. The dispatchers are writing the results again that this server may lack; the campaign continues by itself when they have, within about a minute. Do not resume it before: devices could get the message twice.'

/**
 * Larger than the number of attempts that a batch can have had on the former server and not on this one: a batch waits at
 * least a tick between two attempts, and a standby that lacks hundreds of seconds is not promoted without a loss that
 * nothing here could repair.
 */
export const VOID_ATTEMPTS = 1_000

/**
 * SQLSTATEs of servers on which there is nothing to acknowledge: not migrated yet, a standby, functions that a managed service
 * does not have or not allow.
 */
const NOTHING_TO_ACKNOWLEDGE: ReadonlySet<unknown> = new Set([
  '42P01',
  '42703',
  '55000',
  '0A000',
  '42501',
  '25006',
])

/** Of one pool. */
export class TimelineGate {
  #timeline: number | undefined

  /** Call this with every new connection, before it is used. Rejects if the connection is broken. */
  async pass(client: pg.ClientBase): Promise<void> {
    try {
      const { rows } = await client.query<{ timeline: number; isKnown: boolean }>(
        `SELECT timeline, EXISTS (SELECT FROM database_timelines d WHERE d.timeline = t.timeline) AS "isKnown"
         FROM (${READ_TIMELINE}) t`,
      )
      const { timeline, isKnown } = rows[0] as { timeline: number; isKnown: boolean }
      if (!isKnown) await acknowledge(client)
      const earlier = this.#timeline
      this.#timeline = timeline
      if (earlier !== undefined && earlier !== timeline) databaseFailedOver.publish({ timeline })
    } catch (error) {
      if (!NOTHING_TO_ACKNOWLEDGE.has((error as { code?: unknown }).code)) throw error
    }
  }
}

async function acknowledge(client: pg.ClientBase): Promise<void> {
  await client.query('BEGIN')
  try {
    // One connection at a time; the others find the row when this one has committed.
    await client.query('LOCK TABLE database_timelines IN SHARE ROW EXCLUSIVE MODE')
    const { rows } = await client.query<{ isSettled: boolean }>(
      `INSERT INTO database_timelines (timeline, is_synchronous, was_synchronous, last_commit_at, settled_at)
       SELECT t.timeline, ${IS_SYNCHRONOUS}, coalesce(former.is_synchronous, true), pg_last_xact_replay_timestamp(),
         CASE WHEN former.timeline IS NULL THEN now() END
       FROM (${READ_TIMELINE}) t
       LEFT JOIN (SELECT timeline, is_synchronous FROM database_timelines ORDER BY seen_at DESC LIMIT 1) former ON true
       ON CONFLICT DO NOTHING
       RETURNING settled_at IS NOT NULL AS "isSettled"`,
    )
    if (rows[0]?.isSettled === false) {
      await client.query(PAUSE, [WAITING_FOR_DISPATCHERS])
      await client.query(VOID_CLAIMS, [VOID_ATTEMPTS])
    }
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}

/** $1 detail. One that is being canceled was sending a moment ago: if that is undone, it waits for the dispatchers as well. */
const PAUSE = `
UPDATE campaigns SET state = '${TRANSITIONS.pause.to}', version = version + 1, updated_at = now(),
  paused_at = coalesce(paused_at, now()), pause_reason = 'database_failed_over', pause_detail = $1
WHERE state IN (${TRANSITIONS.pause.from.map((state) => `'${state}'`).join(', ')})
  OR state = 'paused' AND pause_reason = 'canceling'`

/**
 * $1 attempts. None of them is spent: the limit is on passes. A batch that was claimed on the former
 * server has an owner who knows a smaller number: it changes no row any more (fencing), and its results are kept.
 * One that waits for the time of its zone goes on waiting: with an attempt it is not fresh any more.
 */
const VOID_CLAIMS = `
UPDATE batches b SET attempt = b.attempt + $1, owner = NULL,
  state = 'planned', not_before = CASE WHEN b.not_before = 'infinity' THEN b.not_before ELSE greatest(now(), b.send_at) END
FROM campaigns c
WHERE c.id = b.campaign_id AND c.state = 'paused' AND b.state IN ('planned', 'queued', 'sending')`
