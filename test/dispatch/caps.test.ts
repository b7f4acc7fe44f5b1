/** What frequency caps do to the devices of an attempt. */
import { randomUUIDv7 } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { countAtCap } from '../../src/audience/count-at-cap.ts'
import { eraseMember } from '../../src/audience/erase-member.ts'
import { settleUses } from '../../src/dispatch/cap-store.ts'
import type { DispatchDeps } from '../../src/dispatch/dispatch-batch.ts'
import { CapClock, parseCaps } from '../../src/domain/caps.ts'
import type { Outcome } from '../../src/domain/outcome.ts'
import { forgetUses } from '../../src/maintenance/forget-uses.ts'
import { takeBack } from '../../src/maintenance/take-back.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { readDeliveries } from '../../src/results/read-deliveries.ts'
import { attemptWith } from '../support/attempt-with.ts'
import { createTestDatabase } from '../support/database.ts'
import {
  type CampaignColumns,
  createBatches,
  createCampaign,
  createDevices,
  createShop,
} from '../support/factories.ts'
import { fakeSender } from '../support/fake-sender.ts'
import { LAW } from '../support/law.ts'

const SENT: Outcome = { kind: 'sent', messageId: '1' }
const UNAVAILABLE: Outcome = { kind: 'retry_later', code: 'unavailable', scope: 'device' }
const REFUSED: Outcome = { kind: 'rejected', code: 'sender_id_mismatch' }
const LOST: Outcome = { kind: 'in_doubt', code: 'answer_lost' }

const HOUR = 3_600_000
type Deps = Partial<DispatchDeps>

function capped(text: string, shiftMs: () => number = () => 0): Deps {
  const caps = parseCaps(text)
  if (typeof caps === 'string') throw new Error(caps)
  return { hours: { ...LAW, caps }, clockShiftMs: shiftMs }
}

async function setup(members: number, { perMember = 1, zone }: { perMember?: number; zone?: string } = {}) {
  const { pool } = await createTestDatabase()
  const made = await createDevices(pool, members, { perMember, ...(zone && { member: { timezone: zone } }) })
  const campaign = async (columns: CampaignColumns = {}, devices = made.deviceIds) => {
    const id = await createCampaign(pool, { state: 'sending', ...columns })
    await createBatches(pool, id, devices)
    return id
  }
  return { pool, ...made, campaign }
}

const codes = async (pool: Pool, id: string) =>
  (await readDeliveries(pool, id, {}, 1000)).deliveries.map(({ code, cappedBy }) =>
    cappedBy ? [code, cappedBy] : code,
  )
const batchOf = async (pool: Pool, id: string) =>
  (await pool.query('SELECT * FROM batches WHERE campaign_id = $1', [id])).rows[0]
const usesOf = async (pool: Pool) =>
  (await pool.query('SELECT campaign_ids, in_doubt FROM member_uses ORDER BY member_id')).rows

