/** A scheduled campaign with a process missing at its moment, seen from FCM. */
import { describe, expect, test } from 'vitest'
import { Carillon, stopChild } from '../support/carillon.ts'
import { expectReconciledCounts } from '../support/counts.ts'
import { createCampaign } from '../support/factories.ts'
import { queueBackends } from '../support/queues.ts'
import { until } from '../support/until.ts'

describe.each(queueBackends())('a scheduled campaign, on $name', (backend) => {
  test.each(['planner', 'dispatcher'] as const)(
    'starts with maintenance dead, as long as a %s is there',
    async (survivor) => {
      const carillon = await Carillon.start(backend, { devices: 130, workers: [] })
      const workers = {
        planner: await carillon.startWorker('planner'),
        dispatcher: await carillon.startWorker('dispatcher'),
        maintenance: await carillon.startWorker('maintenance'),
      }
      const id = await createCampaign(carillon.pool, {
        state: 'scheduled',
        scheduled_at: new Date(Date.now() + 30_000),
        updated_at: new Date(Date.now() - 60_000),
      })
      await until(async () => (await carillon.campaign(id)).is_planned, { what: 'it is planned ahead' })
      const { [survivor]: _, ...others } = workers
      await Promise.all(Object.values(others).map((child) => stopChild(child, 'SIGKILL')))
      await carillon.pool.query('UPDATE campaigns SET scheduled_at = now() WHERE id = $1', [id])
      await until(async () => (await carillon.campaign(id)).state === 'sending', { what: 'it is sending' })
      if (survivor === 'planner') await carillon.startWorker('dispatcher')
      await until(() => carillon.fcm.stats().received > 0, { what: 'the first message has left' })
      // A batch that is put back is enqueued again by maintenance.
      await carillon.startWorker('maintenance')
      await carillon.closed(id)
      await expectReconciledCounts(carillon, id)
      expect(carillon.fcm.stats().received).toBe(130)
    },
  )

  test('finds connections open and a token at hand, in every dispatcher', async () => {
    const carillon = await Carillon.start(backend, { devices: 50, workers: ['planner', 'maintenance'] })
    await carillon.startWorker('dispatcher')
    await carillon.startWorker('dispatcher')
    const id = await createCampaign(carillon.pool, {
      state: 'scheduled',
      scheduled_at: new Date(Date.now() + 60_000),
    })
    expect(carillon.fcm.stats().sessionsOpened).toBe(0)
    await carillon.pool.query(`UPDATE campaigns SET scheduled_at = now() + interval '14 s' WHERE id = $1`, [
      id,
    ])
    await until(() => carillon.fcm.stats().openSessions >= 2, { what: 'both have connected to FCM' })
    expect(await carillon.campaign(id)).toMatchObject({ state: 'scheduled' })
    expect(carillon.fcm.stats().received).toBe(0)
  })
})
