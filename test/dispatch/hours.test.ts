/** What an attempt does with devices that may not be sent to now: the moment that counts is that of leaving. */
import { expect, onTestFinished, test, vi } from 'vitest'
import type { DispatchDeps } from '../../src/dispatch/dispatch-batch.ts'
import type { Outcome } from '../../src/domain/outcome.ts'
import { takeBack } from '../../src/maintenance/take-back.ts'
import { attemptWith } from '../support/attempt-with.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'
import { fakeSender } from '../support/fake-sender.ts'
import { until } from '../support/until.ts'

const SENT: Outcome = { kind: 'sent', messageId: '1' }
const UNAVAILABLE: Outcome = { kind: 'retry_later', code: 'unavailable', scope: 'device' }

const at = (text: string) => Date.parse(text)
/** As if PostgreSQL's clock showed this now, and went on. */
function clockAt(text: string): { deps: Pick<DispatchDeps, 'clockShiftMs'>; set: (other: string) => void } {
  let shift = at(text) - Date.now()
  return {
    deps: { clockShiftMs: () => shift },
    set: (other) => {
      shift = at(other) - Date.now()
    },
  }
}

interface Person {
  zone?: string | null
  marketing?: boolean
  night?: boolean
  locale?: string | null
}

async function setup(people: readonly Person[], campaign: object = {}, columns: object = {}) {
  const { pool } = await createTestDatabase()
  const { deviceIds, memberIds } = await createDevices(pool, people.length)
  for (const [
    i,
    { zone = 'Asia/Seoul', marketing = true, night = false, locale = null },
  ] of people.entries()) {
    await pool.query(
      `UPDATE members SET timezone = $2, locale = $3, marketing_consent_at = CASE WHEN $4 THEN now() END,
         night_consent_at = CASE WHEN $5 THEN now() END WHERE id = $1`,
      [memberIds[i], zone, locale, marketing, night],
    )
  }
  const id = await createCampaign(pool, { state: 'sending', kind: 'advertising', ...campaign } as never)
  await createBatches(pool, id, deviceIds, columns)
  const batch = async () => (await pool.query('SELECT * FROM batches')).rows[0]
  const codes = async () =>
    (await pool.query('SELECT device_id, code FROM deliveries ORDER BY device_id')).rows.map(
      ({ code }) => code,
    )
  return { pool, id, memberIds, deviceIds, batch, codes }
}

test('an advertisement at night goes to those who agreed to it, and the reason of each other is recorded', async () => {
  const { pool, id, codes, batch } = await setup([
    { night: true },
    {},
    { marketing: false, night: true },
    { zone: 'America/New_York' },
    { zone: null },
  ])
  const { sent } = await attemptWith(pool, id, () => SENT, clockAt('2026-12-01T23:00+09:00').deps)
  expect(sent).toEqual(['token-m1-1', 'token-m4-1'])
  expect(await codes()).toEqual([0, 48, 47, 0, 48])
  expect(await batch()).toMatchObject({ state: 'done', sent: 2, skipped: 3 })
})

test('consent that was withdrawn since the plan counts', async () => {
  const { pool, id, memberIds, codes } = await setup([{}, {}])
  await pool.query('UPDATE members SET marketing_consent_at = NULL WHERE id = $1', [memberIds[0]])
  const { sent } = await attemptWith(pool, id, () => SENT, clockAt('2026-12-01T12:00+09:00').deps)
  expect(sent).toEqual(['token-m2-1'])
  expect(await codes()).toEqual([47, 0])
})

