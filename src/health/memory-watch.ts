/**
 * What a process does when its memory runs short, in three steps, so that the kernel never has to end it in the middle
 * of a batch. The share is that of the container's limit or of V8's, whichever is nearer.
 *
 *   ok ──70 %──> stop_claiming ──80 %, twice──> release          (not ready, everything released, exit 0)
 *    ^──below 65 %──┘    └── for a minute ──────────^              (dispatcher and planner only)
 *   any ──90 %──> exit                                             (at once; leases see to the rest)
 *
 * Before the first step garbage is collected: what V8 has merely not got round to is no shortage, and a process that
 * takes no work makes none that would have it collected. What still does not shrink will not: an idle dispatcher is
 * worth less than one that starts afresh.
 */
import type { MemoryReading } from './memory-reading.ts'

export const MEMORY_STEPS = ['ok', 'stop_claiming', 'release', 'exit'] as const
export type MemoryStep = (typeof MEMORY_STEPS)[number]

const STOP_CLAIMING = 0.7
const GO_ON = 0.65
const RELEASE = 0.8
const EXIT = 0.9
const STUCK_MS = 60_000
/** A collection of some hundred megabytes takes a tenth of a second. */
const COLLECT_EVERY_MS = 10_000

export interface MemoryWatchOptions {
  read: () => MemoryReading
  collectGarbage: () => void
  onStep: (step: MemoryStep, reading: MemoryReading) => void
  /** Whether a process that takes no work for a minute is to start afresh. */
  restartsWhenStuck: () => boolean
  clock?: () => number
}

export class MemoryWatch {
  readonly #options: MemoryWatchOptions
  readonly #clock: () => number
  #step: MemoryStep = 'ok'
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

  /** True: take no more work, and nothing that is heavy. */
  get isHigh(): boolean {
    return this.#step !== 'ok'
  }

  /** To be called each second. */
  look(): void {
    if (this.#step === 'release' || this.#step === 'exit') {
      // On the way out; only the last step is left.
      const reading = this.#options.read()
      if (this.#step === 'release' && shareOf(reading) >= EXIT) this.#go('exit', reading)
      return
    }
    const reading = this.#readWithoutGarbage()
    const step = this.#judge(shareOf(reading))
    if (step !== this.#step) this.#go(step, reading)
  }

  /** Resolves when there is room for more work, or `cutShort` was aborted. True: it had to wait. */
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
    // One reading may be a peak that is over in a second; what is in hand is not given up for that.
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

/** Of whichever limit is nearer. */
export function shareOf({ rssBytes, rssLimitBytes, heapUsedBytes, heapLimitBytes }: MemoryReading): number {
  const ofRss = rssLimitBytes === null ? 0 : rssBytes / rssLimitBytes
  return Math.max(ofRss, heapUsedBytes / heapLimitBytes)
}
