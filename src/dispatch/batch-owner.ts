/**
 * What makes this process the owner of the batches it claims: a row in `batch_owners`, a session that holds an advisory lock
 * on the row's id, and a beat that grows. Maintenance takes the batches back when the owner is dead (its lock is free and
 * its beat stands still) or hangs (its beat stands still for the lease): maintenance/owner-watch.ts.
 *
 * With each beat it asks which of its batches are still its own and still to be sent, and tells a batch when it has to stop:
 * it was taken over, its campaign was paused or canceled, or PostgreSQL has not answered for the lease, so that others may
 * assume that this process hangs. The beat is thus also the longest time until a pause takes effect.
 *
 * The session is its own, not one of the pool: a pool whose connections are all in use must not look like a dead process.
 * While it is lost, the beat goes through the pool, so that a server that has no connection to spare does not rob anybody.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import type { QueryConfig } from 'pg'
import { openClient, type Pool, type Queryable } from '../postgres/pool.ts'
import type { Logger } from '../process/logger.ts'
import { within } from '../process/within.ts'
import { abandonBatch, type Held, readOwned } from './batch-store.ts'

export type LostBecause = 'taken_over' | 'campaign_stopped' | 'lease_expired'

/** The first key of the advisory locks; the second is the owner's id. */
export const OWNER_LOCK = 1_128_353_362

const BEAT_MS = 400
/**
 * For a connection and for an answer. Short, so that a live owner beats again soon after PostgreSQL is back: before
 * maintenance trusts what it sees (SETTLED_MS in owner-watch.ts).
 */
const PATIENCE_MS = 1_500
const RECONNECT_MS = 200
/** A beat that is older may look still to maintenance, whose looks are not those of this process. */
const FRESH_BEAT_MS = 1_000

/**
 * PostgreSQL notices within the lease that this machine, or the way to it, is gone, and not earlier: a network that hangs for
 * less than the lease costs nothing. A killed process is noticed at once, by its closed socket.
 */
const keepAlive = (leaseMs: number) =>
  `SET tcp_keepalives_idle = ${seconds(leaseMs / 2)}; SET tcp_keepalives_interval = ${seconds(leaseMs / 8)}; SET tcp_keepalives_count = 4`
const seconds = (ms: number) => Math.max(1, Math.ceil(ms / 1_000))

export class BatchOwner {
  readonly #pool: Pool
  readonly #leaseMs: number
  readonly #log: Logger
  readonly #held = new Map<Held, (why: LostBecause) => void>()
  readonly #claiming = new Set<string>()
  /** Owned, but not held, when PostgreSQL was last asked. */
  #unknown = new Set<string>()
  readonly #closing = new AbortController()
  readonly #watching: NodeJS.Timeout
  readonly #running: Promise<unknown>
  #id: number | undefined
  /** Undefined while there is no connection that holds the lock. */
  #session: pg.Client | undefined
  #dropped = Promise.withResolvers<void>()
  /** Resolved, and replaced, with each beat and each new session. */
  #changed = Promise.withResolvers<void>()
  /** When the last beat that was answered was asked for. */
  #beatAt = performance.now()

  constructor(pool: Pool, leaseMs: number, log: Logger) {
    this.#pool = pool
    this.#leaseMs = leaseMs
    this.#log = log
    this.#watching = setInterval(() => this.#checkLease(), Math.min(BEAT_MS, leaseMs / 4))
    this.#closing.signal.addEventListener('abort', () => this.#dropped.resolve())
    this.#running = Promise.all([this.#keepSession(), this.#keepBeating()])
  }

