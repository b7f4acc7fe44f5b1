/**
 * The queue as the rest of the code sees it: it carries references from one worker to the next and holds no
 * truth. Losing everything on it loses nothing (maintenance puts it back); carrying a reference twice does nothing
 * (the second claim finds no row). bullmq-queue.ts is the implementation, on Redis or PostgreSQL.
 */

export interface BatchRef {
  campaignId: string
  seq: number
  /** How often the batch was enqueued, this time included. Makes each job's name new. */
  turn: number
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
  /** Asks a planner to plan the campaign. `turn` makes the job's name new: a repeat of the same turn is one job. */
  addPlanJob(campaignId: string, turn: number): Promise<void>
  /** `priority`: 1 (first) to 10 (last). All of one campaign's, at most a watermark's worth. */
  addBatchJobs(batches: readonly BatchRef[], priority: number): Promise<void>
  /** Which of these are waiting to be taken. The others, if they still are to move, have to be put on again. */
  findWaiting(batches: readonly BatchRef[]): Promise<BatchRef[]>
  /** Jobs waiting or in work, plans and batches together. */
  size(): Promise<number>
  /** Rejects when the backend is away. */
  counts(): Promise<QueueCounts>
  /** Resolves when the backend answers; rejects when it does not. */
  ping(): Promise<void>
  close(): Promise<void>
}
