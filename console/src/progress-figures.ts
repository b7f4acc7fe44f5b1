/** The counts of a campaign in the order they are always shown in. Pure. */
import type { ListedState } from '../../src/results/read-deliveries.ts'
import type { Campaign, Progress } from './api/campaigns.ts'
import type { Text } from './text/text.ts'

export const PARTS = ['sent', 'failed', 'skipped', 'inDoubt', 'canceled', 'remaining'] as const
export type Part = (typeof PARTS)[number]

export const PART_COLOR: Record<Part, string> = {
  sent: 'var(--sent)',
  failed: 'var(--failed)',
  skipped: 'var(--skipped)',
  inDoubt: 'var(--in-doubt)',
  canceled: 'var(--canceled)',
  remaining: 'var(--remaining)',
}

/** The name in API filters; remaining devices have no result to filter by. */
export function stateOf(part: Part): ListedState | undefined {
  if (part === 'remaining') return undefined
  return part === 'inDoubt' ? 'in_doubt' : part
}

export function partOfState(state: ListedState): Part {
  return state === 'in_doubt' ? 'inDoubt' : state
}

export function partName(part: Part, text: Text): string {
  const state = stateOf(part)
  return state === undefined ? text.states.remaining : text.states.delivery[state]
}

export function partMeaning(part: Part, text: Text): string {
  const state = stateOf(part)
  return state === undefined ? text.states.remainingHint : text.states.deliveryHint[state]
}

type Counts = Pick<Progress, Part | 'audience'>

/** Always true by the server's closing invariant. Checked, so that the console does not hide a violation. */
export function addsUp(progress: Counts): boolean {
  return PARTS.reduce((sum, part) => sum + progress[part], 0) === progress.audience
}

export type TimeLeft =
  | { kind: 'none' }
  | { kind: 'seconds'; seconds: number }
  /** The current rate is zero or unknown, or the audience is still being counted. */
  | { kind: 'unknown'; why: 'counting' | 'standstill' }

/** The estimated time left; unknown if the figures do not tell. */
export function timeLeftOf({ state, progress }: Pick<Campaign, 'state' | 'progress'>): TimeLeft {
  if (state !== 'sending' || (progress.isPlanned && progress.remaining === 0)) return { kind: 'none' }
  if (!progress.isPlanned) return { kind: 'unknown', why: 'counting' }
  if (progress.etaSeconds === null) return { kind: 'unknown', why: 'standstill' }
  return { kind: 'seconds', seconds: progress.etaSeconds }
}
