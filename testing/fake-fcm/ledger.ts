/**
 * What arrived and what was accepted, for each address, in flat memory: two bytes an address that carries a running
 * number (see token.ts), ten bytes for any other (see hashed-counts.ts).
 */
import { HashedCounts } from './hashed-counts.ts'
import { indexOfToken } from './token.ts'

/** Bounds the arrays: an address with an absurd number must not take gigabytes. */
const MAX_INDEX = 100_000_000
/** Addresses without a number (from a user's own list) take up to 168 MB; above that only their total is counted. */
const MAX_OTHERS = 10_000_000
/** Counts saturate here. */
const FULL = 255

export interface LedgerStats {
  /** Valid requests for an address, whatever they were answered. */
  received: number
  /** Messages a device got: answered 200, or lost on the way back. Not those with validate_only. */
  accepted: number
  /** Addresses that were accepted at least once, and at least twice. */
  distinct: number
  duplicates: number
  /** Accepted messages beyond the first of each address. */
  surplus: number
  /** Messages whose address could not be counted by itself; duplicates among them are not seen. */
  untracked: number
  /** Milliseconds since 1970, or null. */
  firstAcceptAt: number | null
  lastAcceptAt: number | null
}

export class Ledger {
  #received = new Uint8Array(65_536)
  #accepted = new Uint8Array(65_536)
  #others = new HashedCounts(MAX_OTHERS)
  #stats: LedgerStats = emptyStats()

  receive(address: string): void {
    this.#stats.received++
    const index = this.#indexOf(address)
    if (index >= 0) {
      const count = this.#received[index] ?? 0
      if (count < FULL) this.#received[index] = count + 1
      return
    }
    if (!this.#others.addFirst(address)) this.#stats.untracked++
  }

  /** After `receive` of the same address. */
  accept(address: string): void {
    const now = Date.now()
    const stats = this.#stats
    stats.accepted++
    stats.firstAcceptAt ??= now
    stats.lastAcceptAt = now
    const index = this.#indexOf(address)
    let before: number | undefined
    if (index >= 0) {
      before = this.#accepted[index] ?? 0
      if (before < FULL) this.#accepted[index] = before + 1
    } else {
      before = this.#others.addSecond(address)
      if (before === undefined) return
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

  acceptedCount(address: string): number {
    const index = this.#indexOf(address)
    return index >= 0 ? (this.#accepted[index] ?? 0) : this.#others.second(address)
  }

  receivedCount(address: string): number {
    const index = this.#indexOf(address)
    return index >= 0 ? (this.#received[index] ?? 0) : this.#others.first(address)
  }

  /** How often the address with this number was accepted. */
  acceptedAt(index: number): number {
    return this.#accepted[index] ?? 0
  }

  reset(): void {
    this.#received.fill(0)
    this.#accepted.fill(0)
    this.#others.clear()
    this.#stats = emptyStats()
  }

  /** Grows the arrays if needed, by doubling; millions of addresses are a few megabytes. */
  #indexOf(address: string): number {
    const index = indexOfToken(address)
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
