import { expect, test } from 'vitest'
import { mayBeALapBehind, PLACES, placesToTake, restartAt, type Standing } from '../../src/queue/places.ts'

/** One priority's queue: each campaign has so many batches on it, and whoever has the smallest place goes first. */
class Line {
  readonly #next = new Map<string, number>()
  #queue: { campaign: string; place: number; at: number }[] = []
  #clock = 0

  /** `from`: where all campaigns have come to. */
  constructor(from = 0, campaigns: readonly string[] = []) {
    for (const campaign of campaigns) {
      this.#next.set(campaign, from)
      this.#queue.push({ campaign, place: from - 1, at: this.#clock++ })
    }
  }

  standingOf(campaign: string): Standing {
    const ofOwn = this.#queue.filter((job) => job.campaign === campaign)
    const others = [...this.#next.keys()].filter((other) => other !== campaign)
    const heads = others.flatMap((other) => {
      const waiting = this.#queue.filter((job) => job.campaign === other).length
      return waiting === 0 ? [] : [(this.#next.get(other) ?? 0) - waiting]
    })
    return {
      next: this.#next.get(campaign) ?? 0,
      waiting: ofOwn.length,
      waitingFresh: ofOwn.length,
      floor: heads.length === 0 ? null : Math.min(...heads),
    }
  }

  put(campaign: string, batches: number): void {
    const standing = this.standingOf(campaign)
    const places = placesToTake(standing)
    const fresh = places?.fresh ?? restartAt(standing)
    if (places === null) this.#queue = this.#queue.filter((job) => job.campaign !== campaign)
    const all = batches + (places === null ? standing.waiting : 0)
    for (let n = 0; n < all; n++) this.#queue.push({ campaign, place: fresh + n, at: this.#clock++ })
    this.#next.set(campaign, fresh + all)
  }

  /** As maintenance does, several times a second. */
  look(): void {
    for (const [campaign, next] of this.#next) if (mayBeALapBehind(next)) this.put(campaign, 0)
  }

  get lastPlace(): number {
    return Math.max(...this.#queue.map(({ place }) => place))
  }

  /** Takes the first, and puts another one on for it. */
  take(): string {
    this.#queue.sort((a, b) => a.place - b.place || a.at - b.at)
    const { campaign = '' } = this.#queue.shift() ?? {}
    this.put(campaign, 1)
    return campaign
  }
}

const countOf = (taken: readonly string[], campaign: string) => taken.filter((one) => one === campaign).length

test('of two campaigns, every other batch is of the one and of the other, however many of each wait', () => {
  const line = new Line()
  line.put('a', 64)
  line.put('b', 4)
  const taken = Array.from({ length: 100 }, () => line.take())
  for (let from = 0; from < 100; from += 10) expect(countOf(taken.slice(from, from + 10), 'a')).toBe(5)
})

test('one that joins has its share at once, and does not make up for what the others had before', () => {
  const line = new Line()
  line.put('a', 64)
  for (let n = 0; n < 1_000; n++) line.take()
  line.put('b', 64)
  const taken = Array.from({ length: 60 }, () => line.take())
  expect(countOf(taken.slice(0, 10), 'b')).toBe(5)
  expect(countOf(taken, 'b')).toBe(30)
})

test('three of them have a third each', () => {
  const line = new Line()
  for (const [campaign, batches] of [
    ['a', 64],
    ['b', 8],
    ['c', 20],
  ] as const)
    line.put(campaign, batches)
  const taken = Array.from({ length: 90 }, () => line.take())
  for (const campaign of ['a', 'b', 'c']) expect(countOf(taken, campaign)).toBe(30)
})

test('one that was in hand before goes before the others of its campaign, and not before those of others that are due', () => {
  const a: Standing = { next: 110, waiting: 10, waitingFresh: 10, floor: 100 }
  const places = placesToTake(a)
  expect(places).toEqual({ again: 99, fresh: 110 })
  // It is behind the others: it does not catch up.
  expect(placesToTake({ next: 40, waiting: 10, waitingFresh: 10, floor: 100 })).toEqual({
    again: 99,
    fresh: 100,
  })
})

test('when the places run out, each campaign begins anew as soon as it is looked at, and the shares stay', () => {
  const line = new Line(PLACES - 51_000, ['a', 'b', 'c'])
  for (const [campaign, batches] of [
    ['a', 63],
    ['b', 7],
    ['c', 19],
  ] as const)
    line.put(campaign, batches)
  const taken: string[] = []
  for (let n = 0; n < 6_000; n++) {
    taken.push(line.take())
    if (n % 10 === 0) line.look()
  }
  // Nothing waits for the end of the next lap.
  expect(line.lastPlace).toBeLessThan(2_000)
  for (const campaign of ['a', 'b', 'c']) {
    expect(Math.abs(countOf(taken, campaign) - 2_000)).toBeLessThan(100)
    for (let from = 0; from < 6_000; from += 300)
      expect(countOf(taken.slice(from, from + 300), campaign), `from ${from}`).toBeGreaterThan(60)
  }
})

test('nobody takes a place among those that are a lap behind, and whoever is a lap behind waits for nobody to come around', () => {
  expect(placesToTake({ next: 70, waiting: 64, waitingFresh: 64, floor: PLACES - 60_000 })).toEqual({
    again: 5,
    fresh: 70,
  })
  expect(placesToTake({ next: PLACES - 60_000, waiting: 64, waitingFresh: 64, floor: 10 })).toBeNull()
  expect(restartAt({ floor: 10 })).toBe(10)
  expect(restartAt({ floor: PLACES - 60_000 })).toBe(0)
  // One that joins those at the end begins anew with them.
  expect(placesToTake({ next: 0, waiting: 0, waitingFresh: 0, floor: PLACES - 49_000 })).toEqual({
    again: PLACES - 49_000,
    fresh: PLACES - 49_000,
  })
})
