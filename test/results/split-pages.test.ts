/** Whatever looks for the batch of a device, in a campaign whose batches lie across each other: one at local times. */
import { expect, test } from 'vitest'
import { cancelBatches } from '../../src/campaigns/cancel-batches.ts'
import { planCampaign } from '../../src/planning/plan-campaign.ts'
import { readAttempts } from '../../src/results/read-attempts.ts'
import { readDeliveries } from '../../src/results/read-deliveries.ts'
import { readNamedDeliveries } from '../../src/results/read-named-deliveries.ts'
import { createTestDatabase } from '../support/database.ts'
import { createCampaign, createDevices } from '../support/factories.ts'

const NEVER = new AbortController().signal
const ZONES = ['Asia/Seoul', 'Europe/Berlin', 'America/New_York', undefined]

/**
 * 30 devices in four zones, planned by pages of six in batches of two, then canceled with results for the first and every fifth
 * device: sent, failed, sent, …
 */
async function setup() {
  const { pool } = await createTestDatabase()
  const deviceIds: number[] = []
  const memberIds: number[] = []
  for (let i = 0; i < 30; i++) {
    const zone = ZONES[i % ZONES.length]
    const made = await createDevices(pool, 1, { member: zone === undefined ? {} : { timezone: zone } })
    deviceIds.push(...made.deviceIds)
    memberIds.push(...made.memberIds)
  }
  const id = await createCampaign(pool, {
    state: 'sending',
    audience: { filter: { platforms: ['android'] } },
    local_at: '2030-12-24T20:00',
    late: 'skip',
    unknown_zone: 'default',
    default_zone: 'UTC',
    local_since: new Date(),
  })
  await planCampaign({ pool, batchSize: 2, pageBatches: 3, onPage: async () => {} }, id, NEVER)
  const { rows } = await pool.query(
    `SELECT count(*)::int AS batches, count(DISTINCT through_id)::int AS pages FROM batches`,
  )
  expect(rows).toEqual([{ batches: 20, pages: 5 }])
  const recorded = deviceIds.filter((_, i) => i % 5 === 0)
  for (const [i, device] of recorded.entries()) {
    await pool.query(
      `INSERT INTO deliveries (campaign_id, device_id, state, code, attempt) VALUES ($1, $2, $3, $4, 1)`,
      [id, device, ...(i % 2 === 0 ? [1, 0] : [2, 8])],
    )
  }
  await pool.query(`UPDATE batches SET attempt = 1 WHERE campaign_id = $1`, [id])
  await pool.query(`UPDATE campaigns SET state = 'canceled', closed_at = now() WHERE id = $1`, [id])
  await cancelBatches(pool, id)
  const canceled = deviceIds.filter((device) => !recorded.includes(device))
  return { pool, id, deviceIds, memberIds, recorded, canceled }
}

test('the lists of canceled and of all devices have each once, whatever the size of a page', async () => {
  const { pool, id, deviceIds, canceled } = await setup()
  const listed = async (filter: { state?: 'canceled' }, limit: number) => {
    const found: number[] = []
    for (let after: Parameters<typeof readDeliveries>[4]; ; ) {
      const { deliveries, next } = await readDeliveries(pool, id, filter, limit, after)
      found.push(...deliveries.map(({ deviceId }) => Number(deviceId)))
      if (next === undefined) return found.sort((a, b) => a - b)
      after = next
    }
  }
  for (const limit of [1, 2, 7, 100]) {
    expect(await listed({ state: 'canceled' }, limit)).toEqual(canceled)
    expect(await listed({}, limit)).toEqual(deviceIds)
  }
})

test('the result of a named member is found, in whichever batch it is', async () => {
  const { pool, id, deviceIds, recorded } = await setup()
  for (const [i, device] of deviceIds.entries()) {
    const { deliveries } = await readNamedDeliveries(pool, id, { member: `m${i + 1}` }, 10, 0)
    const expected = recorded.includes(device)
      ? recorded.indexOf(device) % 2 === 0
        ? 'sent'
        : 'failed'
      : 'canceled'
    expect(deliveries.map(({ deviceId, state }) => [deviceId, state])).toEqual([[String(device), expected]])
  }
})

test('the attempts of a device are found, and of none that is not in the audience', async () => {
  const { pool, id, deviceIds, recorded } = await setup()
  for (const device of deviceIds) {
    const attempts = await readAttempts(pool, id, device)
    expect(attempts.map(({ state }) => state === 'canceled')).toEqual([!recorded.includes(device)])
  }
  const { deviceIds: others } = await createDevices(pool, 1)
  expect(await readAttempts(pool, id, others[0] as number)).toEqual([])
})

test('a resend has each device once, for the member it was for, whatever the sizes of batches and pages', async () => {
  const { pool, id, deviceIds, memberIds, recorded, canceled } = await setup()
  const expected = { canceled, failed: recorded.filter((_, i) => i % 2 === 1) }
  for (const only of ['canceled', 'failed'] as const) {
    for (const [batchSize, pageBatches] of [
      [1, 1],
      [2, 3],
      [500, 50],
    ] as const) {
      const resend = await createCampaign(pool, {
        state: 'sending',
        resend_of: id,
        resend_only: only,
        chain_id: id,
      })
      await planCampaign({ pool, batchSize, pageBatches, onPage: async () => {} }, resend, NEVER)
      const { rows } = await pool.query<{ device_ids: number[]; member_ids: number[] }>(
        'SELECT device_ids, member_ids FROM batches WHERE campaign_id = $1 ORDER BY seq',
        [resend],
      )
      expect(rows.flatMap(({ device_ids }) => device_ids)).toEqual(expected[only])
      expect(rows.flatMap(({ member_ids }) => member_ids)).toEqual(
        expected[only].map((device) => memberIds[deviceIds.indexOf(device)]),
      )
      await pool.query('DELETE FROM campaigns WHERE id = $1', [resend])
    }
  }
})
