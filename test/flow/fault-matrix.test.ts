/**
 * Every row of fault-rows.ts, whole: a campaign, the fault, its end. One Carillon goes through all of them, so that a
 * session, a timer or a slot that one row leaves behind is missed by the next.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Guarantee } from '../../src/domain/campaign.ts'
import { readFailures } from '../../src/results/read-failures.ts'
import { type FakeFcm, startFakeFcm } from '../../testing/fake-fcm/fake-fcm.ts'
import { startTokenService } from '../../testing/fake-fcm/token-service.ts'
import { TcpDoor } from '../../testing/network/tcp-door.ts'
import { Carillon, stopChild } from '../support/carillon.ts'
import { expectReconciledCounts } from '../support/counts.ts'
import { queueBackends } from '../support/queues.ts'
import { until } from '../support/until.ts'
import { FAULT_ROWS, type FaultRow, type Scene, tableLine } from './fault-rows.ts'

const DEVICES = 120
const SOME = 7
const CONCURRENCY = 20

test('docs/guarantees.md has the matrix as it is tested here', () => {
  const text = readFileSync(new URL('../../docs/guarantees.md', import.meta.url), 'utf8')
  const section = text.split('## The fault matrix')[1]?.split('\n## ')[0] ?? ''
  const lines = section.split('\n').filter((line) => line.startsWith('| ') && !/^\| (FCM|---)/.test(line))
  expect(lines).toEqual(FAULT_ROWS.map(tableLine))
})

describe.each(queueBackends())('the fault matrix, on $name', (backend) => {
  const cleanUps: (() => unknown)[] = []
  let scene: Scene
  let dispatcher: Awaited<ReturnType<Carillon['startWorker']>>
  let dispatcherEnv: Record<string, string | number>

  beforeAll(async () => {
    const keep = (cleanUp: () => unknown) => void cleanUps.unshift(cleanUp)
    const fake = async (options: Parameters<typeof startFakeFcm>[0] = {}): Promise<FakeFcm> => {
      const started = await startFakeFcm(options)
      keep(() => started.close())
      return started
    }
    const narrow = await fake({ maxStreams: 10 })
    const tokenService = await startTokenService()
    keep(() => tokenService.close())
    const carillon = await Carillon.start(
      backend,
      { devices: DEVICES, workers: ['planner', 'maintenance'], env: { BATCH_SIZE: 40 } },
      keep,
    )
    const door = await TcpDoor.to(carillon.fcm.origin)
    keep(() => door.shut())
    dispatcherEnv = {
      ...tokenService.env,
      FCM_ENDPOINT: door.through(carillon.fcm.origin),
      // What hangs takes so long each time; an answer that a busy machine delays must not.
      FCM_REQUEST_TIMEOUT_MS: 3_000,
      DISPATCH_CONCURRENCY: CONCURRENCY,
      ERROR_PAUSE_MINIMUM: 20,
      FCM_BREAKER_FAULTS: 50,
      LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
    }
    dispatcher = await carillon.startWorker('dispatcher', dispatcherEnv)
    const some = carillon.tokens.slice(33, 33 + SOME)
    scene = { carillon, door, tokenService, some, narrow }
  })
  afterAll(async () => {
    for (const cleanUp of cleanUps) await cleanUp()
  })

  const restart = async (env: Record<string, string> = {}) => {
    expect(await stopChild(dispatcher)).toBe(0)
    dispatcher = await scene.carillon.startWorker('dispatcher', { ...dispatcherEnv, ...env })
  }

  test.each(FAULT_ROWS)('$fault', async (row) => {
    const { env } = row
    const whole: FaultRow = env ? { ...row, given: () => restart(env(scene)), fix: () => restart() } : row
    await goThrough(scene, whole, 'at_least_once')
    if (row.doubt !== undefined) await goThrough(scene, row, 'at_most_once')
    await expectNothingHeld(scene)
  })

  test('and the dispatcher that went through all of it ends at once, with nothing open', async () => {
    expect(await stopChild(dispatcher)).toBe(0)
    await until(() => scene.door.connections === 0, { what: 'no connection is open' })
  })
})

async function goThrough(scene: Scene, row: FaultRow, guarantee: Guarantee): Promise<void> {
  const { carillon } = scene
  await quiet(scene)
  await row.given?.(scene)
  const id = await carillon.send({ guarantee })
  if (row.outage !== undefined) await expectOutage(scene, id)
  if (row.waits !== undefined) await expectWait(scene, id, row.waits)
  if (row.pause !== undefined) {
    await until(async () => (await carillon.campaign(id)).state === 'paused', {
      what: `the campaign has paused itself (${row.pause})`,
    })
    await until(async () => (await carillon.inHand(id)) === 0, { what: 'no batch is in hand any more' })
    const { pause_reason, pause_detail } = await carillon.campaign(id)
    expect(pause_reason).toBe(row.pause)
    expect(pause_detail).toMatch(/resume/)
    const isOnePlatform = row.pause === 'platform_refused'
    const { sent, failed } = await carillon.counts(id)
    expect(sent).toBe(isOnePlatform ? DEVICES - SOME : 0)
    expect(failed > 0).toBe(row.failed !== undefined)
    expect((await carillon.campaign(id)).halted_platforms).toBe(isOnePlatform ? '{ios}' : '{}')
  }
  if (row.pause !== undefined || row.outage !== undefined) {
    carillon.fcm.clearFaults()
    await row.fix?.(scene)
    if (row.pause !== undefined) await carillon.resume(id)
  }
  await carillon.closed(id)
  await expectReconciledCounts(carillon, id)
  await expectEnd(scene, id, row, guarantee)
  carillon.fcm.clearFaults()
  if (row.outage === undefined) await row.fix?.(scene)
}

/** What the admin reads: state, counts, codes. No fault kills an address. */
async function expectEnd({ carillon }: Scene, id: string, row: FaultRow, guarantee: Guarantee) {
  expect((await carillon.campaign(id)).state).toBe('finished')
  const { sent, failed, in_doubt, spent } = await carillon.counts(id)
  const { failures } = await readFailures(carillon.pool, id)
  const { rows } = await carillon.pool.query(`SELECT count(*) AS gone FROM devices WHERE state = 'gone'`)
  expect(rows[0].gone).toBe(0)
  if (guarantee === 'at_most_once') {
    expect(sent + in_doubt).toBe(DEVICES)
    expect(in_doubt).toBeGreaterThan(0)
    expect(new Set(failures.map(({ state, code }) => `${state} ${code}`))).toEqual(
      new Set([`in_doubt ${row.doubt}`]),
    )
    expect(carillon.fcm.stats().duplicates).toBe(0)
    return
  }
  expect(sent + failed).toBe(DEVICES)
  if (row.failed === undefined) expect(failed).toBe(0)
  else expect(failures.map(({ state, code }) => `${state} ${code}`)).toEqual([`failed ${row.failed}`])
  if (row.failed !== undefined && row.pause === undefined) expect(failed).toBe(SOME)
  const isTriedTwice = row.pause === undefined && row.outage === undefined && row.waits?.who !== 'the project'
  if (isTriedTwice) expect(spent).toBe(row.again.startsWith('no') ? 0 : 1)
  // What was on the connection beside the fault may have arrived; nothing else is sent twice.
  expect(carillon.fcm.stats().surplus).toBeLessThanOrEqual(row.doubt === 'answer_lost' ? CONCURRENCY : 0)
}

