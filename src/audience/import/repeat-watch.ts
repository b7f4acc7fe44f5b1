/**
 * Finds values that are on suspiciously many lines, in flat memory: an id that gathers strangers under one member, or one
 * address for many people. Misra and Gries: of any number of values, those on more than one line in `CAPACITY` are found,
 * with a count that is at least right.
 */

const CAPACITY = 10_000

export class RepeatWatch {
  readonly #counts = new Map<string, number>()
  #lines = 0

  add(value: string): void {
    this.#lines += 1
    const count = this.#counts.get(value)
    if (count !== undefined) this.#counts.set(value, count + 1)
    // A copy: a substring would keep the whole piece of the file in memory.
    else if (this.#counts.size < CAPACITY) this.#counts.set(Buffer.from(value).toString(), 1)
    else this.#forget()
  }

  /** The most frequent ones, if on at least `from` lines, or on `fewFrom` lines that are a third of a short list. */
  repeated(from: number, fewFrom: number, most: number): { value: string; lines: number }[] {
    return [...this.#counts]
      .filter(([, lines]) => lines >= from || (lines >= fewFrom && lines * 3 >= this.#lines))
      .sort(([, a], [, b]) => b - a)
      .slice(0, most)
      .map(([value, lines]) => ({ value, lines }))
  }

  #forget(): void {
    for (const [value, count] of this.#counts) {
      if (count === 1) this.#counts.delete(value)
      else this.#counts.set(value, count - 1)
    }
  }
}
