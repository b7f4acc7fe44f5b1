import { expect, test } from 'vitest'
import { readMemberDeliveries } from '../../src/results/read-member-deliveries.ts'
import { createTestDatabase } from '../support/database.ts'
import { createDevices } from '../support/factories.ts'

test('a page looks at a bounded number of campaigns, and the next goes on behind them', async () => {
  const { pool } = await createTestDatabase()
  const { deviceIds } = await createDevices(pool, 1)
  await pool.query(
    `INSERT INTO campaigns (id, name, message, audience, state)
     SELECT (left(uuid7_floor(now())::text, 13) || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, n::text, '{}',
       '{"all": true}', 'finished' FROM generate_series(1, 4500) n`,
  )
  // One in each page of 2,000, at its ends.
  const names = ['4500', '2501', '2500', '500', '1']
  await pool.query(
    `INSERT INTO deliveries (campaign_id, device_id, state, code, attempt)
     SELECT id, $1, 1, 0, 1 FROM campaigns WHERE name = ANY($2)`,
    [deviceIds[0], names],
  )
  const pages: string[][] = []
  let after: Parameters<typeof readMemberDeliveries>[3]
  do {
    const { deliveries, next } = await readMemberDeliveries(pool, 'm1', 50, after)
    pages.push(deliveries.map(({ campaignName }) => campaignName))
    after = next
  } while (after !== undefined)
  expect(pages).toEqual([['4500', '2501'], ['2500'], ['500', '1']])
})