describe('a cap', () => {
  test('leaves out who has had as many campaigns, and names the one that used it up', async () => {
    const { pool, deviceIds, campaign } = await setup(2)
    const [first, second, third] = [
      await campaign(),
      await campaign({}, deviceIds.slice(0, 1)),
      await campaign(),
    ]
    const deps = capped('rolling_24h:2')
    await attemptWith(pool, first, () => SENT, deps)
    await attemptWith(pool, second, () => SENT, deps)
    const { sent } = await attemptWith(pool, third, () => SENT, deps)
    expect(sent).toEqual(['token-m2-1'])
    expect(await codes(pool, third)).toEqual([['capped', second], 'ok'])
    expect(await batchOf(pool, third)).toMatchObject({ state: 'done', sent: 1, skipped: 1 })
  })

  test('of a rolling window is over exactly so long after the message left', async () => {
    const { pool, campaign } = await setup(1)
    let shift = 0
    const deps = capped('rolling_24h:1', () => shift)
    await attemptWith(pool, await campaign(), () => SENT, deps)
    const { rows } = await pool.query('SELECT used_at[1] AS at FROM member_uses')
    const late = (ms: number) => rows[0].at.getTime() + ms - Date.now()
    // A minute of room for the machine, on both sides.
    shift = late(24 * HOUR - 60_000)
    expect((await attemptWith(pool, await campaign(), () => SENT, deps)).sent).toEqual([])
    shift = late(24 * HOUR)
    expect((await attemptWith(pool, await campaign(), () => SENT, deps)).sent).toEqual(['token-m1-1'])
  })

  test('is not reached by what lies before its window, and is by what lies in it', async () => {
    const { pool, campaign } = await setup(1)
    let shift = 0
    const deps = capped('rolling_24h:2', () => shift)
    const sentAt = async (hours: number) => {
      shift = hours * HOUR
      return (await attemptWith(pool, await campaign(), () => SENT, deps)).sent.length
    }
    for (const hours of [0, 1, 48]) expect([hours, await sentAt(hours)]).toEqual([hours, 1])
    // By the clock of another dispatcher: the row is not quite in order.
    expect(await sentAt(47.5)).toBe(1)
    for (const hours of [48.1, 71.4]) expect([hours, await sentAt(hours)]).toEqual([hours, 0])
    expect(await sentAt(71.8)).toBe(1)
    expect(await sentAt(71.9)).toBe(0)
  })

  test('of a day begins anew at midnight where the member is, and in the default zone if that is not known', async () => {
    const { pool, memberIds, campaign } = await setup(3)
    await pool.query(`UPDATE members SET timezone = 'Asia/Seoul' WHERE id = $1`, [memberIds[0]])
    await pool.query(`UPDATE members SET timezone = 'America/New_York' WHERE id = $1`, [memberIds[1]])
    const clock = (text: string) => () => Date.parse(text) - Date.now()
    await attemptWith(pool, await campaign(), () => SENT, capped('day:1', clock('2026-12-01T23:58+09:00')))
    const before = await attemptWith(
      pool,
      await campaign(),
      () => SENT,
      capped('day:1', clock('2026-12-01T23:59+09:00')),
    )
    expect(before.sent).toEqual([])
    // In New York it is ten in the morning of the same day.
    const after = await attemptWith(
      pool,
      await campaign(),
      () => SENT,
      capped('day:1', clock('2026-12-02T00:00+09:00')),
    )
    expect(after.sent).toEqual(['token-m1-1', 'token-m3-1'])
  })

  test('of a week begins anew on Monday', async () => {
    const { pool, campaign } = await setup(1, { zone: 'Asia/Seoul' })
    const clock = (text: string) => capped('week:1', () => Date.parse(text) - Date.now())
    await attemptWith(pool, await campaign(), () => SENT, clock('2026-12-01T12:00+09:00'))
    expect(
      (await attemptWith(pool, await campaign(), () => SENT, clock('2026-12-06T23:50+09:00'))).sent,
    ).toEqual([])
    expect(
      (await attemptWith(pool, await campaign(), () => SENT, clock('2026-12-07T00:00+09:00'))).sent,
    ).toHaveLength(1)
  })

  test('is for members, in all projects', async () => {
    const { pool, campaign } = await setup(1)
    const shop = await createShop(pool)
    const deps = capped('rolling_24h:1')
    await attemptWith(pool, await campaign(), () => SENT, deps)
    const { sent } = await attemptWith(pool, await campaign({ project_id: 2 }, shop), () => SENT, deps)
    expect(sent).toEqual([])
  })

  test.each([true, false])(
    'costs who is capped no quota, as soon as it is known that there are some; counts: %s',
    async (counts_toward_caps) => {
      const { pool, campaign, deviceIds } = await setup(3)
      const deps = {
        ...capped('rolling_24h:1'),
        budget: { key: 'project:p', perMinute: 60_000, rampSeconds: 0, catchUpSeconds: 0 },
      }
      const reserved = async () =>
        (await pool.query('SELECT next_at FROM rate_limits')).rows[0]?.next_at.getTime()
      await attemptWith(pool, await campaign(), () => SENT, deps)
      const second = await campaign({ counts_toward_caps }, deviceIds.slice(0, 1))
      await createBatches(pool, second, deviceIds.slice(1))
      await attemptWith(pool, second, () => SENT, deps)
      const before = await reserved()
      await attemptWith(pool, second, () => SENT, { ...deps, seq: 1 })
      expect(await reserved()).toBe(before)
      expect(await codes(pool, second)).toHaveLength(3)
    },
  )

  test('that is not set costs nobody anything, and remembers nothing', async () => {
    const { pool, campaign } = await setup(2)
    await attemptWith(pool, await campaign(), () => SENT)
    expect(await usesOf(pool)).toEqual([])
  })
})

