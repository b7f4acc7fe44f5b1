/**
 * Feeds campaigns as their batches finish, without a feed for every batch: one runs at a time for a campaign, and
 * only after a sixteenth of the watermark has been used up. What this leaves out, upkeep's next tick puts on.
 */
import type { Logger } from '../process/logger.ts'
import { type FeedDeps, feedCampaign } from './enqueue-batches.ts'

const PARTS = 16
const REMEMBERED = 1_000

export class Feeder {
  readonly #deps: FeedDeps
  readonly #log: Logger
  /** Batches finished since the campaign was last fed. */
  readonly #used = new Map<string, number>()
  readonly #running = new Map<string, Promise<void>>()

  constructor(deps: FeedDeps, log: Logger) {
    this.#deps = deps
    this.#log = log
  }

  batchEnded(campaignId: string): void {
    // Small campaigns end below the sixteenth and would be remembered for ever.
    if (this.#used.size > REMEMBERED) this.#used.clear()
    const used = (this.#used.get(campaignId) ?? 0) + 1
    this.#used.set(campaignId, used)
    if (used >= this.#deps.watermark / PARTS) this.feed(campaignId)
  }

  feed(campaignId: string): void {
    if (this.#running.has(campaignId)) return
    this.#used.delete(campaignId)
    const feeding = feedCampaign(this.#deps, campaignId)
      .then(
        () => undefined,
        (error: Error) =>
          this.#log.warn({ err: error, campaignId }, 'a campaign could not be fed; upkeep will'),
      )
      .finally(() => this.#running.delete(campaignId))
    this.#running.set(campaignId, feeding)
  }

  /** Resolves when no feed is running. */
  async settled(): Promise<void> {
    await Promise.all(this.#running.values())
  }
}
