import { expect, test } from 'vitest'
import { type AttemptFacts, releaseAfter } from '../../src/dispatch/release-batch.ts'

const FACTS: AttemptFacts = {
  stop: undefined,
  delayMs: 70,
  isDoubtful: false,
  isOnlyHeld: false,
  wasRefused: false,
}
const back = (facts: Partial<AttemptFacts>) => releaseAfter({ ...FACTS, ...facts })

test('an attempt that tried everybody counts', () => {
  expect(back({})).toEqual({ delayMs: 70, isSpent: true, restartsAge: false, isHeld: false })
})

test.each(['campaign_stopped', 'waiting_for_quota', 'blocked', 'fcm_down', 'database_unavailable'] as const)(
  'one that ended by "%s" does not, nor does its time',
  (stop) => {
    expect(back({ stop })).toEqual({ delayMs: 70, isSpent: false, restartsAge: true, isHeld: false })
  },
)

test('quota is FCM’s doing: its time counts', () => {
  expect(back({ stop: 'over_quota' })).toMatchObject({ isSpent: false, restartsAge: false })
})

test.each(['fcm_down', 'over_quota', 'campaign_stopped'] as const)(
  'a message that may be repeated makes the attempt count, or "%s" could repeat it for ever',
  (stop) => {
    expect(back({ stop, isDoubtful: true })).toMatchObject({ isSpent: true, restartsAge: false })
  },
)

test('a shutdown costs nothing, and the batch goes on elsewhere at once', () => {
  expect(back({ stop: 'shutdown', isDoubtful: true })).toMatchObject({ delayMs: 0, isSpent: false })
})

test('what was in hand at a standstill counts: it may be what everybody would hang on', () => {
  expect(back({ stop: 'standstill' })).toMatchObject({ isSpent: true, delayMs: 70 })
})

test('devices that were only held back cost nothing; asking for them in vain counts', () => {
  expect(back({ isOnlyHeld: true })).toMatchObject({ isHeld: true, isSpent: false })
  expect(back({ isOnlyHeld: true, wasRefused: true })).toMatchObject({ isHeld: true, isSpent: true })
  expect(back({ isOnlyHeld: true, stop: 'shutdown' })).toMatchObject({ isHeld: false, isSpent: false })
})
