import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import pg from 'pg'
import { describe, expect, inject, test } from 'vitest'
import { until } from '../support/until.ts'
import { startCommand } from './left-behind.ts'

const TIMEOUT_MS = 180_000
const backends = [
  { name: 'PostgreSQL', flags: [] as string[], backend: 'postgresql' },
  ...(inject('redisUrl') === null ? [] : [{ name: 'Redis', flags: ['--redis'], backend: 'redis' }]),
]

const setup = async (...args: string[]) => {
  const { adminUrl } = inject('postgres')
  const redisUrl = inject('redisUrl')
  const command = await startCommand(['load/demo.ts', ...args], {
    DATABASE_URL: adminUrl,
    ...(redisUrl !== null && { REDIS_URL: redisUrl }),
  })
  const pid = command.child.pid as number
  return { ...command, databasesLeft: () => databasesOf(adminUrl, pid), keysLeft: () => keysOf(pid) }
}

/** Made by the demo with this pid, which is in their names. */
async function databasesOf(adminUrl: string, pid: number, shouldDrop = false): Promise<string[]> {
  const admin = new pg.Client({ connectionString: adminUrl })
  await admin.connect()
  try {
    const { rows } = await admin.query<{ name: string }>(
      `SELECT datname AS name FROM pg_database WHERE datname ~ $1`,
      [`^carillon_run_[a-z0-9]+_${pid}_`],
    )
    for (const { name } of shouldDrop ? rows : []) await admin.query(`DROP DATABASE ${name} WITH (FORCE)`)
    return rows.map(({ name }) => name)
  } finally {
    await admin.end()
  }
}

async function keysOf(pid: number): Promise<string[]> {
  const url = inject('redisUrl')
  if (url === null) return []
  const redis = new Redis(url)
  try {
    return await redis.keys(`{carillon_run_*_${pid}_*`)
  } finally {
    redis.disconnect()
  }
}

describe.each(backends)('the demo on $name', ({ flags, backend }) => {
  test('sends to every device, adds up, and prints one object', { timeout: TIMEOUT_MS }, async () => {
    const demo = await setup('--json', '--devices', '2000', ...flags)
    expect(await demo.ended, demo.stderr()).toBe(0)
    const result = JSON.parse(demo.stdout())
    expect(result).toMatchObject({
      audience: 2000,
      inDoubt: 0,
      canceled: 0,
      missing: 0,
      duplicates: 0,
      rejectedLines: 10,
      closingInvariant: true,
      backend,
      problems: [],
    })
    expect(result.sent + result.failed + result.skipped).toBe(2000)
    expect(result.failedByCode).toEqual({ unregistered: result.failed })
    expect(result.failed).toBeGreaterThan(0)
    for (const figure of [
      'importSeconds',
      'sendSeconds',
      'firstToLastSeconds',
      'ratePerSecond',
      'peakRssMb',
    ]) {
      expect(result[figure], figure).toBeGreaterThan(0)
    }
    expect(result.queuePeak).toBeGreaterThan(0)
    expect(result.planSeconds).toBeGreaterThanOrEqual(0)
    expect([await demo.filesLeft(), await demo.databasesLeft(), await demo.keysLeft()]).toEqual([[], [], []])
  })
})

test('the demo takes a list of the user, whatever its tokens look like', {
  timeout: TIMEOUT_MS,
}, async () => {
  const file = join(import.meta.dirname, 'fixtures/own-devices.csv')
  const lines = (await readFile(file, 'utf8')).trim().split('\n').length - 1
  const demo = await setup('--json', '--dead', '0', '--file', file)
  expect(await demo.ended, demo.stderr()).toBe(0)
  const result = JSON.parse(demo.stdout())
  expect([result.sent, result.rejectedLines, result.missing, result.duplicates]).toEqual([lines - 1, 1, 0, 0])
})

test.each([
  [['--bogus'], "Unknown option '--bogus'.\n--help lists the options."],
  [['--devices', 'many'], '--devices is "many"; expected a whole number'],
])('%j is refused with a sentence and status 2', async (args, sentence) => {
  const demo = await setup(...args)
  expect(await demo.ended).toBe(2)
  expect(demo.stderr()).toContain(sentence)
  expect(demo.stdout()).toBe('')
})

test('a server that is not there is named, with what to do', async () => {
  const demo = await startCommand(['load/demo.ts'], { DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/x' })
  expect(await demo.ended).toBe(1)
  expect(demo.stderr()).toContain('postgres://***@127.0.0.1:1/x')
  expect(demo.stderr()).toContain('unset it to use the embedded PostgreSQL')
  expect(demo.stderr()).not.toContain('secret')
})

const isLinux = process.platform === 'linux'

describe.runIf(isLinux)('interrupted, the demo leaves nothing behind', () => {
  const moments = [
    ['SIGINT', 'while it starts', 'Starting', 130],
    ['SIGINT', 'in the middle of the import', 'import  ', 130],
    ['SIGINT', 'in the middle of sending', 'sending  ', 130],
    ['SIGTERM', 'in the middle of sending', 'sending  ', 143],
  ] as const

  test.each(moments)('by %s %s', { timeout: TIMEOUT_MS }, async (signal, _, text, status) => {
    // A bar says something when it has gained a fifth: with so many, the rest takes a second or more.
    const demo = await setup('--json', '--devices', '30000')
    await demo.says(text)
    demo.child.kill(signal)
    expect(await demo.ended, demo.stderr()).toBe(status)
    expect(demo.stdout()).toBe('')
    const left = [await demo.processesLeft(), await demo.filesLeft(), await demo.databasesLeft()]
    expect(left).toEqual([[], [], []])
  })

  test('by kill -9 in the middle of sending: no process', { timeout: TIMEOUT_MS }, async () => {
    const demo = await setup('--json', '--devices', '30000')
    await demo.says('sending')
    expect((await demo.processesLeft()).length).toBeGreaterThan(5)
    demo.child.kill('SIGKILL')
    expect(await demo.ended).toBe('SIGKILL')
    await until(async () => (await demo.processesLeft()).length === 0, {
      what: 'its processes have noticed',
      timeoutMs: 90_000,
      intervalMs: 100,
    })
    await databasesOf(inject('postgres').adminUrl, demo.child.pid as number, true)
  })
})

test('what stays is up until it is told to stop', { timeout: TIMEOUT_MS }, async () => {
  const demo = await setup('--devices', '10', '--stay')
  await demo.says('Carillon stays up')
  await demo.says('curl')
  const [, key] = /key {3}(cari_\S+)/.exec(demo.stderr()) ?? []
  const [, address] = /API {3}(http:\S+)/.exec(demo.stderr()) ?? []
  const answer = await fetch(`${address}/v1/campaigns`, { headers: { authorization: `Bearer ${key}` } })
  expect(((await answer.json()) as { data: unknown[] }).data).toHaveLength(1)
  const [, name] = /^ {2}user +(\S+)$/m.exec(demo.stderr()) ?? []
  const [, password] = /^ {2}password +(\S+)$/m.exec(demo.stderr()) ?? []
  const signIn = await fetch(`${address}/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password }),
  })
  expect(await signIn.json()).toMatchObject({ kind: 'user', role: 'admin' })
  demo.child.kill('SIGINT')
  expect(await demo.ended).toBe(0)
})
