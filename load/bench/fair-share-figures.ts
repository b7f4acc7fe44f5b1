/** Shares and moments, from what the receiver has accepted by title and tenth of a second. Pure. */
import { type Series, TENTH_MS } from '../../testing/fake-fcm/title-series.ts'

export type Counted = ReadonlyMap<string, Series>

interface Span {
  from: number
  to: number
}

/** Over which equal campaigns are compared. */
export const WINDOW_SECONDS = 5

/** Messages of these titles between two moments, to the tenth of a second. */
export function sumBetween(counted: Counted, titles: readonly string[], from: number, to: number): number {
  return titles.reduce((sum, title) => {
    const one = counted.get(title)
    if (one === undefined) return sum
    const tenth = (at: number) => Math.max(0, Math.round((at - one.from) / TENTH_MS))
    return sum + one.counts.slice(tenth(from), tenth(to)).reduce((all, count) => all + count, 0)
  }, 0)
}

/**
 * The larger share of the two in each window of five seconds, every second, from `from` until one of the two has had its last
 * message; windows that touch a pause are left out.
 */
export function sharesOf(
  counted: Counted,
  [first, second]: [string, string],
  { from, pauses }: { from: number; pauses: readonly Span[] },
): number[] {
  const ends = [first, second].map((title) => endOf(counted.get(title)))
  const end = Math.min(...ends) - 1_000
  const shares: number[] = []
  for (let at = from; at + WINDOW_SECONDS * 1_000 <= end; at += 1_000) {
    const to = at + WINDOW_SECONDS * 1_000
    if (pauses.some((pause) => at < pause.to && to > pause.from)) continue
    const [a, b] = [first, second].map((title) => sumBetween(counted, [title], at, to)) as [number, number]
    if (a + b > 0) shares.push(Math.round((Math.max(a, b) / (a + b)) * 1_000) / 1_000)
  }
  return shares
}

export interface Overtaking {
  /** Milliseconds from the press to the first message. */
  firstMs: number | null
  /** To the first half second in which it has `share` of all messages. */
  overtakenMs: number | null
  /** Its share from then on until its last message. */
  share: number | null
  /** When its last message was accepted. */
  endsAt: number
}

export function overtaking(counted: Counted, pressedAt: number, share: number): Overtaking {
  const urgent = counted.get('urgent')
  if (urgent === undefined) return { firstMs: null, overtakenMs: null, share: null, endsAt: pressedAt }
  const all = [...counted.keys()]
  const endsAt = endOf(urgent)
  const shareOf = (from: number, to: number) => {
    const total = sumBetween(counted, all, from, to)
    return total === 0 ? 0 : sumBetween(counted, ['urgent'], from, to) / total
  }
  let overtakenMs: number | null = null
  let during: number | null = null
  for (let at = urgent.from; at + 500 <= endsAt; at += TENTH_MS) {
    if (shareOf(at, at + 500) < share) continue
    overtakenMs = at - pressedAt
    during = Math.round(shareOf(at, endsAt - 200) * 100) / 100
    break
  }
  return { firstMs: urgent.from - pressedAt, overtakenMs, share: during, endsAt }
}

function endOf(series: Series | undefined): number {
  return series === undefined ? 0 : series.from + series.counts.length * TENTH_MS
}
