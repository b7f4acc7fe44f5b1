import { describe, expect, test } from 'vitest'
import type { Resent } from '../../src/domain/campaign.ts'
import { DELIVERY_CODES, type DeliveryCode } from '../../src/domain/delivery-result.ts'
import { planCampaign } from '../../src/planning/plan-campaign.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'

const NEVER = new AbortController().signal

/** 60 devices, of which every tenth has the code given for its last digit; the last 20 were canceled, but for two. */
async function originOf(pool: Pool) {
  const { deviceIds } = await createDevices(pool, 60)
  const origin = await createCampaign(pool, { state: 'canceled', closed_at: new Date() })
  await createBatches(pool, origin, deviceIds.slice(0, 40), { size: 10, state: 'done' })
  await createBatches(pool, origin, deviceIds.slice(40, 50), { size: 10, state: 'canceled', canceled: 8 })
  await createBatches(pool, origin, deviceIds.slice(50), { size: 10, state: 'canceled', canceled: 10 })
  const record = async (ids: number[], state: number, code: DeliveryCode) =>
    await pool.query(
      `INSERT INTO deliveries (campaign_id, device_id, state, code, attempt) SELECT $1, unnest($2::bigint[]), $3, $4, 1`,
      [origin, ids, state, DELIVERY_CODES[code].number],
    )
  const by = (digit: number) => deviceIds.slice(0, 40).filter((_, index) => index % 10 === digit)
  await record(by(1), 2, 'unavailable')
  await record(by(2), 4, 'answer_lost')
  await record(by(3), 2, 'unregistered')
  await record(by(4), 3, 'opted_out')
  await record(by(5), 4, 'dispatcher_died')
  await record([0, 6, 7, 8, 9].flatMap(by), 1, 'ok')
  await record(deviceIds.slice(40, 42), 1, 'ok')
  const expected: Record<Resent, number[]> = {
    failed: [...by(1), ...by(3)].sort((a, b) => a - b),
    in_doubt: [...by(2), ...by(5)].sort((a, b) => a - b),
    canceled: deviceIds.slice(42),
  }
  return { origin, expected, deviceIds, by }
}

async function planned(
  pool: Pool,
  origin: string,
  only: Resent,
  pageBatches: number,
  codes: DeliveryCode[] | null = null,
): Promise<number[]> {
  const resend_codes = codes?.map((code) => DELIVERY_CODES[code].number) ?? null
  const id = await createCampaign(pool, {
    state: 'sending',
    resend_of: origin,
    resend_only: only,
    resend_codes,
  })
  await planCampaign({ pool, batchSize: 2, pageBatches, onPage: async () => {} }, id, NEVER)
  const { rows } = await pool.query<{ device_ids: number[] }>(
    'SELECT device_ids FROM batches WHERE campaign_id = $1 ORDER BY seq',
    [id],
  )
  return rows.flatMap((row) => row.device_ids)
}

describe('the audience of a resend', () => {
  test.each(['failed', 'in_doubt', 'canceled'] as const)(
    'is exactly the %s of its origin, in order, whatever the size of a page',
    async (only) => {
      const { pool } = await createTestDatabase()
      const { origin, expected } = await originOf(pool)
      expect(await planned(pool, origin, only, 1)).toEqual(expected[only])
      expect(await planned(pool, origin, only, 50)).toEqual(expected[only])
    },
  )

  test.each([1, 50])(
    'has those with the chosen reasons and nobody else, by pages of %d batches',
    async (pages) => {
      const { pool } = await createTestDatabase()
      const { origin, expected, by } = await originOf(pool)
      expect(await planned(pool, origin, 'failed', pages, ['unavailable'])).toEqual(by(1))
      expect(await planned(pool, origin, 'failed', pages, ['unregistered', 'internal'])).toEqual(by(3))
      expect(await planned(pool, origin, 'in_doubt', pages, ['dispatcher_died', 'answer_lost'])).toEqual(
        expected.in_doubt,
      )
    },
  )

  test('does not shrink because devices were deleted since, even the last', async () => {
    const { pool } = await createTestDatabase()
    const { origin, expected, deviceIds } = await originOf(pool)
    await pool.query('DELETE FROM devices WHERE id >= $1', [deviceIds[30]])
    expect(await planned(pool, origin, 'canceled', 3)).toEqual(expected.canceled)
  })

  test('of tens of thousands whom an audience named is planned: it does not compare each with each', async () => {
    const { pool } = await createTestDatabase()
    const origin = await createCampaign(pool, {
      state: 'finished',
      closed_at: new Date(),
      frozen_through_id: 40_000,
    })
    await pool.query(
      `INSERT INTO batches (campaign_id, seq, through_id, device_ids, member_ids, size, state)
       SELECT $1, s, max(i), array_agg(i ORDER BY i), array_agg(i + 7 ORDER BY i), count(*), 'done'
       FROM generate_series(0, 79) s, generate_series(s * 500 + 1, s * 500 + 500) i GROUP BY s`,
      [origin],
    )
    await pool.query(
      `INSERT INTO deliveries (campaign_id, device_id, state, code, attempt)
       SELECT $1, i, 2, 8, 1 FROM generate_series(1, 40000, 2) i`,
      [origin],
    )
    const id = await createCampaign(pool, { state: 'sending', resend_of: origin, resend_only: 'failed' })
    // With the nested loop that this was, its statement is canceled after half a minute.
    await planCampaign({ pool, batchSize: 500, pageBatches: 50, onPage: async () => {} }, id, NEVER)
    const { rows } = await pool.query(
      `SELECT count(*) AS devices, count(*) FILTER (WHERE u.member_id = u.id + 7) AS meant
       FROM batches b CROSS JOIN LATERAL unnest(b.device_ids, b.member_ids) AS u (id, member_id) WHERE b.campaign_id = $1`,
      [id],
    )
    expect(rows).toEqual([{ devices: 20_000, meant: 20_000 }])
  }, 60_000)

  test.each(['failed', 'canceled'] as const)(
    'of the %s is meant for the members whom its origin was meant for',
    async (only) => {
      const { pool } = await createTestDatabase()
      const { origin, expected } = await originOf(pool)
      await pool.query(
        `UPDATE batches b SET member_ids = (
           SELECT array_agg(d.member_id ORDER BY d.id) FROM devices d WHERE d.id = ANY(b.device_ids))
         WHERE campaign_id = $1`,
        [origin],
      )
      const { rows: before } = await pool.query<{ id: number; member_id: number }>(
        'SELECT id, member_id FROM devices ORDER BY id',
      )
      // All devices change hands meanwhile.
      await pool.query('UPDATE devices SET member_id = 1')
      await planned(pool, origin, only, 1)
      const { rows } = await pool.query<{ id: number; member_id: number }>(
        `SELECT u.id, u.member_id FROM batches b CROSS JOIN LATERAL unnest(device_ids, member_ids) AS u (id, member_id)
         WHERE campaign_id <> $1 ORDER BY u.id`,
        [origin],
      )
      expect(rows).toEqual(before.filter(({ id }) => expected[only].includes(id)))
    },
  )
})
