/**
 * Lets a client repeat a POST whose reply it did not receive. The first request claims the key. While it runs, a repeat
 * is refused and told to wait; afterwards a repeat gets the stored reply.
 *
 *   claimed ──> answered (2xx)   kept for a day and replayed
 *      └──────> freed            any other reply: nothing was changed (4xx) or another try may succeed (5xx), and the
 *                                same key can be used for the corrected request
 *
 * A claim is renewed while its request runs. One that was not renewed for STALE_SECONDS belongs to a process that died
 * and can be taken over. The takeover keeps `subjectId`: a create that uses it as its id finds the row of the first run
 * instead of creating a second one.
 *
 * `claimedAt` is the fencing token of a claim: a write names the value it last saw. It has milliseconds, as a Date
 * does, and is set by the database's clock only, since the processes may run on several machines.
 */
import { randomUUIDv7 } from 'node:crypto'
import { AppError } from '../domain/errors.ts'
import type { Prisma } from '../postgres/prisma.ts'

const STALE_SECONDS = 60
export const RENEW_EVERY_MS = 15_000

export interface Claim {
  callerId: string
  key: string
  subjectId: string
  claimedAt: Date
}

export interface StoredAnswer {
  status: number
  headers: Record<string, string>
  body: string | null
}

export type ClaimResult = { kind: 'claimed'; claim: Claim } | { kind: 'answered'; answer: StoredAnswer }

export function checkIdempotencyKey(key: string): void {
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return
  throw new AppError(
    'invalid_idempotency_key',
    `The Idempotency-Key has ${key.length} characters${key.length > 255 ? '' : ', some of which are not allowed'}. Send 1 to 255 visible ASCII characters without spaces, for example a UUID.`,
  )
}

/**
 * `fingerprint`: a hash of the request. Throws if the key was used for another request, or if the first request with it
 * is still running.
 */
export async function claimKey(
  prisma: Prisma,
  callerId: string,
  key: string,
  fingerprint: Uint8Array<ArrayBuffer>,
): Promise<ClaimResult> {
  // The key may be freed between the two statements: then the claim is tried again.
  for (let round = 0; round < 5; round += 1) {
    const claim = await tryClaim(prisma, callerId, key, fingerprint)
    if (claim !== undefined) return { kind: 'claimed', claim }

    const row = await prisma.idempotencyKey.findUnique({
      where: { callerId_key: { callerId, key } },
      select: { fingerprint: true, status: true, headers: true, body: true },
    })
    if (row === null) continue
    if (Buffer.compare(row.fingerprint, fingerprint) !== 0) {
      throw keyReused(key)
    }
    if (row.status === null) break
    return {
      kind: 'answered',
      answer: {
        status: row.status,
        headers: (row.headers ?? {}) as StoredAnswer['headers'],
        body: row.body,
      },
    }
  }
  throw new AppError(
    'idempotency_key_in_use',
    `The first request with Idempotency-Key ${JSON.stringify(key)} has not ended yet. Repeat this one in a few seconds to get its reply.`,
    { retryAfterSeconds: 2 },
  )
}

export function keyReused(key: string): AppError {
  return new AppError(
    'idempotency_key_reused',
    `The Idempotency-Key ${JSON.stringify(key)} was used for another request: its method, address, If-Match or body differ. Use a new key for a new request.`,
  )
}

/** Inserts the claim, or takes over a stale one. Returns undefined if another request holds it or it is answered. */
async function tryClaim(
  prisma: Prisma,
  callerId: string,
  key: string,
  fingerprint: Uint8Array<ArrayBuffer>,
): Promise<Claim | undefined> {
  const rows = await prisma.$queryRaw<Pick<Claim, 'subjectId' | 'claimedAt'>[]>`
    INSERT INTO idempotency_keys AS k (caller_id, key, fingerprint, subject_id)
    VALUES (${callerId}::uuid, ${key}, ${fingerprint}, ${randomUUIDv7()}::uuid)
    ON CONFLICT (caller_id, key) DO UPDATE SET claimed_at = clock_timestamp()
      WHERE k.status IS NULL AND k.fingerprint = excluded.fingerprint
        AND k.claimed_at < now() - make_interval(secs => ${STALE_SECONDS})
    RETURNING subject_id AS "subjectId", claimed_at AS "claimedAt"`
  return rows[0] && { callerId, key, ...rows[0] }
}

/** Returns false if the claim was taken over. */
export async function renewClaim(prisma: Prisma, claim: Claim): Promise<boolean> {
  const { callerId, key, claimedAt } = claim
  const rows = await prisma.$queryRaw<Pick<Claim, 'claimedAt'>[]>`
    UPDATE idempotency_keys SET claimed_at = clock_timestamp()
    WHERE caller_id = ${callerId}::uuid AND key = ${key} AND status IS NULL AND claimed_at = ${claimedAt}
    RETURNING claimed_at AS "claimedAt"`
  if (rows[0]) claim.claimedAt = rows[0].claimedAt
  return rows[0] !== undefined
}

/** The body is stored as the text that was sent, so that a replay is identical to the byte. */
export async function storeAnswer(prisma: Prisma, claim: Claim, answer: StoredAnswer): Promise<void> {
  await prisma.idempotencyKey.updateMany({ where: heldBy(claim), data: answer })
}

export async function freeKey(prisma: Prisma, claim: Claim): Promise<void> {
  await prisma.idempotencyKey.deleteMany({ where: heldBy(claim) })
}

function heldBy({ callerId, key, claimedAt }: Claim) {
  return { callerId, key, claimedAt, status: null }
}
