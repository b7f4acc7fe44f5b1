/** Carillon's public API as a customer would call it: a key, JSON, and files as streams. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Agent, type IncomingMessage, request } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { SetupError } from '../../testing/terminal/command.ts'

export interface CampaignView {
  id: string
  state: string
  pauseReason: string | null
  pauseDetail: string | null
  startedAt: string | null
  closedAt: string | null
  progress: CampaignProgress
}

export interface CampaignProgress {
  audience: number
  sent: number
  failed: number
  skipped: number
  inDoubt: number
  canceled: number
  remaining: number
  isPlanned: boolean
  firstSentAt: string | null
  lastSentAt: string | null
}

export interface FailureCount {
  state: string
  code: string
  count: number
}

export interface ImportReport {
  lines: number
  accepted: number
  created: number
  rejected: number
  /** The first of them. */
  rejectedLines: { line: number; code: string; reason: string }[]
}

/** The API does not do what it was asked, and says why: nothing in the log says it better. */
export class RefusedError extends SetupError {}

/** For everything but imports: a file says how long it takes. */
const PATIENCE_MS = 60_000

interface Order {
  method: string
  path: string
  headers?: Record<string, string | number>
  body?: string
  signal?: AbortSignal
}

export class ApiClient {
  readonly #address: URL
  readonly #headers: Record<string, string>
  readonly #signal: AbortSignal
  readonly #agent: Agent
  /** What was answered last, by path, for answers that have not changed. */
  readonly #known = new Map<string, { etag: string; body: unknown }>()

  /** `ca`: a certificate to trust, in PEM, instead of the system's. */
  constructor(address: string, key: string, signal: AbortSignal, ca?: Buffer) {
    this.#address = new URL(address)
    this.#headers = { authorization: `Bearer ${key}` }
    this.#signal = signal
    const keepAlive = { keepAlive: true }
    this.#agent = this.#isTls ? new TlsAgent({ ...keepAlive, ...(ca && { ca }) }) : new Agent(keepAlive)
  }

  get #isTls(): boolean {
    return this.#address.protocol === 'https:'
  }

  /** An answer that has not changed is not sent again: the API says so by its ETag. */
  async get<T>(path: string): Promise<T> {
    const known = this.#known.get(path)
    const headers = known && { 'if-none-match': known.etag }
    const answer = await this.#call({ method: 'GET', path, ...(headers && { headers }) })
    if (answer.statusCode === 304 && known) {
      answer.resume()
      return known.body as T
    }
    const body = await understood<T>(`GET ${path}`, answer)
    const { etag } = answer.headers
    if (etag !== undefined) this.#known.set(path, { etag, body })
    return body
  }

  async post<T>(path: string, body?: unknown): Promise<T> {
    const json = body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }
    return await understood<T>(`POST ${path}`, await this.#call({ method: 'POST', path, ...json }))
  }

  /** `onShare` is told how much of the file has been taken, 0 to 1. */
  async importCsv(file: string, onShare: (share: number) => void): Promise<ImportReport> {
    const { size } = await stat(file)
    let taken = 0
    const counted = async function* (source: AsyncIterable<Buffer>) {
      for await (const piece of source) {
        yield piece
        taken += piece.length
        onShare(taken / size)
      }
    }
    return await this.importPieces(counted(createReadStream(file)), { 'content-length': size })
  }

  /** A CSV file as it is made, no faster than the API takes it. */
  async importPieces(
    pieces: Iterable<Buffer> | AsyncIterable<Buffer>,
    headers: Record<string, string | number> = {},
  ): Promise<ImportReport> {
    const path = '/v1/devices/import'
    const order = { method: 'POST', path, headers: { ...headers, 'content-type': 'text/csv' } }
    const outgoing = this.#open({ ...order, signal: this.#signal })
    const answered = answerTo(outgoing)
    answered.catch(() => {})
    // A refusal comes before the file is at its end, and says more than the broken pipe that follows.
    const sending = pipeline(Readable.from(pieces), outgoing)
    await Promise.race([sending, answered.then(() => {})]).catch(async (error: Error) => {
      this.#signal.throwIfAborted()
      await answered.catch(() => {
        throw this.#unreachable(error)
      })
    })
    sending.catch(() => {})
    return await understood<ImportReport>(`POST ${path}`, await answered)
  }

  async #call(order: Order): Promise<IncomingMessage> {
    const patience = AbortSignal.timeout(PATIENCE_MS)
    const outgoing = this.#open({ ...order, signal: AbortSignal.any([this.#signal, patience]) })
    const answered = answerTo(outgoing)
    outgoing.end(order.body)
    return await answered.catch((error: Error) => {
      this.#signal.throwIfAborted()
      throw this.#unreachable(patience.aborted ? new Error(`no answer in ${PATIENCE_MS / 1000} s`) : error)
    })
  }

  #open({ method, path, headers, signal }: Order) {
    const options = { method, headers: { ...this.#headers, ...headers }, agent: this.#agent }
    const url = new URL(path, this.#address)
    return (this.#isTls ? tlsRequest : request)(url, { ...options, ...(signal && { signal }) })
  }

  #unreachable(error: Error & { code?: string }): SetupError {
    return new SetupError(`${this.#address.origin} cannot be used: ${error.message || error.code}.`)
  }
}

function answerTo(outgoing: ReturnType<typeof request>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.on('response', resolve).on('error', reject)
  })
}

async function understood<T>(what: string, answer: IncomingMessage): Promise<T> {
  const status = answer.statusCode ?? 0
  const body = await json(answer).catch((): unknown => ({ detail: 'the answer is not JSON' }))
  if (status >= 200 && status < 300) return body as T
  const { code, detail } = (body ?? {}) as { code?: string; detail?: string }
  const sentence = `${what} was answered ${status} ${code ?? ''}: ${detail ?? JSON.stringify(body)}`
  throw status < 500 ? new RefusedError(sentence) : new SetupError(sentence)
}
