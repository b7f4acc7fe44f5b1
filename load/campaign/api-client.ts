/** Carillon's public API as a customer would call it: a key, JSON, and files as streams. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { json } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { SetupError } from '../terminal/command.ts'

export interface CampaignView {
  id: string
  state: string
  pauseReason: string | null
  pauseDetail: string | null
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

export interface ImportReport {
  lines: number
  accepted: number
  rejected: number
  /** The first of them. */
  rejectedLines: { line: number; code: string; reason: string }[]
}

/** The API does not do what it was asked, and says why: nothing in the log says it better. */
export class RefusedError extends SetupError {}

export class ApiClient {
  readonly #address: string
  readonly #headers: Record<string, string>
  readonly #signal: AbortSignal

  constructor(address: string, key: string, signal: AbortSignal) {
    this.#address = address
    this.#headers = { authorization: `Bearer ${key}` }
    this.#signal = signal
  }

  async get<T>(path: string): Promise<T> {
    return await this.#call<T>('GET', path)
  }

  async post<T>(path: string, body?: unknown): Promise<T> {
    return await this.#call<T>('POST', path, body)
  }

  /** `onShare` is told how much of the file has been taken, 0 to 1. No time limit: the file says how long it takes. */
  async importCsv(file: string, onShare: (share: number) => void): Promise<ImportReport> {
    const { size } = await stat(file)
    const outgoing = request(`${this.#address}/v1/devices/import`, {
      method: 'POST',
      headers: { ...this.#headers, 'content-type': 'text/csv', 'content-length': size },
      signal: this.#signal,
    })
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.on('response', resolve).on('error', reject)
    })
    answered.catch(() => {})
    let taken = 0
    const counted = async function* (source: AsyncIterable<Buffer>) {
      for await (const piece of source) {
        yield piece
        taken += piece.length
        onShare(taken / size)
      }
    }
    // A refusal comes before the file is at its end, and says more than the broken pipe that follows.
    const sending = pipeline(createReadStream(file), counted, outgoing)
    await Promise.race([sending, answered.then(() => {})]).catch(async (error: Error) => {
      this.#signal.throwIfAborted()
      await answered.catch(() => {
        throw error
      })
    })
    sending.catch(() => {})
    const answer = await answered
    return await understood<ImportReport>(
      'POST /v1/devices/import',
      answer.statusCode ?? 0,
      await json(answer),
    )
  }

  async #call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.#address}${path}`, {
      method,
      headers: { ...this.#headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: this.#signal,
    })
    return await understood<T>(`${method} ${path}`, answer.status, await answer.json())
  }
}

async function understood<T>(what: string, status: number, body: unknown): Promise<T> {
  if (status >= 200 && status < 300) return body as T
  const { code, detail } = body as { code?: string; detail?: string }
  const sentence = `${what} was answered ${status} ${code ?? ''}: ${detail ?? JSON.stringify(body)}`
  throw status < 500 ? new RefusedError(sentence) : new SetupError(sentence)
}
