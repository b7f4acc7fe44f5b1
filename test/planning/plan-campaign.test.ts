import { describe, expect, test } from 'vitest'
import type { Audience } from '../../src/domain/campaign.ts'
import { planCampaign } from '../../src/planning/plan-campaign.ts'
import { createTestDatabase } from '../support/database.ts'
import { createCampaign, createDevices, createShop } from '../support/factories.ts'

const NEVER = new AbortController().signal

async function setup({ batchSize = 10, pageBatches = 2 } = {}) {
  const { pool } = await createTestDatabase()
  let pages = 0
  const deps = { pool, batchSize, pageBatches, onPage: async () => void pages++ }
  const batches = async (campaignId: string) => {
    const { rows } = await pool.query<{
      seq: number
      device_ids: number[]
      size: number
      state: string
      canceled: number
    }>('SELECT seq, device_ids, size, state, canceled FROM batches WHERE campaign_id = $1 ORDER BY seq', [
      campaignId,
    ])
    return rows
  }
  const campaign = async (campaignId: string) => {
    const { rows } = await pool.query('SELECT * FROM campaigns WHERE id = $1', [campaignId])
    return rows[0]
  }
  return { pool, deps, batches, campaign, pages: () => pages }
}

describe('planCampaign', () => {
  test('puts every active device into exactly one batch of at most the batch size', async () => {
    const { pool, deps, batches, campaign, pages } = await setup()
    const { deviceIds } = await createDevices(pool, 45)
    const id = await createCampaign(pool, { state: 'sending' })

    expect(await planCampaign(deps, id, NEVER)).toBe(true)

    const planned = await batches(id)
    expect(planned.flatMap((batch) => batch.device_ids)).toEqual(deviceIds)
    expect(planned.map((batch) => batch.size)).toEqual([10, 10, 10, 10, 5])
    expect(planned.map((batch) => batch.seq)).toEqual([0, 1, 2, 3, 4])
    expect(await campaign(id)).toMatchObject({ audience_size: 45, planned_batches: 5, is_planned: true })
    expect(pages()).toBe(3)
  })

  test.each([
    ['names members', { externalIds: ['m1', 'm2', 'm3'] }, true],
    ['filters them', { filter: { platforms: ['android'] } }, true],
    ['is everybody', { all: true }, false],
  ] as const)('an audience that %s notes for whom each message is: %o → %s', async (_, audience, isNoted) => {
    const { pool, deps } = await setup({ batchSize: 2 })
    const { memberIds } = await createDevices(pool, 3)
    const id = await createCampaign(pool, { state: 'sending', audience: audience as Audience })
    await planCampaign(deps, id, NEVER)
    const { rows } = await pool.query('SELECT member_ids FROM batches WHERE campaign_id = $1 ORDER BY seq', [
      id,
    ])
    expect(rows.map((row) => row.member_ids)).toEqual(
      isNoted ? [memberIds.slice(0, 2), memberIds.slice(2)] : [null, null],
    )
  })

  test('takes neither devices that sign up while it walks nor those that are gone', async () => {
    const { pool, deps, batches } = await setup()
    const early = await createDevices(pool, 30)
    await createDevices(pool, 5, { state: 'gone' })
    const id = await createCampaign(pool, { state: 'sending' })
    const stopAfterFirst = new AbortController()

    await planCampaign({ ...deps, onPage: async () => stopAfterFirst.abort() }, id, stopAfterFirst.signal)
    await createDevices(pool, 20)
    await planCampaign(deps, id, NEVER)

    expect((await batches(id)).flatMap((batch) => batch.device_ids)).toEqual(early.deviceIds)
  })

  test('keeps who was planned when devices are deleted or change afterwards', async () => {
    const { pool, deps, batches } = await setup()
    const { deviceIds } = await createDevices(pool, 12)
    const id = await createCampaign(pool, { state: 'sending' })
    await planCampaign(deps, id, NEVER)
    await pool.query('DELETE FROM devices WHERE id = $1', [deviceIds[3]])
    expect((await batches(id)).flatMap((batch) => batch.device_ids)).toEqual(deviceIds)
  })

  test('goes on where a planner died, and two at once plan nobody twice', async () => {
    const { pool, deps, batches, campaign } = await setup()
    const { deviceIds } = await createDevices(pool, 200)
    const id = await createCampaign(pool, { state: 'sending' })

    const both = await Promise.all([planCampaign(deps, id, NEVER), planCampaign(deps, id, NEVER)])

    expect(both).toContain(true)
    expect((await batches(id)).flatMap((batch) => batch.device_ids)).toEqual(deviceIds)
    expect(await campaign(id)).toMatchObject({ audience_size: 200, planned_batches: 20 })
  })

  test('plans the rest of a campaign that is canceled meanwhile into canceled batches', async () => {
    const { pool, deps, batches, campaign } = await setup()
    await createDevices(pool, 45)
    const id = await createCampaign(pool, { state: 'sending' })
    const cancelAfterFirst = {
      ...deps,
      onPage: () => pool.query(`UPDATE campaigns SET state = 'canceled' WHERE id = $1`, [id]),
    }
    await planCampaign(cancelAfterFirst, id, NEVER)
    const planned = await batches(id)
    expect(planned.map((batch) => batch.state)).toEqual([
      'planned',
      'planned',
      'canceled',
      'canceled',
      'canceled',
    ])
    expect(planned.map((batch) => batch.canceled)).toEqual([0, 0, 10, 10, 5])
    expect(await campaign(id)).toMatchObject({ audience_size: 45, is_planned: true })
  })

  test('ends a plan whose audience is a multiple of the page', async () => {
    const { pool, deps, batches, campaign } = await setup()
    await createDevices(pool, 40)
    const id = await createCampaign(pool, { state: 'sending' })
    expect(await planCampaign(deps, id, NEVER)).toBe(true)
    expect(await batches(id)).toHaveLength(4)
    expect(await campaign(id)).toMatchObject({ is_planned: true, audience_size: 40 })
  })

  test.each([
    ['everybody', { all: true }],
    ['named members', { externalIds: ['m1', 'm2', 'm3'] }],
    ['a filter', { filter: { platforms: ['android'] } }],
  ] as const)('takes the devices of its project alone when the audience is %s', async (_, audience) => {
    const { pool, deps, batches } = await setup()
    const { deviceIds } = await createDevices(pool, 3)
    const shopIds = await createShop(pool)
    for (const [project_id, expected] of [
      [1, deviceIds],
      [2, shopIds],
    ] as const) {
      const id = await createCampaign(pool, { state: 'sending', audience: audience as Audience, project_id })
      await planCampaign(deps, id, NEVER)
      expect((await batches(id)).flatMap((batch) => batch.device_ids)).toEqual(expected)
    }
  })

  test('asks the members when the audience names them', async () => {
    const { pool, deps, batches } = await setup()
    const { deviceIds } = await createDevices(pool, 9, { perMember: 2 })
    const id = await createCampaign(pool, {
      state: 'sending',
      audience: { externalIds: ['m2', 'm5', 'nobody'] },
    })
    await planCampaign(deps, id, NEVER)
    expect((await batches(id)).flatMap((batch) => batch.device_ids)).toEqual([
      deviceIds[2],
      deviceIds[3],
      deviceIds[8],
      deviceIds[9],
    ])
  })

  test.each([
    ['named members', { externalIds: ['m2', 'm5', 'm6'] }],
    ['a filter', { filter: { platforms: ['android'] } }],
    ['everybody', { all: true }],
  ] as const)('looks at devices and not at ids when the audience is %s', async (_, audience) => {
    const { pool, deps, batches, pages } = await setup()
    const early = await createDevices(pool, 3)
    // As with ten million devices in between, of which the audience has none.
    await pool.query("SELECT setval('devices_id_seq', 10000000)")
    const late = await createDevices(pool, 3)
    const id = await createCampaign(pool, { state: 'sending', audience: audience as unknown as Audience })
    expect(await planCampaign(deps, id, NEVER)).toBe(true)
    const all = [...early.deviceIds, ...late.deviceIds]
    const expected = 'externalIds' in audience ? all.filter((_, index) => [1, 4, 5].includes(index)) : all
    expect((await batches(id)).flatMap((batch) => batch.device_ids)).toEqual(expected)
    expect(pages()).toBe(1)
  })

  test.each(['draft', 'finished'] as const)('leaves a campaign that is %s alone', async (state) => {
    const { pool, deps, batches } = await setup()
    await createDevices(pool, 3)
    const id = await createCampaign(pool, { state })
    expect(await planCampaign(deps, id, NEVER)).toBe(false)
    expect(await batches(id)).toEqual([])
  })

  test('makes the partition its deliveries will need', async () => {
    const { pool, deps } = await setup()
    const id = `${Date.UTC(2031, 4, 20)
      .toString(16)
      .padStart(12, '0')
      .replace(/^(.{8})/, '$1-')}-7000-8000-000000000000`
    await createCampaign(pool, { id, state: 'sending' })
    await planCampaign(deps, id, NEVER)
    const { rows } = await pool.query(`SELECT to_regclass('deliveries_2031_05')::text AS name`)
    expect(rows[0].name).toBe('deliveries_2031_05')
  })
})
