import { expect, test } from 'vitest'
import { deleteDevice, storeDevices } from '../../src/audience/device-store.ts'
import { listMembers } from '../../src/audience/read-members.ts'
import type { DeviceRow } from '../../src/domain/device-row.ts'
import { AS_APP, aDevice } from '../support/a-device.ts'
import { createTestDatabase } from '../support/database.ts'
import { createDevices, createShop } from '../support/factories.ts'
import { until } from '../support/until.ts'

const row = (externalId: string, platform: DeviceRow['platform']): DeviceRow =>
  aDevice({ address: 'token-m1-1', externalId, platform })

async function setup() {
  const { pool } = await createTestDatabase()
  await createDevices(pool, 2)
  await createShop(pool)
  await pool.query(`DELETE FROM devices WHERE project_id = 2 AND address = 'token-m1-1'`)
  const store = (projectId: number, externalId: string, platform: DeviceRow['platform']) =>
    storeDevices(pool, [row(externalId, platform)], { ...AS_APP, projectId })
  const devices = async () => {
    const { rows } = await pool.query(
      `SELECT d.project_id AS project, m.external_id AS member, d.platform FROM devices d
       JOIN members m ON m.id = d.member_id WHERE d.address = 'token-m1-1' ORDER BY d.project_id`,
    )
    return rows
  }
  const findByAddress = async (projectId: number) =>
    (await listMembers(pool, projectId, 10, { search: 'token-m1-1' })).members.map(
      ({ externalId }) => externalId,
    )
  return { pool, store, devices, findByAddress }
}

test('a token that is registered in two projects is two devices, and each registration changes its own', async () => {
  const { store, devices } = await setup()
  expect(await store(2, 'm2', 'ios')).toMatchObject({ created: 1, updated: 0, moved: 0 })
  expect(await store(1, 'm1', 'web')).toMatchObject({ created: 0, updated: 1, moved: 0 })
  expect(await store(2, 'm1', 'ios')).toMatchObject({ created: 0, updated: 0, moved: 1 })
  expect(await devices()).toEqual([
    { project: 1, member: 'm1', platform: 'web' },
    { project: 2, member: 'm1', platform: 'ios' },
  ])
})

test('a token is looked up and deleted in one project', async () => {
  const { pool, store, devices, findByAddress } = await setup()
  await store(2, 'm2', 'ios')
  expect([await findByAddress(1), await findByAddress(2)]).toEqual([['m1'], ['m2']])
  await deleteDevice(pool, 1, 'token-m1-1')
  expect(await devices()).toEqual([{ project: 2, member: 'm2', platform: 'ios' }])
  expect([await findByAddress(1), await findByAddress(2)]).toEqual([[], ['m2']])
  await expect(deleteDevice(pool, 1, 'token-m1-1')).rejects.toMatchObject({ code: 'device_not_found' })
})

test('a device that is deleted while it registers is registered all the same', async () => {
  const { pool, store, devices } = await setup()
  const cleanup = await pool.connect()
  await cleanup.query('BEGIN')
  await cleanup.query(`DELETE FROM devices WHERE address = 'token-m1-1' AND project_id = 1`)
  const registering = store(1, 'm1', 'web')
  const waiting = `SELECT 1 FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%WITH device AS%'`
  await until(async () => (await pool.query(waiting)).rowCount === 1, { what: 'the registration waits' })
  await cleanup.query('COMMIT')
  cleanup.release()
  expect(await registering).toMatchObject({ created: 1, updated: 0, moved: 0 })
  expect(await devices()).toEqual([{ project: 1, member: 'm1', platform: 'web' }])
})