describe('what counts', () => {
  test('failed does not, at once or for ever', async () => {
    const { pool, campaign } = await setup(1)
    const deps = capped('rolling_24h:1')
    await attemptWith(pool, await campaign(), () => REFUSED, deps)
    expect(await usesOf(pool)).toEqual([{ campaign_ids: [], in_doubt: [] }])
    expect((await attemptWith(pool, await campaign(), () => SENT, deps)).sent).toHaveLength(1)
  })

  test('failed does not, even if nobody could write that it takes up no room', async () => {
    const { pool, deviceIds, memberIds, campaign } = await setup(1)
    const dead = await campaign()
    await pool.query('INSERT INTO member_uses VALUES ($1, $2, $3, $4, $5)', [
      memberIds[0],
      [dead],
      deviceIds,
      [new Date()],
      [false],
    ])
    await pool.query(
      'INSERT INTO deliveries (campaign_id, device_id, state, code, attempt) VALUES ($1, $2, 2, 3, 1)',
      [dead, deviceIds[0]],
    )
    const next = await campaign()
    expect((await attemptWith(pool, next, () => SENT, capped('rolling_24h:1'))).sent).toHaveLength(1)
    expect(await usesOf(pool)).toEqual([{ campaign_ids: [next], in_doubt: [false] }])
  })

  test('what waits for another try does not: who comes meanwhile gets the place', async () => {
    const { pool, campaign } = await setup(1)
    const deps = capped('rolling_24h:1')
    const [tried, other] = [await campaign(), await campaign()]
    await attemptWith(pool, tried, () => UNAVAILABLE, deps)
    expect((await attemptWith(pool, other, () => SENT, deps)).sent).toHaveLength(1)
    await attemptWith(pool, tried, () => SENT, deps)
    expect(await codes(pool, tried)).toEqual([['capped', other]])
  })

  test.each(['at_least_once', 'at_most_once'] as const)('in doubt does, %s', async (guarantee) => {
    const { pool, campaign } = await setup(1)
    const deps = capped('rolling_24h:1')
    const [doubtful, other] = [await campaign({ guarantee }), await campaign()]
    await attemptWith(pool, doubtful, () => LOST, deps)
    await attemptWith(pool, other, () => SENT, deps)
    expect(await codes(pool, other)).toEqual([['capped', doubtful]])
    if (guarantee === 'at_most_once') return
    // The one that is in doubt is sent again: it has its place. That it is refused then takes no doubt away.
    await attemptWith(pool, doubtful, () => REFUSED, deps)
    const third = await campaign()
    await attemptWith(pool, third, () => SENT, deps)
    expect(await codes(pool, third)).toEqual([['capped', doubtful]])
  })

  test('all devices of a member are one use, and one of them that was reached is enough for it', async () => {
    const { pool, campaign } = await setup(1, { perMember: 3 })
    const deps = capped('rolling_24h:2')
    const first = await campaign()
    const { sent } = await attemptWith(
      pool,
      first,
      (address) => (address.endsWith('2') ? SENT : REFUSED),
      deps,
    )
    expect(sent).toHaveLength(3)
    const second = await campaign()
    expect((await attemptWith(pool, second, () => SENT, deps)).sent).toHaveLength(3)
    const third = await campaign()
    await attemptWith(pool, third, () => SENT, deps)
    expect(await codes(pool, third)).toEqual(Array(3).fill(['capped', second]))
  })

  test('a device of another batch takes no second use, nor does a retry', async () => {
    const { pool, deviceIds, campaign } = await setup(1, { perMember: 2 })
    const deps = capped('rolling_24h:1')
    const first = await campaign({}, deviceIds.slice(0, 1))
    await createBatches(pool, first, deviceIds.slice(1))
    await attemptWith(pool, first, () => SENT, deps)
    await attemptWith(pool, first, () => UNAVAILABLE, { ...deps, seq: 1 })
    const { sent } = await attemptWith(pool, first, () => SENT, { ...deps, seq: 1 })
    expect(sent).toEqual(['token-m1-2'])
  })

  test('a resend does not again: it is the same message', async () => {
    const { pool, campaign } = await setup(1)
    const deps = capped('rolling_24h:1')
    const first = await campaign({ guarantee: 'at_most_once' })
    await attemptWith(pool, first, () => LOST, deps)
    const again = await campaign({ resend_of: first, resend_only: 'in_doubt', chain_id: first })
    expect((await attemptWith(pool, again, () => SENT, deps)).sent).toHaveLength(1)
    const other = await campaign()
    await attemptWith(pool, other, () => SENT, deps)
    expect(await codes(pool, other)).toEqual([['capped', first]])
  })

  test('and is none for others either: one message to one member is one use, whatever it repeats', async () => {
    const { pool, deviceIds, campaign } = await setup(2, { perMember: 2 })
    const deps = capped('rolling_24h:2')
    const first = await campaign()
    await attemptWith(pool, first, (address) => (/1$/.test(address) ? SENT : REFUSED), deps)
    const failed = [deviceIds[1], deviceIds[3]] as number[]
    const again = await campaign({ resend_of: first, resend_only: 'failed', chain_id: first }, failed)
    expect((await attemptWith(pool, again, () => SENT, deps)).sent).toHaveLength(2)
    const rules = deps.hours?.caps ?? []
    const atCap = () => countAtCap(pool, 1, { all: true }, 5_000, new CapClock(rules, 'UTC'))
    expect(await atCap()).toEqual({ devices: 0, withConsent: 0 })
    const other = await campaign()
    const { sent } = await attemptWith(pool, other, () => SENT, deps)
    expect(sent).toHaveLength(4)
    expect(await atCap()).toEqual({ devices: 4, withConsent: 0 })
    const last = await campaign()
    await attemptWith(pool, last, () => SENT, deps)
    expect(await codes(pool, last)).toEqual(Array(4).fill(['capped', other]))
  })

  test('of what is in doubt, neither', async () => {
    const { pool, campaign } = await setup(1)
    const deps = capped('rolling_24h:2')
    const first = await campaign({ guarantee: 'at_most_once' })
    await attemptWith(pool, first, () => LOST, deps)
    const again = await campaign({ resend_of: first, resend_only: 'in_doubt', chain_id: first })
    await attemptWith(pool, again, () => SENT, deps)
    expect((await attemptWith(pool, await campaign(), () => SENT, deps)).sent).toHaveLength(1)
  })

  test('a resend of what has failed needs a place like any other', async () => {
    const { pool, campaign } = await setup(1)
    const deps = capped('rolling_24h:1')
    const [first, other] = [await campaign(), await campaign()]
    await attemptWith(pool, first, () => REFUSED, deps)
    await attemptWith(pool, other, () => SENT, deps)
    const again = await campaign({ resend_of: first, resend_only: 'failed', chain_id: first })
    await attemptWith(pool, again, () => SENT, deps)
    expect(await codes(pool, again)).toEqual([['capped', other]])
  })
})

