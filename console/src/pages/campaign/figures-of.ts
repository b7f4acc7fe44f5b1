/** Which figures of a campaign are shown large: sent, failed, the one that matters now, and the audience. Pure. */
import type { Campaign } from '../../api/campaigns.ts'
import { countOf, PARTS, type Part } from '../../progress-figures.ts'

export interface Figures {
  main: readonly Part[]
  /** The others, if there is a device in them. */
  rest: Part[]
}

/** What is asked about after failures, the most urgent first if two are equal. */
const THIRD = ['in_doubt', 'canceled', 'skipped'] as const

export function figuresOf({ progress }: Pick<Campaign, 'progress'>): Figures {
  const isLeft = progress.remaining > 0 || !progress.isPlanned
  const largest = THIRD.reduce((best, part) =>
    countOf(progress, part) > countOf(progress, best) ? part : best,
  )
  const third: Part = isLeft ? 'remaining' : largest
  // A nought says nothing, but that nobody failed.
  const isShown = isLeft || countOf(progress, third) > 0
  const main: Part[] = isShown ? ['sent', 'failed', third] : ['sent', 'failed']
  const rest = PARTS.filter((part) => countOf(progress, part) > 0 && !main.includes(part))
  return { main, rest }
}
