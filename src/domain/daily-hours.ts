/**
 * Hours that come back every day on a clock on a wall, such as a night or a send window, in any time zone. Half-open: of
 * 21:00–08:00, 21:00:00 is in it and 08:00:00 is not. Each day they go from one instant to another (zoned-time.ts), so on a day
 * when the clocks are changed they are longer or shorter, and never begin twice. Pure.
 */
import { addDays } from './add-days.ts'
import { instantOf, wallOf } from './zoned-time.ts'

/** "21:00" and "08:00". If `until` is not after `from`, they go on into the next day. */
export interface DailyHours {
  from: string
  until: string
}

/** Whether a moment is within the hours, and up to when that holds: milliseconds since 1970. */
export interface Phase {
  isWithin: boolean
  until: number
}

const DAY_MINUTES = 1_440

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}

/** Whether it is a time of a clock: "00:00" to "23:59". */
export function isTimeOfDay(text: string): boolean {
  return /^([01]\d|2[0-3]):[0-5]\d$/.test(text)
}

/** Whether all of `inner` is in `outer`, on a day when no clocks are changed. */
export function isWholly(inner: DailyHours, outer: DailyHours): boolean {
  const start = (minutesOf(inner.from) - minutesOf(outer.from) + DAY_MINUTES) % DAY_MINUTES
  return start + lengthOf(inner) <= lengthOf(outer)
}

/** Whether a time of a clock is in them. */
export function isInHours(time: string, hours: DailyHours): boolean {
  return (minutesOf(time) - minutesOf(hours.from) + DAY_MINUTES) % DAY_MINUTES < lengthOf(hours)
}

/** In minutes. */
function lengthOf({ from, until }: DailyHours): number {
  return (minutesOf(until) - minutesOf(from) + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES
}

/**
 * The day before: hours that went on into the day of `at`. One more on each side than a calendar needs: a zone may leave a day
 * out, and then the night before it goes on into the day after it.
 */
const DAYS = [-2, -1, 0, 1, 2, 3]

/** Throws RangeError if the zone does not exist. */
export function phaseAt(at: number, hours: DailyHours, zone: string): Phase {
  const today = wallOf(new Date(at), zone).slice(0, 10)
  const isOvernight = minutesOf(hours.until) <= minutesOf(hours.from)
  let within: number | undefined
  for (const day of DAYS) {
    const date = addDays(today, day)
    const begin = instantOf(`${date}T${hours.from}`, zone).at.getTime()
    const end = instantOf(`${isOvernight ? addDays(date, 1) : date}T${hours.until}`, zone).at.getTime()
    // All of them fell into an hour that the clocks left out.
    if (end <= begin) continue
    // Those of the next day may follow without a break, where a day was left out.
    const isNow = begin <= (within ?? at) && (within ?? at) < end
    if (isNow) within = end
    else if (within !== undefined) break
    else if (begin > at) return { isWithin: false, until: begin }
  }
  return within === undefined ? { isWithin: false, until: at + 60_000 } : { isWithin: true, until: within }
}

/** Of a zone: the phase that is now, and those that follow until a message may leave. */
const MOST_PHASES = 8
/** Every campaign with a window has hours of its own; all of a day are asked for again and again. */
const MOST_HOURS = 100

/** The same, worked out once for each zone and phase: a batch asks five hundred times. */
class Phases {
  readonly #hours: DailyHours
  /** As large as there are zones. */
  readonly #found = new Map<string, (Phase & { from: number })[]>()

  constructor(hours: DailyHours) {
    this.#hours = hours
  }

  /** `zone`: one that exists. */
  at(moment: number, zone: string): Phase {
    const known = this.#found.get(zone) ?? []
    const found = known.find(({ from, until }) => from <= moment && moment < until)
    if (found !== undefined) return found
    const phase = { ...phaseAt(moment, this.#hours, zone), from: moment }
    this.#found.set(zone, [...known.slice(1 - MOST_PHASES), phase])
    return phase
  }
}

const shared = new Map<string, Phases>()

/** One for each hours, for the whole process. */
export function phasesOf(hours: DailyHours): Phases {
  const name = `${hours.from}-${hours.until}`
  const known = shared.get(name)
  if (known !== undefined) return known
  if (shared.size >= MOST_HOURS) shared.clear()
  const phases = new Phases(hours)
  shared.set(name, phases)
  return phases
}
