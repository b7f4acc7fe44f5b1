/** The memory and the CPU time of one process over a run. */
import type { ProcessFigures } from './process-figures.ts'
import { theilSenSlope } from './statistics.ts'

/** Four looks a second fill it in ten minutes; then every other look is dropped, and half as many are kept. */
const CAPACITY = 2_400
/** A slope over less says nothing: a heap grows until its first collections. */
const SHORTEST_FOR_SLOPE_SECONDS = 60
/** Of a run is warming up. */
const WARM_UP_SHARE = 0.2

export interface MemoryPoint {
  seconds: number
  rssMb: number
}

export class ProcessSeries {
  readonly #capacity: number
  #kept: MemoryPoint[] = []
  #last: MemoryPoint | undefined
  #looks = 0
  #stride = 1
  #cpuAtFirst: number | undefined
  #cpuAtLast = 0
  #peakRssMb = 0

  constructor(capacity = CAPACITY) {
    this.#capacity = capacity
  }

  add(seconds: number, { rssMb, peakRssMb, cpuSeconds }: ProcessFigures): void {
    this.#cpuAtFirst ??= cpuSeconds
    this.#cpuAtLast = cpuSeconds
    this.#peakRssMb = Math.max(this.#peakRssMb, rssMb, peakRssMb)
    this.#last = { seconds, rssMb }
    if (this.#looks++ % this.#stride === 0) this.#kept.push(this.#last)
    if (this.#kept.length >= this.#capacity) {
      this.#kept = this.#kept.filter((_, index) => index % 2 === 0)
      this.#stride *= 2
    }
  }

  get points(): readonly MemoryPoint[] {
    const isKept = this.#last === undefined || this.#last === this.#kept.at(-1)
    return isKept ? this.#kept : [...this.#kept, this.#last as MemoryPoint]
  }

  /** Largest resident memory so far, in megabytes of 2^20 bytes. */
  get peakRssMb(): number {
    return this.#peakRssMb
  }

  /** Time on a core between the first look and the last. */
  get cpuSeconds(): number {
    return this.#cpuAtLast - (this.#cpuAtFirst ?? 0)
  }

  /** Megabytes a minute (Theil–Sen) over the last 80 %; null for a run of less than a minute. */
  get rssSlope(): number | null {
    const { points } = this
    const [first, last] = [points[0], points.at(-1)]
    if (first === undefined || last === undefined) return null
    const span = last.seconds - first.seconds
    if (span < SHORTEST_FOR_SLOPE_SECONDS) return null
    const warm = points.filter(({ seconds }) => seconds >= first.seconds + span * WARM_UP_SHARE)
    return theilSenSlope(warm.map(({ seconds, rssMb }) => ({ x: seconds / 60, y: rssMb })))
  }
}
