import { randomUUIDv7 } from 'node:crypto'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createApiKey } from '../../src/access/api-key-store.ts'
import { callerOfKey, callerOfUser } from '../../src/access/caller.ts'
import { pruneSessions } from '../../src/access/prune-expired.ts'
import { openSessions } from '../../src/access/sessions.ts'
import { openPrisma } from '../../src/postgres/prisma.ts'
import { createLogger } from '../../src/process/logger.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

const setup = async () => {
  const { pool } = await createTestDatabase()
  const prisma = openPrisma(pool)
  let now = Date.now()
  const open = () => openSessions(prisma, createLogger('test', 'silent'), () => now)
  const sessions = open()
  /** Another process, with a memory of its own. */
  const elsewhere = open()
  onTestFinished(async () => {
    await sessions.close()
    await elsewhere.close()
    await prisma.$disconnect()
  })
  const id = randomUUIDv7()
  await pool.query(`INSERT INTO users (id, name, password_hash, role) VALUES ($1, 'Ada', '', 'operator')`, [
    id,
  ])
  const ada = callerOfUser({ id, name: 'Ada', role: 'operator' })
  const pass = (ms: number) => {
    now += ms
  }
  return { pool, prisma, sessions, elsewhere, ada, pass, now: () => now }
}

const ENDED = { code: 'session_ended', status: 401 }

