/** Converts local times of any zone, daylight saving included. Uses Intl, which knows the zones; no library. */

export interface Moment {
  at: Date
  /**
   * skipped: clocks move forward over this time, so it is shifted by as much. twice: clocks move back; the first is
   * used.
   */
  kind: 'once' | 'skipped' | 'twice'
}

const DAY_MS = 86_400_000

/** `date` "2026-03-29", `time` "02:30", `zone` "Europe/Berlin"; null if one of them is invalid. */
export function momentOf(date: string, time: string, zone: string): Moment | null {
  const wall = Date.parse(`${date}T${time}Z`)
  if (Number.isNaN(wall) || !isZone(zone)) return null
  // Whatever the clocks do that day, the offset is that of the day before or of the day after.
  const before = offsetOf(wall - DAY_MS, zone)
  const after = offsetOf(wall + DAY_MS, zone)
  const fitting = [...new Set([before, after])]
    .map((offset) => ({ offset, at: wall - offset }))
    .filter(({ offset, at }) => offsetOf(at, zone) === offset)
    .map(({ at }) => at)
  if (fitting.length === 0) return { at: new Date(wall - before), kind: 'skipped' }
  return { at: new Date(Math.min(...fitting)), kind: fitting.length === 1 ? 'once' : 'twice' }
}

/** The local date and time in that zone, for the input fields. */
export function clockIn(at: Date, zone: string): { date: string; time: string } {
  const wall = new Date(Math.floor(at.getTime() / 1000) * 1000 + offsetOf(at.getTime(), zone)).toISOString()
  return { date: wall.slice(0, 10), time: wall.slice(11, 16) }
}

export function isZone(zone: string): boolean {
  try {
    return zone !== '' && new Intl.DateTimeFormat('en', { timeZone: zone }) !== null
  } catch {
    return false
  }
}

/** All zones, the user's own and UTC first. */
export function zonesFrom(own: string): string[] {
  return [...new Set([own, 'UTC', ...Intl.supportedValuesOf('timeZone')])]
}

export function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone
}

function offsetOf(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at)
  const part = (type: string) => Number(parts.find((each) => each.type === type)?.value)
  const wall = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  )
  return wall - Math.floor(at / 1000) * 1000
}
