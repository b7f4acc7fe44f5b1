/** What a local time would mean for an audience, before anything is scheduled: per instant, who gets the message and who does not. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ZoneCount } from '../audience/count-zones.ts'
import { type LocalTime, type ZoneSkip, type ZoneTime, zoneTime } from '../domain/local-time.ts'
import { canonicalTimezone } from '../domain/timezone.ts'

interface ForecastInstant {
  /** Null: they are not sent to. */
  at: Date | null
  code: ZoneSkip | null
  /** The time had passed there. */
  isLate: boolean
  devices: number
  /** The frequent first. Null: not known. */
  zones: { zone: string | null; devices: number }[]
}

export interface LocalForecast {
  devices: number
  /** Of them: those whose zone is not known, and those in whose zone it has passed. */
  unknown: number
  late: number
  /** Of them: those that are not sent to. */
  skipped: number
  /** In order; those that are not sent to last. */
  instants: ForecastInstant[]
}

/** For a zone that is met first, Intl needs milliseconds: the others of this process have their turn in between. */
const ZONES_AT_A_TIME = 5

export async function forecast(
  counts: readonly ZoneCount[],
  time: LocalTime,
  now: Date,
): Promise<LocalForecast> {
  const instants = new Map<string, ForecastInstant>()
  const seen: LocalForecast = { devices: 0, unknown: 0, late: 0, skipped: 0, instants: [] }
  let worked = 0
  for (const [zone, devices] of namedZones(counts)) {
    if (++worked % ZONES_AT_A_TIME === 0) await nextTurn()
    const { at, code, isLate } = zoneTime(time, zone, now)
    const key = [at?.getTime(), code, isLate].join(' ')
    const instant = instants.get(key) ?? { at, code, isLate, devices: 0, zones: [] }
    instants.set(key, instant)
    instant.devices += devices
    instant.zones.push({ zone, devices })
    seen.devices += devices
    if (zone === null) seen.unknown += devices
    if (isLate) seen.late += devices
    if (code !== null) seen.skipped += devices
  }
  return { ...seen, instants: [...instants.values()].sort(inOrder) }
}

/** Names that no zone has are zones that are not known, as for the planner. */
function namedZones(counts: readonly ZoneCount[]): [string | null, number][] {
  const byName = new Map<string | null, number>()
  for (const { zone, devices } of counts) {
    const name = zone === null ? null : (canonicalTimezone(zone) ?? null)
    byName.set(name, (byName.get(name) ?? 0) + devices)
  }
  return [...byName].sort((a, b) => b[1] - a[1])
}

function inOrder(a: Pick<ZoneTime, 'at'>, b: Pick<ZoneTime, 'at'>): number {
  return (a.at?.getTime() ?? Number.POSITIVE_INFINITY) - (b.at?.getTime() ?? Number.POSITIVE_INFINITY) || 0
}
