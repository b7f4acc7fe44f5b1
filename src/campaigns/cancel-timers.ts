/**
 * Makes cancels final in the process that took them, at their time, so that they do not wait for maintenance. Best effort:
 * with the process, its timers are gone, and maintenance completes what is due (undo-cancel.ts).
 */
import type { ActionDeps } from './enqueue-campaign.ts'
import { completeCancel } from './undo-cancel.ts'

/** The times are the database's, whose clock may be a little behind ours. */
const AFTER_MS = 50

export class CancelTimers {
  readonly #deps: ActionDeps
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #running = new Set<Promise<unknown>>()

  constructor(deps: ActionDeps) {
    this.#deps = deps
  }

  start(id: string, seconds: number): void {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer)
        this.#complete(id)
      },
      seconds * 1000 + AFTER_MS,
    )
    // No cancel keeps a process alive.
    timer.unref()
    this.#timers.add(timer)
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    await Promise.all(this.#running)
  }

  #complete(id: string): void {
    const { log } = this.#deps
    const run = completeCancel(this.#deps, id)
      .catch((error: unknown) => {
        log.warn({ err: error, campaignId: id }, 'a cancel could not be completed; maintenance will')
      })
      .finally(() => this.#running.delete(run))
    this.#running.add(run)
  }
}
