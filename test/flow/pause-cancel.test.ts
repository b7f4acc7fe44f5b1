import { describe, expect, test } from 'vitest'
import { Carillon } from '../support/carillon.ts'
import { expectReconciledCounts } from '../support/counts.ts'
import { queueBackends } from '../support/queues.ts'
import { until } from '../support/until.ts'

/** Two batches of 50 in hand at a time, held at FCM's door: what happens next happens in mid-campaign. */
async function heldInMidCampaign(backend: Parameters<typeof Carillon.start>[0], devices = 500) {
  const carillon = await Carillon.start(backend, { devices, env: { DISPATCH_CONCURRENCY: 30 } })
  const gate = carillon.fcm.hold()
  const id = await carillon.send()
  await gate.waitForHeld(30)
  await until(async () => (await carillon.inHand(id)) === 2, { what: 'both batches are in hand' })
  await until(async () => (await carillon.campaign(id)).is_planned, { what: 'the campaign is planned' })
  return { carillon, gate, id }
}

describe.each(queueBackends())('stopping a campaign, on $name', (backend) => {
  test('paused, no further message leaves; resumed, everybody else gets theirs, once', async () => {
    const { carillon, gate, id } = await heldInMidCampaign(backend)
    const { inFlight } = await carillon.pause(id)
    expect(inFlight).toBe(100)
    // The dispatcher has noticed when it waits for nothing but the answers that are held here.
    await until(async () => (await stoppedBatches(carillon, id)) === 0, {
      what: 'nothing is queued any more',
    })
    gate.open()
    await until(async () => (await carillon.inHand(id)) === 0, { what: 'no batch is in hand any more' })
    const leftBefore = carillon.fcm.stats().received
    expect(leftBefore).toBeLessThanOrEqual(100)
    expect(await carillon.campaign(id)).toMatchObject({
      state: 'paused',
      pause_reason: 'by_operator',
      closed_at: null,
    })

    await carillon.resume(id)
    await carillon.closed(id)
    await expectReconciledCounts(carillon, id)
    expect(await carillon.counts(id)).toMatchObject({ sent: 500, spent: 0 })
    expect(carillon.fcm.stats()).toMatchObject({ distinct: 500, duplicates: 0 })
  })

  test('canceled, those who did not get it are counted, and nobody gets it afterwards', async () => {
    const { carillon, gate, id } = await heldInMidCampaign(backend)
    await carillon.cancel(id)
    gate.open()
    await carillon.closed(id)
    await expectReconciledCounts(carillon, id)
    const { sent, canceled, size } = await carillon.counts(id)
    expect(size).toBe(500)
    expect(sent).toBe(carillon.fcm.stats().accepted)
    expect(sent).toBeGreaterThanOrEqual(30)
    expect(sent).toBeLessThanOrEqual(100)
    expect(canceled).toBe(500 - sent)
    expect(await carillon.campaign(id)).toMatchObject({ state: 'canceled' })
  })

  test('canceled while it is planned, the whole audience is still known', async () => {
    const carillon = await Carillon.start(backend, { devices: 500, workers: ['dispatcher', 'maintenance'] })
    const id = await carillon.send()
    await carillon.pool.query('UPDATE campaigns SET frozen_through_id = $2 WHERE id = $1', [
      id,
      carillon.deviceIds.at(-1),
    ])
    await carillon.cancel(id)
    await carillon.startWorker('planner', { PLAN_PAGE_BATCHES: 2 })
    await carillon.closed(id)
    await expectReconciledCounts(carillon, id)
    expect(await carillon.counts(id)).toMatchObject({ size: 500, canceled: 500 })
    expect(carillon.fcm.stats().received).toBe(0)
  })

  test('a campaign without an audience when its time comes pauses with a reason', async () => {
    const carillon = await Carillon.start(backend, { devices: 0 })
    const { createCampaign } = await import('../support/factories.ts')
    const id = await createCampaign(carillon.pool, { state: 'scheduled', scheduled_at: new Date() })
    // Two statements: first it pauses, then its plan is taken back.
    await until(
      async () => {
        const { state, is_planned } = await carillon.campaign(id)
        return state === 'paused' && !is_planned
      },
      { what: 'the campaign has paused itself, to be planned anew' },
    )
    expect(await carillon.campaign(id)).toMatchObject({ pause_reason: 'audience_empty', is_planned: false })
  })

  test('a scheduled campaign starts by itself, planned ahead', async () => {
    const carillon = await Carillon.start(backend, { devices: 130 })
    const { createCampaign } = await import('../support/factories.ts')
    const id = await createCampaign(carillon.pool, {
      state: 'scheduled',
      scheduled_at: new Date(Date.now() + 30_000),
      updated_at: new Date(Date.now() - 60_000),
    })
    await until(async () => (await carillon.campaign(id)).is_planned, { what: 'it is planned ahead of time' })
    expect(await carillon.campaign(id)).toMatchObject({ state: 'scheduled', audience_size: 130 })
    expect(carillon.fcm.stats().received).toBe(0)
    await carillon.pool.query('UPDATE campaigns SET scheduled_at = now() WHERE id = $1', [id])
    await carillon.closed(id)
    await expectReconciledCounts(carillon, id)
    expect(await carillon.campaign(id)).toMatchObject({ state: 'finished' })
  })
})

async function stoppedBatches(carillon: Carillon, id: string): Promise<number> {
  const { rows } = await carillon.pool.query(
    `SELECT count(*) AS n FROM batches WHERE campaign_id = $1 AND state = 'queued'`,
    [id],
  )
  return rows[0].n
}
