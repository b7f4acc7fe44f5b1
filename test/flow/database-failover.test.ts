/** A standby of PostgreSQL is promoted in mid-campaign: with synchronous replication, and without. */
import { expect, onTestFinished, test } from 'vitest'
import { settleFailover } from '../../src/maintenance/settle-failover.ts'
import { migrate } from '../../src/postgres/migrate.ts'
import { openPool } from '../../src/postgres/pool.ts'
import { createLogger } from '../../src/process/logger.ts'
import { queueSchema } from '../../src/queue/bullmq-backend.ts'
import { startPostgresPair } from '../../testing/servers/postgres-pair.ts'
import { Carillon, stopChild, type WorkerName } from '../support/carillon.ts'
import { testConfig } from '../support/config.ts'
import { expectReconciledCounts } from '../support/counts.ts'
import type { QueueBackend } from '../support/queues.ts'
import { until } from '../support/until.ts'

const DEVICES = 600
const FAILOVER_MS = 60_000
const ON_POSTGRES: QueueBackend = {
  name: 'PostgreSQL',
  redisUrl: null,
  prefix: 'carillon',
  env: { REDIS_URL: null as unknown as string, QUEUE_PREFIX: 'carillon' },
}
const silent = createLogger('test', 'silent')

async function setup(options: {
  isSynchronous: boolean
  workers?: WorkerName[]
  env?: Record<string, string>
}) {
  const pair = await startPostgresPair(options)
  onTestFinished(() => pair.stop())
  await migrate(pair.url, { queueSchema: queueSchema('carillon') })
  const { database } = testConfig({ DATABASE_URL: pair.url })
  const pool = openPool(database, 'test', silent)
  onTestFinished(() => pool.end())
  const carillon = await Carillon.start(ON_POSTGRES, {
    database: { pool, url: pair.url },
    devices: DEVICES,
    fcm: { latencyMs: [5, 20] },
    env: { FCM_MESSAGES_PER_MINUTE: 6_000, LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'fatal', ...options.env },
    workers: [],
  })
  await carillon.startWorker('planner')
  const dispatcher = await carillon.startWorker('dispatcher')
  const maintenance = await carillon.startWorker('maintenance')
  const id = await carillon.send()
  const accepted = (count: number) =>
    until(() => carillon.fcm.stats().accepted >= count, { what: `${count} messages are accepted` })
  const failOver = async () => {
    await pair.killFirst()
    await pair.promote()
  }
  const reports = async () => (await pool.query('SELECT * FROM failover_reports')).rows
  return { pair, pool, carillon, dispatcher, maintenance, id, accepted, failOver, reports }
}

/** Exactly one message for each device. */
function expectNoneRepeated({ fcm }: Carillon, messages: number): void {
  expect(fcm.stats()).toMatchObject({ accepted: messages, distinct: messages })
}

test('with synchronous replication nothing is lost or repeated, and the campaign continues by itself', async () => {
  const { carillon, id, accepted, failOver, reports } = await setup({ isSynchronous: true })
  await accepted(150)
  await failOver()
  await carillon.closed(id, FAILOVER_MS)
  await expectReconciledCounts(carillon, id)
  expect(await carillon.counts(id)).toMatchObject({ sent: DEVICES })
  expectNoneRepeated(carillon, DEVICES)
  expect(await reports()).toMatchObject([{ missing: 0, orphans: 0, is_beyond_reach: false }])
}, 120_000)

test('without, the results that the new primary lacks are written again, and nobody gets the message twice', async () => {
  const { pair, carillon, id, accepted, failOver, reports } = await setup({ isSynchronous: false })
  await accepted(100)
  await pair.detach()
  // Claims and results that only the first server has.
  await accepted(300)
  await failOver()
  await carillon.closed(id, FAILOVER_MS)
  await expectReconciledCounts(carillon, id)
  expect(await carillon.counts(id)).toMatchObject({ sent: DEVICES })
  expectNoneRepeated(carillon, DEVICES)
  const [report] = await reports()
  expect(report.missing).toBeGreaterThan(50)
}, 120_000)

test('a dispatcher that is lost with the primary leaves the campaign to an operator, with devices in doubt', async () => {
  const { pair, pool, carillon, dispatcher, maintenance, id, accepted, failOver } = await setup({
    isSynchronous: false,
  })
  await accepted(100)
  await pair.detach()
  await accepted(300)
  await stopChild(maintenance)
  await stopChild(dispatcher, 'SIGKILL')
  await failOver()
  await until(async () => (await carillon.campaign(id)).state === 'paused', {
    what: 'the campaign is paused',
  })
  await carillon.startWorker('dispatcher')
  // Nothing is decided while it may still come back.
  expect(await settleFailover(pool, silent)).toBe(false)
  expect(await settleFailover(pool, silent, 0)).toBe(true)
  expect(await settleFailover(pool, silent, 0)).toBe(false)
  const campaign = await carillon.campaign(id)
  expect(campaign).toMatchObject({ state: 'paused', pause_reason: 'database_failed_over' })
  expect(campaign.pause_detail).toMatch(/1 dispatchers .* have not come back\. \d+ devices .* in doubt/)

  const sent = carillon.fcm.stats()
  await carillon.startWorker('maintenance')
  await carillon.resume(id)
  await carillon.closed(id, FAILOVER_MS)
  await expectReconciledCounts(carillon, id)
  const counts = await carillon.counts(id)
  expect(counts.sent + counts.in_doubt).toBe(DEVICES)
  expect(counts.in_doubt).toBeGreaterThan(0)
  const after = carillon.fcm.stats()
  // Nobody who was sent to before the failover gets it again.
  expect(after.accepted - sent.accepted).toBe(after.distinct - sent.distinct)
  const { rows } = await pool.query(
    'SELECT DISTINCT code FROM deliveries WHERE campaign_id = $1 AND state = 4',
    [id],
  )
  expect(rows).toEqual([{ code: 23 }])
}, 120_000)
