/** What one attempt leaves for the next: passes, doubt, and devices that are judged again before they are sent to. */
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Attempt } from '../../src/dispatch/attempt.ts'
import type { Outcome } from '../../src/domain/outcome.ts'
import { takeBack } from '../../src/maintenance/take-back.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { attemptWith } from '../support/attempt-with.ts'
import { createTestDatabase } from '../support/database.ts'
import { type BatchColumns, createBatches, createCampaign, createDevices } from '../support/factories.ts'
import { fakeSender } from '../support/fake-sender.ts'
import { until } from '../support/until.ts'

const SENT: Outcome = { kind: 'sent', messageId: '1' }
const UNAVAILABLE: Outcome = { kind: 'retry_later', code: 'unavailable', scope: 'device' }
const REFUSED: Outcome = { kind: 'rejected', code: 'third_party_auth_error' }
const LOST: Outcome = { kind: 'in_doubt', code: 'answer_lost' }

async function setup({
  devices = 6,
  campaign = {},
  columns = {},
}: {
  devices?: number
  campaign?: object
  columns?: BatchColumns
} = {}) {
  const { pool } = await createTestDatabase()
  const { deviceIds, memberIds } = await createDevices(pool, devices)
  const id = await createCampaign(pool, { state: 'sending', ...campaign })
  await createBatches(pool, id, deviceIds, columns)
  const batch = async () => (await pool.query('SELECT * FROM batches')).rows[0]
  const results = async () =>
    (await pool.query('SELECT device_id, state, code FROM deliveries ORDER BY device_id')).rows
  return { pool, id, deviceIds, memberIds, batch, results }
}

test('a device that always answers 503 keeps no other waiting, however slow the campaign is', async () => {
  const { pool, id, batch } = await setup({ campaign: { rate_per_minute: 1 } })
  const asked: string[] = []
  const began = Date.now()
  for (let minute = 0; minute < 6; minute++) {
    await pool.query(`UPDATE rate_limits SET next_at = now() - interval '1 min'`)
    const { sent } = await attemptWith(pool, id, (token) => (token === 'token-m1-1' ? UNAVAILABLE : SENT))
    asked.push(...sent)
  }
  expect(asked).toEqual(['m1', 'm2', 'm3', 'm4', 'm5', 'm6'].map((member) => `token-${member}-1`))
  // Everybody was sent to once: the pass is over, and the one without a result waits for the next.
  const after = await batch()
  expect(after).toMatchObject({ state: 'planned', sent: 5, spent: 1, passed: [] })
  expect(after.not_before.getTime()).toBeGreaterThan(began + 5_000)
})

test('answers count against the limit, and a device that never gets one ends with it', async () => {
  const { pool, id, batch, results } = await setup({ devices: 1, campaign: { rate_per_minute: 1 } })
  let attempts = 0
  for (; attempts < 20 && (await batch()).state === 'planned'; attempts++) {
    await pool.query(`UPDATE rate_limits SET next_at = now() - interval '1 min'`)
    await attemptWith(pool, id, () => UNAVAILABLE)
  }
  expect(attempts).toBe(8)
  expect(await results()).toMatchObject([{ state: 2, code: 8 }])
})

test('a message whose answer was lost is not sent again before the others were sent to', async () => {
  const { pool, id } = await setup({ campaign: { rate_per_minute: 1 } })
  const asked: string[] = []
  for (let minute = 0; minute < 3; minute++) {
    await pool.query(`UPDATE rate_limits SET next_at = now() - interval '1 min'`)
    const { sent } = await attemptWith(pool, id, () => LOST)
    asked.push(...sent)
  }
  expect(new Set(asked).size).toBe(3)
})

