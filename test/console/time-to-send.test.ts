import { describe, expect, it } from 'vitest'
import { secondsToSend } from '../../console/src/pages/new-campaign/time-to-send.ts'

const quota = { messagesPerMinute: 600_000, share: 1, rampSeconds: 0 }

describe('how long sending takes', () => {
  it('is the messages over the rate limit', () => {
    expect(secondsToSend(2_000_000, quota, null)).toBeCloseTo(200)
  })

  it('takes half a minute longer from a standstill: a ramp of 60 s sends half of what it could', () => {
    const ramped = { ...quota, rampSeconds: 60 }
    expect(secondsToSend(2_000_000, ramped, null)).toBeGreaterThan(229)
    expect(secondsToSend(2_000_000, ramped, null)).toBeLessThan(231)
    // Ended within the ramp: 300,000 would be all of it.
    expect(secondsToSend(75_000, ramped, null)).toBeCloseTo(30, 0)
  })

  it('is the campaign’s own rate where that is lower, ramp or not', () => {
    expect(secondsToSend(60_000, { ...quota, rampSeconds: 60 }, 6_000)).toBeGreaterThan(600)
    expect(secondsToSend(60_000, { ...quota, rampSeconds: 60 }, 6_000)).toBeLessThan(603)
    expect(secondsToSend(60_000, { ...quota, messagesPerMinute: null }, 6_000)).toBeCloseTo(600)
  })

  it('is longer while FCM has slowed us down', () => {
    expect(secondsToSend(600_000, { ...quota, share: 0.5 }, null)).toBeCloseTo(120)
  })

  it('cannot be told without any limit, and is nothing for nobody', () => {
    expect(secondsToSend(1_000, { ...quota, messagesPerMinute: null }, null)).toBeNull()
    expect(secondsToSend(0, quota, null)).toBe(0)
  })
})
