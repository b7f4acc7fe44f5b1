/** The plan of a campaign at each member's local time: who is in which batch, and when it leaves. */
import { describe, expect, test } from 'vitest'
import { DELIVERY_CODES } from '../../src/domain/delivery-result.ts'
import { planCampaign } from '../../src/planning/plan-campaign.ts'
import { createTestDatabase } from '../support/database.ts'
import { type CampaignColumns, createCampaign, createDevices } from '../support/factories.ts'

const NEVER = new AbortController().signal

interface PlannedBatch {
  seq: number
  through_id: number
  device_ids: number[]
  member_ids: number[] | null
  size: number
  state: string
  send_at: Date | null
  zones: string[] | null
  skip_code: number | null
}

async function setup({ batchSize = 10, pageBatches = 2 } = {}) {
  const { pool } = await createTestDatabase()
  let pages = 0
  const deps = { pool, batchSize, pageBatches, onPage: async () => void pages++ }
  const batches = async (id: string) => {
    const { rows } = await pool.query<PlannedBatch>(
      `SELECT seq, through_id, device_ids, member_ids, size, state, send_at, zones, skip_code FROM batches
       WHERE campaign_id = $1 ORDER BY seq`,
      [id],
    )
    return rows
  }
  const campaign = async (id: string) =>
    (await pool.query('SELECT * FROM campaigns WHERE id = $1', [id])).rows[0]
  /** A device in each of these zones, in turns. */
  const devicesIn = async (...zones: (string | null)[]) => {
    const ids: number[] = []
    for (const zone of zones) {
      const { deviceIds } = await createDevices(pool, 1, { member: zone === null ? {} : { timezone: zone } })
      ids.push(...deviceIds)
    }
    return ids
  }
  const local = (columns: CampaignColumns = {}) =>
    createCampaign(pool, {
      state: 'scheduled',
      scheduled_at: new Date('2030-12-24T06:00Z'),
      local_at: '2030-12-24T20:00',
      late: 'skip',
      unknown_zone: 'default',
      default_zone: 'UTC',
      local_since: new Date('2030-12-20T00:00Z'),
      ...columns,
    })
  const sentAt = async (id: string) =>
    new Map(
      (await batches(id)).flatMap(({ device_ids, send_at, skip_code }) =>
        device_ids.map((device) => [device, send_at?.toISOString().slice(0, 16) ?? skip_code]),
      ),
    )
  return { pool, deps, batches, campaign, devicesIn, local, sentAt, pages: () => pages }
}

