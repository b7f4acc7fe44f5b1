/**
 * Looking up credentials that this process does not know: API keys and session tokens that have not been right here. Anybody
 * can send them, each costs a query, and no slot is taken before the caller is known. So they have a limit of their own, and
 * what was looked up in vain is not looked up again for a while. Whoever was right before does not wait behind them, and whoever
 * comes from another address than a flood still has places to wait in.
 */
import pLimit from 'p-limit'
import { AppError } from '../domain/errors.ts'

/** Connections of the database that unknown credentials may use, of ten or so. */
const AT_A_TIME = 2
/** So many wait for about 20 ms. More would wait while the pool serves others. */
const MOST_WAITING = 20
/** Of these, places that nobody gets who has one already: so one address may have fifteen of them. */
const KEPT_FREE = 5
const KEEP_MS = 5_000
/** A megabyte. At the limit the oldest is forgotten: it costs a query again. */
const MOST_KEPT = 10_000

export class Lookups {
  readonly #clock: () => number
  readonly #limit = pLimit(AT_A_TIME)
  /** What was found to be unknown, and when; the oldest first. */
  readonly #unknown = new Map<string, number>()
  /** By address: how many are looked up or wait. */
  readonly #outstanding = new Map<string, number>()
  #refused = 0

  constructor(clock: () => number = Date.now) {
    this.#clock = clock
  }

  /** Another unknown credential would be refused, wherever it comes from. */
  get isFull(): boolean {
    return this.#limit.pendingCount >= MOST_WAITING
  }

  /** Another unknown credential from this address would be refused. */
  isFullFor(address: string | undefined): boolean {
    if (this.isFull) return true
    const hasSome = address !== undefined && this.#outstanding.has(address)
    return hasSome && this.#limit.pendingCount >= MOST_WAITING - KEPT_FREE
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
  async find<T>(name: string, find: () => Promise<T | null>, address?: string): Promise<T | null> {
    if (this.isUnknown(name)) return null
    if (this.isFullFor(address)) throw this.refusal()
    const leave = this.#enter(address)
    try {
      const found = await this.#limit(find)
      if (found === null) this.#note(name)
      return found
    } finally {
      leave()
    }
  }

  #enter(address: string | undefined): () => void {
    if (address === undefined) return () => {}
    this.#outstanding.set(address, (this.#outstanding.get(address) ?? 0) + 1)
    return () => {
      const left = (this.#outstanding.get(address) ?? 1) - 1
      if (left === 0) this.#outstanding.delete(address)
      else this.#outstanding.set(address, left)
    }
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
