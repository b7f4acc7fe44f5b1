/**
 * Sends one batch and records the results.
 *
 * Guarantees: when it resolves, every device of the batch has a stored result, or the batch is planned for another
 * attempt, or another process owns it. Safe to call repeatedly for the same batch; the second call finds nothing to do.
 * Holds no transaction and no connection while it waits for FCM.
 * Does not decide when a campaign is finished (maintenance/close-campaigns.ts).
 */

import { counters } from '../process/counters.ts'
import type { BatchRef } from '../queue/job-queue.ts'
import { Attempt, type AttemptDeps, type AttemptEnd } from './attempt.ts'
import type { BatchOwner } from './batch-owner.ts'
import { claimBatch } from './batch-store.ts'
import type { Lane } from './project-lanes.ts'

export interface DispatchDeps extends AttemptDeps {
  owner: BatchOwner
  /** Contains every attempt from its claim to its end. */
  inHand: Set<Attempt>
}

export interface Dispatched {
  end: AttemptEnd
  /** Undefined if the batch was not claimed, or the lane of its project could not be opened. */
  lane: Lane | undefined
}

export async function dispatchBatch(
  ref: BatchRef,
  deps: DispatchDeps,
  shutdown: AbortSignal,
  /** Aborted when the process takes no more batches; it may still finish those it has. */
  noMore = shutdown,
): Promise<Dispatched> {
  counters.jobsTaken += 1
  const owner = await deps.owner.ready(noMore)
  const claim =
    owner === undefined ? null : await deps.owner.claim(ref, () => claimBatch(deps.pool, ref, owner))
  if (claim === null) return { end: 'not_mine', lane: undefined }
  const attempt = new Attempt(claim, deps)
  const release = deps.owner.hold(claim, (why) => attempt.stop(why))
  const onShutdown = () => attempt.stop(shutdown.reason === 'standstill' ? 'standstill' : 'shutdown')
  shutdown.addEventListener('abort', onShutdown)
  deps.inHand.add(attempt)
  if (shutdown.aborted) onShutdown()
  try {
    const end = await attempt.run()
    return { end, lane: attempt.lane }
  } finally {
    counters.attemptsEnded += 1
    deps.inHand.delete(attempt)
    release()
    shutdown.removeEventListener('abort', onShutdown)
  }
}
