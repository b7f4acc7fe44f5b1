import { execFile } from 'node:child_process'
import { randomUUIDv7 } from 'node:crypto'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { generateApiKey, parseApiKey } from '../../src/access/api-key.ts'
import { createApiKey, rotateApiKey } from '../../src/access/api-key-store.ts'
import { openKeyRing } from '../../src/access/key-ring.ts'
import { permissionsOf } from '../../src/domain/permissions.ts'
import type { Pool } from '../../src/postgres/pool.ts'
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
      prisma,
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
    const caller = { id, kind: 'api_key', name: 'x', role: 'viewer', permissions: permissionsOf('viewer') }
    expect(await ring.authenticate(header, '127.0.0.1')).toEqual(caller)
    await pool.query('UPDATE api_keys SET revoked_at = now()')
    expect(await ring.authenticate(header, '127.0.0.1')).toMatchObject({ role: 'viewer' })
    pass(5_000)
    await expect(ring.authenticate(header, '127.0.0.1')).rejects.toMatchObject({ code: 'invalid_api_key' })
  })

  test('sees its own at once', async () => {
    const { pool, ring, header, id } = await setup()
    await ring.authenticate(header, '127.0.0.1')
    await pool.query('UPDATE api_keys SET revoked_at = now()')
    ring.forget(id)
    await expect(ring.authenticate(header, '127.0.0.1')).rejects.toMatchObject({ code: 'invalid_api_key' })
  })

  test('writes the last use once a minute', async () => {
    const { pool, ring, header, pass } = await setup()
    const lastUse = async () => (await pool.query('SELECT last_used_at FROM api_keys')).rows[0].last_used_at
    await ring.authenticate(header, '127.0.0.1')
    await ring.close()
    const first = await lastUse()
    expect(first).not.toBeNull()
    pass(59_000)
    await ring.authenticate(header, '127.0.0.1')
    await ring.close()
    expect(await lastUse()).toEqual(first)
    pass(2_000)
    await ring.authenticate(header, '127.0.0.1')
    await ring.close()
    expect((await lastUse()).getTime()).toBe(first.getTime() + 61_000)
  })

  test('takes the old secret until its end, and writes when it was last used', async () => {
    const { pool, prisma, ring, header, id, pass } = await setup()
    await ring.authenticate(header, '127.0.0.1')
    const { key } = await rotateApiKey(prisma, id, 3600)
    pass(3_600_000 - 1_000)
    expect(await ring.authenticate(`Bearer ${key}`, '127.0.0.1')).toMatchObject({ id })
    expect(await ring.authenticate(header, '127.0.0.1')).toMatchObject({ id })
    await ring.close()
    const { rows } = await pool.query(
      'SELECT o.last_used_at = k.last_used_at AS same FROM api_key_old_secrets o JOIN api_keys k ON k.id = api_key_id',
    )
    expect(rows).toEqual([{ same: true }])
    // Found a moment ago, and over all the same.
    pass(4_500)
    const ended = ring.authenticate(header, '127.0.0.1')
    await expect(ended).rejects.toMatchObject({ code: 'invalid_api_key', status: 401 })
    await expect(ended).rejects.toThrow('was replaced by a rotation and ended at')
    expect(await ring.authenticate(`Bearer ${key}`, '127.0.0.1')).toMatchObject({ id })
  })

  test.each(['Basic abc', 'Bearer', 'Bearer  ', 'cari_x', 'Bearer cari_aaaaaaaa_short'])(
    'refuses %j',
    async (header) => {
      const { ring } = await setup()
      await expect(ring.authenticate(header, '127.0.0.1')).rejects.toMatchObject({
        code: 'invalid_api_key',
        status: 401,
      })
    },
  )
})

describe('npm run key', () => {
  const key = async (args: string[], of?: string) => {
    const made = of === undefined ? await createTestDatabase() : null
    const url = made?.url ?? of ?? ''
    const answer = await run(process.execPath, ['workers/key.ts', ...args], {
      env: testEnv({ DATABASE_URL: url }),
    }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    )
    return { pool: made?.pool as Pool, url, ...answer }
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

  test('limits a key, and rotates it', async () => {
    const limits = [
      '--permissions',
      'devices:register',
      '--from',
      '203.0.113.0/24,2001:db8::/32',
      '--days',
      '90',
    ]
    const { pool, url, code, stdout } = await key(['--role', 'operator', '--name', 'app', ...limits])
    expect(code).toBe(0)
    const read = async () =>
      (await pool.query('SELECT permissions, allowed_addresses, prefix, rotated_at FROM api_keys')).rows
    expect(await read()).toMatchObject([
      { permissions: ['devices:register'], allowed_addresses: ['203.0.113.0/24', '2001:db8::/32'] },
    ])
    const prefix = stdout.slice(0, 13)
    const rotated = await key(['--rotate', prefix, '--overlap-hours', '1'], url)
    expect(rotated).toMatchObject({ code: 0, stdout: expect.stringMatching(/^cari_\w{8}_\w{43}\n$/) })
    expect(rotated.stderr).toContain(`${prefix}_… works until`)
    expect(await read()).toMatchObject([
      { prefix: rotated.stdout.slice(0, 13), rotated_at: expect.any(Date) },
    ])
    const { rows } = await pool.query(
      `SELECT prefix, ends_at - now() BETWEEN '59 minutes' AND '1 hour' AS "isInAnHour" FROM api_key_old_secrets`,
    )
    expect(rows).toEqual([{ prefix, isInAnHour: true }])
    expect(await key(['--rotate', 'cari_aaaaaaaa'], url)).toMatchObject({ code: 1, stdout: '' })
  })

  test.each([
    [['--name', 'x'], '--role is null'],
    [
      ['--role', 'root', '--name', 'x'],
      '"root"; expected one of viewer, marketer, operator, admin, registrar, auditor',
    ],
    [
      ['--role', 'viewer', '--name', 'x', '--permissions', 'users:manage'],
      'can be limited to campaigns:read',
    ],
    [['--role', 'viewer', '--name', 'x', '--from', 'example.com'], '"example.com" is not an IP address'],
    [['--rotate', 'x', '--name', 'x'], '--rotate changes the secret and nothing else'],
    [['--rotate', 'x', '--overlap-hours', '721'], '--overlap-hours is "721"'],
    [['--role', 'admin'], '--name is missing'],
    [['--role', 'admin', '--name', 'x', '--days', '0'], '--days is "0"'],
  ])('%j says what is wrong and makes none', async (args, says) => {
    const { pool, code, stdout, stderr } = await key(args)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(says)
    expect((await pool.query('SELECT 1 FROM api_keys')).rowCount).toBe(0)
  })
})
