/** What frequency caps make of messages of which nobody knows whether they have left. */
import { describe, expect, test } from 'vitest'
import type { DispatchDeps } from '../../src/dispatch/dispatch-batch.ts'
import { parseCaps } from '../../src/domain/caps.ts'
import type { Outcome } from '../../src/domain/outcome.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { readDeliveries } from '../../src/results/read-deliveries.ts'
import { attemptWith } from '../support/attempt-with.ts'
import { createTestDatabase } from '../support/database.ts'
import { type CampaignColumns, createBatches, createCampaign, createDevices } from '../support/factories.ts'
import { LAW } from '../support/law.ts'

const SENT: Outcome = { kind: 'sent', messageId: '1' }
const REFUSED: Outcome = { kind: 'rejected', code: 'sender_id_mismatch' }

function oneADay(shiftMs = 0): Partial<DispatchDeps> {
  const caps = parseCaps('rolling_24h:1')
  if (typeof caps === 'string') throw new Error(caps)
  return { hours: { ...LAW, caps }, clockShiftMs: () => shiftMs }
}

async function setup(members: number) {
  const { pool } = await createTestDatabase()
  const made = await createDevices(pool, members)
  const campaign = async (columns: CampaignColumns = {}, devices = made.deviceIds) => {
    const id = await createCampaign(pool, { state: 'sending', ...columns })
    await createBatches(pool, id, devices)
    return id
  }
  return { pool, ...made, campaign }
}

/** As a dispatcher leaves it that has died with the message in flight. */
const leaveInFlight = (pool: Pool, memberId: number, campaignId: string, deviceId: number) =>
  pool.query('INSERT INTO member_uses VALUES ($1, $2, $3, $4, $5)', [
    memberId,
    [campaignId],
    [deviceId],
    [new Date(Date.now() - 1_000)],
    [false],
  ])
const codes = async (pool: Pool, id: string) =>
  (await readDeliveries(pool, id, {}, 10)).deliveries.map(({ code, cappedBy }) =>
    cappedBy ? [code, cappedBy] : code,
  )
const usesOf = async (pool: Pool) =>
  (await pool.query('SELECT campaign_ids, in_doubt FROM member_uses ORDER BY member_id')).rows

/** A pool that the database is away from for these statements, each `times` times; `isLost`: only its answer is. */
function lossy(pool: Pool, names: readonly string[], { times = 1, isLost = false } = {}): Pool {
  const left = new Map(names.map((name) => [name, times]))
  const query = async (statement: { name?: string }, ...rest: never[]) => {
    const more = left.get(statement.name ?? '') ?? 0
    if (more === 0) return (pool.query as (...args: unknown[]) => unknown)(statement, ...rest)
    left.set(statement.name ?? '', more - 1)
    if (isLost) await (pool.query as (...args: unknown[]) => unknown)(statement, ...rest)
    throw Object.assign(new Error('the connection was lost'), { code: '08006' })
  }
  return new Proxy(pool, { get: (target, key) => (key === 'query' ? query : Reflect.get(target, key)) })
}

describe('what the database was not told while it was away', () => {
  test.each([
    ['batch-launched', false, ['batch-launched']],
    ['batch-launched, and it stays away', false, ['batch-launched', 'caps-settle']],
    ['caps-take', true, ['caps-take-1']],
    ['caps-take, and it stays away', true, ['caps-take-1', 'caps-settle']],
  ])('takes no place for ever: nothing has left. %s', async (_what, isLost, names) => {
    const { pool, campaign } = await setup(1)
    const first = await campaign({ guarantee: 'at_most_once' })
    const away = lossy(pool, names, { isLost })
    const { end, sent } = await attemptWith(away, first, () => SENT, oneADay())
    expect([end, sent]).toEqual(['planned', []])
    expect(await usesOf(pool)).toEqual([{ campaign_ids: [], in_doubt: [] }])
    await attemptWith(pool, first, () => REFUSED, oneADay())
    expect(await codes(pool, first)).toEqual(['sender_id_mismatch'])
    expect((await attemptWith(pool, await campaign(), () => SENT, oneADay())).sent).toHaveLength(1)
  })

  test('of refused messages neither', async () => {
    const { pool, campaign } = await setup(1)
    const away = lossy(pool, ['caps-settle'])
    await attemptWith(away, await campaign(), () => REFUSED, oneADay())
    expect(await usesOf(pool)).toEqual([{ campaign_ids: [], in_doubt: [] }])
  })
})

describe('a dispatcher dies with a message in flight; its member counts it', () => {
  test('although the device is refused as that of another member', async () => {
    const { pool, memberIds, deviceIds, campaign } = await setup(3)
    const [device, , own] = deviceIds as [number, number, number]
    const [member, other] = memberIds as [number, number]
    const first = await campaign({}, [device])
    await leaveInFlight(pool, member, first, device)
    await pool.query('UPDATE devices SET member_id = $1 WHERE id = $2', [other, device])
    await attemptWith(pool, first, () => REFUSED, oneADay())
    await pool.query('UPDATE devices SET member_id = $1 WHERE id = $2', [member, own])
    const next = await campaign({}, [own])
    expect((await attemptWith(pool, next, () => SENT, oneADay())).sent).toEqual([])
    await attemptWith(pool, next, () => SENT, oneADay(301_000))
    expect(await codes(pool, next)).toEqual([['capped', first]])
  })

  test('although the device may not be sent to any more, and is skipped', async () => {
    const { pool, memberIds, deviceIds, campaign } = await setup(2)
    const [device, own] = deviceIds as [number, number]
    const first = await campaign({}, [device])
    await leaveInFlight(pool, memberIds[0] as number, first, device)
    await pool.query(`UPDATE devices SET state = 'gone', gone_at = now(), gone_code = 1 WHERE id = $1`, [
      device,
    ])
    await attemptWith(pool, first, () => SENT, oneADay())
    expect(await codes(pool, first)).toEqual(['device_gone'])
    await pool.query('UPDATE devices SET member_id = $1 WHERE id = $2', [memberIds[0], own])
    const next = await campaign({}, [own])
    await attemptWith(pool, next, () => SENT, oneADay(301_000))
    expect(await codes(pool, next)).toEqual([['capped', first]])
  })
})
