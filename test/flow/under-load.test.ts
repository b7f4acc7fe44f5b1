/** Stopping and pausing while everything runs at full rate, with nothing held at a door. */
import { describe, expect, test } from 'vitest'
import { Carillon, stopChild } from '../support/carillon.ts'
import { expectReconciledCounts } from '../support/counts.ts'
import { queueBackends } from '../support/queues.ts'
import { until } from '../support/until.ts'

const DEVICES = 4_000
const STOP_TIMEOUT_MS = 25_000

interface Swing {
  concurrency: number
  latencyMs: [min: number, max: number]
  accepted: number
}

/** With the times of a real installation: how soon a pause bites depends on its lease. */
async function inFullSwing(
  backend: Parameters<typeof Carillon.start>[0],
  { concurrency, latencyMs, accepted }: Swing,
) {
  const carillon = await Carillon.start(backend, {
    devices: DEVICES,
    fcm: { latencyMs },
    workers: ['planner', 'maintenance'],
    env: {
      BATCH_SIZE: 100,
      DISPATCH_BATCHES: 4,
      DISPATCH_CONCURRENCY: concurrency,
      FCM_REQUEST_TIMEOUT_MS: 10_000,
      BATCH_LEASE_MS: 30_000,
      STOP_TIMEOUT_MS,
    },
  })
  const dispatcher = await carillon.startWorker('dispatcher')
  const id = await carillon.send()
  await carillon.fcm.whenAccepted(accepted)
  return { carillon, dispatcher, id }
}

describe.each(queueBackends())('at full rate, on $name', (backend) => {
  test('SIGTERM: it ends with 0 in its time, nothing is sent twice and no attempt is spent', async () => {
    const { carillon, dispatcher, id } = await inFullSwing(backend, {
      concurrency: 40,
      latencyMs: [10, 40],
      accepted: 500,
    })
    const toldAt = performance.now()
    expect(await stopChild(dispatcher)).toBe(0)
    expect(performance.now() - toldAt).toBeLessThan(STOP_TIMEOUT_MS)
    const { accepted } = carillon.fcm.stats()
    expect(accepted).toBeLessThan(DEVICES)
    const { rows } = await carillon.pool.query(
      `SELECT coalesce(max(spent), 0)::int AS spent FROM batches WHERE state IN ('planned', 'queued')`,
    )
    expect(rows[0].spent).toBe(0)
    expect(await carillon.inHand(id)).toBe(0)
    // Every answer that came is written down.
    expect((await carillon.counts(id)).sent).toBe(accepted)

    await carillon.startWorker('dispatcher')
    await carillon.closed(id)
    await expectReconciledCounts(carillon, id)
    expect(await carillon.counts(id)).toMatchObject({ sent: DEVICES, spent: 0 })
    expect(carillon.fcm.stats()).toMatchObject({ distinct: DEVICES, duplicates: 0 })
  })

  test('pause: the last message leaves within two seconds of the answer, and no attempt is spent', async () => {
    // So few at a time that the four batches in hand take four times as long as that.
    const [concurrency, latencyMs] = [4, 100]
    const { carillon, id } = await inFullSwing(backend, {
      concurrency,
      latencyMs: [latencyMs, latencyMs],
      accepted: 40,
    })
    await carillon.pause(id)
    const atAnswer = carillon.fcm.stats().received
    await until(async () => (await carillon.inHand(id)) === 0, { what: 'no batch is in hand any more' })
    // Told by how many leave: that many have room in two seconds, however late a busy machine lets us look.
    const later = carillon.fcm.stats().received - atAnswer
    expect(later).toBeLessThanOrEqual((concurrency * 2_000) / latencyMs)
    const { rows } = await carillon.pool.query(
      `SELECT max(spent)::int AS spent FROM batches WHERE state = 'planned'`,
    )
    expect(rows[0].spent).toBe(0)
  })
})
