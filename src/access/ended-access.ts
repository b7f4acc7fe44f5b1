/**
 * Rechecks the access of connections that outlive a request. Applies the same conditions as key-ring.ts and sessions.ts
 * do to one request, to many at once.
 */
import { type Permission, rolesWith } from '../domain/permissions.ts'
import type { Prisma } from '../postgres/prisma.ts'
import { IDLE_MS } from './sessions.ts'

/** What a connection was authenticated with. */
export interface Access {
  kind: 'api_key' | 'session'
  /** Id of the key, or the hash of the session's token in hex. */
  id: string
}

/** Returns the ids of the accesses that have ended or have lost the permission. */
export async function findEndedAccess(
  prisma: Prisma,
  accesses: Iterable<Access>,
  permission: Permission,
): Promise<Set<string>> {
  const ids = { api_key: new Set<string>(), session: new Set<string>() }
  for (const { kind, id } of accesses) ids[kind].add(id)
  const now = new Date()
  const role = { in: rolesWith(permission) }
  const isUsableKey = { role, revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] }
  const [keys, sessions] = await Promise.all([
    prisma.apiKey.findMany({
      where: { id: { in: [...ids.api_key] }, ...isUsableKey },
      select: { id: true },
    }),
    prisma.session.findMany({
      where: {
        hash: { in: Array.from(ids.session, (hash) => Buffer.from(hash, 'hex')) },
        expiresAt: { gt: now },
        seenAt: { gt: new Date(now.getTime() - IDLE_MS) },
        OR: [{ user: { role, disabledAt: null } }, { apiKey: isUsableKey }],
      },
      select: { hash: true },
    }),
  ])
  for (const { id } of keys) ids.api_key.delete(id)
  for (const { hash } of sessions) ids.session.delete(Buffer.from(hash).toString('hex'))
  return new Set([...ids.api_key, ...ids.session])
}
