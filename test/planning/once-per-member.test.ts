/** Of each member only the device that was seen last. */
import { expect, test } from 'vitest'
import { editZones } from '../../src/campaigns/edit-zones.ts'
import { readZones } from '../../src/campaigns/read-zones.ts'
import { sendCampaign } from '../../src/campaigns/send-campaign.ts'
import { DELIVERY_CODES } from '../../src/domain/delivery-result.ts'
import { planCampaign } from '../../src/planning/plan-campaign.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { readDeliveries } from '../../src/results/read-deliveries.ts'
import { attemptWith, log } from '../support/attempt-with.ts'
import { createTestDatabase } from '../support/database.ts'
import { type CampaignColumns, createCampaign, createDevices } from '../support/factories.ts'
import { LAW } from '../support/law.ts'
import { noGuard, seen as seenVersion } from '../support/seen.ts'

const NEVER = new AbortController().signal
const OTHER = DELIVERY_CODES.other_device.number
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000)

async function setup(members: number, perMember: number, { batchSize = 10, pageBatches = 50 } = {}) {
  const { pool } = await createTestDatabase()
  const made = await createDevices(pool, members, { perMember })
  const deps = { pool, batchSize, pageBatches, onPage: async () => {} }
  const seen = (device: number | undefined, days: number) =>
    pool.query('UPDATE devices SET last_seen_at = $2 WHERE id = $1', [device, daysAgo(days)])
  const planned = async (columns: CampaignColumns = {}, over: Partial<typeof deps> = {}) => {
    const id = await createCampaign(pool, { state: 'sending', once_per_member: true, ...columns })
    await planCampaign({ ...deps, ...over }, id, NEVER)
    return id
  }
  /** Devices that are sent to, and those that are not. */
  const split = async (id: string) => {
    const { rows } = await pool.query<{ device_ids: number[]; skip_code: number | null }>(
      'SELECT device_ids, skip_code FROM batches WHERE campaign_id = $1 ORDER BY seq',
      [id],
    )
    const idsOf = (code: number | null) =>
      rows.flatMap(({ skip_code, device_ids }) => (skip_code === code ? device_ids : []))
    return { meant: idsOf(null).sort((a, b) => a - b), others: idsOf(OTHER).sort((a, b) => a - b) }
  }
  return { pool, ...made, deps, seen, planned, split }
}

test('the device that was seen last is meant, and the others are in batches of their own', async () => {
  const { deviceIds, seen, planned, split } = await setup(2, 3)
  const [a1, a2, a3, b1, b2, b3] = deviceIds
  await Promise.all([seen(a1, 3), seen(a2, 1), seen(a3, 2), seen(b1, 1), seen(b2, 2), seen(b3, 3)])
  expect(await split(await planned())).toEqual({ meant: [a2, b1], others: [a1, a3, b2, b3] })
})

test('of two that were seen at the same instant it is the one with the greater id, and the audience has all of them', async () => {
  const { pool, deviceIds, planned, split } = await setup(1, 3)
  await pool.query('UPDATE devices SET last_seen_at = $1', [daysAgo(1)])
  const id = await planned()
  expect(await split(id)).toEqual({ meant: deviceIds.slice(2), others: deviceIds.slice(0, 2) })
  const { rows } = await pool.query('SELECT audience_size FROM campaigns')
  expect(rows).toEqual([{ audience_size: 3 }])
})

test('only devices that may be sent to count: not one that is gone, nor one outside of the audience', async () => {
  const { pool, deviceIds, seen, planned, split } = await setup(2, 2)
  const [a1, a2, b1, b2] = deviceIds
  await seen(a1, 5)
  await seen(b1, 5)
  await pool.query(`UPDATE devices SET state = 'gone' WHERE id = $1`, [a2])
  await pool.query(`UPDATE devices SET platform = 'ios' WHERE id = $1`, [b2])
  expect(await split(await planned({ audience: { filter: { platforms: ['android'] } } }))).toEqual({
    meant: [a1, b1],
    others: [],
  })
  expect(await split(await planned({ audience: { externalIds: ['m2'] } }))).toEqual({
    meant: [b2],
    others: [b1],
  })
})

