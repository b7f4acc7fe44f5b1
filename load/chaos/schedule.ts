/**
 * Which faults happen to which process and when: all of it from the seed. "When" is a share of the campaign and not a time,
 * so that the run is the same on a faster machine, and every fault happens before the end.
 */
import { randomFrom } from '../../testing/fake-fcm/token.ts'

/** What a dispatcher is connected to. */
export const NETWORK_SERVERS = ['postgres', 'fcm', 'redis'] as const
export type NetworkServer = (typeof NETWORK_SERVERS)[number]

export type Happening =
  | { kind: 'kill'; name: string }
  | { kind: 'redis_wipe' }
  | { kind: 'redis_stop'; downMs: number }
  | { kind: 'pg_restart'; how: 'orderly' | 'crash'; downMs: number }
  | { kind: 'pg_termination'; share: number }
  /** Longer than the lease. */
  | { kind: 'pg_outage'; how: 'orderly' | 'crash'; downMs: number }
  /** SIGSTOP, and SIGCONT after so long. */
  | { kind: 'freeze'; name: string; length: 'short' | 'long'; ms: number }
  | { kind: 'network'; name: string; server: NetworkServer; how: 'slow' | 'half_open'; ms: number }
  /** PostgreSQL's disk has no room. */
  | { kind: 'disk_full'; ms: number }
  /** The token service does not answer. */
  | { kind: 'token_hang'; ms: number }

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
  pgOutages: number
  freezes: number
  networkFaults: number
  diskFull: number
  tokenHangs: number
  /** Processes to kill. */
  names: readonly string[]
  hasRedis: boolean
  leaseMs: number
  requestTimeoutMs: number
}

/** The campaign must have begun, and the last fault must still hit something. */
const FIRST_SHARE = 0.02
const LAST_SHARE = 0.88
const LONGEST_DELAY_MS = 400
const DOWN_MS = { shortest: 500, longest: 3_000 }
/** Of the connections to PostgreSQL. */
const TERMINATED_SHARE = 0.5
/** What is longer than the lease is this much longer. */
const BEYOND_LEASE = { shortest: 1.2, longest: 1.5 }
const DISK_FULL_MS = { shortest: 2_000, longest: 6_000 }
/** The tokens of the run are valid for six seconds, so some of these outlast the last one. */
const TOKEN_HANG_MS = { shortest: 2_000, longest: 12_000 }
const NETWORK_MS = { shortest: 2_000, longest: 8_000 }

export function makeSchedule(options: ScheduleOptions): Schedule {
  const { seed, kills, redisWipes, redisStops, pgRestarts, pgTerminations, names } = options
  const { pgOutages, freezes, networkFaults, diskFull, tokenHangs, hasRedis, leaseMs } = options
  const random = randomFrom(seed)
  const between = ({ shortest, longest }: Span, unit = 1) =>
    Math.round((shortest + random() * (longest - shortest)) * unit)
  const downMs = () => between(DOWN_MS)
  // Alternating; the seed decides which comes first.
  const isFirst = (index: number) => (index + seed) % 2 === 0
  const isOfPlanner = (name: string) => name === 'planner'
  const victims = deal(names, kills, random)
  const dispatchers = names.filter((name) => roleOf(name) === 'dispatcher')
  const networks = NETWORK_SERVERS.filter((server) => hasRedis || server !== 'redis').flatMap((server) =>
    (['slow', 'half_open'] as const).map((how) => ({ server, how })),
  )
  const others: Happening[] = [
    ...victims.filter((name) => !isOfPlanner(name)).map((name) => ({ kind: 'kill', name }) as const),
    ...times(redisWipes, () => ({ kind: 'redis_wipe' }) as const),
    ...times(redisStops, () => ({ kind: 'redis_stop', downMs: downMs() }) as const),
    ...times(pgRestarts, (index) => {
      const how = isFirst(index) ? 'crash' : 'orderly'
      return { kind: 'pg_restart', how, downMs: downMs() } as const
    }),
    ...times(pgTerminations, () => ({ kind: 'pg_termination', share: TERMINATED_SHARE }) as const),
    ...times(pgOutages, (index) => {
      const how = isFirst(index) ? 'crash' : 'orderly'
      return { kind: 'pg_outage', how, downMs: between(BEYOND_LEASE, leaseMs) } as const
    }),
    ...deal(dispatchers, freezes, random).map((name, index) => {
      // A short one ends before a request in flight, or a lease, could have expired.
      const isLong = isFirst(index)
      const ms = isLong
        ? between(BEYOND_LEASE, leaseMs)
        : Math.round(Math.min(leaseMs, options.requestTimeoutMs) / 3)
      return { kind: 'freeze', name, length: isLong ? 'long' : 'short', ms } as const
    }),
    ...deal(networks, networkFaults, random).map(
      (network, index) =>
        ({
          kind: 'network',
          name: dispatchers[index % dispatchers.length] ?? '',
          ...network,
          ms: between(NETWORK_MS),
        }) as const,
    ),
    ...times(diskFull, () => ({ kind: 'disk_full', ms: between(DISK_FULL_MS) }) as const),
    ...times(tokenHangs, () => ({ kind: 'token_hang', ms: between(TOKEN_HANG_MS) }) as const),
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

interface Span {
  shortest: number
  longest: number
}

/** Like dealing cards: nothing comes a second time before all came once. */
function deal<T>(names: readonly T[], count: number, random: () => number): T[] {
  const dealt: T[] = []
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
