/**
 * Rechecks the access of connections that outlive a request. Applies the same conditions as key-ring.ts and sessions.ts
 * do to one request, to many at once.
 */
import { type Permission, permissionsOfKey, type Role, rolesWith } from '../domain/permissions.ts'
import type { Prisma } from '../postgres/prisma.ts'
import { isAllowed, openRanges, type Ranges } from './allowed-addresses.ts'
import { IDLE_MS } from './sessions.ts'

/** What a connection was authenticated with. */
export interface Access {
  kind: 'api_key' | 'session'
  /** The prefix of the key, or the hash of the session's token in hex. */
  id: string
  /** Of the client. */
  address: string
}

const KEY = { role: true, permissions: true, allowedAddresses: true } as const

interface Key {
  role: Role
  permissions: string[]
  allowedAddresses: string[]
}

/** Returns the accesses that have ended or have lost the permission. */
export async function findEndedAccess(
  prisma: Prisma,
  accesses: Iterable<Access>,
  permission: Permission,
): Promise<Set<Access>> {
  const asked = [...accesses]
  const idsOf = (kind: Access['kind']) => [
    ...new Set(asked.filter((access) => access.kind === kind).map(({ id }) => id)),
  ]
  const now = new Date()
  const role = { in: rolesWith(permission) }
  const isUsableKey = { role, revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] }
  const prefix = { in: idsOf('api_key') }
  const [keys, sessions] = await Promise.all([
    prisma.apiKey.findMany({
      where: { OR: [{ prefix }, { oldSecrets: { some: { prefix } } }], AND: isUsableKey },
      select: {
        ...KEY,
        prefix: true,
        oldSecrets: { where: { prefix, endsAt: { gt: now } }, select: { prefix: true } },
      },
    }),
    prisma.session.findMany({
      where: {
        hash: { in: Array.from(idsOf('session'), (hash) => Buffer.from(hash, 'hex')) },
        expiresAt: { gt: now },
        seenAt: { gt: new Date(now.getTime() - IDLE_MS) },
        OR: [{ user: { role, disabledAt: null } }, { apiKey: isUsableKey }],
      },
      select: { hash: true, apiKey: { select: KEY } },
    }),
  ])
  /** By the id of an access; null: of a user, of whom everything has been asked. */
  const valid = new Map<string, Limits | null>()
  for (const key of keys) {
    const limits = limitsOf(key)
    for (const { prefix: each } of [key, ...key.oldSecrets]) valid.set(each, limits)
  }
  for (const { hash, apiKey } of sessions) {
    valid.set(Buffer.from(hash).toString('hex'), apiKey === null ? null : limitsOf(apiKey))
  }
  return new Set(
    asked.filter(({ id, address }) => {
      const limits = valid.get(id)
      if (limits === undefined) return true
      return limits !== null && !(limits.may.includes(permission) && isAllowed(limits.ranges, address))
    }),
  )
}

interface Limits {
  may: readonly Permission[]
  ranges: Ranges | undefined
}

function limitsOf({ role, permissions, allowedAddresses }: Key): Limits {
  return { may: permissionsOfKey(role, permissions), ranges: openRanges(allowedAddresses) }
}
