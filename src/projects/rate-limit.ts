/**
 * The send budget that all dispatchers on all machines share: a row in PostgreSQL, moved by one UPDATE a
 * reservation. It is a schedule, not a bucket: each reservation gets the next free slot and says how long to wait
 * for it, so messages leave evenly and are never drained at the start of a minute.
 *
 * Source: FCM's quota is per project and minute; its guide asks for a ramp from zero over 60 s, for even spreading,
 * and on 429 for a pause of Retry-After (60 s if absent) for everything the project sends.
 */
import type { Pool } from '../postgres/pool.ts'

export interface Budget {
  /** `project:<id>` or `campaign:<id>`. */
  key: string
  /** Infinity: no budget, but a 429 still blocks. */
  perMinute: number
  /** Seconds from a standstill to the full rate. 0: none. */
  rampSeconds: number
}

export interface Reservation {
  /** False: nothing was reserved; ask again after `waitMs`. */
  isGranted: boolean
  /** Until the messages may leave, or until it is worth asking again. */
  waitMs: number
}

/** A budget that was not used for so long starts its ramp from zero again. */
const IDLE_SECONDS = 60
/** The slowest step of a ramp. Below it the first batch alone would take minutes. */
const RAMP_FLOOR = 0.05
/** After a 429 the rate is halved, to no less than a tenth, and gains a hundredth each second: 50 s from half to full. */
const CUT = 0.5
const SHARE_FLOOR = 0.1
const SHARE_PER_SECOND = 0.01

/** The budget's row must exist before it can be reserved from. Safe to repeat. */
export async function openBudget(pool: Pool, key: string): Promise<void> {
  await pool.query({
    name: 'rate-limit-open',
    text: 'INSERT INTO rate_limits (key) VALUES ($1) ON CONFLICT DO NOTHING',
    values: [key],
  })
}

/** Deletes the budgets of campaigns that are closed. */
export async function dropClosedBudgets(pool: Pool): Promise<void> {
  await pool.query(
    `DELETE FROM rate_limits p USING campaigns c WHERE p.key = 'campaign:' || c.id AND c.closed_at < now() - interval '1 hour'`,
  )
}

/** Reserves room for `messages`, unless the wait for it would be longer than `longestWaitMs`. */
export async function reserve(
  pool: Pool,
  { key, perMinute, rampSeconds }: Budget,
  messages: number,
  longestWaitMs: number,
): Promise<Reservation> {
  const isLimited = Number.isFinite(perMinute)
  const { rows } = await pool.query<{ waitMs: number }>(
    isLimited
      ? {
          name: 'rate-limit-reserve',
          text: RESERVE,
          values: [key, messages, perMinute / 60, rampSeconds, longestWaitMs],
        }
      : { name: 'rate-limit-blocked', text: UNLIMITED, values: [key, longestWaitMs] },
  )
  if (rows[0] !== undefined) return { isGranted: true, waitMs: Math.max(0, rows[0].waitMs) }
  const { rows: busy } = await pool.query<{ waitMs: number }>({
    name: 'rate-limit-wait',
    text: `SELECT (extract(epoch FROM greatest(blocked_until, CASE WHEN $2::boolean THEN next_at END) - now()) * 1000)::float8
             AS "waitMs"
           FROM rate_limits WHERE key = $1`,
    values: [key, isLimited],
  })
  if (busy[0] !== undefined) return { isGranted: false, waitMs: Math.max(0, busy[0].waitMs) }
  // Its row is gone: without one nothing could ever be reserved again.
  await openBudget(pool, key)
  return await reserve(pool, { key, perMinute, rampSeconds }, messages, longestWaitMs)
}

export interface RateLimitState {
  /** Of the full rate: below 1 after a 429. */
  share: number
  blockedUntil: Date | null
  rampUntil: Date | null
}

/** How the project is rate-limited now; null before its first message. Of several projects, the one used last. */
export async function readProjectRateLimit(pool: Pool, rampSeconds: number): Promise<RateLimitState | null> {
  const { rows } = await pool.query<RateLimitState>(
    `SELECT (CASE WHEN blocked_until > now() THEN share ELSE greatest(${SHARE_FLOOR}, ${SHARE}) END)::float8 AS share,
       CASE WHEN blocked_until > now() THEN blocked_until END AS "blockedUntil",
       CASE WHEN ramp_from + make_interval(secs => $1) > now() AND next_at > now() - interval '${IDLE_SECONDS} s'
         THEN ramp_from + make_interval(secs => $1) END AS "rampUntil"
     FROM rate_limits WHERE key LIKE 'project:%' ORDER BY next_at DESC LIMIT 1`,
    [rampSeconds],
  )
  return rows[0] ?? null
}

/** Blocks the budget for `waitMs` and lowers its rate. The many 429s of one moment lower it once. */
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

const START = `greatest(next_at, blocked_until, now())`
const SHARE = `least(1, share + ${SHARE_PER_SECOND} * coalesce(extract(epoch FROM now() - greatest(cut_at, blocked_until)), 0))`
const RAMP_FROM = `CASE WHEN ramp_from IS NULL OR next_at < now() - interval '${IDLE_SECONDS} s' THEN now() ELSE ramp_from END`
const RAMP = `CASE WHEN $4::float8 = 0 THEN 1
  ELSE least(1, greatest(${RAMP_FLOOR}, extract(epoch FROM now() - (${RAMP_FROM})) / $4::float8)) END`

/** $1 key, $2 messages, $3 messages a second, $4 ramp in seconds, $5 longest wait in ms. Zero rows: not granted. */
const RESERVE = `
UPDATE rate_limits SET
  start_at = ${START},
  next_at = ${START} + make_interval(secs => $2::float8 / ($3::float8 * ${RAMP} * greatest(${SHARE_FLOOR}, ${SHARE}))),
  ramp_from = ${RAMP_FROM}
WHERE key = $1 AND ${START} <= now() + make_interval(secs => $5::float8 / 1000)
RETURNING (extract(epoch FROM start_at - now()) * 1000)::float8 AS "waitMs"`

/** $1 key, $2 longest wait in ms. */
const UNLIMITED = `
SELECT coalesce(extract(epoch FROM blocked_until - now()) * 1000, 0)::float8 AS "waitMs"
FROM rate_limits WHERE key = $1 AND coalesce(blocked_until <= now() + make_interval(secs => $2::float8 / 1000), true)`
