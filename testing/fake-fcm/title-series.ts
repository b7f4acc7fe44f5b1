/** How many messages of each title were accepted in each tenth of a second. Grows with time, not with the audience. */

export interface Series {
  title: string
  /** When the first tenth began, in milliseconds since 1970. */
  from: number
  /** Of each tenth since then. */
  counts: number[]
}

export const TENTH_MS = 100
/** Of a test that gives every message a title of its own, the first are enough. */
const MOST_TITLES = 300

export class TitleSeries {
  readonly #series = new Map<string, Series>()

  add(title: string, now: number): void {
    const tenth = Math.floor(now / TENTH_MS)
    let one = this.#series.get(title)
    if (one === undefined) {
      if (this.#series.size === MOST_TITLES) return
      one = { title, from: tenth * TENTH_MS, counts: [] }
      this.#series.set(title, one)
    }
    const at = tenth - one.from / TENTH_MS
    while (one.counts.length <= at) one.counts.push(0)
    one.counts[at] = (one.counts[at] ?? 0) + 1
  }

  get all(): Series[] {
    return [...this.#series.values()]
  }

  reset(): void {
    this.#series.clear()
  }
}
