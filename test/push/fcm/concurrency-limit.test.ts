/** The limit against a simulated FCM, on a clock of its own: a CPU of so many messages a second, and a latency. */
import { describe, expect, test } from 'vitest'
import { ConcurrencyLimit } from '../../../src/push/fcm/concurrency-limit.ts'
import { randomFrom } from '../../../testing/fake-fcm/token.ts'

interface World {
  latencyMs: [min: number, max: number]
  /** Messages a second that this machine can send and receive; half of the time is for each. */
  perSecond: number
  most?: number
  /** Answers that come as refusals. */
  lostShare?: number
}

function simulate({ latencyMs, perSecond, most = 10_000, lostShare = 0 }: World) {
  let now = 0
  const random = randomFrom(1)
  const limit = new ConcurrencyLimit(most, () => now)
  const latency = { range: latencyMs }
  const machine = { perSecond }
  const events: { at: number; startedAt: number; isArriving: boolean }[] = []
  let inFlight = 0
  let cpuFreeAt = 0
  let highest = 0
  const takeCpu = () => {
    cpuFreeAt = Math.max(cpuFreeAt, now) + 500 / machine.perSecond
    return cpuFreeAt
  }
  const push = (event: (typeof events)[number]) => {
    // The next event is the last one.
    let [from, to] = [0, events.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if ((events[middle]?.at ?? 0) < event.at) to = middle
      else from = middle + 1
    }
    events.splice(from, 0, event)
  }
  /** Runs for so many seconds and returns the rate in the last of them. */
  const run = (seconds: number): number => {
    const until = now + seconds * 1000
    let answered = 0
    for (;;) {
      while (inFlight < limit.current) {
        inFlight += 1
        const [min, max] = latency.range
        push({ at: takeCpu() + min + random() * (max - min), startedAt: now, isArriving: true })
      }
      highest = Math.max(highest, inFlight)
      const event = events.pop()
      if (event === undefined || event.at > until) {
        if (event !== undefined) events.push(event)
        now = until
        return answered
      }
      now = event.at
      if (event.isArriving) {
        push({ ...event, at: takeCpu(), isArriving: false })
        continue
      }
      limit.answered(now - event.startedAt, inFlight)
      if (random() < lostShare) limit.refused()
      inFlight -= 1
      if (now > until - 1000) answered += 1
    }
  }
  return { limit, run, latency, machine, highest: () => highest }
}