describe('a session', () => {
  test('is over twelve hours after it was last seen', async () => {
    const { sessions, ada, pass } = await setup()
    const { token } = await sessions.open(ada)
    for (const hours of [11.9, 11.9]) {
      pass(hours * HOUR_MS)
      expect((await sessions.authenticate(token, '127.0.0.1')).caller).toEqual(ada)
      // It is written down in the background.
      await sessions.close()
    }
    pass(12 * HOUR_MS)
    await expect(sessions.authenticate(token, '127.0.0.1')).rejects.toMatchObject(ENDED)
  })

  test('is over seven days after the sign-in, however busy', async () => {
    const { sessions, ada, pass, now } = await setup()
    const { token, session } = await sessions.open(ada)
    const end = now() + 7 * DAY_MS
    expect(session.expiresAt.getTime()).toBe(end)
    while (now() + 11 * HOUR_MS < end) {
      pass(11 * HOUR_MS)
      await sessions.authenticate(token, '127.0.0.1')
      await sessions.close()
    }
    pass(end - now() - 1)
    await sessions.authenticate(token, '127.0.0.1')
    pass(1)
    await expect(sessions.authenticate(token, '127.0.0.1'), 'though it is remembered').rejects.toMatchObject(
      ENDED,
    )
  })

  test('is written down as seen once a minute, with its user', async () => {
    const { pool, sessions, ada, pass, now } = await setup()
    const { token } = await sessions.open(ada)
    const opened = now()
    const seen = async () => {
      await sessions.close()
      const { rows } = await pool.query(
        `SELECT seen_at, last_seen_at FROM sessions JOIN users ON users.id = user_id`,
      )
      return [rows[0].seen_at.getTime() - opened, rows[0].last_seen_at.getTime() - opened]
    }
    expect(await seen()).toEqual([0, 0])
    pass(MINUTE_MS - 1)
    await sessions.authenticate(token, '127.0.0.1')
    expect(await seen()).toEqual([0, 0])
    pass(1)
    await sessions.authenticate(token, '127.0.0.1')
    expect(await seen()).toEqual([MINUTE_MS, MINUTE_MS])
    pass(MINUTE_MS - 1)
    await sessions.authenticate(token, '127.0.0.1')
    expect(await seen()).toEqual([MINUTE_MS, MINUTE_MS])
  })

  test('that ends elsewhere ends here within five seconds, its own end bites at once', async () => {
    const { sessions, elsewhere, ada, pass } = await setup()
    const { token } = await sessions.open(ada)
    await sessions.authenticate(token, '127.0.0.1')
    await elsewhere.authenticate(token, '127.0.0.1')
    await sessions.end(token)
    await expect(sessions.authenticate(token, '127.0.0.1')).rejects.toMatchObject(ENDED)
    pass(4_999)
    await elsewhere.authenticate(token, '127.0.0.1')
    pass(1)
    await expect(elsewhere.authenticate(token, '127.0.0.1')).rejects.toMatchObject(ENDED)
  })

  test.each([
    ['disabled', `UPDATE users SET disabled_at = now()`],
    ['deleted', `DELETE FROM users`],
  ])('of a user who is %s is over, at once where it is said', async (_what, change) => {
    const { pool, sessions, elsewhere, ada, pass } = await setup()
    const { token } = await sessions.open(ada)
    await sessions.authenticate(token, '127.0.0.1')
    await elsewhere.authenticate(token, '127.0.0.1')
    await pool.query(change)
    sessions.forget(ada.id)
    await expect(sessions.authenticate(token, '127.0.0.1')).rejects.toMatchObject(ENDED)
    pass(5_000)
    await expect(elsewhere.authenticate(token, '127.0.0.1')).rejects.toMatchObject(ENDED)
  })

  test.each([
    ['another password', `UPDATE users SET password_hash = 'new'`],
    ['disabled', `UPDATE users SET disabled_at = now()`],
  ])('is not opened with a password that was checked before its user was given %s', async (_what, change) => {
    const { pool, sessions, ada } = await setup()
    await pool.query(`UPDATE users SET password_hash = 'old'`)
    await sessions.open(ada, { passwordHash: 'old' })
    const admin = await pool.connect()
    await admin.query('BEGIN')
    await admin.query(change)
    await admin.query('DELETE FROM sessions')
    // The sign-in comes between the change and its end.
    const opened = expect(sessions.open(ada, { passwordHash: 'old' })).rejects.toMatchObject({
      code: 'wrong_credentials',
    })
    await until(
      async () => {
        const { rowCount } = await pool.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        )
        return rowCount === 1
      },
      { what: 'the sign-in to wait for the change' },
    )
    await admin.query('COMMIT')
    admin.release()
    await opened
    await expect(sessions.open(ada, { passwordHash: 'old' })).rejects.toMatchObject({
      code: 'wrong_credentials',
    })
    expect((await pool.query('SELECT FROM sessions')).rowCount).toBe(0)
  })

  test('has the role its user has now', async () => {
    const { pool, sessions, ada } = await setup()
    const { token } = await sessions.open(ada)
    await pool.query(`UPDATE users SET role = 'viewer'`)
    expect((await sessions.authenticate(token, '127.0.0.1')).caller.role).toBe('viewer')
  })

  test('of an API key ends with the key', async () => {
    const { pool, prisma, sessions, pass, now } = await setup()
    const expiresAt = new Date(now() + HOUR_MS)
    const key = await createApiKey(prisma, { id: randomUUIDv7(), name: 'k', role: 'viewer', expiresAt })
    const caller = callerOfKey(key)
    const { token } = await sessions.open(caller)
    expect(await sessions.authenticate(token, '127.0.0.1')).toMatchObject({ caller, expiresAt })
    pass(HOUR_MS - 1)
    await sessions.authenticate(token, '127.0.0.1')
    await sessions.close()
    const { rows } = await pool.query('SELECT last_used_at FROM api_keys')
    expect(rows[0].last_used_at.getTime()).toBe(now())
    pass(1)
    await expect(sessions.authenticate(token, '127.0.0.1')).rejects.toMatchObject(ENDED)
  })

  test('of a revoked API key is over', async () => {
    const { pool, prisma, sessions } = await setup()
    const key = await createApiKey(prisma, { id: randomUUIDv7(), name: 'k', role: 'viewer', expiresAt: null })
    const { token } = await sessions.open(callerOfKey(key))
    await pool.query('UPDATE api_keys SET revoked_at = now()')
    await expect(sessions.authenticate(token, '127.0.0.1')).rejects.toMatchObject(ENDED)
  })

  test('of an API key works only from the addresses that the key allows', async () => {
    const { prisma, sessions } = await setup()
    const given = {
      name: 'k',
      role: 'viewer',
      expiresAt: null,
      allowedAddresses: ['203.0.113.0/24'],
    } as const
    const key = await createApiKey(prisma, { id: randomUUIDv7(), ...given })
    const { token } = await sessions.open(callerOfKey(key))
    await sessions.authenticate(token, '203.0.113.9')
    await expect(sessions.authenticate(token, '203.0.114.9')).rejects.toMatchObject({
      code: 'address_not_allowed',
    })
  })

  test('has a token of 256 bits, and no two are alike', async () => {
    const { sessions, ada } = await setup()
    const tokens = await Promise.all(Array.from({ length: 50 }, async () => (await sessions.open(ada)).token))
    expect(new Set(tokens).size).toBe(50)
    for (const token of tokens) expect(Buffer.from(token, 'base64url')).toHaveLength(32)
  })
})

test('those that are over are pruned, and no others', async () => {
  const { pool, sessions, ada } = await setup()
  const tokens = [await sessions.open(ada), await sessions.open(ada), await sessions.open(ada)]
  const [idle, old, young] = tokens.map(({ session }) => session.id)
  await pool.query(`UPDATE sessions SET seen_at = now() - interval '12 hours 1 second' WHERE id = $1`, [idle])
  await pool.query(`UPDATE sessions SET expires_at = now() WHERE id = $1`, [old])
  expect(await pruneSessions(pool)).toBe(2)
  expect((await pool.query('SELECT id FROM sessions')).rows).toEqual([{ id: young }])
})

test('nobody’s session, or one of two, cannot be stored', async () => {
  const { pool } = await setup()
  const insert = `INSERT INTO sessions (hash, id, expires_at) VALUES ('', $1, now())`
  await expect(pool.query(insert, [randomUUIDv7()])).rejects.toThrow('sessions_of_one')
})
