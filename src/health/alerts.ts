/**
 * Tells somebody: a POST of a small JSON object to ALERT_WEBHOOK_URL. Without one, nothing is sent.
 *
 * Promises: nobody waits for it and nothing fails because of it. No redirect is followed, no answer is read, and the
 * address never reaches a log: those of chat services are secrets.
 */
import { hostname } from 'node:os'
import type { Logger } from '../process/logger.ts'

export type AlertKind =
  | 'memory_high'
  | 'memory_releasing'
  | 'memory_exhausted'
  | 'standstill'
  | 'breaker_open'
  | 'campaign_paused'

export interface AlertsOptions {
  url: string | null
  role: string
  log: Logger
  /** More are dropped, and the log says so: a storm helps nobody. */
  perMinute?: number
  patienceMs?: number
  clock?: () => number
}

const PER_MINUTE = 10
const PATIENCE_MS = 3_000

export class Alerts {
  readonly #options: AlertsOptions
  readonly #clock: () => number
  readonly #underWay = new Set<Promise<void>>()
  #sentAt: number[] = []
  #isDropping = false

  constructor(options: AlertsOptions) {
    this.#options = options
    this.#clock = options.clock ?? (() => performance.now())
  }

  /** `text` is a sentence for a person, and the field that chat services show. */
  send(alert: AlertKind, text: string, facts: Record<string, unknown> = {}): void {
    const { url, role, log, patienceMs = PATIENCE_MS } = this.#options
    if (url === null || !this.#mayBeSent(alert)) return
    const process_ = { role, host: hostname(), pid: process.pid }
    const body = JSON.stringify({ alert, text, at: new Date().toISOString(), process: process_, ...facts })
    const sending = post(url, body, patienceMs)
      .catch((error: Error) => log.warn({ alert, problem: problemOf(error) }, 'an alert could not be sent'))
      .finally(() => this.#underWay.delete(sending))
    this.#underWay.add(sending)
  }

  /** Resolves when nothing is on its way any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  #mayBeSent(alert: AlertKind): boolean {
    const now = this.#clock()
    this.#sentAt = this.#sentAt.filter((at) => now - at < 60_000)
    if (this.#sentAt.length < (this.#options.perMinute ?? PER_MINUTE)) {
      this.#sentAt.push(now)
      this.#isDropping = false
      return true
    }
    if (!this.#isDropping) this.#options.log.warn({ alert }, 'too many alerts within a minute: dropped')
    this.#isDropping = true
    return false
  }
}

async function post(url: string, body: string, patienceMs: number): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    redirect: 'manual',
    signal: AbortSignal.timeout(patienceMs),
  })
  await answer.body?.cancel()
  if (!answer.ok) throw new Error(`it answers ${answer.status}`)
}

/** fetch says "fetch failed", and hides why. */
function problemOf({ message, cause }: Error): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
  return code ?? (message === 'fetch failed' ? 'no connection' : message)
}
