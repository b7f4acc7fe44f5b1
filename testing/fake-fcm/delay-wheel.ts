/**
 * Delays items by a few milliseconds with one timer for all of them: a timer per request would cost as much CPU as
 * the request.
 */
const SLOTS = 8192

export class DelayWheel<T> {
  readonly #slots: T[][] = Array.from({ length: SLOTS }, () => [])
  readonly #done: (item: T) => void
  #timer: NodeJS.Timeout | undefined
  #count = 0
  /** The last millisecond whose slot has been emptied. */
  #at = 0

  constructor(done: (item: T) => void) {
    this.#done = done
  }

  /** `ms` from 1 to 8000. */
  add(item: T, ms: number): void {
    const now = Math.floor(performance.now())
    if (this.#timer === undefined) {
      this.#at = now
      this.#timer = setInterval(() => this.#turn(), 1)
    }
    const wait = Math.min(Math.max(Math.round(ms), 1), SLOTS - 192)
    this.#slots[(now + wait) % SLOTS]?.push(item)
    this.#count++
  }

  clear(): void {
    for (const slot of this.#slots) slot.length = 0
    this.#count = 0
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #turn(): void {
    const now = Math.floor(performance.now())
    // After a pause longer than the wheel, one round empties every slot.
    for (this.#at = Math.max(this.#at, now - SLOTS); this.#at < now; ) {
      this.#at++
      const slot = this.#slots[this.#at % SLOTS]
      if (slot === undefined || slot.length === 0) continue
      const due = slot.splice(0)
      this.#count -= due.length
      for (const item of due) this.#done(item)
    }
    if (this.#count === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
    }
  }
}
