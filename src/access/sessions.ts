/**
 * Sessions: after a sign-in, a browser sends a session token instead of the password or the API key. The token has 256
 * bits, so its plain SHA-256 is safe to store.
 *
 * A session ends 12 hours after its last request, 7 days after the sign-in, at a sign-out, when its user is disabled or
 * gets a new password, or when its API key is revoked, rotated or expires, whichever comes first.
 *
 * Rows are cached for a few seconds, like those of API keys (key-ring.ts): a session that is ended through another
 * process works for at most KEEP_MS longer; through this process it ends at once.
 */
import { createHash, randomBytes, randomUUIDv7 } from 'node:crypto'
import { noteWithPrisma } from '../audit/note-deeds.ts'
import { AppError } from '../domain/errors.ts'
import { SESSION_DAYS, SESSION_IDLE_HOURS } from '../domain/retention.ts'
import type { Prisma } from '../postgres/prisma.ts'
import { actingAs } from '../process/acting.ts'
import type { Logger } from '../process/logger.ts'
import { expectAllowed, openRanges, type Ranges } from './allowed-addresses.ts'
import { type Caller, callerOfKey, callerOfUser } from './caller.ts'
import { Lookups } from './lookups.ts'

export const IDLE_MS = SESSION_IDLE_HOURS * 3_600_000
export const CONFIRMED_MINUTES = 10
const LONGEST_MS = SESSION_DAYS * 86_400_000
const KEEP_MS = 5_000
/** At the limit the whole cache is cleared. */
const MAX_KEPT = 1_000
const TOUCH_EVERY_MS = 60_000
/** Characters of what a browser calls itself. */
const MOST_BROWSER = 300

export interface Session {
  id: string
  expiresAt: Date
  caller: Caller
}

interface SignInFacts {
  passwordHash?: string | undefined
  /** Of the client, and what its browser calls itself. */
  address?: string
  browser?: string | undefined
}

export interface Sessions {
  /**
   * Returns the token once; it is not stored. `passwordHash`: what a user's password was compared with. Throws
   * `wrong_credentials` if it is no longer the user's, or the user was disabled: a change ends all sessions, and one that is
   * opened with the old password must not come after it.
   */
  open(caller: Caller, from?: SignInFacts): Promise<{ token: string; session: Session }>
  /**
   * Throws `session_ended` if the session does not exist or has ended, and `address_not_allowed` if it is that of an API key
   * which may not be used from this address of the client.
   */
  authenticate(token: string, address: string): Promise<Session>
  /**
   * Throws `reauthenticate` unless the password was given a few minutes ago: whoever sits down at a browser that was left open can
   * look, and not give themselves a key. Not cached: a confirmation through another process counts at once.
   */
  expectConfirmed(token: string, caller: Caller): Promise<void>
  /** Whether the session has been found here. It may have ended since. */
  knows(token: string): boolean
  /** Safe to repeat: returns undefined if the session had already ended. */
  end(token: string): Promise<{ id: string; callerId: string } | undefined>
  /** Drops the sessions of this user or API key from the cache, so that a change takes effect now. */
  forget(callerId: string): void
  /** Waits for pending writes. */
  close(): Promise<void>
}

interface Known {
  session: Session
  /** Of an API key. */
  ranges: Ranges | undefined
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

  const find = async (token: string, address: string): Promise<Known> => {
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
          apiKey: {
            select: {
              id: true,
              name: true,
              role: true,
              permissions: true,
              allowedAddresses: true,
              revokedAt: true,
              expiresAt: true,
            },
          },
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
      ranges: row.apiKey === null ? undefined : openRanges(row.apiKey.allowedAddresses),
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
    async open(caller, { passwordHash, address, browser } = {}) {
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
            confirmedAt: now,
            expiresAt: session.expiresAt,
            address: address ?? null,
            browser: browser?.slice(0, MOST_BROWSER) ?? null,
            ...(kind === 'user' ? { userId: id } : { apiKeyId: id }),
          },
        })
        // Until now nobody was known who could have done it.
        await actingAs(caller, () =>
          noteWithPrisma(tx, { deed: 'session.opened', subject: { kind: 'session', id: session.id } }),
        )
      })
      if (kind === 'user') await prisma.user.updateMany({ where: { id }, data: { lastSeenAt: now } })
      return { token, session }
    },
    async authenticate(token, address) {
      const found = await find(token, address)
      const now = clock()
      const hasEnded = found.session.expiresAt.getTime() <= now || now - found.seenAt >= IDLE_MS
      if (hasEnded) throw ended()
      expectAllowed(found.ranges, address)
      touch(found, token)
      return found.session
    },
    async expectConfirmed(token, { kind }) {
      const where = { hash: hashOf(token) }
      const row = await prisma.session.findUnique({ where, select: { confirmedAt: true } })
      if (row !== null && clock() - row.confirmedAt.getTime() < CONFIRMED_MINUTES * 60_000) return
      const what = kind === 'user' ? 'the password' : 'the API key'
      throw new AppError(
        'reauthenticate',
        `For this, ${what} must have been given within the last ${CONFIRMED_MINUTES} minutes. Nothing was changed. Send it to POST /v1/session/confirm and repeat the request.`,
      )
    },
    knows: (token) => known.has(hashOf(token).toString('hex')),
    async end(token) {
      const hash = hashOf(token)
      const ended = await prisma.$transaction(async (tx) => {
        const row = await tx.session.findUnique({
          where: { hash },
          select: {
            id: true,
            user: { select: { id: true, name: true } },
            apiKey: { select: { id: true, name: true } },
          },
        })
        const { count } = await tx.session.deleteMany({ where: { hash } })
        const owner = row?.user ?? row?.apiKey
        if (row === null || owner == null || count === 0) return undefined
        const kind = row.user === null ? 'api_key' : 'user'
        await actingAs({ kind, ...owner }, () =>
          noteWithPrisma(tx, { deed: 'session.closed', subject: { kind: 'session', id: row.id } }),
        )
        return { id: row.id, callerId: owner.id }
      })
      known.delete(hash.toString('hex'))
      return ended
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
  user: (Parameters<typeof callerOfUser>[0] & { disabledAt: Date | null }) | null
  apiKey: (Parameters<typeof callerOfKey>[0] & { revokedAt: Date | null }) | null
}

/** The role is the current one of the user or the key, not the one at the sign-in. */
function callerOf({ user, apiKey }: Owners): Caller | undefined {
  if (user !== null && user.disabledAt === null) return callerOfUser(user)
  if (apiKey !== null && apiKey.revokedAt === null) return callerOfKey(apiKey)
  return undefined
}

/** The primary key of a session. */
export function hashOf(token: string): Buffer<ArrayBuffer> {
  return createHash('sha256').update(token).digest() as Buffer<ArrayBuffer>
}

function ended(): AppError {
  return new AppError('session_ended', 'There is no such session, or it has ended. Sign in again.')
}
