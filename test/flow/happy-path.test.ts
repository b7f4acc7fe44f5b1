import { describe, expect, test } from 'vitest'
import { expectBalancedBooks } from '../support/counts.ts'
import { Carillon } from '../support/carillon.ts'
import { conveyorBackends } from '../support/queues.ts'

describe.each(conveyorBackends())('a campaign, on $name', (backend) => {
  test('reaches every device once, and is finished when its books balance', async () => {
    const carillon = await Carillon.start(backend, { devices: 430 })
    const id = await carillon.send()
    await carillon.closed(id)
    await expectBalancedBooks(carillon, id)
    expect(await carillon.campaign(id)).toMatchObject({ state: 'finished', audience_size: 430 })
    expect(await carillon.counts(id)).toMatchObject({ sent: 430, failed: 0, attempts: 1 })
    expect(carillon.fcm.stats()).toMatchObject({ accepted: 430, distinct: 430, duplicates: 0 })
    expect(await carillon.conveyor.size()).toBe(0)
  })
})
