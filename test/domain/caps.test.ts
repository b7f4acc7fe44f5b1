import { describe, expect, test } from 'vitest'
import { CapClock, type CapRule, judgeUses, parseCaps, type Use, usesCaps } from '../../src/domain/caps.ts'

const at = (text: string) => Date.parse(text)
const HOUR = 3_600_000
const rulesOf = (text: string): readonly CapRule[] => {
  const rules = parseCaps(text)
  if (typeof rules === 'string') throw new Error(rules)
  return rules
}

describe('CAPS', () => {
  test('names windows and numbers, in any order', () => {
    expect(rulesOf(' rolling_24h:2, rolling_7d:5 ,day:1,week:3')).toEqual([
      { name: 'rolling_24h', rollingMs: 24 * HOUR, limit: 2 },
      { name: 'rolling_7d', rollingMs: 168 * HOUR, limit: 5 },
      { name: 'day', rollingMs: null, limit: 1 },
      { name: 'week', rollingMs: null, limit: 3 },
    ])
  })

  test.each([
    ['rolling_24h:0', /"rolling_24h:0" would send nothing to anybody/],
    ['rolling_24h:-1', /no number of campaigns from 1 to 1000/],
    ['rolling_24h:NaN', /no number of campaigns/],
    ['rolling_24h:1.5', /no number of campaigns/],
    ['rolling_24h:2e3', /no number of campaigns/],
    ['rolling_24h:1001', /no number of campaigns/],
    ['rolling_24h', /no number of campaigns/],
    ['rolling_24h:', /no number of campaigns/],
    ['month:2', /"month" is no window; expected up to 10 rules/],
    ['toString:2', /"toString" is no window/],
    ['rolling_0h:2', /"rolling_0h" is no window/],
    ['rolling_31d:2', /"rolling_31d" is no window/],
    ['rolling_721h:2', /"rolling_721h" is no window/],
    ['24h:2', /"24h" is no window/],
    ['day:1:2', /"day:1:2" is no rule/],
    ['day:1,', /"" is no rule/],
    ['day:1,day:2', /"day:2" and "day:1" are about the same window/],
    ['rolling_24h:1,rolling_1d:2', /"rolling_1d:2" and "rolling_24h:1" are about the same window/],
    [Array.from({ length: 11 }, (_, i) => `rolling_${i + 1}h:1`).join(), /it has 11 rules; at most 10/],
  ])('%s is refused', (text, problem) => {
    expect(parseCaps(text)).toMatch(problem)
  })

  test('no campaign pays for caps that do not concern it', () => {
    const some = rulesOf('day:1')
    expect(usesCaps({ ignoresCaps: false, countsTowardCaps: true }, [])).toBe(false)
    expect(usesCaps({ ignoresCaps: true, countsTowardCaps: false }, some)).toBe(false)
    expect(usesCaps({ ignoresCaps: true, countsTowardCaps: true }, some)).toBe(true)
    expect(usesCaps({ ignoresCaps: false, countsTowardCaps: false }, some)).toBe(true)
  })
})

describe('windows', () => {
  const startsAt = (text: string, zone: string | null, moment: string) =>
    new CapClock(rulesOf(text), 'Asia/Seoul').windowsOf(zone, at(moment))

  test('a rolling one is half-open: what is exactly so long ago is over', () => {
    const now = '2026-12-01T12:00:00Z'
    const { starts, end } = startsAt('rolling_24h:1', null, now)
    const [start = 0] = starts
    const exactly = at(now) - 24 * HOUR
    expect(exactly >= start).toBe(false)
    expect(exactly + 1 >= start).toBe(true)
    expect(end).toBe(Number.POSITIVE_INFINITY)
  })

  test.each([
    ['Asia/Seoul', '2026-12-02T14:59:59.999Z', '2026-12-01T15:00Z', '2026-12-02T15:00Z'],
    ['Asia/Seoul', '2026-12-02T15:00:00Z', '2026-12-02T15:00Z', '2026-12-03T15:00Z'],
    ['America/New_York', '2026-12-02T04:59:59Z', '2026-12-01T05:00Z', '2026-12-02T05:00Z'],
    // Unknown, and no zone at all: the default one.
    [null, '2026-12-02T15:00:00Z', '2026-12-02T15:00Z', '2026-12-03T15:00Z'],
    ['Moon/Base', '2026-12-02T15:00:00Z', '2026-12-02T15:00Z', '2026-12-03T15:00Z'],
    // The clocks are put forward and back: 23 and 25 hours.
    ['Europe/Berlin', '2026-03-29T12:00:00Z', '2026-03-28T23:00Z', '2026-03-29T22:00Z'],
    ['Europe/Berlin', '2026-10-25T12:00:00Z', '2026-10-24T22:00Z', '2026-10-25T23:00Z'],
    // There was no 30 December 2011.
    ['Pacific/Apia', '2011-12-30T09:00:00Z', '2011-12-29T10:00Z', '2011-12-30T10:00Z'],
  ])('a day in %s at %s', (zone, moment, start, end) => {
    const windows = startsAt('day:1', zone, moment)
    expect([new Date(windows.starts[0] ?? 0), new Date(windows.end)]).toEqual([
      new Date(start),
      new Date(end),
    ])
  })

  test.each([
    ['2026-11-29T14:59:59Z', '2026-11-22T15:00Z'],
    // Monday, 00:00 in Seoul.
    ['2026-11-29T15:00:00Z', '2026-11-29T15:00Z'],
    // The first week of an ISO year begins in the year before.
    ['2027-01-01T12:00:00Z', '2026-12-27T15:00Z'],
  ])('a week at %s begins on Monday', (moment, start) => {
    expect(startsAt('week:1', 'Asia/Seoul', moment).starts).toEqual([at(start)])
  })

  test('each rule has its own, and a moment back in time is worked out anew', () => {
    const clock = new CapClock(rulesOf('rolling_1h:1,day:1,week:1'), 'UTC')
    const later = clock.windowsOf('UTC', at('2026-12-02T10:00Z')).starts
    const earlier = clock.windowsOf('UTC', at('2026-12-01T10:00Z')).starts
    expect(later).toEqual([at('2026-12-02T09:00Z') + 1, at('2026-12-02T00:00Z'), at('2026-11-30T00:00Z')])
    expect(earlier).toEqual([at('2026-12-01T09:00Z') + 1, at('2026-12-01T00:00Z'), at('2026-11-30T00:00Z')])
  })
})

