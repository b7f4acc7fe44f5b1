/**
 * The reasons are counted from rows, the figures from batches, and each is read at its own moment. What differs is said
 * beside the reasons, so that both add up. Pure.
 */
import { NOT_SENT_STATES } from '../../../../src/domain/delivery-result.ts'
import type { Failure, Progress } from '../../api/campaigns.ts'
import { countOf } from '../../progress-figures.ts'

export interface Reconciled {
  /** Devices without the message whose reason is not among the reasons. */
  missing: number
  /** There are more reasons than devices: the figures are the older ones. */
  isAhead: boolean
}

export function reconcile(failures: readonly Failure[], progress: Progress): Reconciled {
  const off = NOT_SENT_STATES.map((state) => {
    const counted = failures.reduce((sum, each) => sum + (each.state === state ? each.count : 0), 0)
    return countOf(progress, state) - counted
  })
  return {
    missing: off.reduce((sum, more) => sum + Math.max(0, more), 0),
    isAhead: off.some((more) => more < 0),
  }
}