  /**
   * The id to claim with. Waits while there is no session, or no beat was answered lately (this process was frozen): a batch
   * claimed now could be taken back at once. Undefined when `signal` is aborted first.
   */
  async ready(signal: AbortSignal): Promise<number | undefined> {
    const { promise: aborted, resolve: onAbort } = Promise.withResolvers<void>()
    signal.addEventListener('abort', onAbort as () => void)
    try {
      while (!signal.aborted) {
        const isFresh = performance.now() - this.#beatAt < FRESH_BEAT_MS
        if (this.#session !== undefined && isFresh) return this.#id
        await Promise.race([this.#changed.promise, aborted])
      }
      return undefined
    } finally {
      signal.removeEventListener('abort', onAbort as () => void)
    }
  }

  /**
   * Runs a claim. Its answer may be lost: then PostgreSQL says that this process owns a batch that nobody holds, which is
   * noticed with the beats and left to maintenance. While it runs, the batch is not taken for such a one.
   */
  async claim<T>(ref: { campaignId: string; seq: number }, run: () => Promise<T>): Promise<T> {
    const place = placeOf(ref)
    this.#claiming.add(place)
    try {
      return await run()
    } finally {
      this.#claiming.delete(place)
    }
  }

  /** Call it with what a claim returned. `onLost` is called when the batch has to stop. Returns the function that ends the hold. */
  hold(batch: Held, onLost: (why: LostBecause) => void): () => void {
    this.#held.set(batch, onLost)
    return () => this.#held.delete(batch)
  }

  /** Milliseconds since a beat was last answered. 0: no batch is in hand. */
  get silentMs(): number {
    return this.#held.size === 0 ? 0 : performance.now() - this.#beatAt
  }

  /** Call this when no batch is in hand any more. */
  async close(): Promise<void> {
    clearInterval(this.#watching)
    this.#closing.abort()
    await this.#running
    if (this.#id === undefined) return
    // If it fails, maintenance deletes the row.
    await this.#pool
      .query({
        name: 'batch-owner-close',
        text: 'DELETE FROM batch_owners WHERE id = $1',
        values: [this.#id],
      })
      .catch(() => undefined)
  }

  /** After this long, maintenance may think that this process hangs. First thing after it was frozen: before any request. */
  #checkLease(): void {
    if (performance.now() - this.#beatAt < this.#leaseMs) return
    for (const onLost of this.#held.values()) onLost('lease_expired')
  }

  async #keepSession(): Promise<void> {
    const { signal } = this.#closing
    let isReported = false
    while (!signal.aborted) {
      const client = openClient(this.#pool, PATIENCE_MS)
      this.#dropped = Promise.withResolvers()
      const { promise: dropped, resolve: drop } = this.#dropped
      client.on('end', drop)
      if (signal.aborted) drop()
      try {
        await client.connect()
        await client.query(keepAlive(this.#leaseMs))
        await this.#register(client)
        isReported = false
        await dropped
      } catch (error) {
        if (!isReported)
          this.#log.warn({ err: error }, 'the session that holds the batches of this process was lost')
        isReported = true
      }
      this.#session = undefined
      const ended = client.end().catch(() => undefined)
      // Without waiting for a server that does not answer, unless it is the end anyway.
      if (signal.aborted) await Promise.race([ended, wait(RECONNECT_MS)])
      await wait(RECONNECT_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  /** Shared, so that a new session need not wait until PostgreSQL has noticed the end of the one before. */
  async #register(client: pg.Client): Promise<void> {
    if (this.#id === undefined) {
      const { rows } = await client.query<{ id: number }>({
        name: 'batch-owner-open',
        text: 'INSERT INTO batch_owners DEFAULT VALUES RETURNING id',
      })
      this.#id = rows[0]?.id
      this.#beatAt = performance.now()
    }
    const id = this.#id
    await client.query('SELECT pg_advisory_lock_shared($1, $2)', [OWNER_LOCK, id])
    // A beat through the pool has found meanwhile that it was declared dead. With this session, nobody would ask for a new id.
    if (this.#id !== id) throw new Error('declared dead while the session was opened')
    this.#session = client
    this.#tell()
  }

  #tell(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  async #keepBeating(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      const session = this.#session
      // A failure is told by the session; the statement goes through the pool until there is another one.
      if (this.#id !== undefined) {
        // A connection of the pool may swallow what is sent for as long as a statement may take, which is as long as the lease.
        const beat = this.#beat(session ?? this.#pool, this.#id)
        await within(PATIENCE_MS, beat).catch(() => this.#drop(session))
      }
      await wait(this.#session === session ? BEAT_MS : 0, undefined, { signal }).catch(() => undefined)
    }
  }

  #drop(session: pg.Client | undefined): void {
    if (session === undefined || session !== this.#session) return
    this.#session = undefined
    this.#dropped.resolve()
  }

  async #beat(db: Queryable, id: number): Promise<void> {
    const askedAt = performance.now()
    const { rowCount } = await db.query({
      name: 'batch-renew',
      text: 'UPDATE batch_owners SET beat = beat + 1 WHERE id = $1',
      values: [id],
      // So that the pool discards a connection that does not answer, instead of filling up with beats.
      query_timeout: PATIENCE_MS,
    } as QueryConfig)
    // An answer that comes after that time is about the past.
    if (this.#id !== id || askedAt < this.#beatAt) return
    if (rowCount === 0) {
      // Declared dead: what it held belongs to others. It goes on under a new id, in a new session.
      for (const onLost of this.#held.values()) onLost('taken_over')
      this.#id = undefined
      this.#drop(this.#session)
      return
    }
    this.#beatAt = askedAt
    this.#tell()
    await this.#checkHeld(db, id)
  }

  /** Compares what PostgreSQL says that this process owns with what it holds. */
  async #checkHeld(db: Queryable, owner: number): Promise<void> {
    const asked = new Set(this.#held.keys())
    const owned = await readOwned(db, owner)
    const stateOf = new Map(owned.map((batch) => [keyOf(batch), batch]))
    for (const [batch, onLost] of this.#held) {
      if (!asked.has(batch)) continue
      const now = stateOf.get(keyOf(batch))
      if (now === undefined) onLost('taken_over')
      // Paused, corrected and resumed between two beats: what is left gets the corrected message.
      else if (now.campaignState !== 'sending' || now.messageVersion !== batch.messageVersion)
        onLost('campaign_stopped')
    }
    const mine = new Set([...this.#held.keys()].map(keyOf))
    const unknown = owned.filter((batch) => !mine.has(keyOf(batch)) && !this.#claiming.has(placeOf(batch)))
    const stray = unknown.filter((batch) => this.#unknown.has(keyOf(batch)))
    this.#unknown = new Set(unknown.map(keyOf))
    for (const batch of stray) {
      this.#log.warn(batch, 'a batch of this process is in nobody’s hand: it is left to maintenance')
      await abandonBatch(db, batch)
    }
  }
}

const placeOf = ({ campaignId, seq }: { campaignId: string; seq: number }) => `${campaignId}/${seq}`
const keyOf = (batch: Held) => `${placeOf(batch)}/${batch.attempt}`
