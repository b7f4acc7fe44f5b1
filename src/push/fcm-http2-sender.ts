/**
 * Sends over pooled HTTP/2 sessions, which live as long as the sender. Measured against the SDK on the same fake
 * FCM: half the CPU time a message, no handshake a batch, no retries of its own.
 *
 * Promises what push-sender.ts asks; and never has more than `concurrency` requests in flight, over all batches.
 */
import pLimit from 'p-limit'
import { fcmCalls } from '../runtime/figures.ts'
import type { Logger } from '../runtime/logger.ts'
import { type AccessToken, CredentialError } from './access-token.ts'
import { Deadlines } from './deadlines.ts'
import { FcmRequest, type RequestHost } from './fcm-request.ts'
import type { Outcome, PushBatch, PushSender, SendOptions } from './push-sender.ts'
import { ConnectError, type PooledSession, SessionPool } from './session-pool.ts'

export interface FcmHttp2Options {
  /** https:// and host, without a path. */
  origin: string
  projectId: string
  accessToken: AccessToken
  /** PEM to trust instead of the system's. */
  ca?: string | Buffer | undefined
  /** Requests in flight, over all batches of this process. */
  concurrency: number
  requestTimeoutMs: number
  /** True asks FCM to check and never to deliver, whatever the batch says. */
  validateOnly?: boolean
  log: Logger
}

const MAX_BATCH = 500

export class FcmHttp2Sender implements PushSender, RequestHost {
  readonly projectId: string
  readonly #options: FcmHttp2Options
  readonly #pool: SessionPool
  readonly #deadlines: Deadlines
  readonly #limit: ReturnType<typeof pLimit>
  readonly #path: string
  readonly #authority: string
  /** Headers for the access token in use; the array is the same for every message. */
  #headers: { accessToken: string; list: string[] } | undefined

  constructor(options: FcmHttp2Options) {
    this.projectId = options.projectId
    this.#options = options
    this.#path = `/v1/projects/${options.projectId}/messages:send`
    this.#authority = new URL(options.origin).host
    this.#limit = pLimit(options.concurrency)
    this.#deadlines = new Deadlines(options.requestTimeoutMs)
    this.#pool = new SessionPool({
      origin: options.origin,
      ca: options.ca,
      connectTimeoutMs: options.requestTimeoutMs,
      log: options.log,
    })
  }

  async warmUp(): Promise<void> {
    await Promise.all([this.#options.accessToken.get(), this.#pool.warmUp(this.#options.concurrency)])
  }

  async send(batch: PushBatch, { signal, report }: SendOptions): Promise<void> {
    const { tokens } = batch
    if (tokens.length > MAX_BATCH) {
      throw new Error(
        `a batch of ${tokens.length} messages was given; at most ${MAX_BATCH} are sent at a time`,
      )
    }
    const isCheck = batch.validateOnly === true || this.#options.validateOnly === true
    let failure: { error: unknown } | undefined
    // A report that throws (its reader could not take it) stops this batch, but what is in flight is awaited.
    const guarded = (index: number, outcome: Outcome) => {
      try {
        report(index, outcome)
      } catch (error) {
        failure ??= { error }
      }
    }
    await Promise.all(
      tokens.map((token, index) =>
        this.#limit(() => {
          if (signal.aborted || failure !== undefined) return undefined
          return this.#sendOne(batch.message.bodyFor(token, isCheck), index, signal, guarded)
        }),
      ),
    )
    if (failure !== undefined) throw failure.error
  }

  async close(): Promise<void> {
    await this.#pool.close()
    this.#deadlines.clear()
  }

  async #sendOne(
    body: string,
    index: number,
    signal: AbortSignal,
    report: (index: number, outcome: Outcome) => void,
  ): Promise<void> {
    let session: PooledSession | undefined
    let accessToken: string
    try {
      const token = this.#options.accessToken.get()
      accessToken = typeof token === 'string' ? token : await token
      const taken = this.#pool.take()
      session = taken instanceof Promise ? await taken : taken
    } catch (error) {
      report(index, outcomeOfNotStarting(error))
      return
    }
    if (signal.aborted) {
      this.#pool.release(session)
      return
    }
    await new Promise<void>((done) => {
      const headers = this.#headersFor(accessToken)
      const request = new FcmRequest(this, session, headers, body, { index, accessToken, done, report })
      this.#deadlines.add(request)
    })
  }

  ended(request: FcmRequest, outcome: Outcome, status: number): void {
    this.#deadlines.remove(request)
    if (status !== 0) fcmCalls.record(performance.now() - request.startedAt)
    const { accessToken, session } = request
    let final = outcome
    if (outcome.kind === 'blocked' && status === 401) {
      // Certainly not sent. The first refusal may only mean that the token has aged; see access-token.ts.
      if (this.#options.accessToken.refused(accessToken)) {
        final = { kind: 'retry_later', code: 'credential_refused', scope: 'device', afterMs: 0 }
      }
    } else if (status !== 0) this.#options.accessToken.accepted(accessToken)
    // Nothing was heard on this session for as long as the request waited: it may be dead and not know it.
    if (status === 0 && outcome.kind === 'in_doubt' && session.lastUsedAt <= request.startedAt) {
      this.#pool.retire(session)
    }
    request.report(request.index, final)
    request.done()
  }

  released({ session }: FcmRequest): void {
    this.#pool.release(session)
  }

  #headersFor(accessToken: string): string[] {
    if (this.#headers?.accessToken !== accessToken) {
      const list = [
        ...[':method', 'POST', ':scheme', 'https', ':authority', this.#authority, ':path', this.#path],
        ...['authorization', `Bearer ${accessToken}`, 'content-type', 'application/json'],
      ]
      this.#headers = { accessToken, list }
    }
    return this.#headers.list
  }
}

/** Nothing has left this machine. */
function outcomeOfNotStarting(error: unknown): Outcome {
  if (error instanceof CredentialError && error.isRefused) {
    return { kind: 'blocked', code: 'credential_refused', detail: error.message }
  }
  if (error instanceof CredentialError || error instanceof ConnectError) {
    return { kind: 'retry_later', code: 'connection_failed', scope: 'device' }
  }
  throw error
}
