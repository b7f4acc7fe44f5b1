/** Calls Carillon's public API as a customer would: with a key, JSON, and files as streams. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Agent, type IncomingMessage, request } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { SetupError } from '../../testing/terminal/command.ts'
import type { Counts } from './count-results.ts'

export interface CampaignView {
  id: string
  version: number
  audience: object
  state: string
  pauseReason: string | null
  pauseDetail: string | null
  startedAt: string | null
  closedAt: string | null
  progress: CampaignProgress
}

export interface CampaignProgress extends Counts {
  audience: number
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
  /** The first ones. */
  rejectedLines: { line: number; code: string; reason: string }[]
}

/** The API refused the request and says why: the log says nothing better. */
export class RefusedError extends SetupError {
  readonly code: string | undefined

  constructor(sentence: string, code: string | undefined) {
    super(sentence)
    this.code = code
  }
}

/** For all calls but imports, whose duration depends on the file. */
const TIMEOUT_MS = 60_000

export class ApiClient {
  readonly #address: URL
  readonly #headers: Record<string, string>
  readonly #signal: AbortSignal
  readonly #agent: Agent

  /** `ca`: a certificate to trust, in PEM, instead of the system's. */
  constructor(address: string, key: string, signal: AbortSignal, ca?: Buffer) {
    this.#address = new URL(address)
    this.#headers = { authorization: `Bearer ${key}` }
    this.#signal = signal
    const isTls = this.#address.protocol === 'https:'
    this.#agent = new (isTls ? TlsAgent : Agent)({ keepAlive: true, ...(ca && { ca }) })
  }

  get<T>(path: string): Promise<T> {
    return this.#call('GET', path)
  }

  post<T>(path: string, body?: unknown): Promise<T> {
    return this.#call('POST', path, body)
  }

  /** Sends the campaign as it is now. The API asks for the size of a large audience: it is counted and confirmed. */
  async send(id: string): Promise<void> {
    const { version, audience } = await this.get<CampaignView>(`/v1/campaigns/${id}`)
    const send = (body: object) => this.#call('POST', `/v1/campaigns/${id}/send`, body, version)
    await send({}).catch(async (error: Error) => {
      if (!(error instanceof RefusedError && error.code === 'audience_not_confirmed')) throw error
      const { devices } = await this.post<{ devices: number }>('/v1/audiences/count', { audience })
      await send({ confirmAudience: devices })
    })
  }

  async resume(id: string): Promise<void> {
    const { version } = await this.get<CampaignView>(`/v1/campaigns/${id}`)
    await this.#call('POST', `/v1/campaigns/${id}/resume`, undefined, version)
  }

  /** `onShare` is called with how much of the file has been sent, 0 to 1. */
  async importCsv(file: string, onShare: (share: number) => void): Promise<ImportReport> {
    const { size } = await stat(file)
    let sent = 0
    const counted = async function* (source: AsyncIterable<Buffer>) {
      for await (const piece of source) {
        yield piece
        sent += piece.length
        onShare(sent / size)
      }
    }
    return await this.importPieces(counted(createReadStream(file)), { 'content-length': size })
  }

  /** A CSV file sent while it is made, no faster than the API reads it. */
  async importPieces(
    pieces: Iterable<Buffer> | AsyncIterable<Buffer>,
    headers: Record<string, string | number> = {},
  ): Promise<ImportReport> {
    const path = '/v1/devices/import'
    const outgoing = this.#open('POST', path, { ...headers, 'content-type': 'text/csv' }, this.#signal)
    const answered = answerTo(outgoing)
    answered.catch(() => {})
    const sending = pipeline(Readable.from(pieces), outgoing)
    // A refusal comes before the end of the file, and says more than the broken pipe that follows.
    await Promise.race([sending, answered.then(() => {})]).catch(async (error: Error) => {
      this.#signal.throwIfAborted()
      await answered.catch(() => {
        throw this.#unreachable(error)
      })
    })
    sending.catch(() => {})
    return await understood<ImportReport>(`POST ${path}`, await answered)
  }

  /** `version`: of the campaign that this is about. */
  async #call<T>(method: string, path: string, body?: unknown, version?: number): Promise<T> {
    const timeout = AbortSignal.timeout(TIMEOUT_MS)
    const headers = {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(version !== undefined && { 'if-match': `"${version}"` }),
    }
    const outgoing = this.#open(method, path, headers, AbortSignal.any([this.#signal, timeout]))
    const answered = answerTo(outgoing)
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
    const answer = await answered.catch((error: Error) => {
      this.#signal.throwIfAborted()
      throw this.#unreachable(timeout.aborted ? new Error(`no answer in ${TIMEOUT_MS / 1000} s`) : error)
    })
    return await understood<T>(`${method} ${path}`, answer)
  }

  #open(method: string, path: string, headers: Record<string, string | number>, signal: AbortSignal) {
    const options = { method, headers: { ...this.#headers, ...headers }, agent: this.#agent, signal }
    const open = this.#address.protocol === 'https:' ? tlsRequest : request
    return open(new URL(path, this.#address), options)
  }

  #unreachable(error: Error & { code?: string }): SetupError {
    return new SetupError(`${this.#address.origin} cannot be reached: ${error.message || error.code}.`)
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
  throw status < 500 ? new RefusedError(sentence, code) : new SetupError(sentence)
}
