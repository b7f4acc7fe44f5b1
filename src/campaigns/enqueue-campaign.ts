import type { Pool } from '../postgres/pool.ts'
import type { Logger } from '../process/logger.ts'
import { enqueueBatches } from '../queue/enqueue-batches.ts'
import type { JobQueue } from '../queue/job-queue.ts'
import type { Moved } from './transition.ts'

export interface ActionDeps {
  pool: Pool
  queue: JobQueue
  log: Logger
  watermark: number
}

/**
 * Call after the commit of a transition: adds a job for what is left to plan, and enqueues batches. Batches of a
 * canceled campaign are not enqueued, because `enqueueBatches` looks at the state. Never throws: if the queue is
 * down, the transition stands in PostgreSQL, and maintenance enqueues the campaign later.
 */
export async function enqueueCampaign(
  { pool, queue, log, watermark }: ActionDeps,
  id: string,
  { version, isPlanned, hasPlan }: Moved,
): Promise<void> {
  try {
    if (!isPlanned) await queue.addPlanJob(id, version)
    if (hasPlan) await enqueueBatches({ pool, queue, watermark }, id)
  } catch (error) {
    log.warn({ err: error, campaignId: id }, 'the campaign could not be enqueued; maintenance will retry')
  }
}
