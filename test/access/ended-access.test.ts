import { randomUUIDv7 } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { createApiKey } from '../../src/access/api-key-store.ts'
import type { Caller } from '../../src/access/caller.ts'
import { findEndedAccess } from '../../src/access/ended-access.ts'
import { hashOf, openSessions } from '../../src/access/sessions.ts'
import { createUser } from '../../src/access/user-store.ts'
import { openPrisma } from '../../src/postgres/prisma.ts'
import { createLogger } from '../../src/process/logger.ts'
import { createTestDatabase } from '../support/database.ts'

/** A key, a session of it, and a session of a user, each with the role of operator. */
const setup = async () => {
  const { pool } = await createTestDatabase()
  const prisma = openPrisma(pool)
  const sessions = openSessions(prisma, createLogger('test', 'silent'))
  onTestFinished(async () => {
    await sessions.close()
    await prisma.$disconnect()
  })
  const given = { name: 'x', role: 'operator' } as const
  const key = await createApiKey(prisma, { ...given, id: randomUUIDv7(), expiresAt: null })
  const user = await createUser(prisma, { ...given, id: randomUUIDv7(), password: 'a horse, a battery' })
  const hashOfSession = async (caller: Caller) => hashOf((await sessions.open(caller)).token).toString('hex')
  const ids = {
    key: key.id,
    keySession: await hashOfSession({ ...given, id: key.id, kind: 'api_key' }),
    userSession: await hashOfSession({ ...given, id: user.id, kind: 'user' }),
  }
  const accesses = [
    { kind: 'api_key', id: ids.key },
    { kind: 'session', id: ids.keySession },
    { kind: 'session', id: ids.userSession },
  ] as const
  const ended = async (permission: Parameters<typeof findEndedAccess>[2] = 'campaigns:send') => {
    const found = await findEndedAccess(prisma, accesses, permission)
    return (['key', 'keySession', 'userSession'] as const).filter((name) => found.has(ids[name]))
  }
  return { pool, prisma, ended }
}

test('access that is valid and has the permission has not ended; unknown access has', async () => {
  const { prisma, ended } = await setup()
  expect(await ended()).toEqual([])
  const unknown = [
    { kind: 'api_key', id: randomUUIDv7() },
    { kind: 'session', id: '00'.repeat(32) },
  ] as const
  const found = await findEndedAccess(prisma, unknown, 'campaigns:send')
  expect(found).toEqual(new Set(unknown.map(({ id }) => id)))
})

test.each([
  [`UPDATE api_keys SET revoked_at = now()`, ['key', 'keySession']],
  [`UPDATE api_keys SET expires_at = now() - interval '1 second'`, ['key', 'keySession']],
  [`UPDATE api_keys SET expires_at = now() + interval '1 minute'`, []],
  [`UPDATE api_keys SET role = 'viewer'`, ['key', 'keySession']],
  [`DELETE FROM api_keys`, ['key', 'keySession']],
  [`UPDATE users SET disabled_at = now()`, ['userSession']],
  [`UPDATE users SET role = 'viewer'`, ['userSession']],
  [`DELETE FROM users`, ['userSession']],
  [`UPDATE sessions SET expires_at = now() - interval '1 second'`, ['keySession', 'userSession']],
  [`UPDATE sessions SET seen_at = now() - interval '12 hours 1 second'`, ['keySession', 'userSession']],
  [`DELETE FROM sessions`, ['keySession', 'userSession']],
])('%s ends %j', async (change, names) => {
  const { pool, ended } = await setup()
  await pool.query(change)
  expect(await ended()).toEqual(names)
})

test('a permission that the role does not have ends all of them', async () => {
  const { ended } = await setup()
  expect(await ended('users:manage')).toEqual(['key', 'keySession', 'userSession'])
})
