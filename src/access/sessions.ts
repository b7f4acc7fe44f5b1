/**
 * Sessions: what a browser shows after a sign-in in place of the password or the API key. The token has 256 bits, so a
 * plain SHA-256 of it is safe to keep.
 *
 *   opened ──> seen, seen, … ──> over    12 hours after it was last seen, 7 days after the sign-in, at a sign-out, or
 *                                        when its user is disabled or its key revoked, whichever comes first
 *
 * Rows are remembered for a few seconds, as those of API keys are (key-ring.ts): what ends a session through another
 * process bites within KEEP_MS here, and through this one at once.
 */
import { createHash, randomBytes, randomUUIDv7 } from 'node:crypto'
import { AppError } from '../domain/errors.ts'
import type { Pool } from '../postgres/pool.ts'
import type { Prisma } from '../postgres/prisma.ts'
import type { Logger } from '../process/logger.ts'
import type { Caller } from './caller.ts'

export const IDLE_MS = 12 * 3_600_000
const LONGEST_MS = 7 * 86_400_000
const KEEP_MS = 5_000
/** At the limit everything is forgotten and read again. */
const MAX_KEPT = 1_000
const TOUCH_EVERY_MS = 60_000

export interface Session {
  id: string
  expiresAt: Date
  caller: Caller
}

export interface Sessions {
  /** The token leaves here once and is kept nowhere. */
  open(caller: Caller): Promise<{ token: string; session: Session }>
  /** Throws `session_ended` when there is no such session, or no longer. */
  authenticate(token: string): Promise<Session>
  /** Returns whose session has ended, undefined if it was over already: no mistake. */
  end(token: string): Promise<{ id: string; callerId: string | null } | undefined>
  /** Makes a change of this user or API key bite now. */
  forget(callerId: string): void
  /** Waits for what is still being written. */
  close(): Promise<void>
}

interface Known {
  session: Session
  seenAt: number
  readAt: number
}

export function openSessions(prisma: Prisma, log: Logger, clock: () => number = Date.now): Sessions {
  const known = new Map<string, Known>()
  const writing = new Set<Promise<unknown>>()

  const find = async (token: string): Promise<Known> => {
    const hash = hashOf(token)
    const name = hash.toString('hex')
    const kept = known.get(name)
    if (kept && clock() - kept.readAt < KEEP_MS) return kept
    known.delete(name)
    const row = await prisma.session.findUnique({
      where: { hash },
      select: {
        id: true,
        seenAt: true,
        expiresAt: true,
        user: { select: { id: true, name: true, role: true, disabledAt: true } },
        apiKey: { select: { id: true, name: true, role: true, revokedAt: true, expiresAt: true } },
      },
    })
    const caller = row === null ? undefined : callerOf(row)
    if (row === null || caller === undefined) throw ended()
    const endsAt = Math.min(
      row.expiresAt.getTime(),
      row.apiKey?.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY,
    )
    const found: Known = {
      session: { id: row.id, expiresAt: new Date(endsAt), caller },
      seenAt: row.seenAt.getTime(),
      readAt: clock(),
    }
    if (known.size >= MAX_KEPT) known.clear()
    known.set(name, found)
    return found
  }

  /** To the minute is enough for a limit of hours, and nobody waits for it. */
  const touch = (found: Known, token: string) => {
    const now = clock()
    if (now - found.seenAt < TOUCH_EVERY_MS) return
    found.seenAt = now
    const seen = new Date(now)
    const { id, kind } = found.session.caller
    const write = Promise.all([
      prisma.session.updateMany({ where: { hash: hashOf(token) }, data: { seenAt: seen } }),
      kind === 'user'
        ? prisma.user.updateMany({ where: { id }, data: { lastSeenAt: seen } })
        : prisma.apiKey.updateMany({ where: { id }, data: { lastUsedAt: seen } }),
    ])
      .catch((error: unknown) => log.warn({ err: error, callerId: id }, 'seen_at could not be written'))
      .finally(() => writing.delete(write))
    writing.add(write)
  }

  return {
    async open(caller) {
      const token = randomBytes(32).toString('base64url')
      const now = new Date(clock())
      const session: Session = {
        id: randomUUIDv7(),
        expiresAt: new Date(now.getTime() + LONGEST_MS),
        caller,
      }
      const { id, kind } = caller
      await prisma.session.create({
        data: {
          hash: hashOf(token),
          id: session.id,
          createdAt: now,
          seenAt: now,
          expiresAt: session.expiresAt,
          ...(kind === 'user' ? { userId: id } : { apiKeyId: id }),
        },
      })
      if (kind === 'user') await prisma.user.updateMany({ where: { id }, data: { lastSeenAt: now } })
      return { token, session }
    },
    async authenticate(token) {
      const found = await find(token)
      const now = clock()
      const isOver = found.session.expiresAt.getTime() <= now || now - found.seenAt >= IDLE_MS
      if (isOver) throw ended()
      touch(found, token)
      return found.session
    },
    async end(token) {
      const hash = hashOf(token)
      const where = { hash }
      const row = await prisma.session.findUnique({
        where,
        select: { id: true, userId: true, apiKeyId: true },
      })
      const { count } = await prisma.session.deleteMany({ where })
      known.delete(hash.toString('hex'))
      return row === null || count === 0 ? undefined : { id: row.id, callerId: row.userId ?? row.apiKeyId }
    },
    forget(callerId) {
      for (const [name, { session }] of known) if (session.caller.id === callerId) known.delete(name)
    },
    async close() {
      await Promise.all(writing)
    },
  }
}

/** For maintenance. Returns how many were over. */
export async function pruneSessions(pool: Pool): Promise<number> {
  const { rowCount } = await pool.query(
    `DELETE FROM sessions WHERE expires_at <= now() OR seen_at <= now() - make_interval(secs => $1)`,
    [IDLE_MS / 1000],
  )
  return rowCount ?? 0
}

interface Owners {
  user: (Omit<Caller, 'kind'> & { disabledAt: Date | null }) | null
  apiKey: (Omit<Caller, 'kind'> & { revokedAt: Date | null }) | null
}

/** The role is the one the user or the key has now, not the one at the sign-in. */
function callerOf({ user, apiKey }: Owners): Caller | undefined {
  if (user !== null && user.disabledAt === null) {
    return { id: user.id, kind: 'user', name: user.name, role: user.role }
  }
  if (apiKey !== null && apiKey.revokedAt === null) {
    return { id: apiKey.id, kind: 'api_key', name: apiKey.name, role: apiKey.role }
  }
  return undefined
}

/** How a session is known here. */
export function hashOf(token: string): Buffer<ArrayBuffer> {
  return createHash('sha256').update(token).digest() as Buffer<ArrayBuffer>
}

function ended(): AppError {
  return new AppError('session_ended', 'This session is over, or never was. Sign in again.')
}
