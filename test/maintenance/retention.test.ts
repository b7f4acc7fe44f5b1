import { expect, test } from 'vitest'
import { cleanUp } from '../../src/maintenance/clean-up.ts'
import { planCampaign } from '../../src/planning/plan-campaign.ts'
import { attemptWith } from '../support/attempt-with.ts'
import { createTestDatabase } from '../support/database.ts'
import { createCampaign, createDevices } from '../support/factories.ts'

/** The first 48 bits say when; see createdAtOf. */
function uuid7At(at: Date): string {
  const hex = at.getTime().toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000001`
}

test('retention does not drop the results of a campaign that is being sent from an old draft', async () => {
  const { pool } = await createTestDatabase()
  await createDevices(pool, 10)
  const id = await createCampaign(pool, {
    id: uuid7At(new Date(Date.now() - 70 * 86_400_000)),
    state: 'sending',
  })
  await planCampaign(
    { pool, batchSize: 500, pageBatches: 50, onPage: async () => {} },
    id,
    new AbortController().signal,
  )
  const counts = new Map<string, number>()
  let isCleanedUp = false
  const run = async () => {
    const { sent } = await attemptWith(pool, id, (token) =>
      // Five are answered, five are to be tried again.
      Number(/m(\d+)-/.exec(token)?.[1]) % 2 === 0 || isCleanedUp
        ? { kind: 'sent', messageId: 'x' }
        : { kind: 'retry_later', code: 'unavailable', scope: 'device' },
    )
    for (const token of sent) counts.set(token, (counts.get(token) ?? 0) + 1)
  }
  await run()
  expect((await pool.query('SELECT count(*) AS n FROM deliveries')).rows[0].n).toBe(5)
  const { droppedPartitions } = await cleanUp(pool, {
    auditRetentionDays: 730,
    testRetentionDays: 0,
    deviceStaleDays: 0,
    deliveryRetentionMonths: 1,
  })
  expect.soft(droppedPartitions, 'partitions with open campaigns').toEqual([])
  isCleanedUp = true
  let failure: unknown = null
  await run().catch((error) => {
    failure = error.message
  })
  expect.soft(failure, 'recording after the cleanup').toBeNull()
  expect.soft((await pool.query('SELECT count(*) AS n FROM deliveries')).rows[0].n).toBe(10)
})
