/** Passwords in files of their own, with the characters that an address cannot have, and the script that makes them. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { ConfigError, loadConfig } from '../../src/config/config.ts'
import { parseDatabaseAddress } from '../../src/config/database-address.ts'
import { parseRedisAddress } from '../../src/config/redis-address.ts'
import { findFreePort } from '../../testing/servers/free-port.ts'
import { testEnv } from '../support/config.ts'

const SCRIPT = join(import.meta.dirname, '../../deploy/make-secrets.sh')
const PASSWORD = 'p@ss/w:rd%41 ?#[1]'

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'carillon-test-'))
  onTestFinished(() => rmSync(made, { recursive: true }))
  return made
}

function fileWith(text: string): string {
  const file = join(folder(), 'password')
  writeFileSync(file, text)
  return file
}

const load = (env: Record<string, string | null>) => loadConfig(testEnv(env))

test.each([
  'postgres://carillon_app@db:5432/carillon',
  'postgres://carillon_app@db-1:5432,db-2:5432/carillon?target_session_attrs=read-write',
])('a password of any characters comes from its file: %s', (url) => {
  for (const text of [PASSWORD, `${PASSWORD}\n`, `${PASSWORD}\r\n`]) {
    const { database } = load({ DATABASE_URL: url, DATABASE_PASSWORD_FILE: fileWith(text) })
    const address = parseDatabaseAddress(database.url)
    if (typeof address === 'string') throw new Error(address)
    const { username, password, host } = new URL(address.connectionString)
    expect([username, decodeURIComponent(password), host.slice(0, 2)]).toEqual([
      'carillon_app',
      PASSWORD,
      'db',
    ])
    expect(address.hosts?.length ?? 1).toBe(url.includes(',') ? 2 : 1)
  }
})

test.each(['redis-cluster://a:6379,b:6379', 'redis-sentinel://me@a:26379,b:26379/mymaster'])(
  'so does that of Redis: %s',
  (url) => {
    const { queue } = load({ REDIS_URL: url, REDIS_PASSWORD_FILE: fileWith(PASSWORD) })
    expect(parseRedisAddress(queue.redisUrl ?? '')).toMatchObject({
      password: PASSWORD,
      username: url.includes('me@') ? 'me' : undefined,
    })
  },
)

test.each<[string, Record<string, string | null>, string]>([
  [
    'two passwords',
    { DATABASE_URL: 'postgres://a:b@c/d', DATABASE_PASSWORD_FILE: 'X' },
    'DATABASE_URL has a password, and',
  ],
  ['an empty file', { DATABASE_URL: 'postgres://a@c/d', DATABASE_PASSWORD_FILE: '' }, 'which is empty'],
  ['no address', { REDIS_URL: null, REDIS_PASSWORD_FILE: 'X' }, 'REDIS_URL is not; set REDIS_URL'],
])('%s: the start is refused, without the password', (_what, env, problem) => {
  const files = Object.entries(env).map(([name, value]) => [
    name,
    name.endsWith('_FILE') ? fileWith(value === '' ? '\n' : 'hunter2') : value,
  ])
  const start = () => load(Object.fromEntries(files))
  expect(start).toThrow(ConfigError)
  expect(start).toThrow(problem)
  expect(start).not.toThrow('hunter2')
})

function everyFile(root: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    names
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(root.length + 1), readFileSync(path, 'utf8')]),
  )
}

test('the script makes each password once, of 32 random bytes, in a file for one user', () => {
  const [one, other] = [folder(), folder()]
  for (const root of [one, other]) execFileSync('sh', [SCRIPT, root])
  const made = everyFile(one)
  expect(Object.keys(made)).toEqual([
    'app/database',
    'app/redis',
    'migrate/database',
    'postgres/app',
    'postgres/owner',
    'postgres/replication',
    'postgres/superuser',
    'redis/password',
    'redis/redis.conf',
    'redis/sentinel.conf',
  ])
  const passwords = ['superuser', 'owner', 'app', 'replication'].map((name) => made[`postgres/${name}`] ?? '')
  for (const password of [...passwords, made['redis/password']]) expect(password).toMatch(/^[0-9a-f]{64}$/)
  const others = everyFile(other)
  expect(new Set([...passwords, made['redis/password'], others['postgres/app']]).size).toBe(6)
  expect(made['app/database']).toBe(made['postgres/app'])
  expect(made['migrate/database']).toBe(made['postgres/owner'])
  expect(made['app/redis']).toBe(made['redis/password'])
  for (const name of Object.keys(made)) expect(statSync(join(one, name)).mode & 0o777).toBe(0o400)
  // Again: nothing changes; what was lost is made from what is there.
  rmSync(join(one, 'app/database'))
  execFileSync('sh', [SCRIPT, one])
  expect(everyFile(one)).toEqual(made)
})

test('Redis takes the file that the script makes, and nobody without the password', async (context) => {
  const root = folder()
  execFileSync('sh', [SCRIPT, root])
  const port = await findFreePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', root]
  const child = spawn(
    '/bin/sh',
    ['-c', 'exec redis-server "$@"', 'sh', join(root, 'redis/redis.conf'), ...args],
    {
      stdio: 'ignore',
    },
  )
  onTestFinished(() => void child.kill('SIGKILL'))
  const isMissing = once(child, 'exit').then(([status]) => status === 127)
  const { queue } = load({
    REDIS_URL: `redis://127.0.0.1:${port}`,
    REDIS_PASSWORD_FILE: join(root, 'app/redis'),
  })
  const redis = new Redis(queue.redisUrl ?? '', { maxRetriesPerRequest: null })
  redis.on('error', () => {})
  const stranger = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: null })
  stranger.on('error', () => {})
  onTestFinished(() => {
    redis.disconnect()
    stranger.disconnect()
  })
  if ((await Promise.race([redis.ping(), isMissing])) === true) context.skip('there is no redis-server')
  expect(await redis.ping()).toBe('PONG')
  await expect(stranger.get('x')).rejects.toThrow('NOAUTH')
})
