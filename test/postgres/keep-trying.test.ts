import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, onTestFinished, test, vi } from 'vitest'
import { isWaitingForDatabase } from '../../src/postgres/keep-trying.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { reserve } from '../../src/projects/rate-limit.ts'
import { Enqueuer } from '../../src/queue/enqueuer.ts'
import { type DeviceResult, ResultWriter } from '../../src/results/result-writer.ts'
import { attemptWith, log } from '../support/attempt-with.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'

const sent = (deviceId: number): DeviceResult => ({
  deviceId,
  state: 'sent',
  code: 'ok',
  messageId: 'm',
  addressIsDead: 'no',
})
const OWNED = {
  at: '2026-01-01',
  owned: [1],
  campaigns: null,
  devices: null,
  movedPlaces: [],
  movedDevices: [],
}

/** A recorder whose statements the test answers. */
function recorderOver(query: (statement: { name: string; values: unknown[] }) => Promise<unknown>) {
  const giveUp = new AbortController().signal
  const writer = new ResultWriter({ query } as unknown as Pool, { chunk: 1, onFull: () => {}, giveUp, log })
  onTestFinished(() => writer.close())
  return writer.open(
    { campaignId: 'c', seq: 0, attempt: 1, claimedAt: '2026-01-01', messageVersion: 1 },
    { onFenced: () => {}, onFailed: () => {} },
  )
}

test('a database that is away for ten minutes costs no result that this process still holds', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] })
  try {
    const start = performance.now()
    let written = 0
    const recorder = recorderOver(async ({ name }) => {
      if (name === 'results-count') return { rows: [] }
      if (performance.now() - start < 600_000)
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
      written++
      return { rows: [OWNED] }
    })
    recorder.add(sent(1))
    const flushed = recorder.flush().then(
      () => 'written',
      (error: Error) =>
        `thrown away after ${Math.round((performance.now() - start) / 1000)} s: ${error.message}`,
    )
    await vi.advanceTimersByTimeAsync(300_000)
    expect(isWaitingForDatabase(), 'no standstill').toBe(true)
    await vi.advanceTimersByTimeAsync(400_000)
    expect(await flushed).toBe('written')
    expect(written).toBe(1)
    expect(isWaitingForDatabase()).toBe(false)
  } finally {
    vi.useRealTimers()
  }
})

test('a suspect token is not forgotten because the statement that would mark it failed once', async () => {
  const dead: number[][] = []
  let calls = 0
  const recorder = recorderOver(async ({ name, values }) => {
    if (name === 'results-count') return { rows: [] }
    if (++calls === 2) throw Object.assign(new Error('deadlock detected'), { code: '40P01' })
    dead.push(values[10] as number[])
    return { rows: [OWNED] }
  })
  recorder.add({
    deviceId: 1,
    state: 'failed',
    code: 'invalid_address',
    messageId: null,
    addressIsDead: 'if_accepted',
  })
  await vi.waitFor(() => expect(calls).toBe(1))
  recorder.add(sent(2))
  await recorder.flush()
  expect(dead.flat()).toContain(1)
})

test('a dispatcher does not remember campaigns at rest', () => {
  const enqueuer = new Enqueuer({ pool: {} as Pool, queue: {} as never, watermark: 64 }, log)
  // What is garbage already is not remembered.
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < 200_000; i++) enqueuer.batchEnded(`campaign-${i}-of-one-batch`)
  collect()
  const perCampaign = (process.memoryUsage().heapUsed - before) / 200_000
  enqueuer.batchEnded('keeps it reachable')
  expect(perCampaign).toBeLessThan(20)
})

test('a campaign with a rate of its own loses no slot because the project’s budget is taken', async () => {
  const { pool } = await createTestDatabase()
  const { deviceIds } = await createDevices(pool, 6)
  const id = await createCampaign(pool, { state: 'sending', rate_per_minute: 1 })
  await createBatches(pool, id, deviceIds)
  const project = { key: 'project:p', perMinute: 600, rampSeconds: 0, catchUpSeconds: 0 }
  // Others have taken the next five seconds.
  await reserve(pool, project, 50, 1e9)
  await attemptWith(pool, id, () => ({ kind: 'sent', messageId: '1' }), { budget: project })
  const { rows } = await pool.query(
    `SELECT extract(epoch FROM next_at - now())::float8 AS s FROM rate_limits WHERE key LIKE 'campaign:%'`,
  )
  const { rows: batches } = await pool.query('SELECT sent, state FROM batches')
  expect(batches[0]).toMatchObject({ sent: 0, state: 'planned' })
  expect(rows[0]?.s ?? 0, 'seconds until the campaign may send its first message').toBeLessThan(10)
})

test('reservations are remade when the budget’s row is gone, instead of spinning', async () => {
  const { pool } = await createTestDatabase()
  const project = { key: 'project:p', perMinute: 600, rampSeconds: 0, catchUpSeconds: 0 }
  expect(await reserve(pool, project, 1, 2_000)).not.toEqual({ isGranted: false, waitMs: 0 })
})
