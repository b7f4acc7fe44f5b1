/**
 * The send budget that all dispatchers on all machines share: one row in PostgreSQL for each project, and one for each
 * campaign with a rate of its own. A reservation is one UPDATE of that row. The row is a schedule and not a bucket: each
 * reservation gets the next free slot and learns how long to wait for it, so messages leave evenly spread over the
 * minute instead of all at its start.
 *
 * Source: FCM's quota is per project and minute. Its guide asks for a ramp from zero over 60 s, for even spreading, and
 * on a 429 for a pause of Retry-After (60 s if absent) for everything the project sends.
 */
import type { Pool, Queryable } from '../postgres/pool.ts'

export interface Budget {
  /** From `projectKey` or `campaignKey`. */
  key: string
  /** Infinity: unlimited, but a 429 still blocks it. */
  perMinute: number
  /** Seconds from idle to the full rate. 0: no ramp. */
  rampSeconds: number
  /**
   * How many seconds of slots that passed unused may still be used. 0: none, as FCM wants for a project's quota. Batches of
   * a campaign with a rate of its own come back some tenths of a second late, each time, and would fall behind their rate.
   */
  catchUpSeconds: number
}

export function projectKey(projectId: number): string {
  return `project:${projectId}`
}

export function campaignKey(campaignId: string): string {
  return `campaign:${campaignId}`
}

export interface Reservation {
  /** False: nothing was reserved; ask again after `waitMs`. */
  isGranted: boolean
  /** Milliseconds until the messages may leave, or until it is worth asking again. */
  waitMs: number
}

/** A budget that was unused for this long starts its ramp from zero again. */
const IDLE_SECONDS = 60
/** The lowest rate of a ramp, as a share of the full rate. With less, the first batch alone would take minutes. */
const RAMP_FLOOR = 0.05
/** A 429 halves the rate, down to a tenth. It gains a hundredth of the full rate each second: 50 s from half to full. */
const CUT = 0.5
const SHARE_FLOOR = 0.1
const SHARE_PER_SECOND = 0.01

/** Deletes the budgets of closed campaigns. Safe to call repeatedly. */
export async function dropClosedBudgets(pool: Pool): Promise<void> {
  await pool.query({
    name: 'rate-limit-drop-closed',
    text: `DELETE FROM rate_limits p USING campaigns c
           WHERE c.id = CASE WHEN p.key LIKE 'campaign:%' THEN substr(p.key, 10)::uuid END AND c.closed_at < now() - interval '1 hour'`,
  })
}

/** Reserves quota for `messages`, unless the wait for it would be longer than `longestWaitMs`. */
export async function reserve(
  pool: Queryable,
  budget: Budget,
  messages: number,
  longestWaitMs: number,
): Promise<Reservation> {
  const { key, perMinute, rampSeconds, catchUpSeconds } = budget
  const isLimited = Number.isFinite(perMinute)
  const { rows } = await pool.query<{ waitMs: number }>(
    isLimited
      ? {
          name: 'rate-limit-reserve',
          text: RESERVE,
          values: [key, messages, perMinute / 60, rampSeconds, longestWaitMs, catchUpSeconds],
        }
      : { name: 'rate-limit-blocked', text: UNLIMITED, values: [key, longestWaitMs] },
  )
  if (rows[0] !== undefined) return { isGranted: true, waitMs: Math.max(0, rows[0].waitMs) }
  const waitMs = await readWait(pool, budget)
  // A row that was made by another process between the two statements refuses nobody.
  if (waitMs !== undefined && waitMs > longestWaitMs) return { isGranted: false, waitMs }
  if (waitMs !== undefined) return await reserve(pool, budget, messages, longestWaitMs)
  // The first reservation of this budget, or its row was deleted.
  await pool.query({
    name: 'rate-limit-open',
    text: 'INSERT INTO rate_limits (key) VALUES ($1) ON CONFLICT DO NOTHING',
    values: [key],
  })
  return await reserve(pool, budget, messages, longestWaitMs)
}

/** Milliseconds until the budget's next free slot, without reserving it. Undefined: it was never used. */
export async function readWait(
  pool: Queryable,
  { key, perMinute }: Pick<Budget, 'key' | 'perMinute'>,
): Promise<number | undefined> {
  const { rows } = await pool.query<{ waitMs: number }>({
    name: 'rate-limit-wait',
    text: `SELECT (extract(epoch FROM greatest(blocked_until, CASE WHEN $2::boolean THEN next_at END) - now()) * 1000)::float8
             AS "waitMs"
           FROM rate_limits WHERE key = $1`,
    values: [key, Number.isFinite(perMinute)],
  })
  return rows[0] && Math.max(0, rows[0].waitMs)
}

