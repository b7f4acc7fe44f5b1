/**
 * Sessions: after a sign-in, a browser sends a session token instead of the password or the API key. The token has 256
 * bits, so its plain SHA-256 is safe to store.
 *
 * A session ends 12 hours after its last request, 7 days after the sign-in, at a sign-out, when its user is disabled or
 * gets a new password, or when its API key is revoked or expires, whichever comes first.
 *
 * Rows are cached for a few seconds, like those of API keys (key-ring.ts): a session that is ended through another
 * process works for at most KEEP_MS longer; through this process it ends at once.
 */
import { createHash, randomBytes, randomUUIDv7 } from 'node:crypto'
import { AppError } from '../domain/errors.ts'
import type { Prisma } from '../postgres/prisma.ts'
import type { Logger } from '../process/logger.ts'
import type { Caller } from './caller.ts'
import { Lookups } from './lookups.ts'

export const IDLE_MS = 12 * 3_600_000
const LONGEST_MS = 7 * 86_400_000
const KEEP_MS = 5_000
/** At the limit the whole cache is cleared. */
const MAX_KEPT = 1_000
const TOUCH_EVERY_MS = 60_000

export interface Session {
  id: string
  expiresAt: Date
  caller: Caller
}

export interface Sessions {
  /**
   * Returns the token once; it is not stored. `passwordHash`: what a user's password was compared with. Throws
   * `wrong_credentials` if it is no longer the user's, or the user was disabled: a change ends all sessions, and one that is
   * opened with the old password must not come after it.
   */
  open(caller: Caller, passwordHash?: string): Promise<{ token: string; session: Session }>
  /** Throws `session_ended` if the session does not exist or has ended. */
  authenticate(token: string, address?: string): Promise<Session>
  /** Whether the session has been found here. It may have ended since. */
  knows(token: string): boolean
  /** Safe to repeat: returns undefined if the session had already ended. */
  end(token: string): Promise<{ id: string; callerId: string | null } | undefined>
  /** Drops the sessions of this user or API key from the cache, so that a change takes effect now. */
  forget(callerId: string): void
  /** Waits for pending writes. */
  close(): Promise<void>
}

interface Known {
  session: Session
  seenAt: number
  readAt: number
}

export function openSessions(
  prisma: Prisma,
  log: Logger,
  clock: () => number = Date.now,
  lookups = new Lookups(clock),
): Sessions {
  const known = new Map<string, Known>()
  const writing = new Set<Promise<unknown>>()

  const find = async (token: string, address: string | undefined): Promise<Known> => {
    const hash = hashOf(token)
    const name = hash.toString('hex')
    const kept = known.get(name)
    if (kept && clock() - kept.readAt < KEEP_MS) return kept
    const read = () =>
      prisma.session.findUnique({
        where: { hash },
        select: {
          id: true,
          seenAt: true,
          expiresAt: true,
          user: { select: { id: true, name: true, role: true, disabledAt: true } },
          apiKey: { select: { id: true, name: true, role: true, revokedAt: true, expiresAt: true } },
        },
      })
    const row = await (kept === undefined ? lookups.find(name, read, address) : read())
    known.delete(name)
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

  /** Written in the background, once a minute: precise enough for a limit of hours. */
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
    async open(caller, passwordHash) {
      const token = randomBytes(32).toString('base64url')
      const now = new Date(clock())
      const session: Session = {
        id: randomUUIDv7(),
        expiresAt: new Date(now.getTime() + LONGEST_MS),
        caller,
      }
      const { id, kind } = caller
      await prisma.$transaction(async (tx) => {
        // Held until the session is there: a change of the password waits, and then ends this session, too.
        if (passwordHash !== undefined) {
          const [same] = await tx.$queryRaw<unknown[]>`
            SELECT id FROM users WHERE id = ${id}::uuid AND password_hash = ${passwordHash} AND disabled_at IS NULL FOR SHARE`
          if (same === undefined) {
            throw new AppError(
              'wrong_credentials',
              'The password was changed a moment ago. Sign in with the new one.',
            )
          }
        }
        await tx.session.create({
          data: {
            hash: hashOf(token),
            id: session.id,
            createdAt: now,
            seenAt: now,
            expiresAt: session.expiresAt,
            ...(kind === 'user' ? { userId: id } : { apiKeyId: id }),
          },
        })
      })
      if (kind === 'user') await prisma.user.updateMany({ where: { id }, data: { lastSeenAt: now } })
      return { token, session }
    },
    async authenticate(token, address) {
      const found = await find(token, address)
      const now = clock()
      const hasEnded = found.session.expiresAt.getTime() <= now || now - found.seenAt >= IDLE_MS
      if (hasEnded) throw ended()
      touch(found, token)
      return found.session
    },
    knows: (token) => known.has(hashOf(token).toString('hex')),
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

interface Owners {
  user: (Omit<Caller, 'kind'> & { disabledAt: Date | null }) | null
  apiKey: (Omit<Caller, 'kind'> & { revokedAt: Date | null }) | null
}

/** The role is the current one of the user or the key, not the one at the sign-in. */
function callerOf({ user, apiKey }: Owners): Caller | undefined {
  if (user !== null && user.disabledAt === null) {
    return { id: user.id, kind: 'user', name: user.name, role: user.role }
  }
  if (apiKey !== null && apiKey.revokedAt === null) {
    return { id: apiKey.id, kind: 'api_key', name: apiKey.name, role: apiKey.role }
  }
  return undefined
}

/** The primary key of a session. */
export function hashOf(token: string): Buffer<ArrayBuffer> {
  return createHash('sha256').update(token).digest() as Buffer<ArrayBuffer>
}

function ended(): AppError {
  return new AppError('session_ended', 'There is no such session, or it has ended. Sign in again.')
}
