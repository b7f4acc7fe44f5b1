/**
 * What arrived and what was accepted, for each token, in flat memory: two bytes a token that carries a running
 * number (see token.ts), and a bounded map for the others.
 */
import { indexOfToken } from './token.ts'

/** Two gigabytes would be taken by a token with a silly number; a hundred million devices are enough. */
const MAX_INDEX = 100_000_000
/** Tokens without a number are for tests; above this they are counted in sum, and no longer one by one. */
const MAX_OTHERS = 200_000
/** Counts stop here rather than starting again from zero. */
const FULL = 255

interface OtherToken {
  received: number
  accepted: number
}

export interface LedgerStats {
  /** Valid requests for a token, whatever they were answered. */
  received: number
  /** Messages a device got: answered 200, or lost on the way back. Not those with validate_only. */
  accepted: number
  /** Tokens that were accepted at least once, and at least twice. */
  distinct: number
  duplicates: number
  /** Accepted messages beyond the first of each token. */
  surplus: number
  /** Messages whose token could not be counted by itself; duplicates among them are not seen. */
  untracked: number
  /** Milliseconds since 1970, or null. */
  firstAcceptAt: number | null
  lastAcceptAt: number | null
}

export class Ledger {
  #received = new Uint8Array(65_536)
  #accepted = new Uint8Array(65_536)
  #others = new Map<string, OtherToken>()
  #stats: LedgerStats = emptyStats()

  receive(token: string): void {
    this.#stats.received++
    const index = this.#indexOf(token)
    if (index >= 0) {
      const count = this.#received[index] ?? 0
      if (count < FULL) this.#received[index] = count + 1
      return
    }
    const other = this.#others.get(token)
    if (other !== undefined) other.received++
    else if (this.#others.size < MAX_OTHERS) this.#others.set(token, { received: 1, accepted: 0 })
    else this.#stats.untracked++
  }

  /** After `receive` of the same token. */
  accept(token: string): void {
    const now = Date.now()
    const stats = this.#stats
    stats.accepted++
    stats.firstAcceptAt ??= now
    stats.lastAcceptAt = now
    const index = this.#indexOf(token)
    let before: number
    if (index >= 0) {
      before = this.#accepted[index] ?? 0
      if (before < FULL) this.#accepted[index] = before + 1
    } else {
      const other = this.#others.get(token)
      if (other === undefined) return
      before = other.accepted++
    }
    if (before === 0) stats.distinct++
    else stats.surplus++
    if (before === 1) stats.duplicates++
  }

  get stats(): LedgerStats {
    return { ...this.#stats }
  }

  get accepted(): number {
    return this.#stats.accepted
  }

  get received(): number {
    return this.#stats.received
  }

  acceptedCount(token: string): number {
    const index = this.#indexOf(token)
    return index >= 0 ? (this.#accepted[index] ?? 0) : (this.#others.get(token)?.accepted ?? 0)
  }

  receivedCount(token: string): number {
    const index = this.#indexOf(token)
    return index >= 0 ? (this.#received[index] ?? 0) : (this.#others.get(token)?.received ?? 0)
  }

  /** How often the token with this number was accepted. */
  acceptedAt(index: number): number {
    return this.#accepted[index] ?? 0
  }

  reset(): void {
    this.#received.fill(0)
    this.#accepted.fill(0)
    this.#others.clear()
    this.#stats = emptyStats()
  }

  /** Makes room. Doubling keeps the copying small; millions of tokens are a few megabytes. */
  #indexOf(token: string): number {
    const index = indexOfToken(token)
    if (index < this.#received.length) return index
    if (index > MAX_INDEX) return -1
    let size = this.#received.length
    while (size <= index) size *= 2
    const received = new Uint8Array(size)
    received.set(this.#received)
    this.#received = received
    const accepted = new Uint8Array(size)
    accepted.set(this.#accepted)
    this.#accepted = accepted
    return index
  }
}

function emptyStats(): LedgerStats {
  return {
    received: 0,
    accepted: 0,
    distinct: 0,
    duplicates: 0,
    surplus: 0,
    untracked: 0,
    firstAcceptAt: null,
    lastAcceptAt: null,
  }
}
