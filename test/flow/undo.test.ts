/** Undoing from the receivers' side: nothing leaves while it is possible, and a keep loses and repeats nothing. */
import { randomUUIDv7 } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { createApiKey } from '../../src/access/api-key-store.ts'
import { openPrisma } from '../../src/postgres/prisma.ts'
import { Carillon, stopChild, type WorkerName } from '../support/carillon.ts'
import { expectReconciledCounts } from '../support/counts.ts'
import { createCampaign } from '../support/factories.ts'
import { type QueueBackend, queueBackends } from '../support/queues.ts'
import { until } from '../support/until.ts'

const [backend] = queueBackends() as [QueueBackend]

/** Two batches of 50 in hand, whose first 30 messages are held at FCM's door. */
async function heldInMidCampaign(workers: readonly WorkerName[]) {
  const carillon = await Carillon.start(backend, {
    devices: 300,
    env: { DISPATCH_CONCURRENCY: 30 },
    workers,
  })
  const gate = carillon.fcm.hold()
  const id = await carillon.send()
  await gate.waitForHeld(30)
  await until(async () => (await carillon.inHand(id)) === 2, { what: 'both batches are in hand' })
  await until(async () => (await carillon.campaign(id)).is_planned, { what: 'the campaign is planned' })
  return { carillon, gate, id }
}

test('canceled for now, nothing leaves after what was in hand; kept, everybody gets it once', async () => {
  const { carillon, gate, id } = await heldInMidCampaign(['planner', 'dispatcher', 'maintenance'])
  const { inFlight } = await carillon.beginCancel(id, 60)
  expect(inFlight).toBe(100)
  gate.open()
  await until(async () => (await carillon.inHand(id)) === 0, { what: 'no batch is in hand any more' })
  const left = carillon.fcm.stats().received
  expect(left).toBeGreaterThanOrEqual(30)
  expect(left).toBeLessThanOrEqual(100)
  // Maintenance has looked at it several times since.
  const { rows } = await carillon.pool.query(
    `SELECT state, count(*)::int AS n FROM batches WHERE campaign_id = $1 AND state <> 'done' GROUP BY state`,
    [id],
  )
  expect(rows.map(({ state }) => state)).toEqual(['planned'])
  expect(carillon.fcm.stats().received).toBe(left)
  expect(await carillon.campaign(id)).toMatchObject({ state: 'paused', pause_reason: 'canceling' })

  await carillon.keep(id)
  await carillon.closed(id)
  await expectReconciledCounts(carillon, id)
  expect(await carillon.counts(id)).toMatchObject({ sent: 300, canceled: 0 })
  expect(carillon.fcm.stats()).toMatchObject({ distinct: 300, duplicates: 0 })
})

test('with the API killed and maintenance down nothing is sent; maintenance makes it final when it is back', async () => {
  const { carillon, gate, id } = await heldInMidCampaign(['planner', 'dispatcher'])
  // The API that takes the cancel, and its timer, are gone at once.
  const api = await carillon.startWorker('api')
  const prisma = openPrisma(carillon.pool)
  onTestFinished(() => prisma.$disconnect())
  const { key } = await createApiKey(prisma, {
    id: randomUUIDv7(),
    name: 'test',
    role: 'operator',
    expiresAt: null,
  })
  const answer = await fetch(`${carillon.apiUrl}/v1/campaigns/${id}/cancel`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ undoSeconds: 1 }),
  })
  expect(answer.status).toBe(200)
  await stopChild(api, 'SIGKILL')
  gate.open()
  await until(async () => (await carillon.inHand(id)) === 0, { what: 'no batch is in hand any more' })
  const left = carillon.fcm.stats().received
  expect(left).toBeLessThanOrEqual(100)
  const isDue = async () =>
    (await carillon.pool.query('SELECT cancel_at < now() AS due FROM campaigns WHERE id = $1', [id])).rows[0]
      .due === true
  await until(isDue, { what: 'its time is over' })
  expect(await carillon.campaign(id)).toMatchObject({ state: 'paused', pause_reason: 'canceling' })
  await carillon.startWorker('maintenance')
  await carillon.closed(id)
  await expectReconciledCounts(carillon, id)
  expect(await carillon.campaign(id)).toMatchObject({ state: 'canceled', cancel_at: null, paused_at: null })
  expect(carillon.fcm.stats().received).toBe(left)
  const { sent, canceled } = await carillon.counts(id)
  expect([sent, sent + canceled]).toEqual([left, 300])
})

test('a scheduled campaign that is deleted when its time comes is not sent; restored, it is', async () => {
  const carillon = await Carillon.start(backend, { devices: 60 })
  const id = await createCampaign(carillon.pool, {
    state: 'scheduled',
    scheduled_at: new Date(Date.now() + 3_600_000),
  })
  await carillon.delete(id)
  await carillon.pool.query('UPDATE campaigns SET scheduled_at = now() WHERE id = $1', [id])
  // One that is due in the same second has gone through all there is to go through.
  const other = await createCampaign(carillon.pool, { state: 'scheduled', scheduled_at: new Date() })
  await carillon.closed(other)
  expect(carillon.fcm.stats().received).toBe(60)
  expect(await carillon.campaign(id)).toMatchObject({ state: 'scheduled', is_planned: false })
  await carillon.restore(id)
  await carillon.closed(id)
  await expectReconciledCounts(carillon, id)
  expect(await carillon.counts(id)).toMatchObject({ sent: 60 })
  expect(carillon.fcm.stats().received).toBe(120)
})

test('two resends by reason reach each their own devices, once', async () => {
  const carillon = await Carillon.start(backend, { devices: 100, dead: 3, env: { RETRY_ATTEMPTS: 1 } })
  const busy = carillon.tokens.slice(10, 20)
  const broken = carillon.tokens.slice(20, 35)
  carillon.fcm.program({ addresses: busy, effect: { answer: 'unavailable' }, times: null })
  carillon.fcm.program({ addresses: broken, effect: { answer: 'internal' }, times: null })
  const first = await carillon.send()
  await carillon.closed(first)
  expect(await carillon.counts(first)).toMatchObject({ sent: 72, failed: 28 })
  carillon.fcm.clearFaults()
  const receivers = () =>
    carillon.fcm
      .messages()
      .map(({ address }) => address)
      .sort()

  carillon.fcm.reset()
  const second = await carillon.resend(first, 'failed', ['unavailable'])
  await carillon.closed(second)
  await expectReconciledCounts(carillon, second)
  expect(receivers()).toEqual([...busy].sort())

  // All that are left; FCM is not asked for dead addresses again.
  carillon.fcm.reset()
  const third = await carillon.resend(first, 'failed')
  await carillon.closed(third)
  await expectReconciledCounts(carillon, third)
  expect(receivers()).toEqual([...broken].sort())
  expect(await carillon.counts(third)).toMatchObject({ size: 15, sent: 15 })
  await expectReconciledCounts(carillon, first)
})
