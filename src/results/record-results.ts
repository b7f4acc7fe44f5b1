/**
 * Records the results of one batch as they arrive, in chunks, each in its own transaction, while the rest is still
 * being sent. What a crash can lose is what is on its way plus what is in the chunk being filled or written.
 *
 * Promises: a result handed to `add` is in the database when `flush` resolves. Recording twice changes nothing
 * (primary key). A fenced owner's results are inserted all the same: those sends happened.
 */

import { DELIVERY_CODES, DELIVERY_STATES } from '../domain/delivery-result.ts'
import type { Result } from '../domain/outcome.ts'
import { keepTrying } from '../postgres/keep-trying.ts'
import type { Pool } from '../postgres/pool.ts'
import { counters, recordings } from '../process/counters.ts'
import type { Logger } from '../process/logger.ts'
import { packMessageId } from './message-id.ts'

export interface DeviceResult extends Result {
  deviceId: number
}

export interface RecorderOptions {
  campaignId: string
  seq: number
  attempt: number
  leaseMs: number
  /** Results a chunk. 100: a crash can lose no more, and the statement costs little above its round trip. */
  chunk: number
  onFenced: () => void
  /** After each chunk that was written, and when one never can be. */
  onWritten: () => void
  /** Aborted when the process has no time left to wait for the database. */
  giveUp: AbortSignal
  log: Logger
}

/**
 * A chunk that does not fill is written all the same, for what waits in it is what a kill would repeat: after four
 * times what the last one took, so that a database that is quick gets many small ones, and one that has enough to do
 * fewer and fuller ones. Measured at full rate: half as many statements more, and no difference in the rate.
 */
const WAIT_SHARE = 4
const SHORTEST_WAIT_MS = 10
const LONGEST_WAIT_MS = 250

export class ResultRecorder {
  readonly #pool: Pool
  readonly #options: RecorderOptions
  #waiting: DeviceResult[] = []
  /** Tokens that are dead only if FCM accepts the payload for others, until it has. */
  #suspects: DeviceResult[] = []
  #hasAccepted = false
  #isSomethingThere = false
  #timer: NodeJS.Timeout | undefined
  #waitMs = SHORTEST_WAIT_MS
  #writing: Promise<void> | undefined
  #inWriting = 0
  #isStuck = false
  #failure: Error | undefined

  constructor(pool: Pool, options: RecorderOptions) {
    this.#pool = pool
    this.#options = options
  }

