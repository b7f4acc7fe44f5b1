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
  names: NAMES,
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
  })
  expect(everything({ kills: 0, redisWipes: 0, redisStops: 0, pgRestarts: 0, pgTerminations: 0 })).toEqual([])
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