test('at_most_once: after a crash only what was launched is in doubt, not what a window left out', async () => {
  const { pool, id, batch, results, deviceIds } = await setup({
    campaign: { guarantee: 'at_most_once', halted_platforms: ['ios'] },
  })
  await pool.query(`UPDATE devices SET platform = 'ios' WHERE id = ANY($1)`, [deviceIds.slice(0, 3)])
  // The dispatcher dies with its first window in flight: the positions after those of the platform that waits.
  const sender = fakeSender(() => new Promise(() => {}))
  void attemptWith(pool, id, () => SENT, { sender }).catch(() => undefined)
  await until(async () => (await batch()).launched.length > 0, { what: 'the window is marked' })
  expect(await batch()).toMatchObject({ launched: [4, 5, 6] })
  await pool.query('DELETE FROM batch_owners')
  await takeBack(pool, [])
  await pool.query(`UPDATE campaigns SET halted_platforms = '{}'`)
  await attemptWith(pool, id, () => SENT)
  expect((await results()).map(({ state }) => state)).toEqual([1, 1, 1, 4, 4, 4])
})

test('at_most_once: a batch that killed all its owners says of each device what is known', async () => {
  const { pool, id, results } = await setup({
    campaign: { guarantee: 'at_most_once' },
    columns: { attempt: 8, spent: 8, launched: [2] },
  })
  const { sent } = await attemptWith(pool, id, () => SENT)
  expect(sent).toEqual([])
  expect((await results()).map(({ state, code }) => [state, code])).toEqual([
    [2, 12],
    [4, 22],
    ...Array.from({ length: 4 }, () => [2, 12]),
  ])
})

test('a member who opts out while FCM is slow gets nothing that has not left', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const { pool, id, results } = await setup()
  let calls = 0
  const asked: string[] = []
  // As a sender with no free stream: it starts nothing until it is told to stop.
  const sender = fakeSender(async ({ addresses }, { signal, report }) => {
    calls += 1
    if (calls === 1) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      return
    }
    for (const [index, { address: token }] of addresses.entries()) {
      asked.push(token)
      report(index, SENT)
    }
  })
  const attempt = attemptWith(pool, id, () => SENT, { sender })
  await vi.waitFor(() => expect(calls).toBe(1), { timeout: 10_000 })
  await pool.query(`UPDATE members SET opted_out_at = now() WHERE external_id = 'm3'`)
  await vi.advanceTimersByTimeAsync(5_000)
  let isOver = false
  void attempt.finally(() => {
    isOver = true
  })
  await vi.waitFor(() => expect(isOver).toBe(true), { timeout: 10_000 })
  expect(asked).toEqual(['m1', 'm2', 'm4', 'm5', 'm6'].map((member) => `token-${member}-1`))
  expect((await results()).map(({ state }) => state)).toEqual([1, 1, 3, 1, 1, 1])
})

test('messages that came back unsent are not in flight any more', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const { pool, id } = await setup()
  const inHand = new Set<Attempt>()
  const inFlight: number[] = []
  // The first call starts nothing until it is told to stop, the second a part.
  const sender = fakeSender(async ({ addresses }, { signal, report }) => {
    inFlight.push([...inHand].reduce((sum, attempt) => sum + attempt.inFlight, 0))
    if (inFlight.length === 3) return addresses.forEach((_, index) => void report(index, SENT))
    if (inFlight.length === 2) report(0, SENT)
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  })
  const attempt = attemptWith(pool, id, () => SENT, { sender, inHand })
  for (const calls of [1, 2]) {
    await vi.waitFor(() => expect(inFlight).toHaveLength(calls), { timeout: 10_000 })
    await vi.advanceTimersByTimeAsync(5_000)
  }
  await vi.waitFor(() => expect(inFlight).toHaveLength(3), { timeout: 10_000 })
  vi.useRealTimers()
  await attempt
  // Otherwise each such round would look like progress to the standstill watch.
  expect(inFlight).toEqual([6, 6, 5])
})

test('at_most_once: what was looked up too long ago does not leave, however slow PostgreSQL marks it', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const { pool, id, results } = await setup({ campaign: { guarantee: 'at_most_once' } })
  let marks = 0
  const slow = new Proxy(pool, {
    get: (target, name) =>
      name !== 'query'
        ? Reflect.get(target, name)
        : async (query: { name?: string }, values: unknown[]) => {
            const answer = await target.query(query as never, values as never)
            if (query.name === 'batch-launched' && ++marks === 1) {
              await target.query(`UPDATE members SET opted_out_at = now() WHERE external_id = 'm3'`)
              vi.advanceTimersByTime(6_000)
            }
            return answer
          },
  }) as Pool
  const { sent } = await attemptWith(pool, id, () => SENT, { pool: slow })
  vi.useRealTimers()
  expect(sent).not.toContain('token-m3-1')
  expect((await results()).map(({ state }) => state)).toEqual([1, 1, 3, 1, 1, 1])
})

