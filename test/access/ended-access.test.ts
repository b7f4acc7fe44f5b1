import { randomUUIDv7 } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { createApiKey, rotateApiKey } from '../../src/access/api-key-store.ts'
import { type Caller, callerOfKey, callerOfUser } from '../../src/access/caller.ts'
import { type Access, findEndedAccess } from '../../src/access/ended-access.ts'
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
  const sessionOf = async (caller: Caller): Promise<Access> => {
    const { token } = await sessions.open(caller)
    return { kind: 'session', id: hashOf(token).toString('hex'), address: '203.0.113.7' }
  }
  const accesses: Record<'key' | 'keySession' | 'userSession', Access> = {
    key: { kind: 'api_key', id: key.prefix, address: '203.0.113.7' },
    keySession: await sessionOf(callerOfKey({ ...given, id: key.id, permissions: [] })),
    userSession: await sessionOf(callerOfUser(user)),
  }
  const ended = async (permission: Parameters<typeof findEndedAccess>[2] = 'campaigns:send') => {
    const found = await findEndedAccess(prisma, Object.values(accesses), permission)
    return Object.entries(accesses).flatMap(([name, access]) => (found.has(access) ? [name] : []))
  }
  return { pool, prisma, key, ended }
}

test('access that is valid and has the permission has not ended; unknown access has', async () => {
  const { prisma, ended } = await setup()
  expect(await ended()).toEqual([])
  const unknown = [
    { kind: 'api_key', id: 'cari_aaaaaaaa', address: '127.0.0.1' },
    { kind: 'session', id: '00'.repeat(32), address: '127.0.0.1' },
  ] as const
  const found = await findEndedAccess(prisma, unknown, 'campaigns:send')
  expect(found).toEqual(new Set(unknown))
})

test.each([
  [`UPDATE api_keys SET revoked_at = now()`, ['key', 'keySession']],
  [`UPDATE api_keys SET expires_at = now() - interval '1 second'`, ['key', 'keySession']],
  [`UPDATE api_keys SET expires_at = now() + interval '1 minute'`, []],
  [`UPDATE api_keys SET role = 'viewer'`, ['key', 'keySession']],
  [`UPDATE api_keys SET permissions = '{campaigns:read}'`, ['key', 'keySession']],
  [`UPDATE api_keys SET permissions = '{campaigns:send}'`, []],
  [`UPDATE api_keys SET allowed_addresses = '{203.0.114.0/24}'`, ['key', 'keySession']],
  [`UPDATE api_keys SET allowed_addresses = '{203.0.114.0/24,203.0.113.7}'`, []],
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

test('a connection of an old secret ends with it, and a rotation ends the sessions of the key', async () => {
  const { pool, prisma, key, ended } = await setup()
  await rotateApiKey(prisma, key.id, 3600)
  expect(await ended()).toEqual(['keySession'])
  await pool.query(`UPDATE api_key_old_secrets SET ends_at = now() - interval '1 second'`)
  expect(await ended()).toEqual(['key', 'keySession'])
})
