/**
 * Writes the results of all batches of this process, as they arrive, each chunk in its own transaction, while the rest is
 * still being sent. What FCM has answered and PostgreSQL has not stored is repeated after a crash, apart from the requests in
 * flight; so it is written at once, two statements at a time: at 300 answers a second each has a few, at 10,000 it has a
 * hundred. One writer for all batches, because many small batches would otherwise each wait to fill a chunk.
 *
 * A result is in the database when `flush` of its batch resolves. Safe to record twice: the first result stays (primary
 * key). A fenced owner's results are inserted too: those messages were sent.
 *
 * While too many results are unwritten, or a write has failed, senders start no further request (`onFull`). This and the
 * senders' limits bound what a crash repeats: requests in flight (at most DISPATCH_CONCURRENCY a project) plus
 * UNWRITTEN_CHUNKS chunks, plus the answers that arrive for the requests in flight while nothing can be written.
 *
 * The running counts on a batch are raised apart from its rows, a few times a second: in the statement above, every batch of
 * which a result is written would be updated with each chunk. They are for display; the end of an attempt counts the rows.
 */
import type { Result } from '../domain/outcome.ts'
import { keepTrying } from '../postgres/keep-trying.ts'
import type { Pool } from '../postgres/pool.ts'
import { counters, recordings } from '../process/counters.ts'
import type { Logger } from '../process/logger.ts'
import { type Insertion, insertResults, raiseRunningCounts } from './insert-results.ts'
import type { RecentResults } from './recent-results.ts'
import { type BatchKey, ResultRecorder } from './result-recorder.ts'

/**
 * `sentTo`: the address that FCM says is dead. If the device has another one by the time this is written, the result is not:
 * its app has moved while the message was under way, and the next pass reaches it there.
 * `messageVersion`: if it is another than that of the attempt which records the result.
 */
export type DeviceResult = Result & { deviceId: number; sentTo?: string; messageVersion?: number }

/** An earlier owner may have sent it, before or after the message was corrected. */
export const UNKNOWN_VERSION = 0

/** Chunks of results that may be unwritten before nothing more is sent. Ten are about 100 ms at 10,000 a second and chunks of 100. */
export const UNWRITTEN_CHUNKS = 10

/** Further ones only when a whole chunk is waiting meanwhile: PostgreSQL then commits them together. */
const MOST_WRITES = 3
/** Two, so that an answer need not wait for a write that began just before it. The slower PostgreSQL, the fuller they are. */
const SMALL_WRITES = 2
const COUNT_MS = 250

export interface WriterOptions {
  /** Results per statement. 100: costs little more than its round trip. */
  chunk: number
  /** Keeps what is written, to write it again after a failover of the database. */
  recent?: RecentResults
  /** Called when too much is unwritten, and when there is room again. */
  onFull: (isFull: boolean) => void
  /** Aborted when the process can no longer wait for the database. */
  giveUp: AbortSignal
  log: Logger
}

export class ResultWriter {
  readonly #pool: Pool
  readonly #options: WriterOptions
  /** In the order of their arrival. */
  #waiting: Insertion[] = []
  readonly #recorders = new Set<ResultRecorder>()
  readonly #counting: NodeJS.Timeout
  #raising: Promise<void> | undefined
  #writes = 0
  #failing = 0
  #unwritten = 0
  #isFull = false
  #isScheduled = false

  constructor(pool: Pool, options: WriterOptions) {
    this.#pool = pool
    this.#options = options
    this.#counting = setInterval(() => this.#raiseCounts(), COUNT_MS)
  }

  /** For one attempt at a batch. `onFenced`: another process owns it. `onFailed`: its results can never be written. */
  open(batch: BatchKey, on: { onFenced: () => void; onFailed: () => void }): ResultRecorder {
    const recorder = new ResultRecorder(batch, {
      ...on,
      add: (insertion) => this.#add(insertion),
      closed: () => this.#recorders.delete(recorder),
    })
    this.#recorders.add(recorder)
    return recorder
  }

  /** Results that are not written yet. */
  get unwritten(): number {
    return this.#unwritten
  }

  get isFull(): boolean {
    return this.#isFull
  }