describe('a member', () => {
  const rules = rulesOf('rolling_24h:2')
  const used = (
    campaignId: string,
    moment: number,
    fate: Use['fate'] = 'used',
    chainId = campaignId,
  ): Use => ({
    campaignId,
    chainId,
    at: moment,
    fate,
  })
  const judge = (uses: Use[], own = 'me', over = rules, starts = [100]) => judgeUses(uses, over, starts, own)

  test('who has had fewer than the cap may get another', () => {
    expect(judge([])).toEqual({ kind: 'room' })
    expect(judge([used('a', 100)])).toEqual({ kind: 'room' })
    expect(judge([used('a', 99), used('b', 100)])).toEqual({ kind: 'room' })
  })

  test('the campaign is named that has used the cap up, and not one that came on top', () => {
    const uses = [used('b', 120), used('a', 110), used('order', 130)]
    expect(judge(uses)).toEqual({ kind: 'capped', by: 'b' })
  })

  test('two devices, and two tries, are one use: that of the last', () => {
    expect(judge([used('a', 110), used('a', 120)])).toEqual({ kind: 'room' })
    expect(judge([used('a', 110), used('b', 115), used('a', 120)])).toEqual({ kind: 'capped', by: 'a' })
  })

  test('a campaign and its resends are one use, under the name of the first that counts', () => {
    const again = used('again', 120, 'used', 'a')
    expect(judge([used('a', 110), again])).toEqual({ kind: 'room' })
    expect(judge([used('a', 110), used('b', 115), again])).toEqual({ kind: 'capped', by: 'a' })
    expect(judge([used('a', 90), used('b', 115), again])).toEqual({ kind: 'capped', by: 'again' })
    expect(judge([used('a', 110), used('b', 115, 'open'), again])).toEqual({ kind: 'held' })
    expect(judge([used('b', 110), used('c', 115), again], 'a')).toEqual({ kind: 'room' })
  })

  test('what may still fail does not cap: it is waited for', () => {
    expect(judge([used('a', 110), used('b', 120, 'open')])).toEqual({ kind: 'held' })
    expect(judge([used('a', 110), used('b', 120, 'open'), used('c', 130)])).toEqual({
      kind: 'capped',
      by: 'c',
    })
  })

  test('what has failed is no use', () => {
    expect(judge([used('a', 110), used('b', 120, 'void')])).toEqual({ kind: 'room' })
  })

  test('what the campaign has used itself is not counted twice', () => {
    expect(judge([used('a', 110), used('me', 120), used('b', 130)])).toEqual({ kind: 'room' })
    // Its own is over, and two others are not.
    expect(judge([used('me', 90), used('a', 110), used('b', 130)])).toEqual({ kind: 'capped', by: 'b' })
  })

  test('all rules hold', () => {
    const both = rulesOf('rolling_24h:2,rolling_7d:3')
    const uses = [used('a', 10), used('b', 20), used('c', 110)]
    expect(judge(uses, 'me', both, [100, 0])).toEqual({ kind: 'capped', by: 'c' })
    expect(judge(uses, 'me', both, [100, 15])).toEqual({ kind: 'room' })
    // Held by one and capped by the other: nothing helps any more.
    const open = [used('a', 10), used('b', 20), used('c', 30), used('d', 110, 'open'), used('e', 120, 'open')]
    expect(judge(open, 'me', both, [100, 0])).toEqual({ kind: 'capped', by: 'c' })
  })
})
