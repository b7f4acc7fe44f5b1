/**
 * A cap that everybody of an audience will have reached when a campaign starts: that many campaigns before it, in the window of the
 * cap, go to all of them. Only what is certain by the audiences: which members others have reached is not asked. Pure.
 *
 * Windows of the calendar are those of the default zone. A member in another one may have begun another day.
 */
import { includesAll } from './audience-overlap.ts'
import { CapClock, type CapRule } from './caps.ts'
import type { Start } from './start-conflicts.ts'

export const NO_CAPS = new CapClock([], 'UTC')

/** A start has hundreds before it where a schedule runs every 15 minutes; the nearest use a cap up. */
const MOST_LOOKED_AT = 200
const DAY_MS = 24 * 3_600_000
const LONGEST_WEEK_MS = 8 * DAY_MS

/** How far before a time campaigns may use up a cap at that time. 0: there is none. */
export function capsReachBackMs(rules: readonly CapRule[]): number {
  return Math.max(0, ...rules.map(({ rollingMs }) => rollingMs ?? LONGEST_WEEK_MS))
}

export interface Spent {
  window: string
  limit: number
  /** The latest first. */
  by: Start[]
}

/** `before`: those that count toward caps, the latest first. Returns the first cap of the list that is used up. */
export function spentCap(start: Start, before: Iterable<Start>, clock: CapClock): Spent | null {
  const { rules } = clock
  if (rules.length === 0 || start.ignoresCaps) return null
  const { starts } = clock.windowsOf(null, start.at.getTime())
  const earliest = Math.min(...starts)
  const most = Math.max(...rules.map(({ limit }) => limit))
  const found: Start[] = []
  let looked = 0
  for (const other of before) {
    if (other.at.getTime() < earliest || looked++ === MOST_LOOKED_AT || found.length === most) break
    if (usesUp(other, start)) found.push(other)
  }
  for (const [place, { name: window, limit }] of rules.entries()) {
    const by = found.filter(({ at }) => at.getTime() >= (starts[place] ?? 0)).slice(0, limit)
    if (by.length === limit) return { window, limit, by }
  }
  return null
}

/** An advertisement reaches only those who consent to it, which is everybody whom another one reaches. */
function usesUp(other: Start, start: Start): boolean {
  return (
    other.projectId === start.projectId &&
    (other.kind === 'service' || start.kind === 'advertising') &&
    includesAll(other.audience, start.audience)
  )
}
