import { describe, expect, test } from 'vitest'
import { deleteQueueKeys } from '../../testing/servers/queue-keys.ts'
import { Carillon, stopChild } from '../support/carillon.ts'
import { expectReconciledCounts } from '../support/counts.ts'
import { createBatches } from '../support/factories.ts'
import { queueBackends } from '../support/queues.ts'
import { until } from '../support/until.ts'

describe.each(queueBackends())('a crash, on $name', (backend) => {
  test('kill -9 of a dispatcher in mid-batch loses nothing, and repeats at most what was unrecorded', async () => {
    const carillon = await Carillon.start(backend, {
      devices: 400,
      workers: ['planner', 'maintenance'],
      env: { DISPATCH_CONCURRENCY: 25, RECORD_CHUNK: 10 },
    })
    const doomed = await carillon.startWorker('dispatcher')
    const id = await carillon.send()
    await carillon.fcm.whenAccepted(60)
    const gate = carillon.fcm.hold({ at: 'answer' })
    await gate.waitForHeld(25)
    await stopChild(doomed, 'SIGKILL')
    const { rows } = await carillon.pool.query('SELECT count(*) AS n FROM deliveries WHERE state = 1')
    const unrecorded = carillon.fcm.stats().accepted - rows[0].n
    expect(unrecorded).toBeGreaterThanOrEqual(25)
    gate.open()

    await carillon.startWorker('dispatcher')
    await carillon.closed(id)
    await expectReconciledCounts(carillon, id)
    expect(await carillon.counts(id)).toMatchObject({ sent: 400 })
    const stats = carillon.fcm.stats()
    expect(stats.distinct).toBe(400)
    // A chunk that PostgreSQL was committing when its sender died is not repeated.
    expect(stats.surplus).toBeLessThanOrEqual(unrecorded)
    expect(stats.surplus).toBeGreaterThanOrEqual(25)
  })

  test('kill -9 under at_most_once: those on their way are in doubt, the others get it once', async () => {
    const carillon = await Carillon.start(backend, {
      devices: 400,
      workers: ['planner', 'maintenance'],
      env: { DISPATCH_CONCURRENCY: 25 },
    })
    const doomed = await carillon.startWorker('dispatcher')
    const id = await carillon.send({ guarantee: 'at_most_once' })
    await carillon.fcm.whenAccepted(60)
    const gate = carillon.fcm.hold({ at: 'answer' })
    await gate.waitForHeld(25)
    await stopChild(doomed, 'SIGKILL')
    gate.open()

    await carillon.startWorker('dispatcher')
    await carillon.closed(id)
    await expectReconciledCounts(carillon, id)
    const { sent, in_doubt } = await carillon.counts(id)
    expect(sent + in_doubt).toBe(400)
    expect(in_doubt).toBeGreaterThanOrEqual(25)
    expect(in_doubt).toBeLessThanOrEqual(100)
    expect(carillon.fcm.stats()).toMatchObject({ duplicates: 0 })
  })

  test('SIGTERM in mid-batch: what is on its way is recorded, the rest released unspent, nothing sent twice', async () => {
    const carillon = await Carillon.start(backend, {
      devices: 400,
      workers: ['planner', 'maintenance'],
      // So little time that it cannot finish its batches: it has to release them.
      env: { DISPATCH_CONCURRENCY: 10, FCM_REQUEST_TIMEOUT_MS: 20_000, STOP_TIMEOUT_MS: 20_001 },
    })
    const stopping = await carillon.startWorker('dispatcher')
    const gate = carillon.fcm.hold()
    const id = await carillon.send()
    await gate.waitForHeld(10)
    const stopped = stopChild(stopping)
    await until(async () => (await carillon.processes('dispatcher'))[0]?.figures.state === 'draining', {
      what: 'it is stopping',
    })
    expect([gate.held, stopping.exitCode]).toEqual([10, null])
    // One millisecond after the signal it starts no further request; what is released now is recorded.
    const released = setInterval(() => gate.release(1), 20)
    expect(await stopped).toBe(0)
    clearInterval(released)
    const { rows } = await carillon.pool.query(
      `SELECT count(*) AS unfinished, max(spent)::int AS spent FROM batches WHERE state IN ('planned', 'queued') AND attempt > 0`,
    )
    expect(rows[0].unfinished).toBeGreaterThan(0)
    expect(rows[0].spent).toBe(0)
    gate.open()

    await carillon.startWorker('dispatcher')
    await carillon.closed(id)
    await expectReconciledCounts(carillon, id)
    expect(await carillon.counts(id)).toMatchObject({ sent: 400, spent: 0 })
    expect(carillon.fcm.stats()).toMatchObject({ distinct: 400, duplicates: 0 })
  })

  test('a planner killed between its commit and the queue: maintenance finds the batches', async () => {
    const carillon = await Carillon.start(backend, { devices: 250, workers: ['dispatcher'] })
    const { createCampaign } = await import('../support/factories.ts')
    const id = await createCampaign(carillon.pool, { state: 'sending' })
    // What such a planner leaves: some batches planned, some queued in PostgreSQL and never put on.
    await createBatches(carillon.pool, id, carillon.deviceIds.slice(0, 100), { size: 50 })
    await createBatches(carillon.pool, id, carillon.deviceIds.slice(100), {
      size: 50,
      state: 'queued',
      turn: 1,
      queued_at: new Date(Date.now() - 10_000),
    })
    expect(await carillon.queue.size()).toBe(0)
    await carillon.startWorker('maintenance')
    await carillon.closed(id)
    await expectReconciledCounts(carillon, id)
    expect(carillon.fcm.stats()).toMatchObject({ distinct: 250, duplicates: 0 })
  })

  test('a planner killed in mid-plan: another goes on from its cursor', async () => {
    const carillon = await Carillon.start(backend, { devices: 600, workers: ['dispatcher', 'maintenance'] })
    const doomed = await carillon.startWorker('planner', { BATCH_SIZE: 1, PLAN_PAGE_BATCHES: 1 })
    const id = await carillon.send()
    await until(async () => (await carillon.campaign(id)).planned_batches > 5, {
      what: 'a few pages are planned',
    })
    await stopChild(doomed, 'SIGKILL')
    expect(await carillon.campaign(id)).toMatchObject({ is_planned: false })
    await carillon.startWorker('planner')
    await carillon.closed(id)
    await expectReconciledCounts(carillon, id)
    expect(await carillon.campaign(id)).toMatchObject({ audience_size: 600 })
    expect(carillon.fcm.stats()).toMatchObject({ distinct: 600, duplicates: 0 })
  })

  test('two dispatchers on one batch: one sends it', async () => {
    const carillon = await Carillon.start(backend, {
      devices: 50,
      workers: ['planner', 'maintenance', 'dispatcher', 'dispatcher'],
    })
    const gate = carillon.fcm.hold()
    const id = await carillon.send()
    await gate.waitForHeld(50)
    // The same batch once more, under another name, while the first is in hand.
    await carillon.queue.addBatchJobs([{ campaignId: id, seq: 0, turn: 99 }], 5)
    await until(async () => (await carillon.queue.size()) === 1, {
      what: 'the second entry was taken and dropped',
    })
    gate.open()
    await carillon.closed(id)
    await expectReconciledCounts(carillon, id)
    expect(await carillon.counts(id)).toMatchObject({ sent: 50, attempts: 1 })
    expect(carillon.fcm.stats()).toMatchObject({ received: 50, duplicates: 0 })
  })

  test('an owner whose batch was taken over stops, and what it sent is in the counts', async () => {
    const carillon = await Carillon.start(backend, {
      devices: 50,
      workers: ['planner', 'maintenance', 'dispatcher'],
      env: { DISPATCH_CONCURRENCY: 10, RECORD_CHUNK: 5 },
    })
    const gate = carillon.fcm.hold({ at: 'answer' })
    const id = await carillon.send()
    await gate.waitForHeld(10)
    // As if it had been declared dead: maintenance takes the batch back.
    await carillon.pool.query(
      `UPDATE batches SET state = 'planned', not_before = now(), owner = NULL WHERE campaign_id = $1`,
      [id],
    )
    gate.open()
    await carillon.closed(id)
    await expectReconciledCounts(carillon, id)
    expect(await carillon.counts(id)).toMatchObject({ sent: 50 })
    expect(carillon.fcm.stats().distinct).toBe(50)
    // Its first chunk is refused before more than three of them have left.
    expect(carillon.fcm.stats().surplus).toBeLessThanOrEqual(3 * 5)
  })

  test('the queue wiped in mid-campaign: it is rebuilt, nothing is lost or sent twice', async () => {
    const carillon = await Carillon.start(backend, { devices: 600, env: { DISPATCH_CONCURRENCY: 20 } })
    const gate = carillon.fcm.hold()
    const id = await carillon.send()
    await gate.waitForHeld(20)
    await until(async () => (await carillon.campaign(id)).is_planned, { what: 'the campaign is planned' })
    await wipe(carillon, backend)
    gate.open()
    await carillon.closed(id)
    await expectReconciledCounts(carillon, id)
    expect(await carillon.counts(id)).toMatchObject({ sent: 600 })
    expect(carillon.fcm.stats()).toMatchObject({ distinct: 600, duplicates: 0 })
  })

  test('a batch that kills every owner ends in doubt instead of killing for ever', async () => {
    const carillon = await Carillon.start(backend, {
      devices: 20,
      workers: ['dispatcher', 'maintenance'],
      env: { RETRY_ATTEMPTS: 3 },
    })
    const { createCampaign } = await import('../support/factories.ts')
    const id = await createCampaign(carillon.pool, { state: 'sending' })
    await createBatches(carillon.pool, id, carillon.deviceIds, {
      attempt: 3,
      spent: 3,
      not_before: new Date(0),
    })
    await carillon.closed(id)
    await expectReconciledCounts(carillon, id)
    expect(await carillon.counts(id)).toMatchObject({ in_doubt: 20 })
    expect(carillon.fcm.stats().received).toBe(0)
  })
})

async function wipe(carillon: Carillon, backend: Parameters<typeof Carillon.start>[0]): Promise<void> {
  if (backend.redisUrl !== null) await deleteQueueKeys(backend.redisUrl, carillon.queuePrefix)
  else await carillon.pool.query('TRUNCATE carillon_queue.job CASCADE')
}
