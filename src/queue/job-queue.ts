/**
 * The conveyor as the rest of the code sees it: it carries references from one worker to the next and holds no
 * truth. Losing everything on it loses nothing (upkeep puts it back); carrying a reference twice does nothing
 * (the second claim finds no row). bullmq-conveyor.ts is the implementation, on Redis or PostgreSQL.
 */

export interface BatchRef {
  campaignId: string
  seq: number
  /** How often the batch was put on the conveyor, this time included. Makes each entry's name new. */
  turn: number
}

/** Entries, plans and batches together. */
export interface ConveyorCounts {
  waiting: number
  active: number
  delayed: number
  failed: number
}

export interface Conveyor {
  readonly backend: 'redis' | 'postgresql'
  /** Asks a planner to plan the campaign. `turn` makes the entry's name new: a repeat of the same turn is one entry. */
  putPlan(campaignId: string, turn: number): Promise<void>
  /** `priority`: 1 (first) to 10 (last). All of one campaign's, at most a watermark's worth. */
  putBatches(batches: readonly BatchRef[], priority: number): Promise<void>
  /** Which of these are waiting to be taken. The others, if they still are to move, have to be put on again. */
  findPresent(batches: readonly BatchRef[]): Promise<BatchRef[]>
  /** Entries waiting or in work, plans and batches together. */
  size(): Promise<number>
  /** Rejects when the backend is away. */
  counts(): Promise<ConveyorCounts>
  /** Resolves when the backend answers; rejects when it does not. */
  ping(): Promise<void>
  close(): Promise<void>
}
