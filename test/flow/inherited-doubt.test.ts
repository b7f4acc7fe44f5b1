import { describe, expect, test } from 'vitest'
import { Carillon, stopChild } from '../support/carillon.ts'
import { expectReconciledCounts } from '../support/counts.ts'
import { queueBackends } from '../support/queues.ts'
import { until } from '../support/until.ts'

describe.each(queueBackends())('doubt that is inherited, on $name', (backend) => {
  test('at_most_once: what a killed dispatcher may have sent stays in doubt when the next owner cannot even begin', async () => {
    const carillon = await Carillon.start(backend, {
      devices: 50,
      workers: ['planner', 'maintenance'],
      env: { DISPATCH_CONCURRENCY: 25 },
    })
    const doomed = await carillon.startWorker('dispatcher')
    const gate = carillon.fcm.hold({ at: 'answer' })
    const id = await carillon.send({ guarantee: 'at_most_once' })
    await gate.waitForHeld(25)
    await stopChild(doomed, 'SIGKILL')
    // The next owner claims the batch, cannot use the project, and gives the batch back.
    await carillon.pool.query(`UPDATE projects SET sender = 'none' WHERE id = 1`)
    gate.open()
    const helpless = await carillon.startWorker('dispatcher')
    await until(async () => (await carillon.campaign(id)).pause_reason === 'project_misconfigured', {
      what: 'the campaign waits for a project that can be used',
    })
    await stopChild(helpless)
    await carillon.pool.query('UPDATE projects SET sender = NULL WHERE id = 1')
    await carillon.resume(id)

    await carillon.startWorker('dispatcher')
    await carillon.closed(id)
    await expectReconciledCounts(carillon, id)
    expect(carillon.fcm.stats()).toMatchObject({ duplicates: 0 })
    expect((await carillon.counts(id)).in_doubt).toBeGreaterThanOrEqual(25)
  })
})
