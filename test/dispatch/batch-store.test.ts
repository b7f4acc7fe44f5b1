import { describe, expect, test } from 'vitest'
import { cancelBatches } from '../../src/campaigns/cancel-batches.ts'
import {
  abandonBatch,
  claimBatch,
  endAttempt,
  loadDevices,
  markLaunched,
  type Release,
} from '../../src/dispatch/batch-store.ts'
import { claimAs, createOwner, PASS_ENDED } from '../support/claims.ts'
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
  const claim = () => claimAs(pool, campaignId)
  const batch = async () => (await pool.query('SELECT * FROM batches')).rows[0]
  const deliver = (id: number, state = 1) =>
    pool.query(
      'INSERT INTO deliveries (campaign_id, device_id, state, code, attempt) VALUES ($1, $2, $3, 0, 1)',
      [campaignId, id, state],
    )
  return { pool, deviceIds, campaignId, claim, batch, deliver }
}

async function claimed(claim: () => ReturnType<typeof claimAs>) {
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

  test('the attempt only grows, and only passes that have ended are spent', async () => {
    const { claim } = await setup({ attempt: 5, spent: 3 })
    expect(await claim()).toMatchObject({ attempt: 6, spent: 3 })
  })

  test('an owner that was declared dead claims nothing: its batches would be taken back at once', async () => {
    const { pool, campaignId, batch } = await setup()
    const owner = await createOwner(pool)
    await pool.query('DELETE FROM batch_owners')
    expect(await claimBatch(pool, { campaignId, seq: 0, turn: 1 }, owner)).toBeNull()
    expect(await batch()).toMatchObject({ state: 'queued', attempt: 0 })
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
    expect(await loadDevices(pool, mine)).toMatchObject([
      { id: deviceIds[1], position: 2, address: null, platform: null },
      { id: deviceIds[2], position: 3, address: 'token-m3-1', platform: 'android', isGone: true },
      { id: deviceIds[3], position: 4, address: 'token-m4-1', isGone: false, isOptedOut: true },
      { id: deviceIds[4], position: 5, address: 'token-m5-1', isGone: false, isOptedOut: false },
      { id: deviceIds[5], position: 6, address: 'token-m6-1', isGone: false, isOptedOut: false },
    ])
  })

  test('says which this pass has sent to, and which may have been in flight', async () => {
    const { pool, claim } = await setup({ passed: [2, 3], launched: [3, 5] })
    const devices = await loadDevices(pool, await claimed(claim))
    expect(devices.filter(({ wasPassed }) => wasPassed).map(({ position }) => position)).toEqual([2, 3])
    expect(devices.filter(({ wasLaunched }) => wasLaunched).map(({ position }) => position)).toEqual([3, 5])
  })

  test('says which belong to another member than when the audience was frozen', async () => {
    const { pool, deviceIds, campaignId, claim } = await setup()
    const { rows } = await pool.query('SELECT member_id FROM devices ORDER BY id')
    await pool.query('UPDATE batches SET member_ids = $2 WHERE campaign_id = $1', [
      campaignId,
      rows.map(({ member_id }) => member_id),
    ])
    await pool.query('UPDATE devices SET member_id = $2 WHERE id = $1', [deviceIds[1], rows[4].member_id])
    const devices = await loadDevices(pool, await claimed(claim))
    expect(devices.map(({ hasMoved }) => hasMoved)).toEqual([false, true, false, false, false, false])
  })

  test('gives no token of a device that has moved to another project since', async () => {
    const { pool, deviceIds, claim } = await setup()
    const mine = await claimed(claim)
    expect(mine.projectId).toBe(1)
    await createShop(pool)
    await pool.query('DELETE FROM devices WHERE project_id = 2')
    await pool.query('UPDATE devices SET project_id = 2 WHERE id = $1', [deviceIds[2]])
    const addresses = (await loadDevices(pool, mine)).map(({ address }) => address)
    expect(addresses).toEqual([
      ...['token-m1-1', 'token-m2-1', null],
      ...['token-m4-1', 'token-m5-1', 'token-m6-1'],
    ])
  })
})

