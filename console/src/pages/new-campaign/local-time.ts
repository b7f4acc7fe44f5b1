/** What is typed as date and time in a zone, and back. */
import { instantOf, type Moment, wallOf } from '../../../../src/domain/zoned-time.ts'

/** `date` "2026-03-29", `time` "02:30", `zone` "Europe/Berlin"; null if one of them is invalid. */
export function momentOf(date: string, time: string, zone: string): Moment | null {
  try {
    return instantOf(`${date}T${time}`, zone)
  } catch {
    return null
  }
}

/** The local date and time in that zone, for the input fields; empty in a zone that this browser does not know. */
export function clockIn(at: Date, zone: string): { date: string; time: string } {
  try {
    const [date = '', time = ''] = wallOf(at, zone).split('T')
    return { date, time }
  } catch {
    return { date: '', time: '' }
  }
}
