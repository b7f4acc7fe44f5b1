/**
 * Authenticates API keys: returns the caller, or throws the 401 that says why the key was refused.
 *
 * Rows are cached for a few seconds, so that a busy client does not cost a query per request. A key that is revoked
 * through another process therefore works for at most KEEP_MS longer; through this process it stops at once.
 */

import { AppError } from '../domain/errors.ts'
import type { Role } from '../domain/permissions.ts'
import type { Prisma } from '../postgres/prisma.ts'
import type { Logger } from '../process/logger.ts'
import { expectAllowed, openRanges, type Ranges } from './allowed-addresses.ts'
import { isSameHash, keyIn, parseApiKey } from './api-key.ts'
import { type Caller, callerOfKey } from './caller.ts'
import { Lookups } from './lookups.ts'

export interface KeyRing {
  /** Takes the value of an Authorization header, and the address of the client, which the key must allow (see also lookups.ts). */
  authenticate(authorization: string, address: string): Promise<Caller>
  authenticateKey(key: string, address: string): Promise<Caller>
  /** Whether the value of an Authorization header names a key that has been found here. It may be wrong all the same. */
  knows(authorization: string): boolean
  /** Drops this key from the cache, so that a change of it takes effect now. */
  forget(apiKeyId: string): void
  /** Waits for pending writes. */
  close(): Promise<void>
}

const KEEP_MS = 5_000
/** More keys than an installation has. At the limit the whole cache is cleared. */
const MAX_KEPT = 1_000
const TOUCH_EVERY_MS = 60_000

const SHOWN = {
  id: true,
  name: true,
  role: true,
  permissions: true,
  allowedAddresses: true,
  expiresAt: true,
  revokedAt: true,
} as const

interface Known {
  id: string
  caller: Caller
  hash: Uint8Array
  ranges: Ranges | undefined
  expiresAt: Date | null
  revokedAt: Date | null
  /** Of a secret that a rotation has replaced. */
  endsAt: Date | null
  readAt: number
}

export function openKeyRing(
  prisma: Prisma,
  log: Logger,
  clock: () => number = Date.now,
  lookups = new Lookups(clock),
): KeyRing {
  const known = new Map<string, Known>()
  const touchedAt = new Map<string, number>()
  const writing = new Set<Promise<unknown>>()

  const find = async (prefix: string, address: string): Promise<Known | undefined> => {
    const kept = known.get(prefix)
    if (kept && clock() - kept.readAt < KEEP_MS) return kept
    const read = () => readSecret(prisma, prefix)
    const row = await (kept === undefined ? lookups.find(prefix, read, address) : read())
    known.delete(prefix)
    if (row === null) return undefined
    if (known.size >= MAX_KEPT) known.clear()
    const found: Known = { ...row, readAt: clock() }
    known.set(prefix, found)
    return found
  }

  /** Written in the background, once a minute: it only helps people to find keys and secrets that are not used. */
  const touch = (prefix: string, { id, endsAt }: Known) => {
    const now = clock()
    if (now - (touchedAt.get(prefix) ?? 0) < TOUCH_EVERY_MS) return
    if (touchedAt.size >= MAX_KEPT) touchedAt.clear()
    touchedAt.set(prefix, now)
    const data = { lastUsedAt: new Date(now) }
    const write = Promise.all([
      prisma.apiKey.updateMany({ where: { id }, data }),
      endsAt !== null && prisma.apiKeyOldSecret.updateMany({ where: { prefix }, data }),
    ])
      .catch((error: unknown) => log.warn({ err: error, apiKeyId: id }, 'last_used_at could not be written'))
      .finally(() => writing.delete(write))
    writing.add(write)
  }

  const authenticateKey = async (key: string, address: string): Promise<Caller> => {
    const presented = parseApiKey(key)
    if (presented === undefined) {
      throw refused('This is not an API key. Expected "cari_…", as printed by "npm run key".')
    }
    const row = await find(presented.prefix, address)
    // The same message for an unknown prefix and a wrong secret, so that it does not reveal which prefixes exist.
    if (row === undefined || !isSameHash(row.hash, presented.hash)) {
      throw refused(
        `The API key ${presented.prefix}_… is unknown. Check that it is complete and belongs to this installation.`,
      )
    }
    if (row.revokedAt !== null) {
      throw refused(
        `The API key ${presented.prefix}_… was revoked at ${row.revokedAt.toISOString()}. Ask an admin for a new one.`,
      )
    }
    if (row.expiresAt !== null && row.expiresAt.getTime() <= clock()) {
      throw refused(
        `The API key ${presented.prefix}_… expired at ${row.expiresAt.toISOString()}. Ask an admin for a new one.`,
      )
    }
    if (row.endsAt !== null && row.endsAt.getTime() <= clock()) {
      throw refused(
        `The API key ${presented.prefix}_… was replaced by a rotation and ended at ${row.endsAt.toISOString()}. Use the new one.`,
      )
    }
    expectAllowed(row.ranges, address)
    touch(presented.prefix, row)
    return row.caller
  }

  return {
    authenticateKey,
    knows(authorization) {
      const presented = parseApiKey(keyIn(authorization) ?? '')
      return presented !== undefined && known.has(presented.prefix)
    },
    async authenticate(authorization, address) {
      const key = keyIn(authorization)
      if (key !== undefined) return authenticateKey(key, address)
      throw refused(
        'The Authorization header has no API key. Expected "Bearer cari_…", as printed by "npm run key".',
      )
    },
    forget(apiKeyId) {
      for (const [prefix, { id }] of known) if (id === apiKeyId) known.delete(prefix)
    },
    async close() {
      await Promise.all(writing)
    },
  }
}

/** The newest secret of a key, or one from before a rotation. */
async function readSecret(prisma: Prisma, prefix: string): Promise<Omit<Known, 'readAt'> | null> {
  const row = await prisma.apiKey.findUnique({ where: { prefix }, select: { ...SHOWN, hash: true } })
  if (row !== null) return knownOf(row, row.hash, null)
  const old = await prisma.apiKeyOldSecret.findUnique({
    where: { prefix },
    select: { hash: true, endsAt: true, apiKey: { select: SHOWN } },
  })
  return old === null ? null : knownOf(old.apiKey, old.hash, old.endsAt)
}

interface Row {
  id: string
  name: string
  role: Role
  permissions: string[]
  allowedAddresses: string[]
  expiresAt: Date | null
  revokedAt: Date | null
}

function knownOf(row: Row, hash: Uint8Array, endsAt: Date | null): Omit<Known, 'readAt'> {
  const { id, expiresAt, revokedAt } = row
  return {
    id,
    caller: callerOfKey(row),
    hash,
    ranges: openRanges(row.allowedAddresses),
    expiresAt,
    revokedAt,
    endsAt,
  }
}

function refused(detail: string): AppError {
  return new AppError('invalid_api_key', detail)
}