test('with "delay" the batch waits for the first morning, at no cost, and the others leave now', async () => {
  const { pool, id, batch, codes } = await setup(
    [{}, { zone: 'America/New_York' }, { zone: 'Europe/Berlin' }],
    { night: 'delay' },
    { spent: 3, attempt: 5, first_claimed_at: new Date(Date.now() - 600_000) },
  )
  const clock = clockAt('2026-12-01T23:00+09:00')
  const began = Date.now()
  const { sent } = await attemptWith(pool, id, () => SENT, clock.deps)
  expect(sent).toEqual(['token-m2-1', 'token-m3-1'])
  const after = await batch()
  expect(after).toMatchObject({ state: 'planned', sent: 2, spent: 0, first_claimed_at: null, passed: [] })
  // 08:00 in Seoul is nine hours away.
  expect(after.not_before.getTime() - began).toBeGreaterThan(9 * 3_600_000 - 1_000)
  expect(after.not_before.getTime() - began).toBeLessThan(9 * 3_600_000 + 60_000)

  clock.set('2026-12-02T08:00:00+09:00')
  await attemptWith(pool, id, () => SENT, clock.deps)
  expect(await codes()).toEqual([0, 0, 0])
  expect(await batch()).toMatchObject({ state: 'done', sent: 3 })
})

test('retries of some do not wait for the morning of others, and do not cost them a pass', async () => {
  const { pool, id, batch, codes } = await setup([{}, { night: true }], { night: 'delay' })
  const clock = clockAt('2026-12-01T23:00+09:00')
  let passes = 0
  for (; passes < 20 && (await codes()).length === 0; passes++) {
    const { sent } = await attemptWith(pool, id, () => UNAVAILABLE, clock.deps)
    expect(sent).toEqual(['token-m2-1'])
  }
  expect(passes).toBe(8)
  expect(await batch()).toMatchObject({ state: 'planned', failed: 1, spent: 0 })
  clock.set('2026-12-02T09:00+09:00')
  await attemptWith(pool, id, () => UNAVAILABLE, clock.deps)
  // It has all its passes.
  expect(await batch()).toMatchObject({ state: 'planned', spent: 1 })
})

test('a send window holds back any kind of campaign; what cannot be reached before notAfter is over', async () => {
  const sendWindow = { from: '10:00', until: '20:00', outside: 'wait' }
  const people: Person[] = [{ marketing: false }, { marketing: false, zone: 'America/New_York' }]
  const service = { kind: 'service', send_window: JSON.stringify(sendWindow) }
  const { pool, id, codes } = await setup(people, {
    ...service,
    not_after: new Date('2026-12-02T08:00+09:00'),
  })
  const { sent } = await attemptWith(pool, id, () => SENT, clockAt('2026-12-02T00:30+09:00').deps)
  expect(sent).toEqual(['token-m2-1'])
  expect(await codes()).toEqual([50, 0])
})

test('a message that waits for a free stream when the night begins does not leave, and its device is judged again', async () => {
  const { pool, id, codes, batch } = await setup([{}, { night: true }])
  const clock = clockAt('2026-12-01T20:59:57+09:00')
  let calls = 0
  const asked: string[] = []
  const sender = fakeSender(async ({ addresses }, { signal, report, mayStart }) => {
    calls += 1
    if (calls === 1) await new Promise((resolve) => signal.addEventListener('abort', resolve))
    for (const [index, { address }] of addresses.entries()) {
      if (signal.aborted || mayStart?.() === false) return
      asked.push(address)
      report(index, SENT)
    }
  })
  await attemptWith(pool, id, () => SENT, { ...clock.deps, sender })
  expect(asked).toEqual(['token-m2-1'])
  expect(await codes()).toEqual([48, 0])
  expect(await batch()).toMatchObject({ state: 'done' })
})

test('a process that is busy when the night begins starts nothing, although its timer comes late', async () => {
  const { pool, id, codes } = await setup([{}, {}])
  const clock = clockAt('2026-12-01T20:59:57+09:00')
  const asked: string[] = []
  const sender = fakeSender(async ({ addresses }, { signal, report, mayStart }) => {
    for (const [index, { address }] of addresses.entries()) {
      if (signal.aborted || mayStart?.() === false) return
      asked.push(address)
      report(index, SENT)
      // Nothing else runs meanwhile: no timer has fired.
      clock.set('2026-12-01T21:00:00+09:00')
      expect(signal.aborted).toBe(false)
    }
  })
  await attemptWith(pool, id, () => SENT, { ...clock.deps, sender })
  expect(asked).toEqual(['token-m1-1'])
  expect(await codes()).toEqual([0, 48])
})

