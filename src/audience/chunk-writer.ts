/**
 * Stores the chunks of an import, two at a time, each in its own transaction: while one waits for PostgreSQL's disk or
 * for the network, the other makes progress. A chunk that has an address, an installation or a member
 * in common with one that is being stored waits for it, because the later line takes precedence.
 */

import type { DeviceRow } from '../domain/device-row.ts'
import type { Pool } from '../postgres/pool.ts'
import { COUNT_NAMES, type StoredCounts, type StoreOptions, storeDevices } from './device-store.ts'
import { keysOf } from './replace-addresses.ts'

/** A third would not be faster where PostgreSQL has two cores, and would take a connection from the rest of the API. */
export const CHUNKS_OPEN = 2

interface OpenChunk {
  /** Addresses, those they replace, and installation ids. */
  keys: ReadonlySet<string>
  members: ReadonlySet<string>
  stored: Promise<void>
}

export class ChunkWriter {
  readonly #pool: Pool
  readonly #counts: StoredCounts
  readonly #options: StoreOptions
  /** Chunks being stored, or failed. */
  readonly #open = new Set<OpenChunk>()

  /** Adds the numbers of stored devices to `counts`. */
  constructor(pool: Pool, counts: StoredCounts, options: StoreOptions) {
    this.#pool = pool
    this.#counts = counts
    this.#options = options
  }

  /** Takes devices by address. Resolves when they are being stored; rejects when an earlier chunk could not be stored. */
  async write(addresses: ReadonlyMap<string, DeviceRow>): Promise<void> {
    const rows = [...addresses.values()]
    if (rows.length === 0) return
    while (this.#open.size >= CHUNKS_OPEN || this.#isRelated(rows)) {
      await Promise.race([...this.#open].map(({ stored }) => stored))
    }
    const members = new Set(rows.map((row) => row.externalId))
    const keys = new Set(rows.flatMap(keysOf))
    const chunk = { keys, members, stored: this.#store(rows).then(() => void this.#open.delete(chunk)) }
    // The next caller gets the rejection; until then it must not count as unhandled.
    chunk.stored.catch(() => {})
    this.#open.add(chunk)
  }

  /** Resolves when all chunks are stored. Rejects if one could not be stored, after all have ended. */
  async end(): Promise<void> {
    const ends = await Promise.allSettled([...this.#open].map(({ stored }) => stored))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  }

  #isRelated(rows: readonly DeviceRow[]): boolean {
    const open = [...this.#open]
    return rows.some((row) =>
      open.some(
        ({ keys, members }) => members.has(row.externalId) || keysOf(row).some((key) => keys.has(key)),
      ),
    )
  }

  async #store(rows: readonly DeviceRow[]): Promise<void> {
    const stored = await storeDevices(this.#pool, rows, this.#options)
    for (const name of COUNT_NAMES) this.#counts[name] += stored[name]
  }
}