test('a device that belongs to another member than the audience named gets nothing', async () => {
  const { pool, id, memberIds, deviceIds, results } = await setup({
    campaign: { audience: { externalIds: ['m1', 'm2', 'm3'] } },
  })
  await pool.query('UPDATE batches SET member_ids = $1', [memberIds])
  await pool.query('UPDATE devices SET member_id = $2 WHERE id = $1', [deviceIds[1], memberIds[5]])
  const { sent } = await attemptWith(pool, id, () => SENT)
  expect(sent).toHaveLength(5)
  expect(sent).not.toContain('token-m2-1')
  expect((await results())[1]).toMatchObject({ state: 3, code: 43 })
})

test('an audience of everybody sends to the device whoever has it now', async () => {
  const { pool, id, memberIds, deviceIds } = await setup()
  await pool.query('UPDATE devices SET member_id = $2 WHERE id = $1', [deviceIds[1], memberIds[5]])
  const { sent } = await attemptWith(pool, id, () => SENT)
  expect(sent).toHaveLength(6)
})

test('while the breaker is half open one message is sent, and the rest when FCM has answered it', async () => {
  const { pool, id } = await setup()
  const windows: number[] = []
  const sender = fakeSender(async ({ addresses }, { report }) => {
    windows.push(addresses.length)
    for (const index of addresses.keys()) report(index, SENT)
  })
  const { breaker } = await attemptWith(pool, id, () => SENT, { sender, isHalfOpen: true })
  expect(windows).toEqual([1, 5])
  expect(breaker.state).toBe('closed')
})

test('a slow campaign judges a platform by its whole pass, not by the few messages of one attempt', async () => {
  const { pool, id, results, batch } = await setup({ campaign: { rate_per_minute: 1 } })
  await pool.query(`UPDATE devices SET platform = 'ios'`)
  const halted = async () =>
    (await pool.query('SELECT halted_platforms::text[] AS them FROM campaigns')).rows[0].them
  // m1 and m6 are of another app of the project.
  for (let minute = 0; minute < 6; minute++) {
    await pool.query(`UPDATE rate_limits SET next_at = now() - interval '1 min'`)
    await attemptWith(pool, id, (token) => (/m[16]-/.test(token) ? REFUSED : SENT))
    expect(await halted()).toEqual([])
  }
  expect((await results()).map(({ state }) => state)).toEqual([1, 1, 1, 1, 2])
  expect(await batch()).toMatchObject({ state: 'planned', spent: 1 })
  await pool.query(`UPDATE rate_limits SET next_at = now() - interval '1 min'`)
  await attemptWith(pool, id, () => REFUSED)
  expect(await halted()).toEqual([])
  expect((await results()).map(({ state }) => state)).toEqual([2, 1, 1, 1, 1, 2])
})

test('a slow campaign halts a platform that refuses everybody when its pass is over', async () => {
  const { pool, id, results } = await setup({ devices: 3, campaign: { rate_per_minute: 1 } })
  await pool.query(`UPDATE devices SET platform = 'ios'`)
  for (let minute = 0; minute < 3; minute++) {
    await pool.query(`UPDATE rate_limits SET next_at = now() - interval '1 min'`)
    await attemptWith(pool, id, () => REFUSED)
  }
  expect((await pool.query('SELECT halted_platforms::text[] AS them FROM campaigns')).rows[0].them).toEqual([
    'ios',
  ])
  expect(await results()).toEqual([])
})

