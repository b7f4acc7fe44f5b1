/** The parts of an audience, in the order they are always shown in. Pure: the tests and several pages use it. */
import {
  DELIVERY_STATES,
  type DeliveryState,
  LISTED_STATES,
  type ListedState,
} from '../../src/domain/delivery-result.ts'
import type { Campaign, Progress } from './api/campaigns.ts'
import type { Text } from './text/text.ts'

/** Every device of an audience is in exactly one part. */
export type Part = ListedState | 'remaining'
export const PARTS: readonly Part[] = [...LISTED_STATES, 'remaining']

/** CSS variables of theme.ts. */
export const PART_COLOR: Record<Part, string> = {
  sent: '--sent',
  failed: '--failed',
  skipped: '--skipped',
  in_doubt: '--in-doubt',
  canceled: '--canceled',
  remaining: '--remaining',
}

type Counts = Pick<Progress, (typeof DELIVERY_STATES)[DeliveryState]['count'] | 'canceled' | 'remaining'>

export function countOf(progress: Counts, part: Part): number {
  return progress[part === 'canceled' || part === 'remaining' ? part : DELIVERY_STATES[part].count]
}

/** The result to filter a list by. Devices that remain have none. */
export function listedStateOf(part: Part): ListedState | undefined {
  return part === 'remaining' ? undefined : part
}

export function partName(part: Part, text: Text): string {
  return part === 'remaining' ? text.states.remaining : text.states.delivery[part]
}

export function partMeaning(part: Part, text: Text): string {
  return part === 'remaining' ? text.states.remainingHint : text.states.deliveryHint[part]
}

/** Always true, by the server's closing invariant; the console must show it if that invariant is broken. */
export function addsUp(progress: Counts & Pick<Progress, 'audience'>): boolean {
  return PARTS.reduce((sum, part) => sum + countOf(progress, part), 0) === progress.audience
}

export type TimeLeft =
  | { kind: 'none' }
  | { kind: 'seconds'; seconds: number }
  /** The recent rate is zero or not known yet, or the audience is still being counted. */
  | { kind: 'unknown'; why: 'counting' | 'starting' | 'standstill' }

export function timeLeftOf({ state, progress }: Pick<Campaign, 'state' | 'progress'>): TimeLeft {
  if (state !== 'sending' || (progress.isPlanned && progress.remaining === 0)) return { kind: 'none' }
  if (!progress.isPlanned) return { kind: 'unknown', why: 'counting' }
  if (progress.etaSeconds === null) {
    return {
      kind: 'unknown',
      why: progress.sent + progress.failed + progress.inDoubt === 0 ? 'starting' : 'standstill',
    }
  }
  return { kind: 'seconds', seconds: progress.etaSeconds }
}