describe('the two switches', () => {
  test.each([
    [{ ignores_caps: true }, true, 2],
    [{ ignores_caps: true, counts_toward_caps: false }, true, 1],
    [{ counts_toward_caps: false }, false, 1],
    [{}, false, 1],
  ])('%o: gets through %s, uses %i', async (columns, isSent, uses) => {
    const { pool, campaign } = await setup(1)
    const deps = capped('rolling_24h:1')
    await attemptWith(pool, await campaign(), () => SENT, deps)
    const { sent } = await attemptWith(pool, await campaign(columns), () => SENT, deps)
    expect(sent).toHaveLength(isSent ? 1 : 0)
    expect((await usesOf(pool))[0].campaign_ids).toHaveLength(uses)
  })

  test('what ignores caps and counts keeps others out', async () => {
    const { pool, campaign } = await setup(1)
    const deps = capped('rolling_24h:1')
    const order = await campaign({ ignores_caps: true })
    await attemptWith(pool, order, () => SENT, deps)
    const other = await campaign()
    await attemptWith(pool, other, () => SENT, deps)
    expect(await codes(pool, other)).toEqual([['capped', order]])
  })

  test('what does not count takes no place, and needs one', async () => {
    const { pool, campaign } = await setup(1)
    const deps = capped('rolling_24h:1')
    expect(
      (await attemptWith(pool, await campaign({ counts_toward_caps: false }), () => SENT, deps)).sent,
    ).toHaveLength(1)
    expect((await attemptWith(pool, await campaign(), () => SENT, deps)).sent).toHaveLength(1)
  })
})