test('which one it is is decided once, although others are seen while the rest is planned', async () => {
  const { pool, deviceIds, seen, planned, split } = await setup(1, 6, { batchSize: 1, pageBatches: 1 })
  for (const device of deviceIds) await seen(device, 9)
  await seen(deviceIds[3], 1)
  let pages = 0
  const id = await planned(
    {},
    { onPage: async () => void (await seen(deviceIds[[0, 5, 1, 4][pages++ % 4] as number], 0)) },
  )
  expect(await split(id)).toEqual({
    meant: [deviceIds[3]],
    others: deviceIds.filter((device) => device !== deviceIds[3]),
  })
  // A plan that is made again decides again.
  await pool.query('DELETE FROM batches')
  await pool.query(
    'UPDATE campaigns SET is_planned = false, plan_cursor = 0, frozen_through_id = NULL, planned_batches = 0',
  )
  for (const device of deviceIds) await seen(device, 9)
  await seen(deviceIds[1], 1)
  await planCampaign({ pool, batchSize: 1, pageBatches: 1, onPage: async () => {} }, id, NEVER)
  expect((await split(id)).meant).toEqual([deviceIds[1]])
})

/** Four devices, each on a page of its own; the second is another member's. `between`: after the first page. */
async function planInterrupted(
  prepare: (pool: Pool, deviceIds: readonly number[]) => Promise<unknown>,
  between: (pool: Pool, deviceIds: readonly number[]) => Promise<unknown>,
  columns: CampaignColumns = {},
) {
  const { pool, deviceIds, seen, planned, split } = await setup(1, 4, { batchSize: 1, pageBatches: 1 })
  for (const device of deviceIds) await seen(device, 9)
  const { memberIds } = await createDevices(pool, 1, { member: { attributes: { vip: true } } })
  await pool.query('DELETE FROM devices WHERE member_id = $1', [memberIds[0]])
  await pool.query('UPDATE devices SET member_id = $1 WHERE id = $2', [memberIds[0], deviceIds[1]])
  await prepare(pool, deviceIds)
  let pages = 0
  const onPage = async () => void (pages++ === 0 && (await between(pool, deviceIds)))
  const { meant, others } = await split(await planned(columns, { onPage }))
  const places = (ids: number[]) => ids.map((id) => deviceIds.indexOf(id) + 1).filter((place) => place > 0)
  return { meant: places(meant), others: places(others) }
}
const setState = (state: 'active' | 'gone', place: number) => (pool: Pool, deviceIds: readonly number[]) =>
  pool.query(`UPDATE devices SET state = $1::device_state, last_seen_at = now() WHERE id = $2`, [
    state,
    deviceIds[place - 1],
  ])

test('a device that comes back to life behind the plan does not keep the others of its member from the message', async () => {
  const gone = await planInterrupted(setState('gone', 1), setState('active', 1))
  expect(gone).toEqual({ meant: [2, 4], others: [3] })
})

test('nor does a member who comes into the audience while it is planned get nothing', async () => {
  const vip = await planInterrupted(
    async () => {},
    (pool) => pool.query(`UPDATE members SET attributes = '{"vip": true}' WHERE external_id = 'm1'`),
    { audience: { filter: { attributes: { vip: true } } } },
  )
  expect(vip).toEqual({ meant: [2, 4], others: [3] })
})

test('a device that comes to a member whose only one is planned already is not meant', async () => {
  const late = await planInterrupted(
    async (pool, deviceIds) => {
      await setState('gone', 3)(pool, deviceIds)
      await setState('gone', 4)(pool, deviceIds)
    },
    async (pool, deviceIds) => {
      await setState('active', 3)(pool, deviceIds)
      await setState('active', 4)(pool, deviceIds)
    },
  )
  expect(late).toEqual({ meant: [1, 2], others: [3, 4] })
})

test('one that is gone before its page comes leaves its place to another that is left', async () => {
  const other = await planInterrupted(
    (pool, deviceIds) => pool.query('UPDATE devices SET last_seen_at = now() WHERE id = $1', [deviceIds[3]]),
    setState('gone', 4),
  )
  expect(other).toEqual({ meant: [2, 3], others: [1] })
})

test('the others are recorded as such, and a device that changes hands gets nothing', async () => {
  const { pool, deviceIds, memberIds, seen, planned } = await setup(2, 2)
  const [a1, , b1] = deviceIds
  await seen(a1, 5)
  await seen(b1, 5)
  const id = await planned()
  await pool.query('UPDATE devices SET member_id = $1 WHERE id = $2', [memberIds[0], deviceIds[3]])
  const all: string[] = []
  for (const seq of [0, 1]) {
    all.push(...(await attemptWith(pool, id, () => ({ kind: 'sent', messageId: '1' }), { seq })).sent)
  }
  expect(all).toEqual(['token-m1-2'])
  const { deliveries } = await readDeliveries(pool, id, {}, 10)
  expect(deliveries.map(({ code }) => code)).toEqual(['other_device', 'ok', 'other_device', 'device_moved'])
})

