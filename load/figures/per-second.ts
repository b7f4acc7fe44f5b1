/**
 * A rate for every second, from a total that is looked at now and then. What was gained between two looks is spread
 * evenly over the time between them. A day of it is 86,400 numbers, and a run is not longer.
 */
import { median } from './statistics.ts'

/** The few that are tried again half a minute later must not decide what the rate was. */
const NEARLY_ALL = 0.99

export class PerSecond {
  readonly #gained: number[] = []
  #seconds = 0
  #total = 0
  #beganAt: number | null = null
  #endedAt = 0

  /** `seconds` since the beginning, `total` until then; both only grow. */
  add(seconds: number, total: number): void {
    const span = seconds - this.#seconds
    if (span <= 0) return
    const gain = Math.max(0, total - this.#total)
    if (gain > 0) {
      this.#beganAt ??= this.#seconds
      this.#endedAt = seconds
    }
    for (let from = this.#seconds; from < seconds; ) {
      const to = Math.min(Math.floor(from) + 1, seconds)
      const second = Math.floor(from)
      this.#gained[second] = (this.#gained[second] ?? 0) + (gain * (to - from)) / span
      from = to
    }
    this.#seconds = seconds
    this.#total = Math.max(total, this.#total)
  }

  /** Of each second from the beginning to the last gain; the first and the last are parts of one. */
  get rates(): number[] {
    return this.#gained.slice(0, Math.ceil(this.#endedAt)).map(Math.round)
  }

  /** Of the whole seconds from the first gain until nearly all was gained; null when there is none. */
  get median(): number | null {
    if (this.#beganAt === null) return null
    const first = Math.ceil(this.#beganAt)
    const end = Math.floor(Math.min(this.#endedAt, this.#nearlyAllAt))
    return end <= first ? null : Math.round(median(this.#gained.slice(first, end)))
  }

  get #nearlyAllAt(): number {
    let sum = 0
    const second = this.#gained.findIndex((gain) => {
      sum += gain
      return sum >= this.#total * NEARLY_ALL
    })
    return second + 1
  }
}