export interface ProjectRateLimit {
  projectId: number
  project: string
  /** Null: unlimited. */
  messagesPerMinute: number | null
  /** Of the full rate: below 1 after a 429. */
  share: number
  blockedUntil: Date | null
  /** How long a budget that was idle takes to its full rate; 0: it begins with that. */
  rampSeconds: number
  rampUntil: Date | null
}

/** The rate limits of all projects, the default project first. A project that has not sent anything is at full rate. */
export async function readProjectRateLimits(
  pool: Pool,
  environment: { messagesPerMinute: number; rampSeconds: number },
): Promise<ProjectRateLimit[]> {
  const { messagesPerMinute, rampSeconds } = environment
  const { rows } = await pool.query<Omit<ProjectRateLimit, 'rampSeconds'>>({
    name: 'rate-limits-read',
    text: `SELECT p.id AS "projectId", p.name AS project, coalesce(p.messages_per_minute, $2::int) AS "messagesPerMinute",
             coalesce(CASE WHEN blocked_until > now() THEN share ELSE greatest(${SHARE_FLOOR}, ${SHARE}) END, 1)::float8
               AS share,
             CASE WHEN blocked_until > now() THEN blocked_until END AS "blockedUntil",
             CASE WHEN ramp_from + make_interval(secs => $1) > now() AND next_at > now() - interval '${IDLE_SECONDS} s'
               THEN ramp_from + make_interval(secs => $1) END AS "rampUntil"
           FROM projects p LEFT JOIN rate_limits r ON r.key = 'project:' || p.id ORDER BY p.id`,
    values: [rampSeconds, Number.isFinite(messagesPerMinute) ? messagesPerMinute : null],
  })
  return rows.map((row) => ({ ...row, rampSeconds }))
}

/** Blocks the budget for `waitMs` and lowers its rate. Many 429s at about the same time lower it once. */
export async function slowDown(pool: Pool, key: string, waitMs: number): Promise<void> {
  await pool.query({
    name: 'rate-limit-slow-down',
    text: `UPDATE rate_limits SET
             share = CASE WHEN blocked_until > now() THEN share
                          ELSE greatest(${SHARE_FLOOR}, ${CUT} * ${SHARE}) END,
             cut_at = CASE WHEN blocked_until > now() THEN cut_at ELSE now() END,
             blocked_until = greatest(blocked_until, now() + make_interval(secs => $2::float8 / 1000))
           WHERE key = $1`,
    values: [key, waitMs],
  })
}

const START = `greatest(next_at, blocked_until, now() - make_interval(secs => $6::float8))`
const SHARE = `least(1, share + ${SHARE_PER_SECOND} * coalesce(extract(epoch FROM now() - greatest(cut_at, blocked_until)), 0))`
const RAMP_FROM = `CASE WHEN ramp_from IS NULL OR next_at < now() - interval '${IDLE_SECONDS} s' THEN now() ELSE ramp_from END`
const RAMP = `CASE WHEN $4::float8 = 0 THEN 1
  ELSE least(1, greatest(${RAMP_FLOOR}, extract(epoch FROM now() - (${RAMP_FROM})) / $4::float8)) END`

/**
 * $1 key, $2 messages, $3 messages a second, $4 ramp in seconds, $5 longest wait in ms, $6 seconds to
 * catch up. Moves the next free slot behind
 * these messages; returns how long to wait for theirs. Zero rows: nothing was reserved.
 */
const RESERVE = `
UPDATE rate_limits SET
  start_at = ${START},
  next_at = ${START} + make_interval(secs => $2::float8 / ($3::float8 * ${RAMP} * greatest(${SHARE_FLOOR}, ${SHARE}))),
  ramp_from = ${RAMP_FROM}
WHERE key = $1 AND ${START} <= now() + make_interval(secs => $5::float8 / 1000)
RETURNING (extract(epoch FROM start_at - now()) * 1000)::float8 AS "waitMs"`

/** $1 key, $2 longest wait in ms. Changes nothing. Zero rows: blocked for longer than that, or the row is missing. */
const UNLIMITED = `
SELECT coalesce(extract(epoch FROM blocked_until - now()) * 1000, 0)::float8 AS "waitMs"
FROM rate_limits WHERE key = $1 AND coalesce(blocked_until <= now() + make_interval(secs => $2::float8 / 1000), true)`
