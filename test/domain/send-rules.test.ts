import { describe, expect, test } from 'vitest'
import { isWholly, phaseAt } from '../../src/domain/daily-hours.ts'
import { SendJudge, type SendRules, type Verdict } from '../../src/domain/send-rules.ts'

const NIGHT = { from: '21:00', until: '08:00' }
const at = (text: string) => Date.parse(text)
const rules = (changes: Partial<SendRules> = {}): SendRules => ({
  kind: 'advertising',
  night: 'skip',
  sendWindow: null,
  notAfter: null,
  ...changes,
})
const seoul = { timezone: 'Asia/Seoul', hasMarketingConsent: true, hasNightConsent: false }

function judge(changes: Partial<SendRules>, moment: string, member = {}, latest = moment): Verdict {
  return new SendJudge(rules(changes), NIGHT, 'Asia/Seoul').judge(
    { ...seoul, ...member },
    at(moment),
    at(latest),
  )
}

describe('the night', () => {
  test.each([
    ['2026-12-01T20:59:59.999+09:00', 'leave'],
    ['2026-12-01T21:00:00.000+09:00', 'skip'],
    ['2026-12-02T07:59:59.999+09:00', 'skip'],
    ['2026-12-02T08:00:00.000+09:00', 'leave'],
  ])('is half-open: at %s an advertisement without consent to the night may %s', (moment, kind) => {
    expect(judge({}, moment).kind).toBe(kind)
  })

  test('what may leave may do so up to its first instant', () => {
    expect(judge({}, '2026-12-01T20:00+09:00')).toEqual({
      kind: 'leave',
      until: at('2026-12-01T21:00+09:00'),
    })
  })

  test('is nothing to a member with consent to it, nor to a service campaign', () => {
    const forEver = { kind: 'leave', until: Number.POSITIVE_INFINITY }
    expect(judge({}, '2026-12-01T23:00+09:00', { hasNightConsent: true })).toEqual(forEver)
    expect(judge({ kind: 'service' }, '2026-12-01T23:00+09:00', { hasMarketingConsent: false })).toEqual(
      forEver,
    )
  })

  test('consent to the night is none to advertising', () => {
    const verdict = judge({}, '2026-12-01T12:00+09:00', { hasMarketingConsent: false, hasNightConsent: true })
    expect(verdict).toEqual({ kind: 'skip', code: 'no_consent' })
  })

  test('with "delay" it waits for the morning there, and is given up at once if that comes after notAfter', () => {
    const morning = at('2026-12-02T08:00+09:00')
    expect(judge({ night: 'delay' }, '2026-12-01T23:00+09:00')).toEqual({ kind: 'wait', opensAt: morning })
    const tooLate = { kind: 'skip', code: 'quiet_hours' }
    expect(judge({ night: 'delay', notAfter: new Date(morning) }, '2026-12-01T23:00+09:00')).toEqual(tooLate)
    expect(judge({ night: 'delay', notAfter: new Date(morning + 1) }, '2026-12-01T23:00+09:00')).toEqual({
      kind: 'wait',
      opensAt: morning,
    })
  })

  test.each([
    ['null', null],
    ['one that does not exist', 'Mars/Olympus'],
  ])('a zone that is %s is judged in the default one, never exempt', (_, timezone) => {
    expect(judge({}, '2026-12-01T21:00+09:00', { timezone }).kind).toBe('skip')
    expect(judge({}, '2026-12-01T20:59+09:00', { timezone }).kind).toBe('leave')
  })

  test.each([
    // Clocks go from 02:00 to 03:00: the night has ten hours.
    ['2026-03-28T21:00+01:00', '2026-03-29T08:00+02:00'],
    // And from 03:00 to 02:00: twelve.
    ['2026-10-24T21:00+02:00', '2026-10-25T08:00+01:00'],
  ])('ends by the clock there also when clocks are changed: from %s to %s', (begins, ends) => {
    const berlin = { timezone: 'Europe/Berlin' }
    expect(judge({}, new Date(at(begins) - 1).toISOString(), berlin)).toEqual({
      kind: 'leave',
      until: at(begins),
    })
    expect(judge({ night: 'delay' }, begins, berlin)).toEqual({ kind: 'wait', opensAt: at(ends) })
    expect(judge({}, new Date(at(ends) - 1).toISOString(), berlin).kind).toBe('skip')
    expect(judge({}, ends, berlin).kind).toBe('leave')
  })

  test('between two readings of a clock it has begun if it begins before the later one, and ended if it ends before the earlier', () => {
    expect(judge({}, '2026-12-01T20:59:59.9+09:00', {}, '2026-12-01T21:00:00+09:00').kind).toBe('skip')
    expect(judge({}, '2026-12-02T07:59:59.9+09:00', {}, '2026-12-02T08:00:00.1+09:00').kind).toBe('skip')
  })
})

