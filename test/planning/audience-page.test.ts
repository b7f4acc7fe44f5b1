import { expect, test } from 'vitest'
import type { Audience } from '../../src/domain/campaign.ts'
import { audiencePage } from '../../src/planning/audience-page.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { createTestDatabase } from '../support/database.ts'
import { createDevices } from '../support/factories.ts'

const LAST_ID = 1_000_000_000

/** The parameters are those of plan-campaign.ts: cursor, upper bound, devices in a page, and then those of the source. */
async function run(pool: Pool, audience: Audience, { prefix = '', result = 'reached', pageSize = 5 } = {}) {
  const { sql, values } = audiencePage(1, audience)
  const unused = '$1::text, $5::text, $6::text, $7::text, $8::text'
  const { rows } = await pool.query(
    `${prefix} WITH ${sql} SELECT array(SELECT id FROM page) AS ids, reached FROM looked WHERE num_nulls(${unused}) >= 0`,
    [null, 0, LAST_ID, pageSize, null, null, null, null, ...values],
  )
  return result === 'plan' ? rows.map((row) => row['QUERY PLAN']).join('\n') : rows[0]
}

async function setup() {
  const { pool } = await createTestDatabase()
  await createDevices(pool, 200, { state: 'gone' })
  await pool.query(
    `INSERT INTO devices (member_id, address, platform, state)
     SELECT m.id, 'gone-' || m.id || '-' || n, 'web', 'gone' FROM members m, generate_series(1, 50) n`,
  )
  const { deviceIds } = await createDevices(pool, 20)
  await pool.query('VACUUM ANALYZE')
  return { pool, deviceIds }
}

const AUDIENCES: [string, Audience, string][] = [
  ['everybody', { all: true }, 'devices_active_idx'],
  ['named members', { externalIds: ['m201', 'm202'] }, 'devices_member_id_idx'],
  ['a filter', { filter: { platforms: ['android'] } }, 'devices_active_idx'],
]

test.each(AUDIENCES)('devices that are gone are not walked for %s', async (_, audience, index) => {
  const { pool } = await setup()
  const plan = await run(pool, audience, { prefix: 'EXPLAIN (ANALYZE)', result: 'plan' })
  expect(plan).toContain(index)
  const removed = [...plan.matchAll(/Rows Removed by Filter: (\d+)/g)].reduce(
    (sum, [, n]) => sum + Number(n),
    0,
  )
  expect(removed).toBeLessThan(1_000)
})

test('a filter that few match ends its page after as many devices as it may look at', async () => {
  const { pool } = await createTestDatabase()
  await createDevices(pool, 1)
  // One short of what a page looks at, and five more.
  await pool.query(
    `INSERT INTO devices (member_id, address, platform) SELECT 1, 'token-' || n, 'web' FROM generate_series(2, 100005) n`,
  )
  const { rows } = await pool.query('SELECT id FROM devices ORDER BY id OFFSET 99999 LIMIT 1')
  expect(await run(pool, { filter: { platforms: ['android'] } })).toEqual({ ids: [1], reached: rows[0].id })
  expect(await run(pool, { filter: { platforms: ['ios'] } })).toEqual({ ids: [], reached: rows[0].id })
  await pool.query('DELETE FROM devices WHERE id >= $1', [rows[0].id])
  expect(await run(pool, { filter: { platforms: ['android'] } })).toEqual({ ids: [1], reached: null })
})
