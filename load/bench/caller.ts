/** Calls an API over keep-alive connections and notes how long each answer took: one after another, or at a fixed rate. */
import { Agent, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

export interface Call {
  kind: string
  method: string
  path: string
  body?: string
}

export interface Answered {
  kind: string
  /** 0: the connection broke. */
  status: number
  ms: number
}

/** Concurrent calls. Calls that are due beyond them are counted as late and not sent. */
const MAX_OPEN = 512

export class Caller {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MAX_OPEN, scheduling: 'fifo' })
  readonly #port: number
  readonly #key: string
  #open = 0

  constructor(port: number, key: string) {
    this.#port = port
    this.#key = key
  }

  call({ kind, method, path, body }: Call): Promise<Answered> {
    const startedAt = performance.now()
    this.#open += 1
    return new Promise((resolve) => {
      const done = (status: number) => {
        this.#open -= 1
        resolve({ kind, status, ms: performance.now() - startedAt })
      }
      const headers = {
        authorization: `Bearer ${this.#key}`,
        ...(body !== undefined && {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        }),
      }
      const options = { port: this.#port, host: '127.0.0.1', agent: this.#agent, method, path, headers }
      request(options, (answer) => answer.resume().once('end', () => done(answer.statusCode ?? 0)))
        .once('error', () => done(0))
        .end(body)
    })
  }

  /** `callers` at a time, each of which calls again when it has its answer. */
  async inTurn(callers: number, seconds: number, next: () => Call, signal: AbortSignal): Promise<Answered[]> {
    const answers: Answered[] = []
    const end = performance.now() + seconds * 1000
    const work = async () => {
      while (performance.now() < end && !signal.aborted) answers.push(await this.call(next()))
    }
    await Promise.all(Array.from({ length: callers }, work))
    return answers
  }

  /** Calls leave when they are due, whether or not earlier ones are answered. Ends early on the signal. */
  async atRate(
    perSecond: number,
    seconds: number,
    next: () => Call,
    signal: AbortSignal,
  ): Promise<{ answers: Answered[]; late: number }> {
    const open = new Set<Promise<unknown>>()
    const answers: Answered[] = []
    let late = 0
    const startedAt = performance.now()
    for (let sent = 0; ; ) {
      const elapsed = (performance.now() - startedAt) / 1000
      if (elapsed >= seconds || signal.aborted) break
      for (const due = Math.floor(elapsed * perSecond); sent < due; sent += 1) {
        if (this.#open >= MAX_OPEN) {
          late += 1
          continue
        }
        const answered = this.call(next()).then((answer) => {
          answers.push(answer)
          open.delete(answered)
        })
        open.add(answered)
      }
      await delay(2)
    }
    await Promise.all(open)
    return { answers, late }
  }

  close(): void {
    this.#agent.destroy()
  }
}