describe('ending an attempt', () => {
  test('with devices left, plans the batch again and spends the pass', async () => {
    const { pool, deviceIds, claim, batch, deliver } = await setup({ passed: [2] })
    const mine = await claimed(claim)
    await deliver(deviceIds[0] as number)
    expect(await endAttempt(pool, mine, { ...PASS_ENDED, backOffMs: 60_000 })).toBe('planned')
    const after = await batch()
    expect(after).toMatchObject({ sent: 1, owner: null, attempt: 1, spent: 1, passed: [], retry_at: null })
    expect(after.not_before.getTime()).toBeGreaterThan(Date.now() + 50_000)
  })

  test('keeps apart what was recorded before and after a wait, for the plot', async () => {
    const { pool, campaignId, deviceIds, claim, batch } = await setup()
    const deliverAt = (place: number, second: number) =>
      pool.query(
        `INSERT INTO deliveries (campaign_id, device_id, state, code, attempt, sent_at)
         VALUES ($1, $2, 1, 0, 1, timestamptz '2026-01-01 00:00Z' + make_interval(secs => $3))`,
        [campaignId, deviceIds[place], second],
      )
    const end = async () => {
      await pool.query(`UPDATE batches SET state = 'queued' WHERE state = 'planned'`)
      await endAttempt(pool, await claimed(claim), PASS_ENDED)
      const { earlier_results: earlier, again_at: again } = await batch()
      return [
        earlier?.map(({ from, to, sent }: { from: string; to: string; sent: number }) => [
          new Date(from).getUTCSeconds(),
          new Date(to).getUTCSeconds(),
          sent,
        ]) ?? null,
        again?.getUTCSeconds() ?? null,
      ]
    }
    expect(await end(), 'nothing was recorded').toEqual([null, null])
    await deliverAt(0, 1)
    await deliverAt(1, 2)
    expect(await end()).toEqual([[[1, 2, 2]], null])
    expect(await end(), 'nothing new').toEqual([[[1, 2, 2]], null])
    await deliverAt(2, 3)
    expect(await end(), 'a second later it is the same stretch').toEqual([[[1, 3, 3]], null])
    await deliverAt(3, 30)
    expect(await end()).toEqual([
      [
        [1, 3, 3],
        [30, 30, 4],
      ],
      null,
    ])
    await deliverAt(4, 50)
    await deliverAt(5, 55)
    expect(await end(), 'done: the last stretch begins at its first result').toEqual([
      [
        [1, 3, 3],
        [30, 30, 4],
      ],
      50,
    ])
    const { sent, first_result_at: first } = await batch()
    expect([sent, first.getUTCSeconds()]).toEqual([6, 1])
  })

  test('notes so many stretches at most; then the last one grows', async () => {
    const stretch = { from: '2026-01-01T00:00:00Z', to: '2026-01-01T00:00:01Z', sent: 0 }
    const earlier = JSON.stringify(Array.from({ length: 12 }, () => stretch))
    const { pool, deviceIds, claim, batch, deliver } = await setup({ earlier_results: earlier })
    await deliver(deviceIds[0] as number)
    await endAttempt(pool, await claimed(claim), PASS_ENDED)
    expect((await batch()).earlier_results).toHaveLength(12)
    expect((await batch()).earlier_results.at(-1)).toMatchObject({ from: stretch.from, sent: 1 })
  })

  test('before the pass has ended, nothing is spent and those it has sent to are noted', async () => {
    const { pool, claim, batch } = await setup()
    await endAttempt(pool, await claimed(claim), {
      ...PASS_ENDED,
      endsPass: false,
      passed: [1, 4],
      restartsAge: true,
    })
    expect(await batch()).toMatchObject({ attempt: 1, spent: 0, passed: [1, 4], first_claimed_at: null })
  })

  test('stopped before the end of the pass, it goes first until that end if it has just sent something', async () => {
    const { pool, deviceIds, claim, deliver, batch } = await setup()
    const stopped = { ...PASS_ENDED, endsPass: false, isCutOff: true }
    const sent = { ...stopped, firstSentAt: '2026-01-01', lastSentAt: '2026-01-01' }
    const end = async (release: Release) => {
      await pool.query(`UPDATE batches SET state = 'queued' WHERE state = 'planned'`)
      await endAttempt(pool, await claimed(claim), release)
      return (await batch()).precedence
    }
    await deliver(deviceIds[0] as number)
    expect(await end(stopped), 'of an earlier attempt').toBe(0)
    expect(await end(sent)).toBe(1)
    expect(await end(stopped), 'it waits for its rate limit once more').toBe(1)
    expect(await end(PASS_ENDED)).toBe(0)
    await pool.query('UPDATE batches SET precedence = 2')
    expect(await end(stopped), 'its dispatcher lives').toBe(1)
  })

  test('of a campaign with a rate of its own it goes first no time: all of its attempts are cut off', async () => {
    const { pool, deviceIds, claim, deliver, batch } = await setup()
    await pool.query('UPDATE campaigns SET rate_per_minute = 60')
    const mine = await claimed(claim)
    await deliver(deviceIds[0] as number)
    const cutOff = { ...PASS_ENDED, endsPass: false, isCutOff: true, firstSentAt: '2026-01-01' }
    await endAttempt(pool, mine, cutOff)
    expect(await batch()).toMatchObject({ state: 'planned', precedence: 0 })
  })

  test('by an owner that has not looked at its devices keeps what it did not know', async () => {
    const { pool, claim, batch } = await setup({ passed: [2, 5], launched: [3] })
    const back = { ...PASS_ENDED, endsPass: false, passed: [], hasLooked: false }
    await endAttempt(pool, await claimed(claim), back)
    expect(await batch()).toMatchObject({ state: 'planned', passed: [2, 5], launched: [3] })
  })

  test('what FCM asked for in one attempt of a pass is kept until the next pass', async () => {
    const { pool, claim, batch } = await setup()
    await endAttempt(pool, await claimed(claim), {
      ...PASS_ENDED,
      endsPass: false,
      passed: [1],
      backOffMs: 600_000,
    })
    const { not_before, retry_at } = await batch()
    expect(not_before.getTime(), 'the others need not wait').toBeLessThan(Date.now() + 1_000)
    expect(retry_at.getTime()).toBeGreaterThan(Date.now() + 500_000)
    await pool.query(`UPDATE batches SET state = 'queued'`)
    await endAttempt(pool, await claimed(claim), { ...PASS_ENDED, backOffMs: 10_000 })
    expect(await batch()).toMatchObject({ not_before: retry_at, retry_at: null, spent: 1 })
  })

  test('counts from the rows, not from what was added up', async () => {
    const { pool, deviceIds, claim, batch, deliver } = await setup()
    const mine = await claimed(claim)
    for (const [index, id] of deviceIds.entries()) await deliver(id, (index % 4) + 1)
    await pool.query('UPDATE batches SET sent = 99, failed = 99')
    expect(await endAttempt(pool, mine, PASS_ENDED)).toBe('done')
    expect(await batch()).toMatchObject({
      sent: 2,
      failed: 2,
      skipped: 1,
      in_doubt: 1,
      canceled: 0,
      spent: 0,
    })
  })

  test('of a canceled campaign, cancels those that are left and counts them', async () => {
    const { pool, deviceIds, claim, batch, deliver } = await setup()
    const mine = await claimed(claim)
    await deliver(deviceIds[0] as number)
    await pool.query(`UPDATE campaigns SET state = 'canceled'`)
    expect(await endAttempt(pool, mine, PASS_ENDED)).toBe('canceled')
    expect(await batch()).toMatchObject({ sent: 1, canceled: 5 })
  })

  test('of a canceled campaign, cancels none that an earlier owner may have sent to', async () => {
    const { pool, campaignId, deviceIds, claim, batch, deliver } = await setup({ launched: [2] })
    const mine = await claimed(claim)
    await deliver(deviceIds[0] as number)
    await pool.query(`UPDATE campaigns SET state = 'canceled', guarantee = 'at_most_once'`)
    // It has not even looked at its devices.
    await endAttempt(pool, mine, { ...PASS_ENDED, hasLooked: false })
    await cancelBatches(pool, campaignId)
    expect(await batch()).toMatchObject({ state: 'canceled', sent: 1, in_doubt: 1, canceled: 4 })
  })

  test('by a fenced owner changes nothing', async () => {
    const { pool, claim, batch } = await setup()
    const first = await claimed(claim)
    await pool.query(`UPDATE batches SET state = 'queued'`)
    await claimed(claim)
    const before = await batch()
    expect(await endAttempt(pool, first, PASS_ENDED)).toBeNull()
    expect(await markLaunched(pool, first, [3])).toBe(false)
    await abandonBatch(pool, first)
    expect(await batch()).toEqual(before)
  })
})
