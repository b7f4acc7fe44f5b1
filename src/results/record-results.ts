/**
 * Records the results of one batch as they arrive, in chunks, each in its own transaction, while the rest is still
 * being sent. A crash can lose the messages in flight and the chunks being filled or written.
 *
 * A result passed to `add` is in the database when `flush` resolves. Safe to record twice: the first result stays
 * (primary key). A fenced owner's results are inserted too: those messages were sent.
 */
import { DELIVERY_CODES, DELIVERY_STATES } from '../domain/delivery-result.ts'
import type { Result } from '../domain/outcome.ts'
import { countByState, raiseCounts } from '../postgres/delivery-counts.ts'
import { keepTrying } from '../postgres/keep-trying.ts'
import type { Pool } from '../postgres/pool.ts'
import { counters, recordings } from '../process/counters.ts'
import type { Logger } from '../process/logger.ts'
import { packMessageId } from './message-id.ts'
import type { RecentResults } from './recent-results.ts'
import type { WriteBacklog } from './write-backlog.ts'

export type DeviceResult = Result & { deviceId: number }

export interface RecorderOptions {
  campaignId: string
  seq: number
  attempt: number
  leaseMs: number
  /** Results per chunk. 100: a crash loses no more, and the statement costs little more than its round trip. */
  chunk: number
  /** Of this process; told of every result that is not written yet. */
  backlog: WriteBacklog
  /** Of this process: keeps what is written, to write it again after a failover of the database. */
  recent?: RecentResults
  onFenced: () => void
  /** Called after each written chunk, and when a chunk can never be written. */
  onWritten: () => void
  /** Aborted when the process can no longer wait for the database. */
  giveUp: AbortSignal
  log: Logger
}

/**
 * A chunk that does not fill is written too, because a kill would repeat the messages in it. It waits four times as long
 * as the last write took: a fast database gets many small chunks, a busy one fewer and fuller chunks. Measured at full
 * rate: 50 % more statements, and no difference in the rate.
 */
const WAIT_SHARE = 4
const SHORTEST_WAIT_MS = 10
const LONGEST_WAIT_MS = 250

export class ResultRecorder {
  readonly #pool: Pool
  readonly #options: RecorderOptions
  #waiting: DeviceResult[] = []
  /** Tokens that are dead only if FCM accepts the payload for other devices, which it has not done yet. */
  #suspects: DeviceResult[] = []
  #hasAccepted = false
  #hasEarlierResults = false
  #timer: NodeJS.Timeout | undefined
  #waitMs = SHORTEST_WAIT_MS
  #writing: Promise<void> | undefined
  #failure: Error | undefined

  constructor(pool: Pool, options: RecorderOptions) {
    this.#pool = pool
    this.#options = options
  }