describe('while it is not known what becomes of the last place', () => {
  /** A campaign whose message is in flight until it is answered. */
  async function inFlight(pool: Pool, id: string, deps: Deps) {
    const launched = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<Outcome>()
    const sender = fakeSender(async ({ addresses }, { report }) => {
      launched.resolve()
      const outcome = await answer.promise
      for (const index of addresses.keys()) report(index, outcome)
    })
    const ended = attemptWith(pool, id, () => SENT, { ...deps, sender })
    await launched.promise
    return {
      answer: (outcome: Outcome) => {
        answer.resolve(outcome)
        return ended
      },
    }
  }

  test.each([
    ['it arrives', SENT, []],
    ['it fails', REFUSED, ['token-m1-1']],
  ] as const)('the next campaign waits, at no cost, until %s', async (_when, outcome, sentLater) => {
    const { pool, campaign } = await setup(1)
    const deps = capped('rolling_24h:1')
    const [first, second] = [await campaign(), await campaign()]
    await pool.query('UPDATE batches SET spent = 3 WHERE campaign_id = $1', [second])
    const flight = await inFlight(pool, first, deps)
    const { end, sent } = await attemptWith(pool, second, () => SENT, deps)
    expect([end, sent]).toEqual(['planned', []])
    const { state, spent, not_before, first_claimed_at, passed } = await batchOf(pool, second)
    expect({ state, spent, first_claimed_at, passed }).toEqual({
      state: 'planned',
      spent: 0,
      first_claimed_at: null,
      passed: [],
    })
    expect(not_before.getTime() - Date.now()).toBeLessThanOrEqual(1_000)
    await flight.answer(outcome)
    expect((await attemptWith(pool, second, () => SENT, deps)).sent).toEqual(sentLater)
    expect(await codes(pool, second)).toEqual([sentLater.length > 0 ? 'ok' : ['capped', first]])
  })

  test('a dispatcher that dies leaves it in doubt: its own campaign goes on, and others count it after a while', async () => {
    const { pool, campaign } = await setup(1)
    let shift = 0
    const deps = capped('rolling_24h:1', () => shift)
    const [first, second] = [await campaign(), await campaign()]
    const flight = await inFlight(pool, first, deps)
    await pool.query('DELETE FROM batch_owners')
    await takeBack(pool, [])
    expect((await attemptWith(pool, second, () => SENT, deps)).end).toBe('planned')
    shift = 301_000
    await attemptWith(pool, second, () => SENT, deps)
    expect(await codes(pool, second)).toEqual([['capped', first]])
    expect((await attemptWith(pool, first, () => SENT, deps)).sent).toHaveLength(1)
    expect(await codes(pool, first)).toEqual(['ok'])
    await flight.answer(SENT)
  })

  test('that its own campaign is refused then does not make it undone: the message may have arrived', async () => {
    const { pool, campaign } = await setup(1)
    const deps = capped('rolling_24h:1')
    const [first, second] = [await campaign(), await campaign()]
    const flight = await inFlight(pool, first, deps)
    await pool.query('DELETE FROM batch_owners')
    await takeBack(pool, [])
    await attemptWith(pool, first, () => UNAVAILABLE, deps)
    expect((await attemptWith(pool, second, () => SENT, deps)).sent).toEqual([])
    expect(await codes(pool, second)).toEqual([['capped', first]])
    await flight.answer(SENT)
  })
})

test('what never left takes up no room, and nothing is given back that has been handed over anew', async () => {
  const { pool, deviceIds, memberIds, campaign } = await setup(1)
  const deps = capped('rolling_24h:1')
  const broken = fakeSender(async () => {
    throw new Error('no sender')
  })
  const first = await campaign()
  await attemptWith(pool, first, () => SENT, { ...deps, sender: broken })
  expect(await usesOf(pool)).toEqual([{ campaign_ids: [], in_doubt: [] }])
  await attemptWith(pool, first, () => SENT, deps)
  // A former owner of the batch, who wakes up.
  const entry = { memberId: memberIds[0] as number, campaignId: first, deviceId: deviceIds[0] as number }
  await settleUses(pool, [{ ...entry, at: Date.now() - 60_000, isInDoubt: false }])
  expect(await usesOf(pool)).toEqual([{ campaign_ids: [first], in_doubt: [false] }])
})

