import { describe, expect, it } from 'vitest'
import { clockIn, momentOf } from '../../console/src/pages/new-campaign/local-time.ts'
import { isZone } from '../../console/src/zones.ts'

describe('a time of day in a zone', () => {
  it.each([
    ['2026-11-21', '09:00', 'Asia/Seoul', '2026-11-21T00:00:00.000Z', 'once'],
    ['2026-07-01', '09:00', 'Europe/Berlin', '2026-07-01T07:00:00.000Z', 'once'],
    ['2026-01-01', '00:00', 'Pacific/Kiritimati', '2025-12-31T10:00:00.000Z', 'once'],
    ['2026-01-01', '12:00', 'Asia/Kathmandu', '2026-01-01T06:15:00.000Z', 'once'],
    ['2026-01-01', '12:00', 'UTC', '2026-01-01T12:00:00.000Z', 'once'],
    // 02:00 becomes 03:00.
    ['2026-03-29', '01:59', 'Europe/Berlin', '2026-03-29T00:59:00.000Z', 'once'],
    ['2026-03-29', '02:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z', 'skipped'],
    ['2026-03-29', '03:00', 'Europe/Berlin', '2026-03-29T01:00:00.000Z', 'once'],
    // 03:00 becomes 02:00.
    ['2026-10-25', '02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z', 'twice'],
    ['2026-10-25', '03:00', 'Europe/Berlin', '2026-10-25T02:00:00.000Z', 'once'],
    ['2026-11-01', '01:30', 'America/New_York', '2026-11-01T05:30:00.000Z', 'twice'],
  ])('%s %s in %s is %s (%s)', (date, time, zone, at, kind) => {
    expect(momentOf(date, time, zone)).toEqual({ at: new Date(at), kind })
  })

  it('is none without a date, a time, or a zone', () => {
    expect(momentOf('', '09:00', 'UTC')).toBeNull()
    expect(momentOf('2026-01-01', '', 'UTC')).toBeNull()
    expect(momentOf('2026-01-01', '09:00', 'Mars/Olympus')).toBeNull()
    expect(isZone('')).toBe(false)
  })

  it('is read back from a clock there', () => {
    for (const zone of ['UTC', 'Asia/Seoul', 'America/St_Johns', 'Europe/Berlin']) {
      const at = new Date('2026-06-30T23:45:00Z')
      const { date, time } = clockIn(at, zone)
      expect(momentOf(date, time, zone)?.at).toEqual(at)
    }
  })
})
