/** What a dispatcher says limits it, from its row in `processes`, in situations in which it can be only that. */
import { expect, onTestFinished, test } from 'vitest'
import type { ProjectHealth } from '../../src/health/process-health.ts'
import { Carillon } from '../support/carillon.ts'
import { queueBackends } from '../support/queues.ts'
import { until } from '../support/until.ts'

const [backend] = queueBackends()
if (backend === undefined) throw new Error('no queue')

async function setup(env: Record<string, string | number>, devices = 500) {
  const carillon = await Carillon.start(backend as NonNullable<typeof backend>, {
    devices,
    workers: ['planner', 'maintenance', 'dispatcher'],
    env: { BATCH_SIZE: 100, ...env },
  })
  const sender = async () => {
    const { rows } = await carillon.pool.query<{ project?: ProjectHealth }>(
      `SELECT figures->'projects'->0 AS project FROM processes WHERE role = 'dispatcher' AND stopped_at IS NULL`,
    )
    return rows[0]?.project
  }
  const isLimitedBy = (by: string) =>
    until(async () => (await sender())?.limitedBy?.by === by, {
      what: `it says ${by}`,
      timeoutMs: 20_000,
    }).catch(async (error) => {
      throw new Error(`${error.message}; it says ${JSON.stringify(await sender())}`)
    })
  return { carillon, sender, isLimitedBy }
}

test('a sender at its upper bound, then none that has anything to do', async () => {
  const { carillon, sender, isLimitedBy } = await setup({ DISPATCH_CONCURRENCY: 25 })
  const gate = carillon.fcm.hold({ at: 'answer' })
  const id = await carillon.send()
  await gate.waitForHeld(25)
  await isLimitedBy('dispatch_concurrency')
  expect(await sender()).toMatchObject({
    limit: 25,
    mostInFlight: 25,
    inFlight: 25,
    limitedBy: { figure: 25 },
  })
  gate.open()
  await carillon.closed(id)
  await isLimitedBy('nothing_to_send')
  expect(await sender()).toMatchObject({ inFlight: 0, latencyMs: expect.any(Number) })
})

test('a project that uses up its quota', async () => {
  const { carillon, isLimitedBy } = await setup(
    { FCM_MESSAGES_PER_MINUTE: 6_000, FCM_RAMP_SECONDS: 0 },
    5_000,
  )
  await carillon.send()
  await isLimitedBy('quota')
})

test('PostgreSQL that takes no results: nothing more leaves', async () => {
  // A hundred unwritten ones are too many, so that a busy machine cannot be the answer.
  const { carillon, isLimitedBy } = await setup({ RECORD_CHUNK: 10 })
  const client = await carillon.pool.connect()
  onTestFinished(() => client.release(true))
  await client.query('BEGIN; LOCK TABLE deliveries IN SHARE MODE')
  const id = await carillon.send()
  await isLimitedBy('postgresql')
  await client.query('ROLLBACK')
  await carillon.closed(id)
})