test('a slow campaign that fails pauses: the share of failures is that of the batch, not of one attempt', async () => {
  const { pool, id, results } = await setup({ devices: 8, campaign: { rate_per_minute: 1 } })
  const state = async () => (await pool.query('SELECT state, pause_reason FROM campaigns')).rows[0]
  const errorLimits = { percent: 50, minimum: 4 }
  for (let minute = 0; minute < 4; minute++) {
    expect(await state()).toMatchObject({ state: 'sending' })
    await pool.query(`UPDATE rate_limits SET next_at = now() - interval '1 min'`)
    await attemptWith(pool, id, () => ({ kind: 'rejected', code: 'invalid_payload' }), { errorLimits })
  }
  expect(await state()).toEqual({ state: 'paused', pause_reason: 'message_refused' })
  expect(await results()).toHaveLength(4)
})

test('the quota of the project says nothing about a device, not even in its last pass', async () => {
  const { pool, id, results, batch } = await setup({ devices: 2, columns: { attempt: 7, spent: 7 } })
  await attemptWith(pool, id, () => ({
    kind: 'retry_later',
    code: 'quota_exceeded',
    scope: 'project',
    afterMs: 1,
  }))
  expect(await results()).toEqual([])
  expect(await batch()).toMatchObject({ state: 'planned', spent: 7 })
  // Even so it ends: an hour after the first answer of this kind.
  await pool.query(`UPDATE batches SET first_claimed_at = now() - interval '2 h'`)
  await attemptWith(pool, id, () => ({
    kind: 'retry_later',
    code: 'quota_exceeded',
    scope: 'project',
    afterMs: 1,
  }))
  expect((await results())[0]).toMatchObject({ state: 2 })
})

test('devices whose platform waits for an operator do not lose their passes to the others of their batch', async () => {
  const { pool, id, deviceIds, results, batch } = await setup({
    devices: 2,
    campaign: { halted_platforms: ['ios'] },
  })
  await pool.query(`UPDATE devices SET platform = 'ios' WHERE id = $1`, [deviceIds[0]])
  for (let pass = 0; pass < 8; pass++) {
    const { sent } = await attemptWith(pool, id, () => UNAVAILABLE)
    expect(sent).toEqual(['token-m2-1'])
  }
  expect(await results()).toMatchObject([{ device_id: deviceIds[1], state: 2 }])
  expect(await batch()).toMatchObject({ state: 'planned', not_before: Number.POSITIVE_INFINITY })
  await pool.query(`UPDATE campaigns SET halted_platforms = '{}'`)
  const { sent } = await attemptWith(pool, id, () => UNAVAILABLE)
  expect(sent).toEqual(['token-m1-1'])
  // It was asked for the first time.
  expect(await results()).toHaveLength(1)
  expect(await batch()).toMatchObject({ state: 'planned', spent: 1 })
})

test('at_most_once: a claim that a failover voids leaves no doubt about what its owner knows', async () => {
  const { pool, id, results, batch } = await setup({ campaign: { guarantee: 'at_most_once' } })
  const sender = fakeSender(async ({ addresses }, { report }) => {
    // As postgres/timeline.ts does.
    await pool.query(`UPDATE batches SET attempt = attempt + 1000, owner = NULL, state = 'planned'`)
    for (const index of addresses.keys()) report(index, index < 2 ? SENT : UNAVAILABLE)
  })
  const { end } = await attemptWith(pool, id, () => SENT, { sender })
  expect(end).toBe('not_mine')
  expect(await batch()).toMatchObject({ state: 'planned', launched: [] })
  const { sent } = await attemptWith(pool, id, () => SENT)
  expect(sent).toHaveLength(4)
  expect((await results()).map(({ state }) => state)).toEqual([1, 1, 1, 1, 1, 1])
})

test('at_most_once: a former owner leaves the doubt about what the next one had in flight', async () => {
  const { pool, id, batch } = await setup({ campaign: { guarantee: 'at_most_once' } })
  const sender = fakeSender(async ({ addresses }, { report }) => {
    // Taken back, claimed by another that launched the same, and taken back again.
    await pool.query(`UPDATE batches SET attempt = attempt + 1, owner = NULL, state = 'planned'`)
    for (const index of addresses.keys()) report(index, UNAVAILABLE)
  })
  await attemptWith(pool, id, () => SENT, { sender })
  expect(await batch()).toMatchObject({ launched: [1, 2, 3, 4, 5, 6] })
})
