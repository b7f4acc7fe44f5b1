import { expect, test } from 'vitest'
import { pauseCampaign } from '../../src/campaigns/pause-campaign.ts'
import { claimBatch, renewLeases } from '../../src/dispatch/batch-store.ts'
import { QueuedCursor, rescueExpired, rescueUnqueued } from '../../src/maintenance/rescue-batches.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'

async function setup() {
  const { pool } = await createTestDatabase()
  const { deviceIds } = await createDevices(pool, 400)
  const id = await createCampaign(pool, { state: 'sending' })
  await createBatches(pool, id, deviceIds, { size: 1 })
  return { pool, id }
}

test('pausing and rescuing what the queue lost, at once', async () => {
  const { pool, id } = await setup()
  const queue = { findWaiting: async () => [] } as never
  const failures: string[] = []
  const note = (what: string) => (error: Error & { code?: string }) =>
    void failures.push(`${what}: ${error.code} ${error.message}`)
  for (let i = 0; i < 60; i++) {
    await pool.query(`UPDATE campaigns SET state = 'sending'`)
    // Written in another order each time, as batches come and go.
    await pool.query(`UPDATE batches b SET state = 'queued', turn = turn + 1, queued_at = now() - interval '1 min'
      FROM (SELECT seq FROM batches ORDER BY random()) r WHERE r.seq = b.seq`)
    await Promise.all([
      rescueUnqueued(pool, queue, 0, new QueuedCursor()).catch(note('rescue')),
      pauseCampaign({ pool }, id).catch(note('pause')),
    ])
  }
  expect(failures).toEqual([])
}, 120_000)

test('renewing leases and taking back expired ones, at once, as when the database comes back', async () => {
  const { pool, id } = await setup()
  await pool.query(`UPDATE batches SET state = 'queued'`)
  const held = []
  for (let seq = 0; seq < 100; seq++) {
    const claim = await claimBatch(pool, { campaignId: id, seq, turn: 1 }, 30_000)
    if (claim) held.push(claim)
  }
  const failures: string[] = []
  for (let i = 0; i < 60; i++) {
    await pool.query(
      `UPDATE batches SET state = 'sending', lease_until = now() - interval '1 s' WHERE attempt > 0`,
    )
    held.sort(() => Math.random() - 0.5)
    await Promise.all([
      rescueExpired(pool).catch((error) => failures.push(`rescue: ${error.message}`)),
      renewLeases(pool, held, 30_000).catch((error) => failures.push(`renew: ${error.message}`)),
    ])
  }
  expect(failures).toEqual([])
}, 120_000)
