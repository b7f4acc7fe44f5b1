import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { type Started, startCommand } from './left-behind.ts'

const TIMEOUT_MS = 180_000
const isLinux = process.platform === 'linux'

const start = (...args: string[]) =>
  startCommand(['load/load.ts', ...args], {
    DATABASE_URL: inject('postgres').adminUrl,
    RETRY_FIRST_DELAY_MS: '100',
    FCM_RAMP_SECONDS: '0',
  })

const pageFile = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-page-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return join(folder, 'page.html')
}

test('the load harness compares sizes, finds nothing wrong, and says what it took', {
  timeout: TIMEOUT_MS,
}, async () => {
  const load = await start(
    '--devices',
    '1000,3000',
    '--errors',
    '503:0.01',
    '--fcm-latency-ms',
    '1:5',
    '--json',
  )
  expect(await load.ended, load.stderr()).toBe(0)
  const { runs, ratios, settings, isPartial, postgresql, tuning } = JSON.parse(load.stdout())
  expect(isPartial).toBe(false)
  expect(settings).toMatchObject({ devices: [1000, 3000], errors: { unavailable: 0.01 } })
  expect([postgresql.fsync, tuning.recordChunk]).toEqual([expect.any(String), 100])
  expect(runs.map((run: { audience: number }) => run.audience)).toEqual([1000, 3000])
  for (const run of runs) {
    expect(run).toMatchObject({ missing: 0, duplicates: 0, closingInvariant: true, problems: [] })
    // Those that were answered 503 were tried again.
    expect(run.fcmCallMs.count).toBe(run.audience + run.fcmAnswers['503'])
    expect(run.fcmCallMs.p50).toBeGreaterThan(1)
    expect(run.fcmCallMs.p99).toBeGreaterThanOrEqual(run.fcmCallMs.p50)
    expect(run.recordMs.count).toBeGreaterThanOrEqual(run.audience / 100)
    const answered = run.ratesPerSecond.reduce((sum: number, rate: number) => sum + rate, 0)
    expect(Math.abs(answered - run.audience)).toBeLessThanOrEqual(run.ratesPerSecond.length)
    expect(Object.keys(run.processes)).toEqual(['api', 'planner', 'maintenance', 'dispatcher 1', 'fake FCM'])
    const { 'dispatcher 1': dispatcher } = run.processes
    expect(dispatcher).toMatchObject({ rssSlopeMbPerMinute: null })
    expect(dispatcher.cpuSecondsPerMillion).toBeGreaterThan(0)
    expect(dispatcher.peakRssMb).toBeGreaterThan(30)
  }
  expect(ratios).toMatchObject({ audience: 3 })
})

describe.runIf(isLinux)('what is stopped before its end says how far it came', () => {
  /** Ten seconds and more, of which nobody waits for the end. */
  const slow = ['--json', '--devices', '20000', '--fcm-latency-ms', '200', '--quota-per-minute', '60000']
  const partial = async (load: Started) => {
    const { isPartial, runs } = JSON.parse(load.stdout())
    const [run] = runs
    expect([isPartial, run.isPartial, runs.length]).toEqual([true, true, 1])
    expect(run).toMatchObject({ missing: null, closingInvariant: null, sendSeconds: null, duplicates: 0 })
    expect(run.sent).toBeGreaterThan(0)
    expect(run.sent).toBeLessThan(20_000)
    expect(run.fcmCallMs.p50).toBeGreaterThanOrEqual(200)
    expect(await load.processesLeft()).toEqual([])
  }

  test('by Ctrl-C, which npm repeats', { timeout: TIMEOUT_MS }, async () => {
    const page = await pageFile()
    const load = await start(...slow, '--report', page)
    await load.says('sending  ')
    load.child.kill('SIGINT')
    load.child.kill('SIGINT')
    expect(await load.ended, load.stderr()).toBe(130)
    await partial(load)
    expect(await readFile(page, 'utf8')).toContain('Stopped before its end')
  })

  test('by its time being up', { timeout: TIMEOUT_MS }, async () => {
    // A busy machine takes a while until the first message leaves, and an idle one must not be done before.
    const load = await start(...slow, '--quota-per-minute', '24000', '--timeout-seconds', '30')
    expect(await load.ended, load.stderr()).toBe(124)
    expect(load.stderr()).toContain('Not done in 30 s')
    await partial(load)
  })
})

test('interrupted before anything was sent, it prints no figures', { timeout: TIMEOUT_MS }, async () => {
  const load = await start('--json', '--devices', '300000')
  await load.says('seeding  ')
  load.child.kill('SIGINT')
  expect(await load.ended).toBe(130)
  expect(JSON.parse(load.stdout())).toMatchObject({ isPartial: true, runs: [] })
})

test('an installation that runs already is driven through its API', { timeout: TIMEOUT_MS }, async () => {
  const demo = await startCommand(['load/demo.ts', '--devices', '200', '--dead', '0.5', '--stay'], {
    DATABASE_URL: inject('postgres').adminUrl,
  })
  await demo.says('curl')
  const [, key = ''] = /key {3}(cari_\S+)/.exec(demo.stderr()) ?? []
  const [, address = ''] = /API {3}(http:\S+)/.exec(demo.stderr()) ?? []
  const drive = (...args: string[]) =>
    startCommand(['load/load.ts', '--target', address, '--devices', '1500', ...args], { CARILLON_KEY: key })

  const unasked = await drive()
  expect(await unasked.ended).toBe(2)
  expect(unasked.stderr()).toContain('import 1,500 devices into')

  const page = await pageFile()
  const load = await drive('--yes', '--json', '--seed', '5', '--report', page)
  expect(await load.ended, load.stderr()).toBe(0)
  const { runs, settings } = JSON.parse(load.stdout())
  expect(settings.target).toBe(address)
  const [run] = runs
  // The demo's own 200 devices got nothing: the audience is those of the run.
  expect(run).toMatchObject({ audience: 1500, missing: null, duplicates: null, closingInvariant: true })
  expect(run.sent + run.failed).toBe(1500)
  expect(run.failedByCode).toEqual({ unregistered: run.failed })
  expect(run.failed).toBeGreaterThan(500)
  expect([run.queuePeak, run.fcmCallMs, run.bytesPerDelivery]).toEqual([null, null, null])
  expect(run.importSeconds).toBeGreaterThan(0)
  expect(await readFile(page, 'utf8')).toContain('cannot be seen from outside')

  const stranger = await drive('--yes', '--key', 'cari_wrong_key', '--report', page)
  expect(await stranger.ended).toBe(1)
  expect(stranger.stderr()).toContain('was answered 401')
})
