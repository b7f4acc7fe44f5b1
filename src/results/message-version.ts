/**
 * Which version of its campaign's message a delivery was sent, as it is stored: null for the first, so that it takes no byte
 * in the rows of a campaign that was never corrected, which are nearly all.
 */
import type { ListedState } from '../domain/delivery-result.ts'

export function storedVersion(version: number): number | null {
  return version === 1 ? null : version
}

/** Null: nothing was sent, or it is not known which of several. */
export function shownVersion(state: ListedState, stored: number | null): number | null {
  if (state === 'skipped' || state === 'canceled' || stored === 0) return null
  return stored ?? 1
}