describe('the limit', () => {
  test.each<World & { within: number }>([
    { latencyMs: [100, 250], perSecond: 2_000, within: 5 },
    { latencyMs: [20, 20], perSecond: 2_000, within: 3 },
    { latencyMs: [1, 2], perSecond: 2_000, within: 3 },
    { latencyMs: [300, 800], perSecond: 1_000, within: 7 },
  ])(
    'reaches nine tenths of what the machine can do at $latencyMs ms within $within s, and stays there',
    (world) => {
      const { run } = simulate(world)
      expect(run(world.within)).toBeGreaterThanOrEqual(0.9 * world.perSecond)
      expect(run(10)).toBeGreaterThanOrEqual(0.9 * world.perSecond)
    },
  )

  test('with an FCM that answers at once, enough is ready for a CPU that is sometimes late', () => {
    const { limit, run } = simulate({ latencyMs: [0, 1], perSecond: 6_000 })
    // Each probe finds a shorter round trip, of which less and less is a queue: without a shortest one, 150 are left.
    run(60)
    expect(limit.current).toBeGreaterThan(250)
    expect(limit.current).toBeLessThan(450)
  })

  test('does not creep up with a queue of its own making', () => {
    const { run, limit } = simulate({ latencyMs: [100, 250], perSecond: 1_000 })
    run(10)
    const settled = limit.current
    run(120)
    expect(limit.current).toBeLessThan(1.5 * settled)
    // 175 ms at 1,000 a second are 175; twice that is what the tolerance allows.
    expect(limit.current).toBeLessThan(600)
  })

  test('gives way when FCM slows down, and finds the new round trip', () => {
    const { run, limit, latency } = simulate({ latencyMs: [100, 250], perSecond: 1_000 })
    run(10)
    const before = limit.current
    latency.range = [1_500, 2_500]
    run(5)
    expect(limit.current).toBeLessThan(before)
    expect(run(60)).toBeGreaterThanOrEqual(800)
  })

  test('comes back within 5 s when FCM is fast again', () => {
    const { run, latency } = simulate({ latencyMs: [100, 250], perSecond: 4_000 })
    run(10)
    latency.range = [800, 1_200]
    run(15)
    latency.range = [100, 250]
    expect(run(5)).toBeGreaterThanOrEqual(0.9 * 4_000)
  })

  test('comes back within 5 s when the machine is free again', () => {
    const { run, machine } = simulate({ latencyMs: [100, 250], perSecond: 4_000 })
    run(10)
    machine.perSecond = 400
    run(15)
    machine.perSecond = 4_000
    expect(run(5)).toBeGreaterThanOrEqual(0.9 * 4_000)
  })

  test('a slower FCM costs little more than its latency', () => {
    const { run, latency } = simulate({ latencyMs: [100, 250], perSecond: 1_000 })
    run(10)
    latency.range = [800, 1_200]
    run(10)
    expect(run(2)).toBeGreaterThanOrEqual(0.9 * 1_000)
  })

  test('answers that are lost now and then do not bring it down', () => {
    const { run, limit } = simulate({ latencyMs: [100, 250], perSecond: 2_000, lostShare: 0.01 })
    run(10)
    expect(limit.current).toBeGreaterThan(300)
    expect(run(10)).toBeGreaterThanOrEqual(0.9 * 2_000)
  })

  test('never exceeds its upper bound', () => {
    const { run, highest } = simulate({ latencyMs: [300, 800], perSecond: 5_000, most: 300 })
    run(10)
    expect(highest()).toBe(300)
  })

  test('tells the round trip that it sees, and the one that it is derived from', () => {
    const { run, limit, latency } = simulate({ latencyMs: [100, 250], perSecond: 2_000 })
    expect([limit.latencyMs, limit.baseMs]).toEqual([null, null])
    run(2)
    expect(limit.baseMs).toBeGreaterThan(150)
    expect(limit.baseMs).toBeLessThan(200)
    latency.range = [500, 500]
    run(3)
    expect(limit.latencyMs).toBeGreaterThan(450)
    expect(limit.baseMs).toBeLessThan(200)
  })

  test('does not keep the limit of a slow FCM when it is fast again', () => {
    const { run, limit, latency } = simulate({ latencyMs: [100, 250], perSecond: 4_000 })
    run(10)
    const settled = limit.current
    latency.range = [800, 1_200]
    run(15)
    latency.range = [100, 250]
    run(25)
    expect(limit.current).toBeLessThan(2 * settled)
  })

  test('a round trip that keeps getting shorter does not put off a probe', () => {
    let now = 0
    let lowest = 100
    const limit = new ConcurrencyLimit(100, () => now, 100)
    while (now < 30_000) {
      now += 5
      limit.answered(500 - now / 200, limit.current)
      lowest = Math.min(lowest, limit.current)
    }
    expect(lowest).toBeLessThan(50)
  })

  test('is cut once for the many refusals of one moment', () => {
    const { run, limit } = simulate({ latencyMs: [20, 20], perSecond: 1_000 })
    run(5)
    const before = limit.current
    for (let n = 0; n < 100; n++) limit.refused()
    expect(limit.current).toBeLessThanOrEqual(Math.ceil(0.7 * before))
    expect(limit.current).toBeGreaterThan(0.6 * before)
  })

  test('does not grow while it is not used', () => {
    let now = 0
    const limit = new ConcurrencyLimit(10_000, () => now)
    const first = limit.current
    for (let n = 0; n < 1_000; n++) {
      now += 10
      limit.answered(150, 3)
    }
    expect(limit.current).toBe(first)
  })
})
