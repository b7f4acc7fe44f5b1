import { describe, expect, test } from 'vitest'
import { settleOutcome } from '../../src/dispatch/settle-outcome.ts'
import type { Outcome } from '../../src/domain/outcome.ts'

const lost: Outcome = { kind: 'in_doubt', code: 'answer_lost' }
const later: Outcome = { kind: 'retry_later', code: 'unavailable', scope: 'device' }

describe('settling an outcome', () => {
  test('a lost answer is sent again under at_least_once and recorded under at_most_once', () => {
    expect(settleOutcome(lost, { guarantee: 'at_least_once', isLast: false })).toBeNull()
    expect(settleOutcome(lost, { guarantee: 'at_most_once', isLast: false })).toMatchObject({
      state: 'in_doubt',
      code: 'answer_lost',
    })
  })

  test('on the last attempt nothing is left open, and doubt stays doubt', () => {
    const rules = { guarantee: 'at_least_once', isLast: true } as const
    expect(settleOutcome(lost, rules)).toMatchObject({ state: 'in_doubt' })
    expect(settleOutcome(later, rules)).toMatchObject({ state: 'failed', code: 'unavailable' })
  })

  test('what was certainly not sent is tried again, under either guarantee', () => {
    expect(settleOutcome(later, { guarantee: 'at_most_once', isLast: false })).toBeNull()
    expect(settleOutcome(later, { guarantee: 'at_least_once', isLast: false })).toBeNull()
  })

  test('a cause of ours is never a device’s result', () => {
    const blocked: Outcome = { kind: 'blocked', code: 'credential_refused', detail: '' }
    expect(settleOutcome(blocked, { guarantee: 'at_least_once', isLast: true })).toBeNull()
  })

  test('only a certain dead address is marked without more ado', () => {
    const rules = { guarantee: 'at_least_once', isLast: false } as const
    const gone = (isCertain: boolean): Outcome => ({ kind: 'token_gone', code: 'unregistered', isCertain })
    expect(settleOutcome(gone(true), rules)).toMatchObject({ state: 'failed', addressIsDead: 'yes' })
    expect(settleOutcome(gone(false), rules)).toMatchObject({ state: 'failed', addressIsDead: 'if_accepted' })
    expect(settleOutcome({ kind: 'rejected', code: 'sender_id_mismatch' }, rules)).toMatchObject({
      addressIsDead: 'no',
    })
  })
})