  /** Call it when all attempts have ended. */
  async close(): Promise<void> {
    clearInterval(this.#counting)
    await this.#raising
  }

  #add(insertion: Insertion): void {
    this.#waiting.push(insertion)
    this.#unwritten += 1
    this.#checkFull()
    // Answers arrive together, in one read of a connection: they belong in one statement.
    if (!this.#isScheduled) queueMicrotask(() => this.#writeMore())
    this.#isScheduled = true
  }

  #writeMore(): void {
    this.#isScheduled = false
    const { chunk } = this.#options
    while (this.#waiting.length > 0 && this.#writes < MOST_WRITES) {
      if (this.#writes >= SMALL_WRITES && this.#waiting.length < chunk) return
      void this.#write(this.#waiting.splice(0, chunk))
    }
  }

  async #write(chunk: Insertion[]): Promise<void> {
    this.#writes += 1
    try {
      await this.#insert(chunk)
    } catch (error) {
      await this.#insertApart(chunk, error as Error)
    }
    this.#writes -= 1
    this.#unwritten -= chunk.length
    this.#checkFull()
    for (const [recorder, own] of Map.groupBy(chunk, ({ recorder }) => recorder)) recorder.written(own.length)
    this.#writeMore()
  }

  /** A row that can never be written (a broken constraint, a missing partition) must not take other batches' rows with it. */
  async #insertApart(chunk: Insertion[], error: Error): Promise<void> {
    const parts = Map.groupBy(chunk, ({ recorder }) => recorder)
    for (const [recorder, part] of parts) {
      if (parts.size === 1 || this.#options.giveUp.aborted) recorder.fail(error)
      else await this.#insert(part).catch((own: Error) => recorder.fail(own))
    }
  }

  /** Rejects when the statement can never succeed, or `giveUp` is aborted first. */
  async #insert(chunk: Insertion[]): Promise<void> {
    const { giveUp, log } = this.#options
    let isFailing = false
    const setFailing = (isNow: boolean) => {
      if (isNow !== isFailing) this.#failing += isNow ? 1 : -1
      isFailing = isNow
      this.#checkFull()
    }
    const tryOnce = async () => {
      // Its batch has failed meanwhile: nobody waits for it.
      const rows = chunk.filter(({ recorder }) => recorder.failure === undefined)
      if (rows.length === 0) return
      const parts = Map.groupBy(rows, ({ recorder }) => recorder)
      const startedAt = performance.now()
      let withheld: ReadonlySet<DeviceResult>
      try {
        withheld = await insertResults(this.#pool, parts)
      } catch (error) {
        setFailing(true)
        throw error
      }
      recordings.record(performance.now() - startedAt)
      this.#keep(parts, withheld)
      counters.resultsRecorded += rows.filter(({ result }) => result !== null).length - withheld.size
    }
    try {
      await keepTrying(tryOnce, { what: 'record results', giveUp, log })
    } finally {
      setFailing(false)
    }
  }

  #keep(parts: ReadonlyMap<ResultRecorder, readonly Insertion[]>, withheld: ReadonlySet<DeviceResult>): void {
    for (const [{ batch }, rows] of parts) {
      const results = rows.flatMap(({ result }) => (result === null || withheld.has(result) ? [] : result))
      const byVersion = Map.groupBy(results, (result) => result.messageVersion ?? batch.messageVersion)
      for (const [messageVersion, some] of byVersion) {
        this.#options.recent?.add({ ...batch, messageVersion }, some)
      }
    }
  }

  #checkFull(): void {
    const isFull = this.#failing > 0 || this.#unwritten >= UNWRITTEN_CHUNKS * this.#options.chunk
    if (isFull === this.#isFull) return
    this.#isFull = isFull
    this.#options.onFull(isFull)
  }

  #raiseCounts(): void {
    if (this.#raising !== undefined) return
    const changed = [...this.#recorders].filter(({ hasCounts }) => hasCounts)
    if (changed.length === 0) return
    const counts = changed.map((recorder) => recorder.takeCounts())
    this.#raising = raiseRunningCounts(this.#pool, counts)
      .catch((error: Error) => this.#options.log.debug({ err: error }, 'running counts were not raised'))
      .finally(() => {
        this.#raising = undefined
      })
  }
}
