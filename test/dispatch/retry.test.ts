import { expect, test } from 'vitest'
import { cancelCampaign } from '../../src/campaigns/cancel-campaign.ts'
import { pauseCampaign } from '../../src/campaigns/pause-campaign.ts'
import { readCampaign } from '../../src/campaigns/read-campaigns.ts'
import { resumeCampaign } from '../../src/campaigns/resume-campaign.ts'
import type { Outcome } from '../../src/domain/outcome.ts'
import { outcomeOf } from '../../src/push/fcm/outcome-table.ts'
import { attemptWith, log } from '../support/attempt-with.ts'
import { claimAs } from '../support/claims.ts'
import { createTestDatabase } from '../support/database.ts'
import { type BatchColumns, createBatches, createCampaign, createDevices } from '../support/factories.ts'
import { versionOf } from '../support/seen.ts'

async function setup(columns: BatchColumns = {}, campaign: object = {}) {
  const { pool } = await createTestDatabase()
  const { deviceIds } = await createDevices(pool, 6)
  const id = await createCampaign(pool, { state: 'sending', ...campaign })
  await createBatches(pool, id, deviceIds, columns)
  const batch = async () => (await pool.query('SELECT * FROM batches')).rows[0]
  const queue = { addBatchJobs: async () => {}, addPlanJob: async () => {} } as never
  const manage = { pool, queue, log, watermark: 4 }
  return { pool, id, deviceIds, batch, manage }
}
const unavailable = (retryAfter?: string) => (): Outcome => outcomeOf({ status: 503, retryAfter, body: '' })

test('a 503 with a short Retry-After still waits the back-off (FCM: at least 10 s, doubling)', async () => {
  const { pool, id, batch } = await setup()
  await attemptWith(pool, id, unavailable('0'))
  const { not_before } = await batch()
  expect(not_before.getTime() - Date.now()).toBeGreaterThan(8_000)
})

test('with Retry-After: 1 the attempts last as long as without it', async () => {
  const { pool, id, batch } = await setup()
  let waited = 0
  for (let i = 0; i < 8; i++) {
    const before = Date.now()
    await attemptWith(pool, id, unavailable('1'))
    const { not_before, state } = await batch()
    if (state === 'done') break
    waited += not_before.getTime() - before
  }
  const { failed } = await batch()
  expect(failed).toBe(6)
  expect(waited, 'milliseconds until it was given up').toBeGreaterThan(20 * 60_000)
})

test('a campaign says that a batch had to be tried again, and nothing of attempts that were released', async () => {
  const { pool, id } = await setup()
  const progress = async () => (await readCampaign(pool, id)).progress
  expect(await progress()).toMatchObject({ batches: 1, batchesTried: 0, attempts: 0 })
  await attemptWith(pool, id, unavailable())
  expect(await progress()).toMatchObject({ batches: 1, batchesTried: 1, attempts: 1, remaining: 6 })
  await attemptWith(pool, id, () => outcomeOf({ status: 403, retryAfter: undefined, body: '' }))
  expect(await progress()).toMatchObject({ batchesTried: 1, attempts: 1, remaining: 6 })
  await pool.query(`UPDATE campaigns SET state = 'sending'`)
  await attemptWith(pool, id, () => ({ kind: 'sent', messageId: '1' }))
  expect(await progress()).toMatchObject({ batches: 1, batchesTried: 1, attempts: 2, sent: 6 })
})

test('a Retry-After of years does not make the attempt fail', async () => {
  const { pool, id } = await setup()
  await expect(attemptWith(pool, id, unavailable('99999999999999'))).resolves.toMatchObject({
    end: 'planned',
  })
})

test('the time of a pause does not count against the age of a batch that waited for its retry', async () => {
  const { pool, id, manage, batch } = await setup()
  await attemptWith(pool, id, unavailable())
  await pauseCampaign(manage, id)
  // A night passes.
  await pool.query(
    `UPDATE batches SET first_claimed_at = now() - interval '9 h', not_before = now() - interval '8 h'`,
  )
  await resumeCampaign(manage, id, await versionOf(pool, id))
  expect(await attemptWith(pool, id, unavailable())).toMatchObject({ end: 'planned' })
  expect(await batch()).toMatchObject({ failed: 0 })
})

test('waiting for quota does not count against the age', async () => {
  const { pool, id, batch } = await setup({}, { rate_per_minute: 1 })
  // 1 a minute: one device now, the other five wait their turn, which is released unspent.
  await attemptWith(pool, id, () => ({ kind: 'sent', messageId: '1' }))
  expect(await batch()).toMatchObject({ state: 'planned', sent: 1, attempt: 1, spent: 0 })
  expect((await batch()).first_claimed_at).toBeNull()
})

test('a batch that was claimed 32,767 times can still be claimed', async () => {
  const { pool, id } = await setup({ state: 'queued', attempt: 32_767 })
  expect(await claimAs(pool, id)).toMatchObject({ attempt: 32_768 })
})

test('at_most_once: canceling does not count as "not sent" what a dead owner had let go', async () => {
  const { id, manage, batch } = await setup(
    { state: 'planned', attempt: 1, launched: [1, 3, 4], not_before: new Date(0) },
    { guarantee: 'at_most_once' },
  )
  await cancelCampaign(manage, id)
  expect(await batch()).toMatchObject({ state: 'canceled', in_doubt: 3, canceled: 3 })
})
