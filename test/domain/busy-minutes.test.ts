import { describe, expect, it } from 'vitest'
import { busyMark, calmFrom } from '../../src/domain/busy-minutes.ts'

describe('the minutes in which everybody sends', () => {
  it.each([
    ['08:58:59', null],
    ['08:59:00', '09:00:00'],
    ['09:00:00', '09:00:00'],
    ['09:01:59', '09:00:00'],
    ['09:02:00', null],
    ['09:14:00', '09:15:00'],
    ['09:30:30', '09:30:00'],
    ['09:44:59', '09:45:00'],
    ['09:50:00', null],
  ])('%s meets %s', (time, mark) => {
    const on = (clock: string) => new Date(`2026-11-21T${clock}Z`)
    expect(busyMark(on(time))).toEqual(mark === null ? null : on(mark))
  })

  it.each([
    ['08:59:00', '09:05:00'],
    ['09:00:00', '09:05:00'],
    ['09:04:59', '09:05:00'],
    ['09:05:00', '09:05:00'],
    ['09:07:30', '09:08:00'],
    ['09:13:00', '09:13:00'],
    ['09:13:01', '09:20:00'],
    ['23:59:30', '24:05:00'],
  ])('from %s on, it is quiet at %s', (time, calm) => {
    const on = (clock: string) => {
      const [hours = 0, minutes = 0, seconds = 0] = clock.split(':').map(Number)
      return new Date(Date.UTC(2026, 10, 21, hours, minutes, seconds))
    }
    expect(calmFrom(on(time))).toEqual(on(calm))
    expect(busyMark(calmFrom(on(time)))).toBeNull()
  })
})
