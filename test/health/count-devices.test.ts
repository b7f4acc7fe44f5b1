import { expect, test } from 'vitest'
import { deviceCounter } from '../../src/health/count-devices.ts'
import { createTestDatabase } from '../support/database.ts'
import { createDevices } from '../support/factories.ts'

async function setup(devices: number, fids: number) {
  const { pool } = await createTestDatabase()
  const { deviceIds } = await createDevices(pool, devices)
  await pool.query(`UPDATE devices SET kind = 'fid' WHERE id = ANY($1::bigint[])`, [deviceIds.slice(0, fids)])
  await pool.query(`UPDATE devices SET state = 'gone', gone_at = now(), gone_code = 1 WHERE id = $1`, [
    deviceIds.at(-1),
  ])
  return pool
}

test('few devices are counted, those that are gone left out', async () => {
  const pool = await setup(40, 10)
  expect(await deviceCounter(pool)()).toEqual({ token: 29, fid: 10, isEstimate: false })
})

test('of many devices a sample is projected, whatever the size of the table', async () => {
  const pool = await setup(20_000, 5_000)
  await pool.query('VACUUM FULL devices')
  const { token, fid, isEstimate } = await deviceCounter(pool, 60)()
  expect(isEstimate).toBe(true)
  expect(token + fid).toBeGreaterThan(10_000)
  expect(token + fid).toBeLessThan(40_000)
})

test('a count is kept for a minute, a failed one is not', async () => {
  const pool = await setup(2, 0)
  const count = deviceCounter(pool)
  await pool.query('ALTER TABLE devices RENAME TO elsewhere')
  await expect(count()).rejects.toThrow('devices')
  await pool.query('ALTER TABLE elsewhere RENAME TO devices')
  expect(await count()).toMatchObject({ token: 1 })
  await pool.query('DELETE FROM devices')
  expect(await count()).toMatchObject({ token: 1 })
})
