/**
 * Stores the chunks of an import, two at a time, each in its own transaction: while one waits for PostgreSQL's disk or
 * for the network, the other makes progress. A chunk that has an address, an installation or a member in common with one that
 * is being stored waits for it, because the later line takes precedence.
 */

import type { DeviceRow, MemberRow } from '../../domain/device-row.ts'
import type { Pool } from '../../postgres/pool.ts'
import {
  COUNT_NAMES,
  type StoredCounts,
  type StoreOptions,
  storeDevices,
  storeMembersOnly,
} from '../device-store.ts'
import { keysOf } from '../find-replaced.ts'

/** A third would not be faster where PostgreSQL has two cores, and would take a connection from the rest of the API. */
export const CHUNKS_OPEN = 2

export interface Chunk {
  /** By address. */
  devices: ReadonlyMap<string, DeviceRow>
  /** Of devices that cannot be used. */
  members: readonly MemberRow[]
}

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

  /** Resolves when the chunk is being stored; rejects when an earlier one could not be stored. */
  async write({ devices, members: others }: Chunk): Promise<void> {
    const rows = [...devices.values()]
    if (rows.length === 0 && others.length === 0) return
    const keys = new Set(rows.flatMap(keysOf))
    const members = new Set([...rows, ...others].map(({ externalId }) => externalId))
    while (this.#open.size >= CHUNKS_OPEN || this.#isRelated(keys, members)) {
      await Promise.race([...this.#open].map(({ stored }) => stored))
    }
    const stored = this.#store(rows, others).then(() => void this.#open.delete(chunk))
    const chunk: OpenChunk = { keys, members, stored }
    // The next caller gets the rejection; until then it must not count as unhandled.
    stored.catch(() => {})
    this.#open.add(chunk)
  }

  /** Resolves when all chunks are stored. Rejects if one could not be stored, after all have ended. */
  async end(): Promise<void> {
    const ends = await Promise.allSettled([...this.#open].map(({ stored }) => stored))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  }

  #isRelated(keys: ReadonlySet<string>, members: ReadonlySet<string>): boolean {
    return [...this.#open].some(
      (open) => !open.keys.isDisjointFrom(keys) || !open.members.isDisjointFrom(members),
    )
  }

  async #store(rows: readonly DeviceRow[], members: readonly MemberRow[]): Promise<void> {
    if (rows.length > 0) {
      const stored = await storeDevices(this.#pool, rows, this.#options)
      for (const name of COUNT_NAMES) this.#counts[name] += stored[name]
    }
    if (members.length === 0) return
    this.#counts.optOutsKept += await storeMembersOnly(this.#pool, members, this.#options)
  }
}
