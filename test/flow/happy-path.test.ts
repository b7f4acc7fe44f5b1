import { describe, expect, test } from 'vitest'
import { Carillon } from '../support/carillon.ts'
import { expectReconciledCounts } from '../support/counts.ts'
import { queueBackends } from '../support/queues.ts'

describe.each(queueBackends())('a campaign, on $name', (backend) => {
  test('reaches every device once, and is finished when its counts reconcile', async () => {
    const carillon = await Carillon.start(backend, { devices: 430 })
    const id = await carillon.send()
    await carillon.closed(id)
    await expectReconciledCounts(carillon, id)
    expect(await carillon.campaign(id)).toMatchObject({ state: 'finished', audience_size: 430 })
    expect(await carillon.counts(id)).toMatchObject({ sent: 430, failed: 0, attempts: 1 })
    expect(carillon.fcm.stats()).toMatchObject({ accepted: 430, distinct: 430, duplicates: 0 })
    expect(await carillon.queue.size()).toBe(0)
  })
})
