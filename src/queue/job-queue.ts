/**
 * The interface of the queue. It carries references from one worker to the next and is never the only copy of anything: if
 * all jobs are lost, maintenance adds them again; if a reference arrives twice, the second claim finds no row.
 * bullmq-job-queue.ts is the implementation, on Redis or PostgreSQL.
 */

export interface BatchRef {
  campaignId: string
  seq: number
  /** How often the batch was enqueued, including this time. Makes the job's id new. */
  turn: number
  /**
   * Within its campaign. 0, or none: no dispatcher had it in hand yet; 1: one had; 2: its attempt ended before every device
   * was sent to; 3: the dispatcher died.
   */
  urgency?: 0 | 1 | 2 | 3
  /** Among the campaigns of its priority: the smaller goes first (places.ts). 0, or none: before all others. */
  place?: number
  /** Its campaign has a rate of its own: it waits in another line than the others. */
  isRated?: boolean
}

/** Jobs, plans and batches together. */
export interface QueueCounts {
  waiting: number
  active: number
  delayed: number
  failed: number
}

export interface JobQueue {
  readonly backend: 'redis' | 'postgresql'
  /** Asks a planner to plan the campaign. `turn` makes the job's id new; adding the same turn again has no effect. */
  addPlanJob(campaignId: string, turn: number): Promise<void>
  /** The batches belong to one campaign and are at most as many as the watermark. `priority`: 1 (first) to 10 (last). */
  addBatchJobs(batches: readonly BatchRef[], priority: number): Promise<void>
  /** Returns those that are waiting on the queue. The others have to be added again if they are still to be sent. */
  findWaiting(batches: readonly BatchRef[]): Promise<BatchRef[]>
  /** Jobs that are waiting or active, plans and batches together. */
  size(): Promise<number>
  /** Rejects when the backend is unavailable. */
  counts(): Promise<QueueCounts>
  /** Resolves when the backend answers; rejects when it does not. */
  ping(): Promise<void>
  close(): Promise<void>
}
