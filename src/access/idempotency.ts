/**
 * Lets a client repeat a POST whose answer it never saw. The first request claims the key; while it runs, a repeat
 * is told to wait; once it has ended, a repeat gets the stored answer.
 *
 *   claimed ──> answered (2xx)   kept for a day, replayed
 *      └──────> freed            any other answer: it changed nothing (4xx) or is worth another try (5xx), and
 *                                the same key may be used for the corrected request
 *
 * A claim is renewed while its request runs, so one that has not moved for STALE_SECONDS belongs to a process that
 * died, and may be taken over. `subjectId` stays the same then: a create that uses it as its id finds the row the
 * first run made, instead of making a second.
 */
import { randomUUIDv7 } from 'node:crypto'
import { AppError } from '../domain/errors.ts'
import type { Pool } from '../postgres/pool.ts'

const STALE_SECONDS = 60
export const RENEW_EVERY_MS = 15_000

export interface Claim {
  callerId: string
  key: string
  subjectId: string
  /** The database's own text of `claimed_at`: who holds the claim knows it, and nobody else does. */
  claimedAt: string
}

export interface StoredAnswer {
  status: number
  headers: Record<string, string>
  body: string | null
}

export type ClaimResult = { kind: 'claimed'; claim: Claim } | { kind: 'answered'; answer: StoredAnswer }

interface Row {
  fingerprint: Buffer
  status: number | null
  headers: Record<string, string> | null
  body: string | null
}

export function checkIdempotencyKey(key: string): void {
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return
  throw new AppError(
    'invalid_idempotency_key',
    `The Idempotency-Key has ${key.length} characters${key.length > 255 ? '' : ', some of which are not allowed'}. Send 1 to 255 visible ASCII characters without spaces, a UUID for instance.`,
  )
}

/** `fingerprint`: a hash of what was asked. Throws when the key belongs to another request, or its first is still running. */
export async function claimKey(
  pool: Pool,
  callerId: string,
  key: string,
  fingerprint: Buffer,
): Promise<ClaimResult> {
  // A key that was freed between the two statements is simply tried again.
  for (let round = 0; round < 5; round += 1) {
    const claimed = await pool.query<{ subjectId: string; claimedAt: string }>(CLAIM, [
      callerId,
      key,
      fingerprint,
      randomUUIDv7(),
      STALE_SECONDS,
    ])
    if (claimed.rows[0]) return { kind: 'claimed', claim: { callerId, key, ...claimed.rows[0] } }

    const { rows } = await pool.query<Row>(
      'SELECT fingerprint, status, headers, body FROM idempotency_keys WHERE caller_id = $1 AND key = $2',
      [callerId, key],
    )
    const row = rows[0]
    if (row === undefined) continue
    if (!row.fingerprint.equals(fingerprint)) {
      throw new AppError(
        'idempotency_key_reused',
        `The Idempotency-Key ${JSON.stringify(key)} was used for another request: other method, address or body. Use a new key for a new request.`,
      )
    }
    if (row.status === null) break
    return {
      kind: 'answered',
      answer: { status: row.status, headers: row.headers ?? {}, body: row.body },
    }
  }
  throw new AppError(
    'idempotency_key_in_use',
    `The first request with Idempotency-Key ${JSON.stringify(key)} has not ended yet. Repeat this one in a few seconds to get its answer.`,
    { retryAfterSeconds: 2 },
  )
}

/**
 * $1 caller, $2 key, $3 fingerprint, $4 new subject, $5 seconds. Inserts the claim, or takes over one that stands
 * still; returns nothing when somebody else holds it or it is answered.
 */
const CLAIM = `
INSERT INTO idempotency_keys AS k (caller_id, key, fingerprint, subject_id) VALUES ($1, $2, $3, $4)
ON CONFLICT (caller_id, key) DO UPDATE SET claimed_at = clock_timestamp()
  WHERE k.status IS NULL AND k.fingerprint = excluded.fingerprint
    AND k.claimed_at < now() - make_interval(secs => $5)
RETURNING subject_id AS "subjectId", claimed_at::text AS "claimedAt"`

/** Returns false when the claim was taken over. */
export async function renewClaim(pool: Pool, claim: Claim): Promise<boolean> {
  const { rows } = await pool.query<{ claimedAt: string }>(
    `UPDATE idempotency_keys SET claimed_at = clock_timestamp()
     WHERE caller_id = $1 AND key = $2 AND status IS NULL AND claimed_at = $3::timestamptz
     RETURNING claimed_at::text AS "claimedAt"`,
    [claim.callerId, claim.key, claim.claimedAt],
  )
  if (rows[0]) claim.claimedAt = rows[0].claimedAt
  return rows[0] !== undefined
}

/** The body is kept as the text it was sent as, so that a replay is the same to the byte. */
export async function storeAnswer(pool: Pool, claim: Claim, answer: StoredAnswer): Promise<void> {
  await pool.query(
    `UPDATE idempotency_keys SET status = $4, headers = $5, body = to_jsonb($6::text)
     WHERE caller_id = $1 AND key = $2 AND status IS NULL AND claimed_at = $3::timestamptz`,
    [claim.callerId, claim.key, claim.claimedAt, answer.status, answer.headers, answer.body],
  )
}

export async function freeKey(pool: Pool, claim: Claim): Promise<void> {
  await pool.query(
    `DELETE FROM idempotency_keys
     WHERE caller_id = $1 AND key = $2 AND status IS NULL AND claimed_at = $3::timestamptz`,
    [claim.callerId, claim.key, claim.claimedAt],
  )
}
