/**
 * Looking up credentials that this process does not know: API keys and session tokens that have not been right here. Anybody
 * can send them, each costs a query, and no slot is taken before the caller is known. So they have a limit of their own, and
 * what was looked up in vain is not looked up again for a while. Whoever was right before does not wait behind them.
 */
import pLimit from 'p-limit'
import { AppError } from '../domain/errors.ts'

/** Connections of the database that unknown credentials may use, of ten or so. */
const AT_A_TIME = 2
/** So many wait for about 20 ms. More would wait while the pool serves others. */
const MOST_WAITING = 20
const KEEP_MS = 5_000
/** A megabyte. At the limit the oldest is forgotten: it costs a query again. */
const MOST_KEPT = 10_000

export class Lookups {
  readonly #clock: () => number
  readonly #limit = pLimit(AT_A_TIME)
  /** What was found to be unknown, and when; the oldest first. */
  readonly #unknown = new Map<string, number>()
  #refused = 0

  constructor(clock: () => number = Date.now) {
    this.#clock = clock
  }

  /** Another unknown credential would be refused. */
  get isFull(): boolean {
    return this.#limit.pendingCount >= MOST_WAITING
  }

  /** Since the process started. */
  get refused(): number {
    return this.#refused
  }

  isUnknown(name: string): boolean {
    const at = this.#unknown.get(name)
    return at !== undefined && this.#clock() - at < KEEP_MS
  }

  /** Returns what `find` finds, or null without asking if it has found nothing a moment ago. Throws `overloaded`. */
  async find<T>(name: string, find: () => Promise<T | null>): Promise<T | null> {
    if (this.isUnknown(name)) return null
    if (this.isFull) throw this.refusal()
    const found = await this.#limit(find)
    if (found === null) this.#note(name)
    return found
  }

  refusal(): AppError {
    this.#refused += 1
    return new AppError(
      'overloaded',
      'Too many API keys and sessions that are not known here are being looked up. Nothing has changed; try again in a few seconds.',
      { retryAfterSeconds: 2 },
    )
  }

  #note(name: string): void {
    this.#unknown.delete(name)
    this.#unknown.set(name, this.#clock())
    if (this.#unknown.size <= MOST_KEPT) return
    const [oldest] = this.#unknown.keys()
    if (oldest !== undefined) this.#unknown.delete(oldest)
  }
}
