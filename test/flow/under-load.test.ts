/** Stopping and pausing while everything runs at full rate, with nothing held at a door. */
import { describe, expect, test } from 'vitest'
import { expectBalancedBooks } from '../support/books.ts'
import { Carillon, stopChild } from '../support/carillon.ts'
import { conveyorBackends } from '../support/conveyors.ts'
import { until } from '../support/until.ts'

const DEVICES = 4_000

async function inFullSwing(backend: Parameters<typeof Carillon.start>[0], concurrency: number) {
  const carillon = await Carillon.start(backend, {
    devices: DEVICES,
    fcm: { latencyMs: [10, 40] },
    workers: ['planner', 'upkeep'],
    // The lease of a real installation: how soon a pause bites depends on it.
    env: { BATCH_SIZE: 100, DISPATCH_BATCHES: 4, DISPATCH_CONCURRENCY: concurrency, BATCH_LEASE_MS: 30_000 },
  })
  const dispatcher = await carillon.startWorker('dispatcher')
  const id = await carillon.send()
  await carillon.fcm.whenAccepted(DEVICES / 8)
  return { carillon, dispatcher, id }
}

describe.each(conveyorBackends())('at full rate, on $name', (backend) => {
  test('SIGTERM: it ends with 0 in its time, nothing is sent twice and no attempt is spent', async () => {
    const { carillon, dispatcher, id } = await inFullSwing(backend, 40)
    const toldAt = performance.now()
    expect(await stopChild(dispatcher)).toBe(0)
    // STOP_TIMEOUT_MS of the tests.
    expect(performance.now() - toldAt).toBeLessThan(5_000)
    const { accepted } = carillon.fcm.stats()
    expect(accepted).toBeLessThan(DEVICES)
    const { rows } = await carillon.pool.query(
      `SELECT coalesce(max(attempt - handed_back), 0)::int AS spent FROM batches WHERE state IN ('planned', 'queued')`,
    )
    expect(rows[0].spent).toBe(0)
    expect(await carillon.inHand(id)).toBe(0)
    // Every answer that came is written down.
    expect((await carillon.counts(id)).sent).toBe(accepted)

    await carillon.startWorker('dispatcher')
    await carillon.closed(id)
    await expectBalancedBooks(carillon, id)
    expect(await carillon.counts(id)).toMatchObject({ sent: DEVICES, spent: 1 })
    expect(carillon.fcm.stats()).toMatchObject({ distinct: DEVICES, duplicates: 0 })
  }, 40_000)

  test('pause: the last message leaves within two seconds of the answer, and no attempt is spent', async () => {
    // So few at a time that a batch in hand takes longer than that.
    const { carillon, id } = await inFullSwing(backend, 4)
    await carillon.pause(id)
    const answeredAt = performance.now()
    let received = 0
    let lastAt = answeredAt
    await until(
      async () => {
        const now = carillon.fcm.stats().received
        if (now !== received) lastAt = performance.now()
        received = now
        return (await carillon.inHand(id)) === 0
      },
      { what: 'no batch is in hand any more', intervalMs: 5 },
    )
    expect(lastAt - answeredAt).toBeLessThanOrEqual(2_000)
    expect(received).toBeLessThan(DEVICES)
    const { rows } = await carillon.pool.query(
      `SELECT max(attempt - handed_back)::int AS spent FROM batches WHERE state = 'planned'`,
    )
    expect(rows[0].spent).toBe(0)
  }, 40_000)
})
