import { execFile } from 'node:child_process'
import { randomUUIDv7 } from 'node:crypto'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { generateApiKey, parseApiKey } from '../../src/access/api-key.ts'
import { createApiKey } from '../../src/access/api-key-store.ts'
import { openKeyRing } from '../../src/access/key-ring.ts'
import { openPrisma } from '../../src/postgres/prisma.ts'
import { createLogger } from '../../src/process/logger.ts'
import { testEnv } from '../support/config.ts'
import { createTestDatabase } from '../support/database.ts'

const run = promisify(execFile)

test('a key has 256 bits, and no two are alike', () => {
  const keys = new Set(Array.from({ length: 500 }, () => generateApiKey().key))
  expect(keys.size).toBe(500)
  for (const key of keys) expect(key).toMatch(/^cari_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}$/)
  expect(43 * Math.log2(62)).toBeGreaterThan(256)
})

test('a key is recognised by prefix and hash, anything else is not', () => {
  const { key, prefix, hash } = generateApiKey()
  expect(parseApiKey(key)).toEqual({ prefix, hash })
  for (const wrong of ['', 'cari_', key.slice(0, -1), `${key}x`, key.replace('cari', 'card'), `${key}\n`]) {
    expect(parseApiKey(wrong), JSON.stringify(wrong)).toBeUndefined()
  }
})

describe('the key ring', () => {
  const setup = async () => {
    const { pool } = await createTestDatabase()
    const prisma = openPrisma(pool)
    let now = Date.now()
    const ring = openKeyRing(prisma, createLogger('test', 'silent'), () => now)
    onTestFinished(async () => {
      await ring.close()
      await prisma.$disconnect()
    })
    const made = await createApiKey(prisma, {
      id: randomUUIDv7(),
      name: 'x',
      role: 'viewer',
      expiresAt: null,
    })
    return {
      pool,
      ring,
      header: `Bearer ${made.key}`,
      id: made.id,
      pass: (ms: number) => {
        now += ms
      },
    }
  }

  test('sees a revocation made elsewhere within five seconds', async () => {
    const { pool, ring, header, id, pass } = await setup()
    expect(await ring.authenticate(header)).toEqual({ id, kind: 'api_key', name: 'x', role: 'viewer' })
    await pool.query('UPDATE api_keys SET revoked_at = now()')
    expect(await ring.authenticate(header)).toMatchObject({ role: 'viewer' })
    pass(5_000)
    await expect(ring.authenticate(header)).rejects.toMatchObject({ code: 'invalid_api_key' })
  })

  test('sees its own at once', async () => {
    const { pool, ring, header, id } = await setup()
    await ring.authenticate(header)
    await pool.query('UPDATE api_keys SET revoked_at = now()')
    ring.forget(id)
    await expect(ring.authenticate(header)).rejects.toMatchObject({ code: 'invalid_api_key' })
  })

  test('writes the last use once a minute', async () => {
    const { pool, ring, header, pass } = await setup()
    const lastUse = async () => (await pool.query('SELECT last_used_at FROM api_keys')).rows[0].last_used_at
    await ring.authenticate(header)
    await ring.close()
    const first = await lastUse()
    expect(first).not.toBeNull()
    pass(59_000)
    await ring.authenticate(header)
    await ring.close()
    expect(await lastUse()).toEqual(first)
    pass(2_000)
    await ring.authenticate(header)
    await ring.close()
    expect((await lastUse()).getTime()).toBe(first.getTime() + 61_000)
  })

  test.each(['Basic abc', 'Bearer', 'Bearer  ', 'cari_x', 'Bearer cari_aaaaaaaa_short'])(
    'refuses %j',
    async (header) => {
      const { ring } = await setup()
      await expect(ring.authenticate(header)).rejects.toMatchObject({ code: 'invalid_api_key', status: 401 })
    },
  )
})

describe('npm run key', () => {
  const key = async (args: string[]) => {
    const { pool, url } = await createTestDatabase()
    const answer = await run(process.execPath, ['workers/key.ts', ...args], {
      env: testEnv({ DATABASE_URL: url }),
    }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    )
    return { pool, ...answer }
  }

  test('prints the key and nothing else on stdout', async () => {
    const { pool, code, stdout, stderr } = await key(['--role', 'operator', '--name', 'ops'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^cari_\w{8}_\w{43}\n$/)
    expect(stderr).toContain('only time')
    expect(stderr).not.toContain(stdout.trim())
    const { rows } = await pool.query('SELECT name, role, prefix, expires_at FROM api_keys')
    expect(rows).toEqual([{ name: 'ops', role: 'operator', prefix: stdout.slice(0, 13), expires_at: null }])
  })

  test.each([
    [['--name', 'x'], '--role is null'],
    [['--role', 'root', '--name', 'x'], '"root"; expected one of viewer, operator, admin'],
    [['--role', 'admin'], '--name is missing'],
    [['--role', 'admin', '--name', 'x', '--days', '0'], '--days is "0"'],
  ])('%j says what is wrong and makes none', async (args, says) => {
    const { pool, code, stdout, stderr } = await key(args)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(says)
    expect((await pool.query('SELECT 1 FROM api_keys')).rowCount).toBe(0)
  })
})
