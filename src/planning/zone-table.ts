/**
 * When the members of which time zone are sent to, for the plan of one campaign. It is worked out in Node, zone by zone as they
 * are met: PostgreSQL has a table of zones of its own, which lacks some names and decides a repeated hour the other way.
 *
 * Zones whose clocks show the same share their batches: an audience in a hundred zones would otherwise be cut into small
 * pieces. What the clocks show alike now they also do after an edit (campaigns/edit-zones.ts), so batches need not be cut again.
 */
import { type LocalTime, type ZoneSkip, zoneTime } from '../domain/local-time.ts'
import { canonicalTimezone } from '../domain/timezone.ts'
import { clockOf } from '../domain/zoned-time.ts'

/** Each answers for all zones that are shown the same time. */
interface Clock {
  at: Date | null
  code: ZoneSkip | null
}

/** The zone of a member without one, as pages and batches have it. */
export const NO_ZONE = ''

export class ZoneTable {
  readonly #time: LocalTime
  readonly #since: Date
  /** By zone, as members have it: a place in `clocks`. A Map, because these are words of others. */
  readonly #places = new Map<string, number>()
  /** Of zones that have another name here, or none. */
  readonly #names = new Map<string, string>()
  readonly #byKey = new Map<string, number>()
  readonly clocks: Clock[] = []

  constructor(time: LocalTime, since: Date) {
    this.#time = time
    this.#since = since
    this.add([NO_ZONE])
  }

  /** A name that no zone has is a zone that is not known. */
  add(zones: readonly string[]): void {
    for (const zone of zones) {
      if (this.#places.has(zone)) continue
      const name = zone === NO_ZONE ? NO_ZONE : (canonicalTimezone(zone) ?? NO_ZONE)
      if (name !== zone) this.#names.set(zone, name)
      this.#places.set(zone, this.#place(name))
    }
  }

  /** As JSON: objects by the names that members have. */
  get asJson(): { places: string; names: string } {
    return { places: jsonOf(this.#places), names: jsonOf(this.#names) }
  }

  #place(name: string): number {
    const { at, code } = zoneTime(this.#time, name === NO_ZONE ? null : name, this.#since)
    // Apart from the default zone: the panel shows them apart, and an edit may skip them.
    const clock = name === NO_ZONE ? NO_ZONE : clockOf(name, this.#since)
    const key = [clock, at?.getTime(), code].join(' ')
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    const place = this.clocks.push({ at, code }) - 1
    this.#byKey.set(key, place)
    return place
  }
}

const jsonOf = (map: ReadonlyMap<string, unknown>) => JSON.stringify(Object.fromEntries(map))
