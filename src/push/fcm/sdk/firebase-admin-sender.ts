/**
 * Sends with the SDK's sendEach, for installations that want to use only Google's code. It takes ten times the CPU time,
 * opens a TLS connection for every batch, and reports when the whole batch has been answered.
 *
 * Every call has our own deadline: when the connection ends cleanly during a request, sendEach never settles.
 */
import type { App } from 'firebase-admin/app'
import type { BatchResponse, Messaging, SendResponse } from 'firebase-admin/messaging'
import pLimit from 'p-limit'
import type { Address } from '../../../domain/address.ts'
import type { Outcome } from '../../../domain/outcome.ts'
import type { Logger } from '../../../process/logger.ts'
import {
  checkBatchSize,
  MAX_BATCH,
  type PushBatch,
  type PushSender,
  type SenderFigures,
  type SendOptions,
} from '../../push-sender.ts'
import { type AccessToken, CredentialError } from '../access-token.ts'
import { compiledMessage } from '../fcm-message.ts'
import { outcomeOfSdkError } from './sdk-error.ts'
import { toSdkMessage } from './sdk-message.ts'

export interface FirebaseAdminOptions {
  projectId: string
  accessToken: AccessToken
  /** Requests in flight, over all batches of this sender. */
  concurrency: number
  requestTimeoutMs: number
  log: Logger
}

/** The SDK opens a connection for each call: more calls at a time cost more memory and CPU than they gain. */
const MOST_IN_FLIGHT = 1_000
/** Of one call, the SDK sends at most this many at a time. */
const STREAMS_PER_CALL = 100

interface OpenApp {
  app: App
  messaging: Messaging
  accessToken: string
}

let apps = 0

export class FirebaseAdminSender implements PushSender {
  readonly #options: FirebaseAdminOptions
  readonly #limit: ReturnType<typeof pLimit>
  readonly #callSize: number
  readonly #concurrency: number
  #isHeld: { released: Promise<void>; release: () => void } | undefined
  #waiting = 0
  #open: { accessToken: string; app: Promise<OpenApp> } | undefined
  #isClosed = false

  constructor(options: FirebaseAdminOptions) {
    this.#options = options
    this.#concurrency = Math.min(options.concurrency, MOST_IN_FLIGHT)
    this.#callSize = Math.min(this.#concurrency, MAX_BATCH)
    this.#limit = pLimit(Math.max(1, Math.floor(this.#concurrency / STREAMS_PER_CALL)))
  }

  /** The SDK opens a connection for each call, so only its code and the access token can be loaded in advance. */
  async warmUp(): Promise<void> {
    await this.#opened()
  }

  async send(batch: PushBatch, options: SendOptions): Promise<void> {
    const { addresses } = batch
    checkBatchSize(batch)
    const starts = Array.from(
      { length: Math.ceil(addresses.length / this.#callSize) },
      (_, i) => i * this.#callSize,
    )
    this.#waiting += addresses.length
    const results = await Promise.allSettled(
      starts.map((start) => this.#limit(() => this.#call(batch, start, options))),
    )
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  /** The SDK opens a connection for each call, and its requests leave when that is open. */
  get leadMs(): number {
    return this.#options.requestTimeoutMs
  }

  hold(isHeld: boolean): void {
    if (isHeld) {
      const { promise: released, resolve: release } = Promise.withResolvers<void>()
      this.#isHeld ??= { released, release }
      return
    }
    this.#isHeld?.release()
    this.#isHeld = undefined
  }

  /** The SDK reports a call when all of it is answered, so there is nothing to learn a limit from: it is fixed. */
  get load(): SenderFigures {
    return {
      waiting: this.#waiting,
      limit: this.#concurrency,
      mostInFlight: this.#concurrency,
      // The SDK does not tell how much of a call is answered.
      inFlight: this.#limit.activeCount * this.#callSize,
      latencyMs: null,
      baseLatencyMs: null,
    }
  }

  async close(): Promise<void> {
    this.hold(false)
    this.#isClosed = true
    this.#options.accessToken.close()
    await this.#forget()
  }

  async #call(batch: PushBatch, start: number, options: SendOptions) {
    const { signal } = options
    const addresses = batch.addresses.slice(start, start + this.#callSize)
    const stopped = whenAborted(signal)
    while (this.#isHeld !== undefined && !signal.aborted) {
      await Promise.race([this.#isHeld.released, stopped.promise])
    }
    stopped.forget()
    this.#waiting -= addresses.length
    if (signal.aborted || this.#isClosed) return
    await this.#ask(batch, start, addresses, options)
  }

  async #ask(
    batch: PushBatch,
    start: number,
    addresses: readonly Address[],
    { signal, report, mayStart }: SendOptions,
  ): Promise<void> {
    const stopped = whenAborted(signal)
    let open: OpenApp | undefined
    try {
      open = await Promise.race([this.#opened(), stopped.promise])
    } catch (error) {
      if (!(error instanceof CredentialError)) throw error
      const outcome: Outcome = error.isRefused
        ? { kind: 'blocked', code: 'credential_refused', detail: error.message }
        : { kind: 'retry_later', code: 'connection_failed', scope: 'device' }
      for (const i of addresses.keys()) report(start + i, outcome)
      return
    } finally {
      stopped.forget()
    }
    if (open === undefined || signal.aborted || mayStart?.() === false) return
    const message = toSdkMessage(compiledMessage(batch.message).message)
    const messages = addresses.map(({ address, kind }) =>
      kind === 'fid' ? { ...message, fid: address } : { ...message, token: address },
    )
    const answer = await this.#beforeDeadline(open.messaging.sendEach(messages, batch.validateOnly === true))
    for (const i of addresses.keys()) {
      const response = answer?.responses[i]
      report(
        start + i,
        // Not answered before the deadline: some may have arrived, and which ones is not known.
        response === undefined
          ? { kind: 'in_doubt', code: 'deadline_exceeded' }
          : this.#outcomeOf(response, open),
      )
    }
  }

  async #beforeDeadline(call: Promise<BatchResponse>): Promise<BatchResponse | undefined> {
    const { promise: deadline, resolve } = Promise.withResolvers<undefined>()
    const timer = setTimeout(resolve, this.#options.requestTimeoutMs, undefined)
    // After the deadline, a rejection of the call would otherwise be unhandled.
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
      // A success without a name is not an answer of FCM; see outcome-table.ts.
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

  /** An app of the SDK keeps its access token until that expires, so a new token needs a new app. */
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
      // AccessToken decides when a token is outdated; the SDK may treat it as new.
      getAccessToken: async () => ({ access_token: accessToken, expires_in: 3600 }),
    }
    const { projectId } = this.#options
    const app = initializeApp({ credential, projectId }, `carillon-sender-${++apps}`)
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

function whenAborted(signal: AbortSignal): { promise: Promise<undefined>; forget: () => void } {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const onAbort = () => resolve(undefined)
  signal.addEventListener('abort', onAbort)
  return { promise, forget: () => signal.removeEventListener('abort', onAbort) }
}

/**
 * There is one retry layer, ours (invariant 8). The SDK sends again after 0, 1, 2 and 4 seconds, also after a broken
 * connection, when the message may have arrived, and also after our deadline. It has no public option for this; if a later
 * version removes the field, the retries come back and a test fails.
 */
function silenceRetries(messaging: Messaging): void {
  const inner = messaging as unknown as { messagingRequestHandler?: { http2Client?: { retry?: unknown } } }
  const client = inner.messagingRequestHandler?.http2Client
  if (client !== undefined && 'retry' in client) client.retry = undefined
}
