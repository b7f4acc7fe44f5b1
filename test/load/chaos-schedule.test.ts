import { expect, test } from 'vitest'
import { type Happening, makeSchedule, type ScheduleOptions } from '../../load/chaos/schedule.ts'

const NAMES = ['api', 'planner', 'maintenance', 'dispatcher 1', 'dispatcher 2']
const options = (over: Partial<ScheduleOptions> = {}): ScheduleOptions => ({
  seed: 1,
  kills: 30,
  redisWipes: 3,
  redisStops: 2,
  pgRestarts: 2,
  pgTerminations: 4,
  pgOutages: 2,
  freezes: 4,
  networkFaults: 6,
  diskFull: 1,
  tokenHangs: 1,
  names: NAMES,
  hasRedis: true,
  leaseMs: 30_000,
  requestTimeoutMs: 10_000,
  ...over,
})
const everything = (over: Partial<ScheduleOptions> = {}): Happening[] => {
  const { whilePlanning, whileSending } = makeSchedule(options(over))
  return [...whilePlanning, ...whileSending].map(({ what }) => what)
}
const killed = (over: Partial<ScheduleOptions> = {}) =>
  everything(over).flatMap((what) => (what.kind === 'kill' ? [what.name] : []))

test('the same seed is the same schedule, another seed another one', () => {
  expect(makeSchedule(options())).toEqual(makeSchedule(options()))
  expect(makeSchedule(options({ seed: 2 }))).not.toEqual(makeSchedule(options()))
})

test('as much happens as was asked for', () => {
  const counts: Record<string, number> = {}
  for (const { kind } of everything()) counts[kind] = (counts[kind] ?? 0) + 1
  expect(counts).toEqual({
    kill: 30,
    redis_wipe: 3,
    redis_stop: 2,
    pg_restart: 2,
    pg_termination: 4,
    pg_outage: 2,
    freeze: 4,
    network: 6,
    disk_full: 1,
    token_hang: 1,
  })
  const nothing = { kills: 0, redisWipes: 0, redisStops: 0, pgRestarts: 0, pgTerminations: 0, pgOutages: 0 }
  expect(everything({ ...nothing, freezes: 0, networkFaults: 0, diskFull: 0, tokenHangs: 0 })).toEqual([])
})

test('nobody is killed a second time before everybody was killed once', () => {
  for (const seed of [1, 2, 3]) {
    expect(new Set(killed({ seed, kills: 5 }))).toEqual(new Set(NAMES))
    for (const name of NAMES) expect(killed({ seed }).filter((one) => one === name)).toHaveLength(6)
  }
})

test('a planner is killed while there is something to plan, everybody else while messages leave', () => {
  const { whilePlanning, whileSending } = makeSchedule(options())
  expect(whilePlanning.map(({ what }) => what)).toEqual(Array(6).fill({ kind: 'kill', name: 'planner' }))
  expect(whileSending.some(({ what }) => what.kind === 'kill' && what.name === 'planner')).toBe(false)
})

test('everything happens in order, spread over the way, and before the end', () => {
  for (const seed of [1, 2, 3]) {
    const { whilePlanning, whileSending } = makeSchedule(options({ seed }))
    for (const lane of [whilePlanning, whileSending]) {
      const shares = lane.map(({ share }) => share)
      expect(shares).toEqual([...shares].sort((a, b) => a - b))
      expect(shares.at(-1)).toBeLessThan(0.9)
    }
    const first = whileSending.filter(({ share }) => share < 0.45).length
    expect(Math.abs(first - whileSending.length / 2)).toBeLessThanOrEqual(1)
    for (const { delayMs } of whileSending) expect(delayMs).toBeLessThanOrEqual(400)
  }
})

test('PostgreSQL goes down both ways', () => {
  for (const seed of [1, 2, 3]) {
    const hows = everything({ seed }).flatMap((what) => (what.kind === 'pg_restart' ? [what.how] : []))
    expect(hows.sort()).toEqual(['crash', 'orderly'])
  }
})

test('an outage is longer than the lease, and every second freeze; the others end before anything expires', () => {
  for (const seed of [1, 2, 3]) {
    const all = everything({ seed })
    const outages = all.flatMap((what) => (what.kind === 'pg_outage' ? [what] : []))
    expect(outages.map(({ how }) => how).sort()).toEqual(['crash', 'orderly'])
    expect(Math.min(...outages.map(({ downMs }) => downMs))).toBeGreaterThan(30_000)
    const freezes = all.flatMap((what) => (what.kind === 'freeze' ? [what] : []))
    expect(freezes.map(({ length }) => length).sort()).toEqual(['long', 'long', 'short', 'short'])
    for (const { length, ms } of freezes) expect(length === 'long' ? ms > 30_000 : ms < 10_000).toBe(true)
  }
})

test('only dispatchers are frozen or cut off, from each server in each way before any comes twice', () => {
  for (const seed of [1, 2, 3]) {
    const ways = (hasRedis: boolean, networkFaults: number) =>
      everything({ seed, hasRedis, networkFaults }).flatMap((what) =>
        what.kind === 'network' ? [`${what.server} ${what.how}`] : [],
      )
    const onPostgres = ['fcm half_open', 'fcm slow', 'postgres half_open', 'postgres slow']
    expect(ways(true, 6).sort()).toEqual([...onPostgres, 'redis half_open', 'redis slow'])
    expect(ways(false, 4).sort()).toEqual(onPostgres)
    for (const what of everything({ seed })) {
      if (what.kind === 'freeze' || what.kind === 'network') expect(what.name).toMatch(/^dispatcher /)
    }
  }
})
