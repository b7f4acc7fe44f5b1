import { expect, test } from 'vitest'
import { sentenceOf } from '../../src/dispatch/complaint.ts'
import { ErrorWatch } from '../../src/dispatch/error-watch.ts'
import type { CodeOf, DeliveryState } from '../../src/domain/delivery-result.ts'
import type { Result } from '../../src/domain/outcome.ts'

type Counted = { [S in DeliveryState]: [count: number, state: S, code: CodeOf<S>] }[DeliveryState]

function watch(results: Counted[], limits = { minimum: 100, percent: 50 }): string | null {
  const errors = new ErrorWatch(limits)
  for (const [count, state, code] of results) {
    const result = { state, code, messageId: null, addressIsDead: 'no' } as Result
    for (let i = 0; i < count; i++) errors.add(result)
  }
  const complaint = errors.complaint()
  return complaint && `${complaint.reason}: ${sentenceOf(complaint, undefined)}`
}

test('complains when most of enough messages fail, and names the commonest reason and what to do', () => {
  const complaint = watch([
    [40, 'sent', 'ok'],
    [50, 'failed', 'third_party_auth_error'],
    [10, 'failed', 'internal'],
  ])
  expect(complaint).toContain('60 of 100')
  expect(complaint).toContain('third_party_auth_error')
  expect(complaint).toContain('APNs key')
})

test('that FCM refuses the message is a reason of its own: resuming it unchanged would be in vain', () => {
  const complaint = watch([
    [30, 'sent', 'ok'],
    [60, 'failed', 'invalid_payload'],
    [10, 'failed', 'internal'],
  ])
  expect(complaint).toMatch(/^message_refused: 70 of 100/)
  expect(complaint).toContain('Correct the message')
})

test('says nothing while half or more are accepted, or while there are too few to tell', () => {
  expect(
    watch([
      [50, 'sent', 'ok'],
      [50, 'failed', 'internal'],
    ]),
  ).toBeNull()
  expect(watch([[99, 'failed', 'internal']])).toBeNull()
})

test('dead tokens say something about the list, not about the campaign', () => {
  expect(
    watch([
      [5, 'sent', 'ok'],
      [400, 'failed', 'unregistered'],
      [90, 'failed', 'invalid_address'],
    ]),
  ).toBeNull()
})

test('share and minimum are what was configured; at 100 per cent it never complains', () => {
  const half: Parameters<typeof watch>[0] = [
    [6, 'sent', 'ok'],
    [4, 'failed', 'internal'],
  ]
  expect(watch(half, { minimum: 10, percent: 39 })).toContain('4 of 10')
  expect(watch(half, { minimum: 10, percent: 40 })).toBeNull()
  expect(watch(half, { minimum: 11, percent: 1 })).toBeNull()
  expect(watch([[500, 'failed', 'internal']], { minimum: 1, percent: 100 })).toBeNull()
})