test('at local times too, and the zones of an edit do not send to the others', async () => {
  const { pool, deviceIds, seen, planned, split } = await setup(2, 2)
  await seen(deviceIds[0], 5)
  await seen(deviceIds[2], 5)
  await pool.query(`UPDATE members SET timezone = 'Asia/Seoul' WHERE external_id = 'm1'`)
  const local = {
    local_at: '2099-12-24T20:00',
    late: 'skip',
    unknown_zone: 'default',
    default_zone: 'Europe/Berlin',
  } as const
  const id = await planned({ state: 'scheduled', ...local, local_since: new Date() })
  expect(await split(id)).toEqual({
    meant: [deviceIds[1], deviceIds[3]],
    others: [deviceIds[0], deviceIds[2]],
  })
  const { rows } = await pool.query('SELECT count(*) AS batches, count(send_at) AS times FROM batches')
  expect(rows).toEqual([{ batches: 4, times: 4 }])
  await pool.query(`UPDATE campaigns SET state = 'sending', started_at = now()`)
  await editZones(pool, id, { localAt: '2099-12-25T20:00' }, { version: 1, by: null, law: LAW })
  expect(await split(id)).toEqual({
    meant: [deviceIds[1], deviceIds[3]],
    others: [deviceIds[0], deviceIds[2]],
  })
  const { zones } = await readZones(pool, id)
  expect(zones.map(({ devices, code }) => [devices, code])).toEqual([
    [2, null],
    [2, null],
  ])
})

test('sent at once instead of at local times, it goes to those who were late, and still not to the others', async () => {
  const { pool, deviceIds, seen, planned, split } = await setup(2, 2)
  await seen(deviceIds[0], 5)
  await seen(deviceIds[2], 5)
  // Where m1 is, the time has passed: such members are left out.
  await pool.query(
    `UPDATE members SET timezone = CASE external_id WHEN 'm1' THEN 'Pacific/Kiritimati' ELSE 'Pacific/Pago_Pago' END`,
  )
  const id = await planned({
    ...{ state: 'scheduled', local_at: '2030-12-24T20:00', late: 'skip', unknown_zone: 'default' },
    ...{ default_zone: 'UTC', local_since: new Date('2030-12-24T12:00Z') },
  })
  const others = [deviceIds[0], deviceIds[2]]
  expect(await split(id)).toEqual({ meant: [deviceIds[3]], others })
  const codes = async () => (await readZones(pool, id)).zones.map(({ devices, code }) => [devices, code])
  expect(await codes()).toEqual([
    [2, null],
    [2, 'too_late'],
  ])
  const queue = { addBatchJobs: async () => {}, addPlanJob: async () => {} } as never
  const action = { pool, queue, log, watermark: 4, guard: noGuard }
  await sendCampaign(action, id, await seenVersion(pool, id))
  expect(await split(id)).toEqual({ meant: [deviceIds[1], deviceIds[3]], others })
})

test('a zone that an edit leaves out still has its others, and its devices are counted as those of one zone', async () => {
  const { pool, deviceIds, seen, planned, split } = await setup(2, 2)
  await seen(deviceIds[0], 5)
  await seen(deviceIds[2], 5)
  await pool.query(`UPDATE members SET timezone = 'Asia/Seoul' WHERE external_id = 'm1'`)
  const id = await planned({
    ...{ state: 'scheduled', local_at: '2099-12-24T20:00', late: 'skip', unknown_zone: 'default' },
    ...{ default_zone: 'Europe/Berlin', local_since: new Date() },
  })
  await pool.query(`UPDATE campaigns SET state = 'sending', started_at = now()`)
  await editZones(pool, id, { unknownZone: 'skip' }, { version: 1, by: null, law: LAW })
  const { zones } = await readZones(pool, id)
  expect(zones.map(({ devices, code }) => [devices, code])).toEqual([
    [2, null],
    [2, 'no_timezone'],
  ])
  expect(await split(id)).toEqual({ meant: [deviceIds[1]], others: [deviceIds[0], deviceIds[2]] })
})

test('a resend of what was canceled is for the same devices', async () => {
  const { deviceIds, seen, planned, split } = await setup(1, 3)
  await seen(deviceIds[2], 1)
  await seen(deviceIds[0], 2)
  await seen(deviceIds[1], 0)
  const first = await planned({ state: 'canceled' })
  await seen(deviceIds[0], -1)
  const again = await planned({ resend_of: first, resend_only: 'canceled', chain_id: first })
  expect(await split(again)).toEqual({ meant: [deviceIds[1]], others: [deviceIds[0], deviceIds[2]] })
})
