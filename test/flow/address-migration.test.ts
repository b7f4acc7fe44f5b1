/**
 * Apps change from registration tokens to installation ids while a campaign is being sent. What counts is what a phone gets,
 * at whichever address: one message.
 */
import { describe, expect, test } from 'vitest'
import { storeDevices } from '../../src/audience/device-store.ts'
import { fidFor } from '../../testing/fake-fcm/token.ts'
import { AS_APP, aDevice } from '../support/a-device.ts'
import { Carillon } from '../support/carillon.ts'
import { expectReconciledCounts } from '../support/counts.ts'
import { queueBackends } from '../support/queues.ts'

/** The app on phone `n` registers its installation id; from then on FCM does not know its token. */
async function migrate({ pool, fcm, tokens }: Carillon, n: number): Promise<void> {
  const token = tokens[n] as string
  const row = aDevice({ address: fidFor(n), externalId: `m${n + 1}`, replaces: token })
  await storeDevices(pool, [row], AS_APP)
  fcm.retire([token])
}

/** Several at a time, as the requests of an API's processes. */
async function migrateAll(carillon: Carillon, phones: readonly number[], workers = 4): Promise<void> {
  const left = [...phones]
  await Promise.all(
    Array.from({ length: workers }, async () => {
      for (let n = left.shift(); n !== undefined; n = left.shift()) await migrate(carillon, n)
    }),
  )
}

function messagesByPhone({ fcm, tokens }: Carillon): number[] {
  return tokens.map((token, n) => fcm.acceptedCount(token) + fcm.acceptedCount(fidFor(n)))
}

describe.each(queueBackends())('while a campaign is being sent, on $name', (backend) => {
  test('600 phones change their address, and each gets one message', async () => {
    const carillon = await Carillon.start(backend, {
      devices: 600,
      fcm: { latencyMs: [5, 20] },
      workers: ['planner', 'dispatcher', 'dispatcher', 'maintenance'],
      env: { DISPATCH_CONCURRENCY: 20 },
    })
    // These are under way to their tokens when their apps move on, and come back as unknown.
    const caught = [0, 1, 2, 3, 4, 5, 6, 7]
    const gate = carillon.fcm.hold({ addresses: caught.map((n) => carillon.tokens[n] as string) })
    const id = await carillon.send()
    await gate.waitForHeld(caught.length)
    await migrateAll(carillon, caught)
    gate.open()
    const others = Array.from({ length: 592 }, (_, i) => i + caught.length)
    await migrateAll(carillon, [
      ...others.filter((n) => n % 2 === 0).toReversed(),
      ...others.filter((n) => n % 2 === 1),
    ])
    await carillon.closed(id)
    await expectReconciledCounts(carillon, id)
    expect(await carillon.counts(id)).toMatchObject({ size: 600, sent: 600 })
    expect(messagesByPhone(carillon).filter((count) => count !== 1)).toEqual([])
    const { rows } = await carillon.pool.query(
      `SELECT kind, state, count(*)::int AS n FROM devices GROUP BY 1, 2 ORDER BY 1, 2`,
    )
    expect(rows).toEqual([
      { kind: 'token', state: 'gone', n: 600 },
      { kind: 'fid', state: 'active', n: 600 },
    ])
    // Both before and after their change there were some.
    const byFid = carillon.tokens.filter((_, n) => carillon.fcm.acceptedCount(fidFor(n)) > 0).length
    expect(byFid).toBeGreaterThan(caught.length)
  })
})
