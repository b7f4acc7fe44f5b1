/**
 * Which faults happen to which process and when: all of it from the seed. "When" is a share of the campaign and not a time,
 * so that the run is the same on a faster machine, and every fault happens before the end.
 */
import { randomFrom } from '../../testing/fake-fcm/token.ts'

export type Happening =
  | { kind: 'kill'; name: string }
  | { kind: 'redis_wipe' }
  | { kind: 'redis_stop'; downMs: number }
  | { kind: 'pg_restart'; how: 'orderly' | 'crash'; downMs: number }
  | { kind: 'pg_termination'; share: number }

export interface Planned {
  what: Happening
  /** Of the devices: planned, when a planner is killed, which is idle later; accepted by FCM, for all other faults. */
  share: number
  /** After that share was reached; without a delay all faults would follow a burst of answers. */
  delayMs: number
}

export interface Schedule {
  whilePlanning: Planned[]
  whileSending: Planned[]
}

export interface ScheduleOptions {
  seed: number
  kills: number
  redisWipes: number
  redisStops: number
  pgRestarts: number
  pgTerminations: number
  /** Processes to kill. */
  names: readonly string[]
}

/** The campaign must have begun, and the last fault must still hit something. */
const FIRST_SHARE = 0.02
const LAST_SHARE = 0.88
const LONGEST_DELAY_MS = 400
const DOWN_MS = { shortest: 500, longest: 3_000 }
/** Of the connections to PostgreSQL. */
const TERMINATED_SHARE = 0.5

export function makeSchedule(options: ScheduleOptions): Schedule {
  const { seed, kills, redisWipes, redisStops, pgRestarts, pgTerminations, names } = options
  const random = randomFrom(seed)
  const downMs = () => Math.round(DOWN_MS.shortest + random() * (DOWN_MS.longest - DOWN_MS.shortest))
  const isOfPlanner = (name: string) => name === 'planner'
  const victims = deal(names, kills, random)
  const others: Happening[] = [
    ...victims.filter((name) => !isOfPlanner(name)).map((name) => ({ kind: 'kill', name }) as const),
    ...times(redisWipes, () => ({ kind: 'redis_wipe' }) as const),
    ...times(redisStops, () => ({ kind: 'redis_stop', downMs: downMs() }) as const),
    ...times(pgRestarts, (index) => {
      // Alternating; the seed decides which comes first.
      const how = (index + seed) % 2 === 0 ? 'crash' : 'orderly'
      return { kind: 'pg_restart', how, downMs: downMs() } as const
    }),
    ...times(pgTerminations, () => ({ kind: 'pg_termination', share: TERMINATED_SHARE }) as const),
  ]
  return {
    whilePlanning: spread(
      victims.filter(isOfPlanner).map((name) => ({ kind: 'kill', name })),
      0,
      random,
    ),
    whileSending: spread(shuffled(others, random), FIRST_SHARE, random),
  }
}

/** Like dealing cards: no name comes a second time before all came once. */
function deal(names: readonly string[], count: number, random: () => number): string[] {
  const dealt: string[] = []
  while (dealt.length < count) dealt.push(...shuffled(names, random))
  return dealt.slice(0, count)
}

/** One in each of equal parts of the campaign, at a random place in it. */
function spread(whats: readonly Happening[], first: number, random: () => number): Planned[] {
  return whats.map((what, index) => ({
    what,
    share: first + ((index + random()) / whats.length) * (LAST_SHARE - first),
    delayMs: Math.round(random() * LONGEST_DELAY_MS),
  }))
}

/** Fisher–Yates. */
function shuffled<T>(values: readonly T[], random: () => number): T[] {
  const mixed = [...values]
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const [a, b] = [mixed[last] as T, mixed[other] as T]
    mixed[last] = b
    mixed[other] = a
  }
  return mixed
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}

/** "dispatcher 2" is a dispatcher. */
export function roleOf(name: string): string {
  return name.split(' ')[0] ?? name
}
