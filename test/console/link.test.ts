import { describe, expect, test } from 'vitest'
import { askAgainAfterSeconds, linkOf, POLL_SECONDS } from '../../console/src/api/link.ts'

const closed = '2026-11-21T05:00:00.000Z'

describe('what is said of the figures', () => {
  test.each([
    [{ isError: false, moves: true, isStreaming: true, isSilent: false }, 'live'],
    [{ isError: false, moves: true, isStreaming: false, isSilent: false }, 'polling'],
    [{ isError: false, moves: false, isStreaming: false, isSilent: false }, 'ended'],
    // Nothing is known to be the last word while the server cannot be asked.
    [{ isError: true, moves: false, isStreaming: false, isSilent: false }, 'lost'],
    [{ isError: true, moves: true, isStreaming: true, isSilent: false }, 'lost'],
    // A stream that hangs looks like one on which nothing happens.
    [{ isError: false, moves: true, isStreaming: true, isSilent: true }, 'lost'],
    [{ isError: false, moves: false, isStreaming: false, isSilent: true }, 'ended'],
  ] as const)('%j is %s', (now, link) => {
    expect(linkOf(now)).toBe(link)
  })
})

describe('when a campaign is asked for', () => {
  test('every two seconds where no events come, whatever may still change', () => {
    for (const state of ['scheduled', 'sending', 'paused'] as const)
      expect(askAgainAfterSeconds({ state, closedAt: null }, false)).toBe(POLL_SECONDS)
    expect(askAgainAfterSeconds({ state: 'finished', closedAt: null }, false)).toBe(POLL_SECONDS)
  })

  test('never while events come and it stands still: ten thousand viewers ask nothing', () => {
    expect(askAgainAfterSeconds({ state: 'paused', closedAt: null }, true)).toBeNull()
    expect(askAgainAfterSeconds({ state: 'scheduled', closedAt: null }, true)).toBeNull()
  })

  test('seldom while events ought to come: a proxy may swallow them', () => {
    expect(askAgainAfterSeconds({ state: 'sending', closedAt: null }, true)).toBeGreaterThan(POLL_SECONDS)
  })

  test('never when the counts are closed, nor for a draft', () => {
    expect(askAgainAfterSeconds({ state: 'finished', closedAt: closed }, false)).toBeNull()
    expect(askAgainAfterSeconds({ state: 'draft', closedAt: null }, false)).toBeNull()
  })
})
