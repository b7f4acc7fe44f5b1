/**
 * Remembers what was found for a text. Imports have millions of lines and hundreds of distinct values, and asking Intl
 * costs more than all the rest of a line. At the limit everything is forgotten.
 */

const MAX_KEPT = 2_000

export class KnownValues<T> {
  readonly #kept = new Map<string, T | undefined>()
  readonly #longest: number
  readonly #find: (text: string) => T | undefined

  /** A longer text is not asked for and not found. `find` may throw a RangeError, as Intl does for unknown values. */
  constructor(longest: number, find: (text: string) => T | undefined) {
    this.#longest = longest
    this.#find = find
  }

  get(text: string): T | undefined {
    // Before the look-up, so that the cache never holds long texts.
    if (text.length > this.#longest) return undefined
    const known = this.#kept.get(text)
    if (known !== undefined || this.#kept.has(text)) return known
    let found: T | undefined
    try {
      found = this.#find(text)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
    }
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear()
    // A copy: a substring would keep the whole chunk of the file in memory. Without Buffer, because the console runs this too.
    this.#kept.set(structuredClone(text), found)
    return found
  }
}
