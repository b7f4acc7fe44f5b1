/**
 * Which version of its campaign's message a delivery was sent, as it is stored: null for the first, so that it takes no byte
 * in the rows of a campaign that was never corrected, which are nearly all.
 */
import type { ListedState } from '../domain/delivery-result.ts'

export function storedVersion(version: number): number | null {
  return version === 1 ? null : version
}

/**
 * SQL: `version` as it is stored, or 0 if the campaign does not have it. Its correction was lost by a failover then, and the
 * next one takes the same number for another text. `newest` is not asked where nothing was corrected.
 */
export function knownVersion(version: string, newest: string): string {
  return `CASE WHEN ${version} IS NULL THEN NULL WHEN ${version} > (${newest}) THEN 0 ELSE ${version} END`
}

/** Null: nothing was sent, or it is not known which of several. */
export function shownVersion(state: ListedState, stored: number | null): number | null {
  if (state === 'skipped' || state === 'canceled' || stored === 0) return null
  return stored ?? 1
}
