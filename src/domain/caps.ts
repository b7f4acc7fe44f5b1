/**
 * Frequency caps: how many campaigns one member may get within a window. A rule of the whole installation, over all campaigns
 * and projects: "rolling_24h:2,week:5" is at most 2 in any 24 hours and at most 5 in a calendar week of the member. Pure.
 *
 * A use is one campaign that was handed over to be sent to one member, whatever the number of devices and tries; it counts from
 * the last hand-over. A resend is the same use as the campaign that it repeats, for itself and for all others: it is the same message.
 */

import { addDays } from './add-days.ts'
import { canonicalTimezone } from './timezone.ts'
import { startOfDay, wallOf } from './zoned-time.ts'

export interface CapRule {
  /** As it was written: "rolling_24h", "day". */
  name: string
  /** Of a rolling window; null: a day or a week of the calendar in the member's zone. A week begins on Monday (ISO 8601). */
  rollingMs: number | null
  limit: number
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const MOST_CAPS = 10
const MOST_LIMIT = 1_000
const MOST_DAYS = 30
/** No cap looks further back. */
export const MOST_KEPT_DAYS = MOST_DAYS + 1
const CALENDAR: readonly string[] = ['day', 'week']

/** What is expected of CAPS. */
export const CAPS_FORM = `up to ${MOST_CAPS} rules such as "rolling_24h:2,rolling_7d:5": a window (rolling_1h to rolling_720h, rolling_1d to rolling_30d, day, week) and how many campaigns, from 1 to ${MOST_LIMIT}`

/** Returns a text for one that is not valid: what is wrong with it. */
export function parseCaps(text: string): readonly CapRule[] | string {
  const parts = text.split(',').map((part) => part.trim())
  if (parts.length > MOST_CAPS) return `it has ${parts.length} rules; at most ${MOST_CAPS}`
  const rules: CapRule[] = []
  for (const part of parts) {
    const [name = '', limit = '', ...more] = part.split(':').map((word) => word.trim())
    if (more.length > 0 || name === '') return `"${part}" is no rule; expected ${CAPS_FORM}`
    const rollingMs = lengthOf(name)
    if (rollingMs === undefined) return `"${name}" is no window; expected ${CAPS_FORM}`
    if (limit === '0')
      return `"${part}" would send nothing to anybody; expected at least 1, or no rule at all`
    if (!/^[1-9]\d*$/.test(limit) || Number(limit) > MOST_LIMIT) {
      return `"${part}" has no number of campaigns from 1 to ${MOST_LIMIT} after the colon`
    }
    const same = rules.find((rule) =>
      rollingMs === null ? rule.name === name : rule.rollingMs === rollingMs,
    )
    if (same !== undefined) return `"${part}" and "${same.name}:${same.limit}" are about the same window`
    rules.push({ name, rollingMs, limit: Number(limit) })
  }
  return rules
}

/** Undefined: there is no such window. */
function lengthOf(name: string): number | null | undefined {
  if (CALENDAR.includes(name)) return null
  const [, count, unit] = /^rolling_([1-9]\d{0,2})([hd])$/.exec(name) ?? []
  const length = Number(count) * (unit === 'h' ? HOUR_MS : DAY_MS)
  return length <= MOST_DAYS * DAY_MS ? length : undefined
}

export interface CapSwitches {
  /** Its members get it however many others they had: an order confirmation. */
  ignoresCaps: boolean
  /** It uses up what its members may get. */
  countsTowardCaps: boolean
}

/** False: caps cost it nothing. */
export function usesCaps({ ignoresCaps, countsTowardCaps }: CapSwitches, rules: readonly CapRule[]): boolean {
  return rules.length > 0 && (!ignoresCaps || countsTowardCaps)
}

export function isCalendar({ rollingMs }: CapRule): boolean {
  return rollingMs === null
}

/** Where the windows of one member begin: a use at this millisecond or later counts. Half-open: the one at `end` counts no more. */
export interface CapWindows {
  /** Of each rule. */
  starts: readonly number[]
  /** When a day or a week ends; infinity without such a rule. */
  end: number
}

const MOST_KNOWN = 2_000

/** The rules, and their windows at some moment, worked out once for each zone: a batch asks five hundred times. */
export class CapClock {
  readonly rules: readonly CapRule[]
  readonly #defaultZone: string
  readonly #usesZones: boolean
  /** Without days and weeks they are the same for everybody. */
  #everywhere: { at: number; windows: CapWindows } | undefined
  /** By zone; valid until `end`, and from `since` on. */
  readonly #days = new Map<string, { since: number; end: number; starts: Map<string, number> }>()

