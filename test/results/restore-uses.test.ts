/** The uses of members after a failover to a server that lacks the last ones. */
import { afterEach, expect, test, vi } from 'vitest'
import { parseCaps } from '../../src/domain/caps.ts'
import { readDeliveries } from '../../src/results/read-deliveries.ts'
import { RecentResults } from '../../src/results/recent-results.ts'
import { attemptWith } from '../support/attempt-with.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'
import { LAW } from '../support/law.ts'

const SENT = { state: 'sent', code: 'ok', messageId: 'm', addressIsDead: 'no' } as const
const LOST = { state: 'in_doubt', code: 'answer_lost', messageId: null, addressIsDead: 'no' } as const
const REFUSED = { state: 'failed', code: 'sender_id_mismatch', messageId: null, addressIsDead: 'no' } as const

async function setup(columns: object = {}) {
  const { pool } = await createTestDatabase()
  const { deviceIds, memberIds } = await createDevices(pool, 3, { perMember: 2 })
  const id = await createCampaign(pool, { state: 'sending', ...columns })
  const recent = new RecentResults()
  const add = (results: (typeof SENT | typeof LOST | typeof REFUSED)[]) =>
    recent.add(
      { campaignId: id, attempt: 1, messageVersion: 1 },
      results.map((result, place) => ({ deviceId: deviceIds[place] as number, ...result })),
    )
  const uses = async () =>
    (
      await pool.query(
        `SELECT member_id AS member, array(SELECT device FROM unnest(device_ids) AS device ORDER BY 1) AS devices FROM member_uses
         ORDER BY member_id`,
      )
    ).rows
  return { pool, deviceIds, memberIds, id, recent, add, uses }
}

afterEach(() => void vi.restoreAllMocks())

test('what was sent, or may have been, is a use again; what failed is none; the next campaign finds them', async () => {
  const { pool, deviceIds, memberIds, id, recent, add, uses } = await setup()
  add([SENT, REFUSED, LOST, SENT, REFUSED, REFUSED])
  await recent.restore(pool, { missing: 0, orphans: 0, isBeyondReach: false })
  await recent.restoreUses(pool)
  await recent.restoreUses(pool)
  expect(await uses()).toEqual([
    { member: memberIds[0], devices: [deviceIds[0]] },
    { member: memberIds[1], devices: [deviceIds[2], deviceIds[3]] },
  ])
  const caps = parseCaps('rolling_24h:1')
  if (typeof caps === 'string') throw new Error(caps)
  const next = await createCampaign(pool, { state: 'sending' })
  await createBatches(pool, next, deviceIds)
  const { sent } = await attemptWith(pool, next, () => ({ kind: 'sent', messageId: '1' }), {
    hours: { ...LAW, caps },
  })
  expect(sent).toEqual(['token-m3-1', 'token-m3-2'])
  const { deliveries } = await readDeliveries(pool, next, {}, 10)
  expect(deliveries.filter(({ cappedBy }) => cappedBy === id)).toHaveLength(4)
})

test('those that are there stay as they are, and others come behind them', async () => {
  const { pool, deviceIds, memberIds, id, recent, add, uses } = await setup()
  const other = crypto.randomUUID()
  await pool.query(
    `INSERT INTO member_uses VALUES ($1, $2, $3, ARRAY[now() - interval '1 hour', now() - interval '1 min'], '{f,t}')`,
    [memberIds[0], [other, id], [deviceIds[0], deviceIds[0]]],
  )
  add([SENT, SENT])
  await recent.restoreUses(pool)
  expect(await uses()).toEqual([
    { member: memberIds[0], devices: [deviceIds[0], deviceIds[0], deviceIds[1]] },
  ])
  const { rows } = await pool.query('SELECT campaign_ids, in_doubt FROM member_uses')
  expect(rows).toEqual([{ campaign_ids: [other, id, id], in_doubt: [false, true, false] }])
})

test('they have the time at which the result was written, and nothing is known of those of an hour ago', async () => {
  const { pool, recent, add } = await setup()
  const now = performance.now()
  const clock = vi.spyOn(performance, 'now')
  clock.mockReturnValue(now - 3_600_000)
  add([REFUSED, REFUSED, SENT])
  clock.mockReturnValue(now - 60_000)
  add([SENT])
  clock.mockReturnValue(now)
  await recent.restoreUses(pool)
  const { rows } = await pool.query(
    'SELECT (extract(epoch FROM now() - used_at[1]))::float8 AS age FROM member_uses',
  )
  expect(rows).toHaveLength(1)
  expect(rows[0].age).toBeGreaterThanOrEqual(60)
  expect(rows[0].age).toBeLessThan(90)
})

test('a campaign that does not count adds none, nor does a device that is deleted or a campaign that is lost', async () => {
  const silent = await setup({ counts_toward_caps: false })
  silent.add([SENT])
  await silent.recent.restoreUses(silent.pool)
  expect(await silent.uses()).toEqual([])
  const { pool, deviceIds, recent, add, uses } = await setup()
  await pool.query('DELETE FROM devices WHERE id = $1', [deviceIds[0]])
  add([SENT])
  recent.add({ campaignId: crypto.randomUUID(), attempt: 1, messageVersion: 1 }, [
    { deviceId: deviceIds[1] as number, ...SENT },
  ])
  await recent.restoreUses(pool)
  expect(await uses()).toEqual([])
})
