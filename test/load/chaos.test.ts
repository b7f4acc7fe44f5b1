import { describe, expect, test } from 'vitest'
import { startCommand } from './left-behind.ts'

const TIMEOUT_MS = 240_000
/** Servers of the user, which it must not even look for. */
const NOBODY = { DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/x', REDIS_URL: 'redis://127.0.0.1:1' }
/** So that a killed dispatcher's batches are taken back in seconds, and a busy machine does not lose those it has. */
const QUICK = { BATCH_LEASE_MS: '6000', FCM_REQUEST_TIMEOUT_MS: '3000', RETRY_FIRST_DELAY_MS: '200' }
const start = (...args: string[]) => startCommand(['load/chaos/chaos.ts', ...args], { ...NOBODY, ...QUICK })
/** On PostgreSQL: .ci/run has it on both. */
const small =
  '--queue postgresql --devices 3000 --dispatchers 1 --pg-restarts 1 --pg-terminations 1 --most-repeated 0.2'.split(
    ' ',
  )

test('chaos kills and stops, and finds every promise kept', { timeout: TIMEOUT_MS }, async () => {
  const others = '--freezes 2 --network-faults 2 --token-hangs 1 --disk-full 1'.split(' ')
  const chaos = await start(...small, ...others, '--kills', '4', '--json')
  expect(await chaos.ended, chaos.stderr()).toBe(0)
  const result = JSON.parse(chaos.stdout())
  expect(result).toMatchObject({
    audience: 3000,
    backend: 'postgresql',
    guarantee: 'at_least_once',
    kills: 4,
    killsByRole: { dispatcher: 1, planner: 1, maintenance: 1, api: 1 },
    redisWipes: 0,
    redisStops: 0,
    pgRestarts: 1,
    pgTerminations: 1,
    freezes: 2,
    networkFaults: 2,
    tokenHangs: 1,
    lost: 0,
    inDoubt: 0,
    sent: 3000,
    closingInvariant: true,
    isUnattended: true,
    problems: [],
  })
  // Not everywhere may a disk be mounted.
  expect(result.diskFull + result.skipped.length).toBe(1)
  expect(result.duplicates).toBeLessThanOrEqual(result.duplicateBound)
  expect(result.recoverySeconds).toBeGreaterThan(0)
  expect(result.recoverySecondsByKind.dispatcher.count).toBe(1)
  expect([await chaos.filesLeft(), await chaos.processesLeft()]).toEqual([[], []])
})

test('under at_most_once nobody gets it twice, and what was in the air is in doubt', {
  timeout: TIMEOUT_MS,
}, async () => {
  const flags = '--kills 5 --guarantee at_most_once --json'.split(' ')
  const chaos = await start(...small, ...flags)
  expect(await chaos.ended, chaos.stderr()).toBe(0)
  const result = JSON.parse(chaos.stdout())
  expect(result).toMatchObject({ lost: 0, duplicates: 0, duplicateBound: 0, closingInvariant: true })
  expect(result.sent + result.inDoubt).toBe(3000)
  expect(result.inDoubt).toBeLessThanOrEqual(result.inDoubtBound)
})

test('a broken promise is status 1, with its sentence', { timeout: TIMEOUT_MS }, async () => {
  // Nothing can be done before the first second is over.
  const chaos = await start(...small, '--kills', '1', '--timeout-seconds', '1')
  expect(await chaos.ended).toBe(1)
  expect(chaos.stdout()).toMatch(
    /BROKEN: not done in 1 s \(--timeout-seconds\): .*the campaign is sending, .* have a result/,
  )
})

test('what makes no sense is refused with a sentence and status 2', async () => {
  const chaos = await start('--queue', 'postgresql', '--redis-stops', '2')
  expect(await chaos.ended).toBe(2)
  expect(chaos.stderr()).toContain('there is no Redis.\n--help lists the options.')
  expect(chaos.stdout()).toBe('')
})

describe.runIf(process.platform === 'linux')('interrupted, chaos leaves nothing behind', () => {
  const moments = ['kill -9 dispatcher', 'PostgreSQL stops']
  test.each(moments)('after "%s"', { timeout: TIMEOUT_MS }, async (text) => {
    const chaos = await start(...small, '--kills', '4')
    await chaos.says(text)
    chaos.child.kill('SIGINT')
    expect(await chaos.ended, chaos.stderr()).toBe(130)
    expect(chaos.stdout()).toBe('')
    expect([await chaos.processesLeft(), await chaos.filesLeft()]).toEqual([[], []])
  })
})
