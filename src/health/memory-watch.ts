/**
 * Reacts to high memory use in three steps, so that the kernel does not kill the process in the middle of a batch. The
 * percentages are of the container's limit or of V8's heap limit, whichever is nearer.
 *
 *   ok ──70 %──> stop_claiming ──80 %, twice──> release          (not ready, everything released, exit 0)
 *    ^──below 65 %──┘    └── for a minute ──────────^              (dispatcher and planner only)
 *   any ──90 %──> exit                                             (at once; expired leases are rescued)
 *
 * Runs a garbage collection before the first step. V8 collects only when it allocates: without this, a process that has
 * stopped claiming work would never get below 65 % again. Memory that is still high after a minute is a leak, and a
 * restart cures it.
 */
import type { MemoryReading } from './memory-reading.ts'

export const MEMORY_STEPS = ['ok', 'stop_claiming', 'release', 'exit'] as const
export type MemoryStep = (typeof MEMORY_STEPS)[number]

const STOP_CLAIMING = 0.7
const GO_ON = 0.65
const RELEASE = 0.8
const EXIT = 0.9
const STUCK_MS = 60_000
/** Not more often: a collection of some hundred megabytes blocks the process for a tenth of a second. */
const COLLECT_EVERY_MS = 10_000

export interface MemoryWatchOptions {
  read: () => MemoryReading
  collectGarbage: () => void
  onStep: (step: MemoryStep, reading: MemoryReading) => void
  /** Whether the process ends, to be restarted, when memory stays high for a minute. */
  restartsWhenStuck: () => boolean
  clock?: () => number
}

export class MemoryWatch {
  readonly #options: MemoryWatchOptions
  readonly #clock: () => number
  #step: MemoryStep = 'ok'
  #share = 0
  #highSince = 0
  #collectedAt = Number.NEGATIVE_INFINITY
  #wasCritical = false
  #resting = new Set<() => void>()

  constructor(options: MemoryWatchOptions) {
    this.#options = options
    this.#clock = options.clock ?? (() => performance.now())
  }

  get step(): MemoryStep {
    return this.#step
  }

  /** Used share of the nearer limit, at the last look. */
  get share(): number {
    return this.#share
  }

  /** If true, take no new work and refuse heavy calls. */
  get isHigh(): boolean {
    return this.#step !== 'ok'
  }

  /** Call once a second. */
  look(): void {
    if (this.#step === 'release' || this.#step === 'exit') {
      // The process is ending already; only the last step can follow.
      const reading = this.#options.read()
      if (this.#step === 'release' && shareOf(reading) >= EXIT) this.#go('exit', reading)
      return
    }
    const reading = this.#readWithoutGarbage()
    this.#share = shareOf(reading)
    const step = this.#judge(this.#share)
    if (step !== this.#step) this.#go(step, reading)
  }

  /** Waits until memory is no longer high, or `cutShort` is aborted. Returns whether it had to wait. */
  async rest(cutShort: AbortSignal): Promise<boolean> {
    if (!this.isHigh || cutShort.aborted) return false
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#resting.delete(done)
        cutShort.removeEventListener('abort', done)
        resolve()
      }
      this.#resting.add(done)
      cutShort.addEventListener('abort', done)
    })
    return true
  }

  #readWithoutGarbage(): MemoryReading {
    const { read, collectGarbage } = this.#options
    const reading = read()
    const share = shareOf(reading)
    const now = this.#clock()
    if (share < (this.isHigh ? GO_ON : STOP_CLAIMING) || share >= EXIT) return reading
    if (now - this.#collectedAt < COLLECT_EVERY_MS) return reading
    this.#collectedAt = now
    collectGarbage()
    return read()
  }

  #judge(share: number): MemoryStep {
    const wasCritical = this.#wasCritical
    this.#wasCritical = share >= RELEASE
    if (share >= EXIT) return 'exit'
    // Two readings in a row: a short peak must not make the process release its work.
    if (share >= RELEASE && wasCritical) return 'release'
    if (share < (this.isHigh ? GO_ON : STOP_CLAIMING)) return 'ok'
    const isStuck = this.isHigh && this.#clock() - this.#highSince >= STUCK_MS
    return isStuck && this.#options.restartsWhenStuck() ? 'release' : 'stop_claiming'
  }

  #go(step: MemoryStep, reading: MemoryReading): void {
    if (this.#step === 'ok') this.#highSince = this.#clock()
    this.#step = step
    if (step === 'ok') for (const done of [...this.#resting]) done()
    this.#options.onStep(step, reading)
  }
}

/** Share of the nearer limit. */
export function shareOf({ rssBytes, rssLimitBytes, heapUsedBytes, heapLimitBytes }: MemoryReading): number {
  const ofRss = rssLimitBytes === null ? 0 : rssBytes / rssLimitBytes
  return Math.max(ofRss, heapUsedBytes / heapLimitBytes)
}