/** Everybody keeps their turn, the campaign is still sending, and FCM is asked now and then. */
async function expectOutage({ carillon }: Scene, id: string): Promise<void> {
  await until(
    async () => {
      const { rows } = await carillon.pool.query(
        `SELECT bool_and(attempt > 1) AND bool_or(attempt > spent) AS all FROM batches WHERE campaign_id = $1`,
        [id],
      )
      return rows[0].all === true
    },
    { what: 'every batch was tried again, and the open breaker handed some back unspent', timeoutMs: 45_000 },
  )
  expect(await carillon.campaign(id)).toMatchObject({ state: 'sending', pause_reason: null })
  expect(await carillon.counts(id)).toMatchObject({ sent: 0, failed: 0, in_doubt: 0 })
}

/** Sees how long it waits, and then has the time pass. */
async function expectWait({ carillon }: Scene, id: string, { who, ms }: NonNullable<FaultRow['waits']>) {
  const seconds = await until(
    async () => {
      const { rows } = await carillon.pool.query<{ seconds: number | null }>(
        who === 'the project'
          ? `SELECT extract(epoch FROM p.blocked_until - c.started_at)::float8 AS seconds
             FROM rate_limits p, campaigns c WHERE p.key LIKE 'project:%' AND c.id = $1`
          : `SELECT extract(epoch FROM max(b.not_before) - c.started_at)::float8 AS seconds
             FROM batches b JOIN campaigns c ON c.id = b.campaign_id
             WHERE c.id = $1 AND b.state = 'planned' AND b.attempt = 1 GROUP BY c.id`,
        [id],
      )
      return rows[0]?.seconds
    },
    { what: `${who} waits` },
  )
  expect(seconds).toBeGreaterThanOrEqual(ms / 1000)
  expect(seconds).toBeLessThan(ms / 1000 + 15)
  const others = async () => (await carillon.counts(id)).sent
  if (who === 'the device') {
    await until(async () => (await others()) === DEVICES - SOME, { what: 'the others do not wait' })
  }
  if (ms <= 1_000) return
  await until(async () => (await carillon.inHand(id)) === 0, { what: 'no batch is in hand any more' })
  await carillon.pool.query('UPDATE rate_limits SET blocked_until = now()')
  await carillon.pool.query(
    `UPDATE batches SET not_before = now() WHERE campaign_id = $1 AND state = 'planned' AND attempt > 0`,
    [id],
  )
}

/** Every slot of the dispatcher is free, and no session is open that nobody uses. */
async function expectNothingHeld(scene: Scene): Promise<void> {
  const { carillon, door } = scene
  await quiet(scene)
  const gate = carillon.fcm.hold()
  const id = await carillon.send()
  try {
    await gate.waitForHeld(CONCURRENCY)
    await until(
      () => (door.connections === 1 ? true : Promise.reject(new Error(`${door.connections} connections`))),
      { what: 'one connection is open', timeoutMs: 2_000 },
    )
  } finally {
    gate.open()
  }
  await carillon.closed(id)
  expect(await carillon.counts(id)).toMatchObject({ sent: DEVICES, spent: 0 })
}

/** As at the start: no fault, no count, the full rate limit. */
async function quiet({ carillon }: Scene): Promise<void> {
  carillon.fcm.clearFaults()
  carillon.fcm.reset()
  await carillon.pool.query('UPDATE rate_limits SET blocked_until = NULL, cut_at = NULL, share = 1')
}
