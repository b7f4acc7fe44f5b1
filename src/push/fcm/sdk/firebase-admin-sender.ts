/**
 * Sends with the SDK's own sendEach, for those who want nothing but Google's code on the wire. It costs twice the
 * CPU time, opens a TLS connection for every batch, and reports when the whole batch is done.
 *
 * Always under our own deadline: when the connection ends cleanly in mid-request, sendEach never settles.
 */
import type { App } from 'firebase-admin/app'
import type { BatchResponse, Messaging, SendResponse } from 'firebase-admin/messaging'
import pLimit from 'p-limit'
import type { Outcome } from '../../../domain/outcome.ts'
import type { Logger } from '../../../process/logger.ts'
import type { PushBatch, PushSender, SendOptions } from '../../push-sender.ts'
import { type AccessToken, CredentialError } from '../access-token.ts'
import { outcomeOfSdkError } from './sdk-error.ts'
import { toSdkMessage } from './sdk-message.ts'

export interface FirebaseAdminOptions {
  projectId: string
  accessToken: AccessToken
  /** Requests in flight, over all batches of this process. */
  concurrency: number
  requestTimeoutMs: number
  log: Logger
}

const MAX_BATCH = 500
/** The SDK sends at most this many of a call at a time. */
const STREAMS_PER_CALL = 100

interface OpenApp {
  app: App
  messaging: Messaging
  accessToken: string
}

let apps = 0

export class FirebaseAdminSender implements PushSender {
  readonly projectId: string
  readonly #options: FirebaseAdminOptions
  readonly #limit: ReturnType<typeof pLimit>
  readonly #callSize: number
  #open: { accessToken: string; app: Promise<OpenApp> } | undefined
  #isClosed = false

  constructor(options: FirebaseAdminOptions) {
    this.projectId = options.projectId
    this.#options = options
    this.#callSize = Math.min(options.concurrency, MAX_BATCH)
    this.#limit = pLimit(Math.max(1, Math.floor(options.concurrency / STREAMS_PER_CALL)))
  }

  /** The SDK connects anew for each call; what can be had before is its code and the access token. */
  async warmUp(): Promise<void> {
    await this.#opened()
  }

  async send(batch: PushBatch, { signal, report }: SendOptions): Promise<void> {
    const { tokens } = batch
    if (tokens.length > MAX_BATCH) {
      throw new Error(
        `a batch of ${tokens.length} messages was given; at most ${MAX_BATCH} are sent at a time`,
      )
    }
    const starts = Array.from(
      { length: Math.ceil(tokens.length / this.#callSize) },
      (_, i) => i * this.#callSize,
    )
    const results = await Promise.allSettled(
      starts.map((start) => this.#limit(() => this.#call(batch, start, signal, report))),
    )
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#forget()
  }

  async #call(batch: PushBatch, start: number, signal: AbortSignal, report: SendOptions['report']) {
    if (signal.aborted || this.#isClosed) return
    const tokens = batch.tokens.slice(start, start + this.#callSize)
    let open: OpenApp
    try {
      open = await this.#opened()
    } catch (error) {
      if (!(error instanceof CredentialError)) throw error
      const outcome: Outcome = error.isRefused
        ? { kind: 'blocked', code: 'credential_refused', detail: error.message }
        : { kind: 'retry_later', code: 'connection_failed', scope: 'device' }
      for (const i of tokens.keys()) report(start + i, outcome)
      return
    }
    if (signal.aborted) return
    const message = toSdkMessage(batch.message.message)
    const messages = tokens.map((token) => ({ ...message, token }))
    const answer = await this.#beforeDeadline(open.messaging.sendEach(messages, batch.validateOnly === true))
    for (const i of tokens.keys()) {
      const response = answer?.responses[i]
      report(
        start + i,
        // Everything the call has not told by now: some may have arrived, and which ones is not known.
        response === undefined
          ? { kind: 'in_doubt', code: 'deadline_exceeded' }
          : this.#outcomeOf(response, open),
      )
    }
  }

  async #beforeDeadline(call: Promise<BatchResponse>): Promise<BatchResponse | undefined> {
    const { promise: deadline, resolve } = Promise.withResolvers<undefined>()
    const timer = setTimeout(resolve, this.#options.requestTimeoutMs, undefined)
    // If the deadline wins, nobody listens to a later rejection.
    call.catch(() => {})
    try {
      return await Promise.race([call, deadline])
    } finally {
      clearTimeout(timer)
    }
  }

  #outcomeOf(response: SendResponse, open: OpenApp): Outcome {
    const { accessToken } = this.#options
    if (response.success) {
      accessToken.accepted(open.accessToken)
      const name = response.messageId ?? ''
      // Success without a name was not FCM's answer; see outcome-table.ts.
      return name === ''
        ? { kind: 'in_doubt', code: 'answer_lost' }
        : { kind: 'sent', messageId: name.slice(name.lastIndexOf('/') + 1) }
    }
    const { outcome, status } = outcomeOfSdkError(response.error)
    if (outcome.kind !== 'blocked' || status !== 401) {
      if (status !== 0) accessToken.accepted(open.accessToken)
      return outcome
    }
    return accessToken.refused(open.accessToken)
      ? { kind: 'retry_later', code: 'credential_refused', scope: 'device', afterMs: 0 }
      : outcome
  }

  /** The SDK's app keeps an access token until it expires, so a new token needs a new app. */
  async #opened(): Promise<OpenApp> {
    const accessToken = await this.#options.accessToken.get()
    if (this.#open?.accessToken !== accessToken) {
      void this.#forget()
      this.#open = { accessToken, app: this.#openApp(accessToken) }
    }
    return this.#open.app
  }

  async #openApp(accessToken: string): Promise<OpenApp> {
    const [{ initializeApp }, { getMessaging }] = await Promise.all([
      import('firebase-admin/app'),
      import('firebase-admin/messaging'),
    ])
    const credential = {
      // Ours decides when it is old, so the SDK may take it for fresh.
      getAccessToken: async () => ({ access_token: accessToken, expires_in: 3600 }),
    }
    const app = initializeApp({ credential, projectId: this.projectId }, `carillon-sender-${++apps}`)
    const messaging = getMessaging(app)
    silenceRetries(messaging)
    return { app, messaging, accessToken }
  }

  async #forget(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    if (open === undefined) return
    const { deleteApp } = await import('firebase-admin/app')
    await deleteApp((await open.app).app)
  }
}

/**
 * There is one retry layer, ours (design invariant 8). The SDK's sends again after 0, 1, 2 and 4 seconds, also
 * after a broken connection, when the message may have arrived, and also after our deadline. It has no public
 * switch; where the field is gone in a later version, its retries come back and a test says so.
 */
function silenceRetries(messaging: Messaging): void {
  const inner = messaging as unknown as { messagingRequestHandler?: { http2Client?: { retry?: unknown } } }
  const client = inner.messagingRequestHandler?.http2Client
  if (client !== undefined && 'retry' in client) client.retry = undefined
}
