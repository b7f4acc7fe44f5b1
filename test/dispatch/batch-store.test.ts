import { describe, expect, test } from 'vitest'
import {
  claimBatch,
  endAttempt,
  loadDevices,
  markLaunched,
  renewLeases,
} from '../../src/dispatch/batch-store.ts'
import { createTestDatabase } from '../support/database.ts'
import {
  type BatchColumns,
  createBatches,
  createCampaign,
  createDevices,
  createShop,
} from '../support/factories.ts'

async function setup(columns: BatchColumns = {}, state: 'sending' | 'paused' = 'sending') {
  const { pool } = await createTestDatabase()
  const { deviceIds } = await createDevices(pool, 6)
  const campaignId = await createCampaign(pool, { state })
  await createBatches(pool, campaignId, deviceIds, { state: 'queued', ...columns })
  const claim = () => claimBatch(pool, { campaignId, seq: 0, turn: 1 }, 30_000)
  const batch = async () => (await pool.query('SELECT * FROM batches')).rows[0]
  const deliver = (id: number, state = 1) =>
    pool.query(
      'INSERT INTO deliveries (campaign_id, device_id, state, code, attempt) VALUES ($1, $2, $3, 0, 1)',
      [campaignId, id, state],
    )
  const back = { delayMs: 0, isSpent: true, restartsAge: false }
  return { pool, deviceIds, campaignId, claim, batch, deliver, back }
}

async function claimed(claim: () => ReturnType<typeof claimBatch>) {
  const mine = await claim()
  if (mine === null) throw new Error('the batch could not be claimed')
  return mine
}

describe('claiming a batch', () => {
  test('two dispatchers: one gets it', async () => {
    const { claim } = await setup()
    const both = await Promise.all([claim(), claim()])
    expect(both.filter((one) => one !== null)).toHaveLength(1)
  })

  test.each(['planned', 'sending', 'done', 'canceled'] as const)(
    'one that is %s is nobody’s to claim',
    async (state) => {
      const { claim } = await setup({ state })
      expect(await claim()).toBeNull()
    },
  )

  test('one of a paused campaign is nobody’s to claim', async () => {
    const { claim } = await setup({}, 'paused')
    expect(await claim()).toBeNull()
  })

  test('the attempt only grows, and those released do not count as spent', async () => {
    const { claim } = await setup({ attempt: 5, released: 3 })
    expect(await claim()).toMatchObject({ attempt: 6, spent: 3 })
  })
})

describe('loading the devices of a batch', () => {
  test('leaves out those that have a result, and says what is true of the others now', async () => {
    const { pool, deviceIds, claim, deliver } = await setup()
    const mine = await claimed(claim)
    await deliver(deviceIds[0] as number)
    await pool.query('DELETE FROM devices WHERE id = $1', [deviceIds[1]])
    await pool.query(`UPDATE devices SET state = 'gone' WHERE id = $1`, [deviceIds[2]])
    await pool.query(
      'UPDATE members SET opted_out_at = now() WHERE id = (SELECT member_id FROM devices WHERE id = $1)',
      [deviceIds[3]],
    )
    expect(await loadDevices(pool, mine)).toEqual([
      { id: deviceIds[1], position: 2, token: null, platform: null, isGone: false, isOptedOut: false },
      {
        id: deviceIds[2],
        position: 3,
        token: 'token-m3-1',
        platform: 'android',
        isGone: true,
        isOptedOut: false,
      },
      {
        id: deviceIds[3],
        position: 4,
        token: 'token-m4-1',
        platform: 'android',
        isGone: false,
        isOptedOut: true,
      },
      {
        id: deviceIds[4],
        position: 5,
        token: 'token-m5-1',
        platform: 'android',
        isGone: false,
        isOptedOut: false,
      },
      {
        id: deviceIds[5],
        position: 6,
        token: 'token-m6-1',
        platform: 'android',
        isGone: false,
        isOptedOut: false,
      },
    ])
  })
  test('gives no token of a device that has moved to another project since', async () => {
    const { pool, deviceIds, claim } = await setup()
    const mine = await claimed(claim)
    expect(mine.projectId).toBe(1)
    await createShop(pool)
    await pool.query('DELETE FROM devices WHERE project_id = 2')
    await pool.query('UPDATE devices SET project_id = 2 WHERE id = $1', [deviceIds[2]])
    const tokens = (await loadDevices(pool, mine)).map(({ token }) => token)
    expect(tokens).toEqual([
      ...['token-m1-1', 'token-m2-1', null],
      ...['token-m4-1', 'token-m5-1', 'token-m6-1'],
    ])
  })
})

describe('ending an attempt', () => {
  test('with devices left, plans the batch again and spends the attempt', async () => {
    const { pool, deviceIds, claim, batch, deliver, back } = await setup()
    const mine = await claimed(claim)
    await deliver(deviceIds[0] as number)
    expect(await endAttempt(pool, mine, { ...back, delayMs: 60_000 })).toBe('planned')
    const after = await batch()
    expect(after).toMatchObject({ sent: 1, lease_until: null, attempt: 1, released: 0 })
    expect(after.not_before.getTime()).toBeGreaterThan(Date.now() + 50_000)
  })

  test('released, the attempt is not spent', async () => {
    const { pool, claim, batch, back } = await setup()
    await endAttempt(pool, await claimed(claim), { ...back, isSpent: false, restartsAge: true })
    expect(await batch()).toMatchObject({ attempt: 1, released: 1, first_claimed_at: null })
  })

  test('counts from the rows, not from what was added up', async () => {
    const { pool, deviceIds, claim, batch, deliver, back } = await setup()
    const mine = await claimed(claim)
    for (const [index, id] of deviceIds.entries()) await deliver(id, (index % 4) + 1)
    await pool.query('UPDATE batches SET sent = 99, failed = 99')
    expect(await endAttempt(pool, mine, back)).toBe('done')
    expect(await batch()).toMatchObject({ sent: 2, failed: 2, skipped: 1, in_doubt: 1, canceled: 0 })
  })

  test('of a canceled campaign, cancels those that are left and counts them', async () => {
    const { pool, deviceIds, claim, batch, deliver, back } = await setup()
    const mine = await claimed(claim)
    await deliver(deviceIds[0] as number)
    await pool.query(`UPDATE campaigns SET state = 'canceled'`)
    expect(await endAttempt(pool, mine, back)).toBe('canceled')
    expect(await batch()).toMatchObject({ sent: 1, canceled: 5 })
  })

  test('by a fenced owner changes nothing', async () => {
    const { pool, claim, batch, back } = await setup()
    const first = await claimed(claim)
    await pool.query(`UPDATE batches SET state = 'queued'`)
    await claimed(claim)
    const before = await batch()
    expect(await endAttempt(pool, first, back)).toBeNull()
    expect(await markLaunched(pool, first, 3)).toBe(false)
    expect(await renewLeases(pool, [first], 1_000)).toEqual([])
    expect(await batch()).toEqual(before)
  })
})
