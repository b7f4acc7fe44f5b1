/**
 * Sends alerts: a POST of a small JSON object to ALERT_WEBHOOK_URL. Does nothing if it is unset.
 *
 * Promises: sending never blocks or fails the caller. Redirects are not followed and response bodies are not read. The URL
 * is never logged: webhook URLs of chat services are secrets.
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
  | 'campaign_finished'
  | 'campaign_missed'
  | 'schedule_paused'

/** Good news. It has a limit of its own, so that a hundred campaigns that finish in a minute hide no alarm. */
const NEWS: ReadonlySet<AlertKind> = new Set(['campaign_finished'])

export interface AlertsOptions {
  url: string | null
  role: string
  log: Logger
  /** Alarms above this rate are dropped, with one line in the log; and so is news. */
  perMinute?: number
  timeoutMs?: number
  clock?: () => number
}

const PER_MINUTE = 10
const TIMEOUT_MS = 3_000

export class Alerts {
  readonly #options: AlertsOptions
  readonly #clock: () => number
  readonly #pending = new Set<Promise<void>>()
  readonly #budgets = { alarm: new Budget(), news: new Budget() }

  constructor(options: AlertsOptions) {
    this.#options = options
    this.#clock = options.clock ?? (() => performance.now())
  }

  /** `text` is for people; it is the field that chat services show. */
  send(alert: AlertKind, text: string, facts: Record<string, unknown> = {}): void {
    const { url, role, log, timeoutMs = TIMEOUT_MS } = this.#options
    if (url === null || !this.#mayBeSent(alert)) return
    const process_ = { role, host: hostname(), pid: process.pid }
    const body = JSON.stringify({ alert, text, at: new Date().toISOString(), process: process_, ...facts })
    const sending = post(url, body, timeoutMs)
      .catch((error: Error) => log.warn({ alert, problem: problemOf(error) }, 'an alert could not be sent'))
      .finally(() => this.#pending.delete(sending))
    this.#pending.add(sending)
  }

  /** Resolves when no alert is being sent any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending)
  }

  #mayBeSent(alert: AlertKind): boolean {
    const { perMinute = PER_MINUTE, log } = this.#options
    const budget = this.#budgets[NEWS.has(alert) ? 'news' : 'alarm']
    const may = budget.take(this.#clock(), perMinute)
    if (may === 'no') log.warn({ alert }, 'too many alerts in a minute; further alerts are dropped')
    return may === 'yes'
  }
}

class Budget {
  #sentAt: number[] = []
  #isDropping = false

  /** `still_no`: the one before was refused too. */
  take(now: number, perMinute: number): 'yes' | 'no' | 'still_no' {
    this.#sentAt = this.#sentAt.filter((at) => now - at < 60_000)
    const wasDropping = this.#isDropping
    this.#isDropping = this.#sentAt.length >= perMinute
    if (this.#isDropping) return wasDropping ? 'still_no' : 'no'
    this.#sentAt.push(now)
    return 'yes'
  }
}

async function post(url: string, body: string, timeoutMs: number): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  })
  await answer.body?.cancel()
  if (!answer.ok) throw new Error(`the webhook answered ${answer.status}`)
}

/** fetch only says "fetch failed"; the reason is in its cause. */
function problemOf({ message, cause }: Error): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
  return code ?? (message === 'fetch failed' ? 'no connection' : message)
}