describe('the send window', () => {
  const sendWindow = { from: '10:00', until: '20:00', outside: 'wait' } as const
  const service = { kind: 'service', sendWindow } as const

  test.each([
    ['2026-12-01T09:59:59.999+09:00', { kind: 'wait', opensAt: at('2026-12-01T10:00+09:00') }],
    ['2026-12-01T10:00+09:00', { kind: 'leave', until: at('2026-12-01T20:00+09:00') }],
    ['2026-12-01T20:00+09:00', { kind: 'wait', opensAt: at('2026-12-02T10:00+09:00') }],
  ])('is half-open, for any kind of campaign: %s', (moment, verdict) => {
    expect(judge(service, moment)).toEqual(verdict)
  })

  test('outside of it a campaign that does not wait gives up, and so does one whose notAfter comes first', () => {
    const closed = { kind: 'skip', code: 'window_closed' }
    expect(
      judge({ ...service, sendWindow: { ...sendWindow, outside: 'skip' } }, '2026-12-01T20:00+09:00'),
    ).toEqual(closed)
    expect(
      judge({ ...service, notAfter: new Date('2026-12-02T09:00+09:00') }, '2026-12-01T20:00+09:00'),
    ).toEqual(closed)
    expect(
      judge({ ...service, notAfter: new Date('2026-12-01T15:00+09:00') }, '2026-12-01T15:00+09:00'),
    ).toEqual(closed)
  })

  test('comes before the night: who waits for it is judged in its morning', () => {
    expect(judge({ sendWindow }, '2026-12-01T22:00+09:00')).toEqual({
      kind: 'wait',
      opensAt: at('2026-12-02T10:00+09:00'),
    })
  })

  test('that reaches into the night waits for both', () => {
    const late = { from: '19:00', until: '23:00', outside: 'wait' } as const
    expect(judge({ sendWindow: late, night: 'delay' }, '2026-12-01T22:00+09:00')).toEqual({
      kind: 'wait',
      opensAt: at('2026-12-02T19:00+09:00'),
    })
  })
})

describe('hours of a day', () => {
  test('that begin in an hour that the clocks leave out begin later; all within it, they do not come that day', () => {
    // 02:00–03:00 does not exist in Berlin on that day.
    const before = at('2026-03-29T00:30+01:00')
    expect(phaseAt(before, { from: '02:30', until: '05:00' }, 'Europe/Berlin').until).toBe(
      at('2026-03-29T03:30+02:00'),
    )
    expect(phaseAt(before, { from: '02:30', until: '03:10' }, 'Europe/Berlin').until).toBe(
      at('2026-03-30T02:30+02:00'),
    )
  })

  test('that the clocks show twice begin once', () => {
    const hours = { from: '02:15', until: '02:45' }
    expect(phaseAt(at('2026-10-25T02:20+02:00'), hours, 'Europe/Berlin').isWithin).toBe(true)
    expect(phaseAt(at('2026-10-25T02:20+01:00'), hours, 'Europe/Berlin').isWithin).toBe(false)
  })

  test('go on where a zone left out a day', () => {
    // Apia went from the 29th of December to the 31st.
    const night = phaseAt(at('2011-12-29T23:00-10:00'), { from: '21:00', until: '08:00' }, 'Pacific/Apia')
    expect(night).toEqual({ isWithin: true, until: at('2011-12-31T08:00+14:00') })
  })

  test.each([
    // The last instant before the day that was left out, and those of the morning after it.
    ['Pacific/Apia', '2011-12-29T23:59-10:00', true],
    ['Pacific/Apia', '2011-12-31T00:00+14:00', true],
    ['Pacific/Apia', '2011-12-31T05:00+14:00', true],
    ['Pacific/Apia', '2011-12-31T07:59+14:00', true],
    ['Pacific/Apia', '2011-12-31T08:00+14:00', false],
    ['Pacific/Fakaofo', '2011-12-31T05:00+13:00', true],
    ['Pacific/Fakaofo', '2011-12-31T08:00+13:00', false],
    ['Pacific/Kwajalein', '1993-08-22T05:00+12:00', true],
  ])('of a night, in %s where a day was left out, at %s: %s', (zone, moment, is) => {
    expect(phaseAt(at(moment), { from: '21:00', until: '08:00' }, zone).isWithin).toBe(is)
  })

  test.each([
    ['22:00', '07:00', true],
    ['21:00', '08:00', true],
    ['20:59', '07:00', false],
    ['22:00', '08:01', false],
    ['01:00', '05:00', true],
    ['07:00', '22:00', false],
  ])('%s–%s lie wholly in the night: %s', (from, until, is) => {
    expect(isWholly({ from, until }, NIGHT)).toBe(is)
  })
})
