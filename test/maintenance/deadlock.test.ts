import { expect, test } from 'vitest'
import { pauseCampaign } from '../../src/campaigns/pause-campaign.ts'
import { claimBatch } from '../../src/dispatch/batch-store.ts'
import { QueuedCursor, rescueUnqueued } from '../../src/maintenance/rescue-unqueued.ts'
import { takeBack } from '../../src/maintenance/take-back.ts'
import { createOwner } from '../support/claims.ts'
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

test('beating and being taken back, at once, as when the database comes back', async () => {
  const { pool, id } = await setup()
  await pool.query(`UPDATE batches SET state = 'queued'`)
  const owner = await createOwner(pool)
  for (let seq = 0; seq < 100; seq++) await claimBatch(pool, { campaignId: id, seq, turn: 1 }, owner)
  const failures: string[] = []
  for (let i = 0; i < 60; i++) {
    await pool.query(`UPDATE batches SET state = 'sending', owner = $1 WHERE attempt > 0`, [owner])
    await pool.query('INSERT INTO batch_owners (id, beat) VALUES ($1, 0) ON CONFLICT DO NOTHING', [owner])
    await Promise.all([
      takeBack(pool, [{ id: owner, beat: 0, isHung: true }]).catch((error: Error) =>
        failures.push(`take back: ${error.message}`),
      ),
      takeBack(pool, []).catch((error: Error) => failures.push(`orphans: ${error.message}`)),
      pool
        .query('UPDATE batch_owners SET beat = beat + 1 WHERE id = $1', [owner])
        .catch((error: Error) => failures.push(`beat: ${error.message}`)),
    ])
    await pool.query('UPDATE batch_owners SET beat = 0')
  }
  expect(failures).toEqual([])
}, 120_000)