describe('planCampaign at local times', () => {
  test('gives each batch one instant, and zones whose clocks show the same share it', async () => {
    const { deps, batches, campaign, devicesIn, local, sentAt } = await setup()
    const ids = await devicesIn(
      'Asia/Seoul',
      'America/New_York',
      'Asia/Tokyo',
      'Europe/Berlin',
      null,
      'Pacific/Kiritimati',
      'Etc/GMT+12',
      'Europe/Paris',
    )
    const id = await local()
    await planCampaign(deps, id, NEVER)
    expect([...(await sentAt(id))].sort(([a], [b]) => a - b)).toEqual([
      [ids[0], '2030-12-24T11:00'],
      [ids[1], '2030-12-25T01:00'],
      [ids[2], '2030-12-24T11:00'],
      [ids[3], '2030-12-24T19:00'],
      [ids[4], '2030-12-24T20:00'],
      [ids[5], '2030-12-24T06:00'],
      [ids[6], '2030-12-25T08:00'],
      [ids[7], '2030-12-24T19:00'],
    ])
    const planned = await batches(id)
    expect(planned.map(({ seq }) => seq)).toEqual(planned.map((_, index) => index))
    expect(planned.map(({ zones }) => zones)).toEqual(
      expect.arrayContaining([['Asia/Seoul', 'Asia/Tokyo'], ['Europe/Berlin', 'Europe/Paris'], ['']]),
    )
    expect(new Set(planned.map(({ through_id }) => through_id))).toEqual(new Set([ids[7]]))
    expect(await campaign(id)).toMatchObject({ audience_size: 8, planned_batches: 6, is_planned: true })
  })

  test('names that no zone has are zones that are not known; other names of a zone are that zone', async () => {
    const { deps, batches, devicesIn, local, sentAt } = await setup()
    const ids = await devicesIn('US/Pacific', 'Mars/Olympus', 'constructor', '__proto__', 'KST', "o'clock")
    const id = await local({ default_zone: 'Asia/Kathmandu' })
    await planCampaign(deps, id, NEVER)
    const unknown = '2030-12-24T14:15'
    expect([...(await sentAt(id))].sort(([a], [b]) => a - b).map(([, at]) => at)).toEqual([
      '2030-12-25T04:00',
      unknown,
      unknown,
      unknown,
      '2030-12-24T11:00',
      unknown,
    ])
    expect((await batches(id)).map(({ zones }) => zones).sort()).toEqual([
      [''],
      ['America/Los_Angeles'],
      ['Asia/Seoul'],
    ])
    expect(ids).toHaveLength(6)
  })

  test.each([
    ['skip', [DELIVERY_CODES.too_late.number, '2030-12-24T19:00']],
    ['now', ['2030-12-24T12:00', '2030-12-24T19:00']],
    ['next_day', ['2030-12-25T11:00', '2030-12-24T19:00']],
  ] as const)('a zone that was late when the time was set: %s', async (late, expected) => {
    const { deps, devicesIn, local, sentAt } = await setup()
    const ids = await devicesIn('Asia/Seoul', 'Europe/Berlin')
    const id = await local({ late, local_since: new Date('2030-12-24T12:00Z') })
    await planCampaign(deps, id, NEVER)
    const at = await sentAt(id)
    expect(ids.map((device) => at.get(device))).toEqual(expected)
  })

  test('members without a zone are left out if that was asked for', async () => {
    const { deps, batches, devicesIn, local } = await setup()
    const [, unknown] = await devicesIn('Asia/Seoul', null)
    const id = await local({ unknown_zone: 'skip' })
    await planCampaign(deps, id, NEVER)
    expect((await batches(id)).find(({ zones }) => zones?.[0] === '')).toMatchObject({
      device_ids: [unknown],
      send_at: null,
      skip_code: DELIVERY_CODES.no_timezone.number,
    })
  })

  test('page by page, through a restart and with two planners at once, nobody is left out or planned twice', async () => {
    const { deps, batches, campaign, devicesIn, local, pages } = await setup({ batchSize: 3, pageBatches: 2 })
    const zones = ['Asia/Seoul', 'Europe/Berlin', null, 'America/New_York', 'Asia/Tokyo']
    const ids = await devicesIn(...Array.from({ length: 33 }, (_, i) => zones[i % zones.length] ?? null))
    const id = await local()
    const first = new AbortController()
    await planCampaign({ ...deps, onPage: async () => first.abort() }, id, first.signal)
    expect((await campaign(id)).is_planned).toBe(false)
    await Promise.all([planCampaign(deps, id, NEVER), planCampaign(deps, id, NEVER)])

    const planned = await batches(id)
    expect(planned.flatMap(({ device_ids }) => device_ids).sort((a, b) => a - b)).toEqual(ids)
    expect(planned.map(({ seq }) => seq)).toEqual(planned.map((_, index) => index))
    expect(planned.every(({ size }) => size <= 3)).toBe(true)
    // What every query for the batch of a device builds on.
    const ends = planned.map(({ through_id }) => through_id)
    expect(ends).toEqual(ends.toSorted((a, b) => a - b))
    for (const { device_ids, through_id } of planned) {
      const before = ends.filter((end) => end < through_id).at(-1) ?? 0
      expect(device_ids.every((device) => device > before && device <= through_id)).toBe(true)
    }
    expect(await campaign(id)).toMatchObject({ audience_size: 33, is_planned: true })
    expect(pages()).toBeGreaterThan(3)
  })

  test('notes for whom each message is, also where zones take turns', async () => {
    const { pool, deps, batches, devicesIn, local } = await setup()
    await devicesIn('Asia/Seoul', 'Europe/Berlin', 'Asia/Seoul', 'Europe/Berlin')
    const id = await local({ audience: { filter: { platforms: ['android'] } } })
    await planCampaign(deps, id, NEVER)
    for (const { device_ids, member_ids } of await batches(id)) {
      const { rows } = await pool.query('SELECT member_id FROM devices WHERE id = ANY($1) ORDER BY id', [
        device_ids,
      ])
      expect(member_ids).toEqual(rows.map((row) => row.member_id))
    }
  })

  test('once planned, it starts at the first instant of its own devices, and not of the world', async () => {
    const { deps, campaign, devicesIn, local } = await setup()
    await devicesIn('Europe/Berlin', 'Asia/Seoul')
    const id = await local()
    await planCampaign(deps, id, NEVER)
    expect((await campaign(id)).scheduled_at).toEqual(new Date('2030-12-24T11:00Z'))
  })

  test('with one device, or with nobody to send to, the plan is complete', async () => {
    const { deps, campaign, devicesIn, local } = await setup()
    const empty = await local()
    expect(await planCampaign(deps, empty, NEVER)).toBe(true)
    expect(await campaign(empty)).toMatchObject({
      is_planned: true,
      audience_size: 0,
      scheduled_at: new Date('2030-12-24T06:00Z'),
    })
    await devicesIn(null)
    const one = await local()
    expect(await planCampaign(deps, one, NEVER)).toBe(true)
    expect(await campaign(one)).toMatchObject({ audience_size: 1, planned_batches: 1 })
  })

  test('canceled before its end, the rest is planned as canceled', async () => {
    const { deps, batches, devicesIn, local } = await setup()
    await devicesIn('Europe/Berlin', 'Asia/Seoul')
    const id = await local({ state: 'canceled' })
    await planCampaign(deps, id, NEVER)
    expect((await batches(id)).map(({ state }) => state)).toEqual(['canceled', 'canceled'])
  })

  test('who moves to another zone after the plan keeps the planned instant', async () => {
    const { pool, deps, devicesIn, local, sentAt } = await setup()
    const ids = await devicesIn('Asia/Seoul')
    const id = await local()
    await planCampaign(deps, id, NEVER)
    await pool.query(`UPDATE members SET timezone = 'Europe/Berlin'`)
    await planCampaign(deps, id, NEVER)
    expect((await sentAt(id)).get(ids[0] as number)).toBe('2030-12-24T11:00')
  })
})
