import { describe, expect, inject, test } from 'vitest'
import { startCommand } from './left-behind.ts'

const TIMEOUT_MS = 120_000
/** Servers of the user, which it must not even look for. */
const NOBODY = { DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/x', REDIS_URL: 'redis://127.0.0.1:1' }
/** So that a killed dispatcher's batches are taken back in seconds. */
const QUICK = { BATCH_LEASE_MS: '2000', FCM_REQUEST_TIMEOUT_MS: '1000', RETRY_FIRST_DELAY_MS: '200' }
const start = (...args: string[]) => startCommand(['load/chaos.ts', ...args], { ...NOBODY, ...QUICK })
const small = '--devices 3000 --dispatchers 1 --pg-restarts 1 --pg-terminations 1 --most-repeated 0.2'.split(
  ' ',
)

const backends = [
  { conveyor: 'postgresql', flags: [] as string[], wipes: 0, canRun: true },
  {
    conveyor: 'redis',
    flags: ['--redis-wipes', '1', '--redis-stops', '1'],
    wipes: 1,
    canRun: inject('redisUrl') !== null,
  },
].filter(({ canRun }) => canRun)

describe.each(backends)('chaos on $conveyor', ({ conveyor, flags, wipes }) => {
  test('kills, stops and wipes, and finds every promise kept', { timeout: TIMEOUT_MS }, async () => {
    const chaos = await start(...small, '--kills', '4', '--json', '--conveyor', conveyor, ...flags)
    expect(await chaos.ended, chaos.stderr()).toBe(0)
    const result = JSON.parse(chaos.stdout())
    expect(result).toMatchObject({
      audience: 3000,
      backend: conveyor,
      guarantee: 'at_least_once',
      kills: 4,
      killsByRole: { dispatcher: 1, planner: 1, upkeep: 1, api: 1 },
      redisWipes: wipes,
      redisStops: wipes,
      pgRestarts: 1,
      pgTerminations: 1,
      lost: 0,
      inDoubt: 0,
      sent: 3000,
      duplicateBound: 1200,
      closingInvariant: true,
      isUnattended: true,
      problems: [],
    })
    expect(result.duplicates).toBeLessThanOrEqual(result.duplicateBound)
    // The lease of what the dispatcher had in hand had to run out.
    expect(result.recoverySeconds).toBeGreaterThan(0)
    expect(result.recoverySecondsByKind.dispatcher.count).toBe(1)
    expect([await chaos.filesLeft(), await chaos.processesLeft()]).toEqual([[], []])
  })
})

test('under at_most_once nobody gets it twice, and what was in the air is in doubt', {
  timeout: TIMEOUT_MS,
}, async () => {
  const flags = '--conveyor postgresql --kills 5 --guarantee at_most_once --json'.split(' ')
  const chaos = await start(...small, ...flags)
  expect(await chaos.ended, chaos.stderr()).toBe(0)
  const result = JSON.parse(chaos.stdout())
  expect(result).toMatchObject({ lost: 0, duplicates: 0, duplicateBound: 0, closingInvariant: true })
  expect(result.sent + result.inDoubt).toBe(3000)
  expect(result.inDoubt).toBeLessThanOrEqual(result.inDoubtBound)
})

test('a broken promise is status 1, with its sentence', { timeout: TIMEOUT_MS }, async () => {
  // Nothing can be done before the first second is over.
  const chaos = await start(...small, '--conveyor', 'postgresql', '--kills', '1', '--timeout-seconds', '1')
  expect(await chaos.ended).toBe(1)
  expect(chaos.stdout()).toMatch(
    /BROKEN: not done in 1 s \(--timeout-seconds\): the campaign is sending, .* have a result/,
  )
})

test.each([
  [['--conveyor', 'postgresql', '--redis-stops', '2'], 'there is no Redis.\n--help lists the options.'],
  [['--kills', 'all'], '--kills is "all"; expected a whole number'],
])('%j is refused with a sentence and status 2', async (args, sentence) => {
  const chaos = await start(...args)
  expect(await chaos.ended).toBe(2)
  expect(chaos.stderr()).toContain(sentence)
  expect(chaos.stdout()).toBe('')
})

describe.runIf(process.platform === 'linux')('interrupted, chaos leaves nothing behind', () => {
  const moments = ['making a new database', 'kill -9 dispatcher', 'PostgreSQL stops', 'PostgreSQL crashes']
  test.each(moments)('after "%s"', { timeout: TIMEOUT_MS }, async (text) => {
    // Which way PostgreSQL goes down first is the seed's to say.
    const seed = text.endsWith('stops') ? '1' : '2'
    const chaos = await start(...small, '--conveyor', 'postgresql', '--kills', '4', '--seed', seed)
    await chaos.says(text)
    chaos.child.kill('SIGINT')
    expect(await chaos.ended, chaos.stderr()).toBe(130)
    expect(chaos.stdout()).toBe('')
    expect([await chaos.processesLeft(), await chaos.filesLeft()]).toEqual([[], []])
  })
})