  add(result: DeviceResult): void {
    this.#waiting.push(result)
    // After a failure nothing is written any more.
    if (this.#failure === undefined) this.#options.backlog.added(1)
    if (result.state === 'sent') this.#hasAccepted = true
    if (this.#waiting.length >= this.#options.chunk) this.#write()
    else this.#timer ??= setTimeout(() => this.#write(), this.#waitMs)
  }

  /** The error that makes a result impossible to write, if there is one. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** Resolves when every added result is committed. Rejects if that is impossible, or `giveUp` is aborted first. */
  async flush(): Promise<void> {
    while (this.#failure === undefined && (this.#waiting.length > 0 || this.#writing !== undefined)) {
      this.#write()
      await this.#writing
    }
    clearTimeout(this.#timer)
    if (this.#failure !== undefined) throw this.#failure
    if (this.#hasAccepted && this.#suspects.length > 0) await this.#insert([])
  }

  /** Writes one chunk at a time. The next one fills meanwhile and never exceeds the batch. */
  #write(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#writing !== undefined || this.#waiting.length === 0 || this.#failure !== undefined) return
    const chunk = this.#waiting.splice(0, this.#options.chunk)
    const { backlog, log, giveUp, onWritten } = this.#options
    this.#writing = keepTrying(() => this.#tryInsert(chunk), { what: 'record results', giveUp, log })
      .catch((error: Error) => {
        this.#failure = error
        // They are never written, so nothing must wait for them.
        backlog.setStuck(this, false)
        backlog.removed(this.#waiting.length)
      })
      .finally(() => {
        this.#writing = undefined
        backlog.removed(chunk.length)
        onWritten()
        if (this.#waiting.length >= this.#options.chunk) this.#write()
        else if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#write(), this.#waitMs)
      })
  }

  async #tryInsert(chunk: DeviceResult[]): Promise<void> {
    try {
      await this.#insert(chunk)
      this.#options.backlog.setStuck(this, false)
    } catch (error) {
      this.#options.backlog.setStuck(this, true)
      throw error
    }
  }

  async #insert(chunk: DeviceResult[]): Promise<void> {
    const { campaignId, seq, attempt, leaseMs, recent, onFenced } = this.#options
    const suspects = [...this.#suspects, ...chunk.filter((one) => one.tokenIsDead === 'if_accepted')]
    const dead = chunk.filter((one) => one.tokenIsDead === 'yes')
    const isDecided = this.#hasAccepted
    if (isDecided) dead.push(...suspects)
    const startedAt = performance.now()
    const rowCount = await this.#record([
      campaignId,
      seq,
      attempt,
      leaseMs,
      chunk.map((one) => one.deviceId),
      chunk.map((one) => DELIVERY_STATES[one.state].number),
      chunk.map((one) => DELIVERY_CODES[one.code].number),
      chunk.map(({ messageId }) => messageId && packMessageId(messageId)),
      dead.map((one) => one.deviceId),
      dead.map((one) => DELIVERY_CODES[one.code].number),
    ])
    recent?.add(campaignId, attempt, chunk)
    // Not earlier: a failed statement is tried again and needs them.
    this.#suspects = isDecided ? [] : suspects
    const tookMs = performance.now() - startedAt
    this.#waitMs = Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, WAIT_SHARE * tookMs))
    recordings.record(tookMs)
    counters.resultsRecorded += chunk.length
    if (rowCount === 0) onFenced()
  }

  /**
   * On a first attempt no rows exist yet, and an insert without ON CONFLICT costs PostgreSQL three fifths of one with it.
   * If a row does exist (a commit whose answer was lost, a former owner that is still writing), the insert fails and
   * changes nothing, and the other statement is used from then on.
   */
  async #record(values: unknown[]): Promise<number | null> {
    if (this.#options.attempt === 1 && !this.#hasEarlierResults) {
      try {
        return (await this.#pool.query({ name: 'results-record-new', text: RECORD_NEW, values })).rowCount
      } catch (error) {
        if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error
        this.#hasEarlierResults = true
      }
    }
    return (await this.#pool.query({ name: 'results-record', text: RECORD, values })).rowCount
  }
}

/** SQLSTATE. */
const UNIQUE_VIOLATION = '23505'

/**
 * $1 campaign, $2 seq, $3 attempt, $4 lease in ms, $5–$8 results, $9–$10 dead tokens. Inserts the results that do not
 * exist yet, marks dead tokens gone, renews the lease and raises the batch's running counts. Zero rows: fenced.
 * Rows are inserted in order of device, so that two owners of one batch cannot deadlock.
 * A token is marked gone only if the device has not registered again since this batch was first claimed.
 */
const record = (onConflict: string) => `
WITH inserted AS (
  INSERT INTO deliveries (campaign_id, device_id, state, code, attempt, message_id)
  SELECT $1, device_id, state, code, least($3::int, 32767), decode(message_id, 'hex')
  FROM unnest($5::bigint[], $6::smallint[], $7::smallint[], $8::text[]) AS r (device_id, state, code, message_id)
  ORDER BY device_id
  ${onConflict}
  RETURNING state
), gone AS (
  UPDATE devices d SET state = 'gone', gone_at = now(), gone_code = g.code
  FROM unnest($9::bigint[], $10::smallint[]) AS g (id, code), batches b
  WHERE d.id = g.id AND d.state = 'active'
    AND b.campaign_id = $1 AND b.seq = $2 AND d.last_seen_at <= coalesce(b.first_claimed_at, now())
)
UPDATE batches b SET
  lease_until = now() + make_interval(secs => $4::float8 / 1000),
  ${raiseCounts('b', 'n')},
  first_sent_at = CASE WHEN n.sent > 0 THEN coalesce(b.first_sent_at, now()) ELSE b.first_sent_at END,
  last_sent_at = CASE WHEN n.sent > 0 THEN now() ELSE b.last_sent_at END
FROM (SELECT ${countByState('inserted.state')} FROM inserted) n
WHERE b.campaign_id = $1 AND b.seq = $2 AND b.state = 'sending' AND b.attempt = $3`

const RECORD_NEW = record('')
const RECORD = record('ON CONFLICT (campaign_id, device_id) DO NOTHING')
