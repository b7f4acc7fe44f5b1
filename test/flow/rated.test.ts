import { describe, expect, test } from 'vitest'
import { Carillon } from '../support/carillon.ts'
import { queueBackends } from '../support/queues.ts'
import { until } from '../support/until.ts'

describe.each(queueBackends())('campaigns with a rate of their own, on $name', (backend) => {
  test('slow ones keep no urgent one waiting, however few batches a dispatcher may have in hand', async () => {
    const carillon = await Carillon.start(backend, { devices: 200, env: { DISPATCH_BATCHES: 1 } })
    const slow: string[] = []
    for (let n = 0; n < 4; n++) slow.push(await carillon.send({ rate_per_minute: 60, priority: 5 }))
    await until(async () => (await carillon.inHand(slow[0] as string)) > 0, { what: 'a slow one is in hand' })
    const urgent = await carillon.send({ priority: 1 })
    await carillon.closed(urgent)
    for (const id of slow) {
      const { sent = 0, size = 0 } = await carillon.counts(id)
      expect(sent).toBeLessThan(size)
    }
    for (const id of slow) await carillon.cancel(id)
  })

  test('they occupy no slot of the others, also while all of them wait for FCM', async () => {
    const carillon = await Carillon.start(backend, { devices: 200, env: { DISPATCH_BATCHES: 1 } })
    const members = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, n) => `m${from + n}`)
    const gate = carillon.fcm.hold({ at: 'answer', addresses: carillon.tokens.slice(0, 100) })
    const slow: string[] = []
    for (let n = 0; n < 4; n++) {
      slow.push(await carillon.send({ rate_per_minute: 60, audience: { externalIds: members(1, 100) } }))
    }
    // More than there are slots for the others. Their answers stay away for as long as the test lasts.
    for (const id of slow) {
      await until(async () => (await carillon.inHand(id)) > 0, { what: 'each of them is in hand' })
    }
    const usual = await carillon.send({ audience: { externalIds: members(101, 200) } })
    await carillon.closed(usual)
    for (const id of slow) expect(await carillon.inHand(id)).toBeGreaterThan(0)
    gate.open()
    for (const id of slow) await carillon.cancel(id)
  })
})