  add(result: DeviceResult): void {
    this.#waiting.push(result)
    if (result.state === 'sent') this.#hasAccepted = true
    if (this.#waiting.length >= this.#options.chunk) this.#write()
    else this.#timer ??= setTimeout(() => this.#write(), this.#waitMs)
  }

  /** Results that a crash would lose. */
  get unwritten(): number {
    return this.#waiting.length + this.#inWriting
  }

  /** The last try to write was refused: PostgreSQL is away, and each message that leaves now is one more to repeat. */
  get isStuck(): boolean {
    return this.#isStuck
  }

  /** What made a result impossible to write, however long one waits. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** Resolves when everything added is committed. Rejects when that can never be, or `giveUp` was aborted before. */
  async flush(): Promise<void> {
    while (this.#failure === undefined && (this.#waiting.length > 0 || this.#writing !== undefined)) {
      this.#write()
      await this.#writing
    }
    clearTimeout(this.#timer)
    if (this.#failure !== undefined) throw this.#failure
    if (this.#hasAccepted && this.#suspects.length > 0) await this.#insert([])
  }

  /** One chunk is written at a time: its successor fills meanwhile, and never grows beyond the batch. */
  #write(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#writing !== undefined || this.#waiting.length === 0 || this.#failure !== undefined) return
    const chunk = this.#waiting.splice(0, this.#options.chunk)
    this.#inWriting = chunk.length
    const { log, giveUp, onWritten } = this.#options
    this.#writing = keepTrying(() => this.#tryInsert(chunk), { what: 'record results', giveUp, log })
      .catch((error: Error) => {
        this.#failure = error
      })
      .finally(() => {
        this.#writing = undefined
        this.#inWriting = 0
        onWritten()
        if (this.#waiting.length >= this.#options.chunk) this.#write()
        else if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#write(), this.#waitMs)
      })
  }

  async #tryInsert(chunk: DeviceResult[]): Promise<void> {
    try {
      await this.#insert(chunk)
      this.#isStuck = false
    } catch (error) {
      this.#isStuck = true
      throw error
    }
  }

  async #insert(chunk: DeviceResult[]): Promise<void> {
    const { campaignId, seq, attempt, leaseMs, onFenced } = this.#options
    const suspects = [...this.#suspects, ...chunk.filter((one) => one.tokenIsDead === 'if accepted')]
    const dead = chunk.filter((one) => one.tokenIsDead === 'yes')
    const areKnown = this.#hasAccepted
    if (areKnown) dead.push(...suspects)
    const startedAt = performance.now()
    const rowCount = await this.#record([
      campaignId,
      seq,
      attempt,
      leaseMs,
      chunk.map((one) => one.deviceId),
      chunk.map((one) => DELIVERY_STATES[one.state]),
      chunk.map((one) => DELIVERY_CODES[one.code].number),
      chunk.map(({ messageId }) => messageId && packMessageId(messageId)),
      dead.map((one) => one.deviceId),
      dead.map((one) => DELIVERY_CODES[one.code].number),
    ])
    // Only now: a statement that failed is tried again, and must find them.
    this.#suspects = areKnown ? [] : suspects
    const tookMs = performance.now() - startedAt
    this.#waitMs = Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, WAIT_SHARE * tookMs))
    recordings.record(tookMs)
    counters.resultsRecorded += chunk.length
    if (rowCount === 0) onFenced()
  }

  /**
   * On a first attempt nothing is there yet, and an insert that relies on it costs PostgreSQL three fifths of one that
   * does not. Should something be there all the same (an answer that was lost after the commit, an owner that came
   * back), the statement has changed nothing, and the other one is used from then on.
   */
  async #record(values: unknown[]): Promise<number | null> {
    if (this.#options.attempt === 1 && !this.#isSomethingThere) {
      try {
        return (await this.#pool.query({ name: 'results-record-new', text: RECORD_NEW, values })).rowCount
      } catch (error) {
        if ((error as { code?: unknown }).code !== IS_THERE) throw error
        this.#isSomethingThere = true
      }
    }
    return (await this.#pool.query({ name: 'results-record', text: RECORD, values })).rowCount
  }
}

/** SQLSTATE unique_violation. */
const IS_THERE = '23505'

/**
 * $1 campaign, $2 seq, $3 attempt, $4 lease in ms, $5–$8 results, $9–$10 dead tokens. Inserts what is not there yet,
 * marks dead tokens gone, renews the lease and moves the batch's running counts. Zero rows: fenced.
 * Rows are inserted in order of device, so that two owners of one batch cannot deadlock on each other.
 * A token is only marked gone if the device has not registered again since this batch was first claimed.
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
  sent = b.sent + n.sent, failed = b.failed + n.failed, skipped = b.skipped + n.skipped,
  in_doubt = b.in_doubt + n.in_doubt,
  first_sent_at = CASE WHEN n.sent > 0 THEN coalesce(b.first_sent_at, now()) ELSE b.first_sent_at END,
  last_sent_at = CASE WHEN n.sent > 0 THEN now() ELSE b.last_sent_at END
FROM (SELECT count(*) FILTER (WHERE state = 1) AS sent, count(*) FILTER (WHERE state = 2) AS failed,
        count(*) FILTER (WHERE state = 3) AS skipped, count(*) FILTER (WHERE state = 4) AS in_doubt
      FROM inserted) n
WHERE b.campaign_id = $1 AND b.seq = $2 AND b.state = 'sending' AND b.attempt = $3`

const RECORD_NEW = record('')
const RECORD = record('ON CONFLICT (campaign_id, device_id) DO NOTHING')
