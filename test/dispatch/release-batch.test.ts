import { expect, test } from 'vitest'
import { type AttemptFacts, releaseAfter } from '../../src/dispatch/release-batch.ts'

const FACTS: AttemptFacts = {
  stop: undefined,
  waitMs: 70,
  backOffMs: 90,
  left: 0,
  passed: [3],
  triedNow: 1,
  isOnlyHeld: false,
  opensInMs: null,
}
const back = (facts: Partial<AttemptFacts>) => releaseAfter({ ...FACTS, ...facts })

test('when every device was sent to, the pass has ended', () => {
  expect(back({})).toEqual({
    waitMs: 70,
    backOffMs: 90,
    endsPass: true,
    passed: [],
    restartsAge: false,
    isHeld: false,
    isCutOff: false,
    isAsleep: false,
  })
})

test.each([
  'campaign_stopped',
  'waiting_for_quota',
  'blocked',
  'fcm_down',
  'database_unavailable',
  'shutdown',
] as const)('one that ended by "%s" costs nothing, and those it sent to wait for the others', (stop) => {
  expect(back({ stop, left: 5 })).toMatchObject({ endsPass: false, passed: [3], isCutOff: true })
})

test('an attempt that ended early still ends the pass if nobody was left: its answers count', () => {
  expect(back({ stop: 'waiting_for_quota' })).toMatchObject({ endsPass: true, passed: [], isCutOff: false })
})

test('time that was lost to something else than FCM does not count against the age', () => {
  expect(back({ stop: 'campaign_stopped', left: 5 }).restartsAge).toBe(true)
  expect(back({ stop: 'waiting_for_quota', left: 5 }).restartsAge).toBe(true)
  expect(back({ stop: 'over_quota', left: 5, triedNow: 0 }).restartsAge).toBe(false)
  expect(back({ stop: 'fcm_down', left: 5 }).restartsAge).toBe(false)
  // The breaker was open: this attempt has asked FCM nothing.
  expect(back({ stop: 'fcm_down', left: 5, triedNow: 0 }).restartsAge).toBe(true)
})

test('after a shutdown the batch goes on elsewhere at once', () => {
  expect(back({ stop: 'shutdown', left: 5 })).toMatchObject({ waitMs: 0, endsPass: false })
})

test.each(['standstill', 'not_attempted'] as const)(
  'what was in hand at "%s" ends the pass: it may be what everybody would hang on',
  (stop) => {
    expect(back({ stop, left: 5, passed: [] })).toMatchObject({ endsPass: true, waitMs: 70 })
  },
)

test('devices that were only held back cost nothing; asking for them in vain counts', () => {
  expect(back({ isOnlyHeld: true, passed: [] })).toMatchObject({ isHeld: true, endsPass: false })
  expect(back({ isOnlyHeld: true })).toMatchObject({ isHeld: true, endsPass: true })
  expect(back({ isOnlyHeld: true, passed: [], stop: 'shutdown' })).toMatchObject({
    isHeld: false,
    endsPass: false,
  })
})

test('who waits for the morning costs the batch nothing, and the others do not wait for it', () => {
  const morning = { opensInMs: 3_600_000, passed: [], triedNow: 0 }
  expect(back(morning)).toMatchObject({
    waitMs: 3_600_000,
    isAsleep: true,
    endsPass: false,
    restartsAge: true,
    isCutOff: false,
  })
  // Also when the process stops: the next owner would only find that it is night.
  expect(back({ ...morning, stop: 'shutdown' })).toMatchObject({ waitMs: 3_600_000, isAsleep: true })
  expect(back({ ...morning, passed: [3], triedNow: 1 })).toMatchObject({
    waitMs: 70,
    backOffMs: 90,
    isAsleep: false,
    endsPass: true,
  })
  expect(back({ ...morning, left: 5, stop: 'waiting_for_quota' })).toMatchObject({
    waitMs: 70,
    isAsleep: false,
  })
})

test('devices that wait for an operator do not keep those waiting that wait for the morning', () => {
  expect(back({ opensInMs: 1_000, isOnlyHeld: true, passed: [] })).toMatchObject({
    isHeld: false,
    isAsleep: true,
  })
})