test('what has not left when a day ends is counted in the next one', async () => {
  const { pool, campaign } = await setup(1, { zone: 'Asia/Seoul' })
  const midnight = Date.parse('2026-12-02T00:00+09:00')
  let shift = midnight - 30_000 - Date.now()
  const mayStart: (boolean | undefined)[] = []
  const sender = fakeSender(async ({ addresses }, { report, mayStart: ask }) => {
    mayStart.push(ask?.())
    if (mayStart.length === 1) {
      shift += 60_000
      mayStart.push(ask?.())
      return
    }
    for (const index of addresses.keys()) report(index, SENT)
  })
  await attemptWith(pool, await campaign(), () => SENT, { ...capped('day:1', () => shift), sender })
  expect(mayStart).toEqual([true, false, true])
  const { rows } = await pool.query('SELECT used_at FROM member_uses')
  expect(rows[0].used_at).toHaveLength(1)
  expect(rows[0].used_at[0].getTime()).toBeGreaterThan(midnight)
})

test('any number of campaigns at once: nobody gets more, and nobody fewer than there is room for', async () => {
  const { pool, campaign } = await setup(200)
  const deps = capped('rolling_24h:2')
  const ids = await Promise.all(Array.from({ length: 8 }, () => campaign()))
  const sent: string[] = []
  await Promise.all(
    ids.map(async (id) => {
      // Those that wait for others are tried again until all are settled.
      for (let state = ''; state !== 'done'; ) {
        const attempt = await attemptWith(
          pool,
          id,
          (address) => (address.endsWith('7-1') ? UNAVAILABLE : SENT),
          deps,
        )
        sent.push(...attempt.sent.filter((address) => !address.endsWith('7-1')))
        state = (await batchOf(pool, id)).state
      }
    }),
  )
  const counts = Map.groupBy(sent, (address) => address)
  expect(counts.size).toBe(180)
  expect([...counts.values()].every(({ length }) => length === 2)).toBe(true)
})

describe('the uses of a member', () => {
  test('go with the member', async () => {
    const { pool, campaign } = await setup(2)
    await attemptWith(pool, await campaign(), () => SENT, capped('rolling_24h:1'))
    await eraseMember(pool, 'm1')
    expect(await usesOf(pool)).toHaveLength(1)
  })

  test('stay with the member when the device gets another', async () => {
    const { pool, deviceIds, memberIds, campaign } = await setup(2)
    const deps = capped('rolling_24h:1')
    await attemptWith(pool, await campaign({}, deviceIds.slice(0, 1)), () => SENT, deps)
    await pool.query('UPDATE devices SET member_id = $1 WHERE id = $2', [memberIds[1], deviceIds[0]])
    const { sent } = await attemptWith(pool, await campaign({}, deviceIds.slice(0, 1)), () => SENT, deps)
    expect(sent).toEqual(['token-m1-1'])
  })

  test('are kept as long as any cap may need them, whatever caps the process has that adds one', async () => {
    const { pool, campaign } = await setup(1)
    let shift = 0
    const [long, short] = [capped('rolling_7d:2', () => shift), capped('rolling_24h:9', () => shift)]
    await attemptWith(pool, await campaign(), () => SENT, long)
    shift = 48 * HOUR
    const second = await campaign()
    await attemptWith(pool, second, () => SENT, short)
    shift = 49 * HOUR
    const third = await campaign()
    await attemptWith(pool, third, () => SENT, long)
    expect(await codes(pool, third)).toEqual([['capped', second]])
    shift = 32 * 24 * HOUR
    const last = await campaign()
    await attemptWith(pool, last, () => SENT, short)
    expect((await usesOf(pool))[0].campaign_ids).toEqual([second, last])
  })

  test('are forgotten when no cap looks so far back, or the member is gone', async () => {
    const { pool, memberIds } = await setup(2)
    const row = (member: number, daysAgo: number) =>
      pool.query(
        `INSERT INTO member_uses VALUES ($1, $2, '{1}', ARRAY[now() - make_interval(hours => 24 * $3::int)], '{f}')`,
        [member, [randomUUIDv7()], daysAgo],
      )
    await row(memberIds[0] as number, 32)
    await row(memberIds[1] as number, 30)
    await row(999_999, 0)
    expect(await forgetUses(pool)).toBe(2)
    const { rows } = await pool.query('SELECT member_id FROM member_uses')
    expect(rows).toEqual([{ member_id: memberIds[1] }])
  })
})