  /** `defaultZone`: of members whose own is not known, or is none. */
  constructor(rules: readonly CapRule[], defaultZone: string) {
    this.rules = rules
    this.#defaultZone = defaultZone
    this.#usesZones = rules.some(isCalendar)
  }

  windowsOf(timezone: string | null, at: number): CapWindows {
    if (this.#usesZones) return this.#windowsIn(timezone, at)
    if (this.#everywhere?.at !== at) this.#everywhere = { at, windows: this.#windowsIn(null, at) }
    return this.#everywhere.windows
  }

  #windowsIn(timezone: string | null, at: number): CapWindows {
    const calendar = this.#usesZones ? this.#calendarOf(timezone, at) : undefined
    return {
      // A use exactly so long ago is over: the first millisecond that counts is the next one.
      starts: this.rules.map(({ rollingMs, name }) =>
        rollingMs === null ? (calendar?.starts.get(name) ?? at) : at - rollingMs + 1,
      ),
      end: calendar?.end ?? Number.POSITIVE_INFINITY,
    }
  }

  #calendarOf(timezone: string | null, at: number) {
    const zone = (timezone === null ? undefined : canonicalTimezone(timezone)) ?? this.#defaultZone
    const known = this.#days.get(zone)
    if (known !== undefined && known.since <= at && at < known.end) return known
    const today = wallOf(new Date(at), zone).slice(0, 10)
    // Monday is the first day of an ISO week.
    const sinceMonday = (new Date(`${today}T00:00Z`).getUTCDay() + 6) % 7
    const day = startOfDay(today, zone).getTime()
    const found = {
      since: day,
      end: endOfDay(today, zone, at),
      starts: new Map([
        ['day', day],
        ['week', startOfDay(addDays(today, -sinceMonday), zone).getTime()],
      ]),
    }
    if (this.#days.size >= MOST_KNOWN) this.#days.clear()
    this.#days.set(zone, found)
    return found
  }
}

/** The date after may be left out by a zone that went over the date line. */
function endOfDay(today: string, zone: string, at: number): number {
  for (const days of [1, 2]) {
    const end = startOfDay(addDays(today, days), zone).getTime()
    if (end > at) return end
  }
  return at + HOUR_MS
}

/** `used`: sent, or in doubt. `open`: handed over, and it is not known yet what becomes of it. `void`: failed. */
export interface Use {
  campaignId: string
  /** The first campaign of its chain of resends, mostly the campaign itself. */
  chainId: string
  at: number
  fate: 'used' | 'open' | 'void'
}

export type CapVerdict =
  /** `by`: the campaign that has used the cap up. */
  | { kind: 'capped'; by: string }
  /** Used up only together with what may still fail. */
  | { kind: 'held' }
  | { kind: 'room' }

/** `own`: the chain of the campaign. What it and those that it repeats have used already is not counted twice. */
export function judgeUses(
  uses: readonly Use[],
  rules: readonly CapRule[],
  starts: readonly number[],
  own: string,
): CapVerdict {
  let verdict: CapVerdict = { kind: 'room' }
  for (const [place, { limit }] of rules.entries()) {
    const within = uses.filter(({ at, fate }) => at >= (starts[place] ?? 0) && fate !== 'void')
    if (within.some(({ chainId }) => chainId === own)) continue
    const certain = chainsOf(within.filter(({ fate }) => fate === 'used'))
    const last = certain[limit - 1]
    if (last !== undefined) return { kind: 'capped', by: last }
    if (chainsOf(within).length >= limit) verdict = { kind: 'held' }
  }
  return verdict
}

/** Each chain of resends once, in the order of their last hand-over, by the campaign that was handed over first. */
function chainsOf(uses: readonly Use[]): string[] {
  const inOrder = uses.toSorted((one, other) => one.at - other.at)
  const chains = [...Map.groupBy(inOrder, ({ chainId }) => chainId).values()]
  return chains
    .toSorted((one, other) => (one.at(-1)?.at ?? 0) - (other.at(-1)?.at ?? 0))
    .flatMap(([first]) => first?.campaignId ?? [])
}
