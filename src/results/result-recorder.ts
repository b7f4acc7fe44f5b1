/**
 * The results of one attempt at a batch, on their way to PostgreSQL: which are unwritten, which addresses are dead, what the
 * batch's running counts have to be raised by.
 */
import { DELIVERY_CODES, type DeliveryState, STATE_NAMES } from '../domain/delivery-result.ts'
import type { DeadAddress, Insertion, RunningCounts } from './insert-results.ts'
import type { DeviceResult } from './result-writer.ts'

export interface BatchKey {
  campaignId: string
  seq: number
  attempt: number
  /** When the attempt began, as PostgreSQL writes it. A device that has registered again since then is not marked gone. */
  claimedAt: string
  /** Of the message that it sends. */
  messageVersion: number
}

export interface RecorderOptions {
  onFenced: () => void
  onFailed: () => void
  add: (insertion: Insertion) => void
  closed: () => void
}

export class ResultRecorder {
  readonly batch: BatchKey
  readonly #options: RecorderOptions
  /** Addresses that are dead only if FCM accepts the payload for other devices, which it has not done yet. */
  #suspects: DeadAddress[] = []
  #hasAccepted = false
  #unwritten = 0
  #drained: PromiseWithResolvers<void> | undefined
  #failure: Error | undefined
  readonly #counts = new Map<DeliveryState, number>()
  #firstSentAt: string | null = null
  #lastSentAt: string | null = null
  /** Of the results in `#counts`. */
  #firstResultAt: string | null = null
  #lastResultAt: string | null = null
  /** Rows of this batch may exist: an earlier attempt, or a commit whose answer was lost. */
  mayExist: boolean

  constructor(batch: BatchKey, options: RecorderOptions) {
    this.batch = batch
    this.#options = options
    this.mayExist = batch.attempt > 1
  }

  add(result: DeviceResult): void {
    const { deviceId, addressIsDead, sentTo = null } = result
    const isSuspect = addressIsDead === 'if_accepted' && !this.#hasAccepted
    const address = { deviceId, sentTo, code: DELIVERY_CODES[result.code].number }
    if (isSuspect) this.#suspects.push(address)
    this.#add({ recorder: this, result, dead: addressIsDead === 'no' || isSuspect ? null : address })
    if (result.state !== 'sent' || this.#hasAccepted) return
    this.#hasAccepted = true
    for (const dead of this.#suspects.splice(0)) this.#add({ recorder: this, result: null, dead })
  }

  /** The error that makes a result impossible to write, if there is one. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** When the first and the last result with state `sent` were recorded, as PostgreSQL writes it: a Date has no microseconds. */
  get sentBetween(): { firstSentAt: string | null; lastSentAt: string | null } {
    return { firstSentAt: this.#firstSentAt, lastSentAt: this.#lastSentAt }
  }

  /** Resolves when every added result is committed. Rejects if that is impossible, or the process has no time left. */
  async flush(): Promise<void> {
    if (this.#failure === undefined && this.#unwritten > 0) {
      this.#drained ??= Promise.withResolvers()
      await this.#drained.promise
    }
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Call it at the end of the attempt. */
  close(): void {
    this.#options.closed()
  }

  // ── Called by the writer ────────────────────────────────────────────────────────────────────────────────────────

  fail(error: Error): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.#drained?.resolve()
    this.#options.onFailed()
  }

  fenced(): void {
    this.#options.onFenced()
  }

  /** Rows of this batch were inserted. Of two writes at once the later one may be answered first. */
  inserted(states: readonly DeliveryState[], at: string): void {
    for (const state of states) this.#counts.set(state, (this.#counts.get(state) ?? 0) + 1)
    if (states.length === 0) return
    this.#firstResultAt = earlier(this.#firstResultAt, at)
    this.#lastResultAt = later(this.#lastResultAt, at)
    if (!states.includes('sent')) return
    this.#firstSentAt = earlier(this.#firstSentAt, at)
    this.#lastSentAt = later(this.#lastSentAt, at)
  }

  /** Insertions are committed, or given up. */
  written(insertions: number): void {
    this.#unwritten -= insertions
    if (this.#unwritten > 0) return
    this.#drained?.resolve()
    this.#drained = undefined
  }

  get hasCounts(): boolean {
    return this.#counts.size > 0
  }

  takeCounts(): RunningCounts {
    const counts = STATE_NAMES.map((state) => this.#counts.get(state) ?? 0)
    const between = { firstResultAt: this.#firstResultAt, lastResultAt: this.#lastResultAt }
    this.#counts.clear()
    this.#firstResultAt = null
    return { batch: this.batch, counts, ...this.sentBetween, ...between }
  }

  #add(insertion: Insertion): void {
    // Nothing is written any more, so nothing must wait for it.
    if (this.#failure !== undefined) return
    this.#unwritten += 1
    this.#options.add(insertion)
  }
}

/** Of times as PostgreSQL writes them in UTC, which sort as text: without a fraction, "+" comes before ".", and before digits. */
function earlier(one: string | null, other: string): string {
  return one !== null && one < other ? one : other
}

function later(one: string | null, other: string): string {
  return one !== null && one > other ? one : other
}
