/**
 * Enqueues campaigns as their batches finish, but not once for every batch: for each campaign one enqueue runs at a time,
 * and only after a sixteenth of the watermark has finished. Maintenance's next tick enqueues the rest.
 */
import type { Logger } from '../process/logger.ts'
import { type EnqueueDeps, enqueueBatches } from './enqueue-batches.ts'

const PARTS = 16
const REMEMBERED = 1_000

export class Enqueuer {
  readonly #deps: EnqueueDeps
  readonly #log: Logger
  /** Batches finished since the campaign was last enqueued. */
  readonly #used = new Map<string, number>()
  readonly #running = new Map<string, Promise<void>>()

  constructor(deps: EnqueueDeps, log: Logger) {
    this.#deps = deps
    this.#log = log
  }

  batchEnded(campaignId: string): void {
    // Campaigns that end before they reach a sixteenth would stay in the map for ever.
    if (this.#used.size > REMEMBERED) this.#used.clear()
    const used = (this.#used.get(campaignId) ?? 0) + 1
    this.#used.set(campaignId, used)
    if (used >= this.#deps.watermark / PARTS) this.enqueue(campaignId)
  }

  enqueue(campaignId: string): void {
    if (this.#running.has(campaignId)) return
    this.#used.delete(campaignId)
    const enqueueing = enqueueBatches(this.#deps, campaignId)
      .then(
        () => undefined,
        (error: Error) =>
          this.#log.warn(
            { err: error, campaignId },
            'a campaign could not be enqueued; maintenance will retry',
          ),
      )
      .finally(() => this.#running.delete(campaignId))
    this.#running.set(campaignId, enqueueing)
  }

  /** Resolves when no enqueue is running. */
  async settled(): Promise<void> {
    await Promise.all(this.#running.values())
  }
}