test('a device that waits for the rate limit is judged when it is granted, however short ago it was looked up', async () => {
  const { pool, id, codes } = await setup([{}, {}, {}], { rate_per_minute: 60 })
  const clock = clockAt('2026-12-01T20:59:58+09:00')
  await pool.query(`INSERT INTO rate_limits (key, next_at) VALUES ('campaign:' || $1, now())`, [id])
  const { sent } = await attemptWith(
    pool,
    id,
    () => {
      // The next one waits a second, within the two for which a look is good.
      clock.set('2026-12-01T20:59:59.500+09:00')
      return SENT
    },
    clock.deps,
  )
  expect(sent).toEqual(['token-m1-1'])
  expect(await codes()).toEqual([0, 48, 48])
})

test('a sender that starts late hands nothing over that could start in the night', async () => {
  const { pool, id, codes } = await setup([{}])
  const sender = { ...fakeSender(async () => expect.unreachable()), leadMs: 10_000 }
  await attemptWith(pool, id, () => SENT, { ...clockAt('2026-12-01T20:59:55+09:00').deps, sender })
  expect(await codes()).toEqual([48])
})

test('at_most_once: what was held back is never in doubt', async () => {
  const { pool, id, batch, codes } = await setup([{}, { night: true }], {
    guarantee: 'at_most_once',
    night: 'delay',
  })
  const clock = clockAt('2026-12-01T23:00+09:00')
  const hanging = fakeSender(() => new Promise(() => {}))
  void attemptWith(pool, id, () => SENT, { ...clock.deps, sender: hanging }).catch(() => undefined)
  await until(async () => (await batch()).launched.length > 0, { what: 'the window is marked' })
  expect(await batch()).toMatchObject({ launched: [2] })
  await pool.query('DELETE FROM batch_owners')
  await takeBack(pool, [])
  await attemptWith(pool, id, () => SENT, clock.deps)
  expect(await codes()).toEqual([22])
})

test('the time of the machine decides nothing', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: at('2026-06-01T12:00+09:00') })
  onTestFinished(() => void vi.useRealTimers())
  const { pool, id, codes } = await setup([{}])
  const { rows } = await pool.query('SELECT (extract(epoch FROM now()) * 1000)::float8 AS now')
  const shift = at('2026-12-01T23:00+09:00') - rows[0].now
  await attemptWith(pool, id, () => SENT, { clockShiftMs: () => shift })
  expect(await codes()).toEqual([48])
})

test('only Korean members read that it is an advertisement', async () => {
  const { pool, id } = await setup(
    [
      { locale: 'ko' },
      { locale: 'en', zone: 'Asia/Seoul' },
      { zone: 'Asia/Seoul' },
      { zone: null },
      { zone: 'Europe/Berlin' },
    ],
    { advertiser: JSON.stringify({ name: '가게', optOutHint: '수신거부: 설정' }) },
  )
  const titles = new Map<string, string | undefined>()
  const sender = fakeSender(async ({ message, addresses }, { report }) => {
    for (const [index, { address }] of addresses.entries()) {
      titles.set(address, `${message.content.title}|${message.content.body}`)
      report(index, SENT)
    }
  })
  await attemptWith(pool, id, () => SENT, { ...clockAt('2026-12-01T18:00+09:00').deps, sender })
  const marked = '(광고) 가게 Hello|World\n수신거부: 설정'
  expect([...titles].toSorted().map(([, title]) => title)).toEqual([
    marked,
    'Hello|World',
    marked,
    marked,
    'Hello|World',
  ])
})
