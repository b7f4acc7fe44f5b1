/**
 * Converts the server's buckets to what is plotted: messages per second, as steps. A time in which nothing happened (a
 * pause) is a step to zero, not a slope. A bucket that has not ended yet is left out: it would look like a drop. Pure.
 */
import {
  ATTEMPTED_STATES,
  DELIVERY_STATES,
  type DeliveryState,
  type StateCounts,
} from '../../../../src/domain/delivery-result.ts'
import type { Campaign, Timeline } from '../../api/campaigns.ts'

/** What FCM was asked for: skipped devices are no part of the rate. From the bottom of the plot. */
export const PLOTTED = ['failed', 'in_doubt', 'sent'] as const satisfies readonly DeliveryState[]
type Plotted = (typeof PLOTTED)[number]

export interface PlotSeries {
  /** Unix time in seconds; each value holds until the next. */
  times: number[]
  /** Messages sent to FCM: the sum of `by`. */
  rate: number[]
  by: Record<Plotted, number[]>
  /** Of the whole time. */
  totals: Record<Plotted, number>
  highest: { rate: number; at: Date } | null
  mean: number
}

export function plotSeries({ bucketSeconds, data }: Timeline, isMoving: boolean): PlotSeries {
  const series: PlotSeries = {
    times: [],
    rate: [],
    by: byState(() => []),
    totals: byState(() => 0),
    highest: null,
    mean: 0,
  }
  const add = (time: number, counts: StateCounts | null) => {
    series.times.push(time)
    series.rate.push(counts === null ? 0 : attempted(counts) / bucketSeconds)
    for (const state of PLOTTED) {
      series.by[state].push(counts === null ? 0 : counts[DELIVERY_STATES[state].count] / bucketSeconds)
    }
  }

  const shown = isMoving && data.length > 1 ? data.slice(0, -1) : data
  let next = Number.NaN
  for (const bucket of shown) {
    const time = Date.parse(bucket.at) / 1_000
    if (time > next) add(next, null)
    add(time, bucket)
    next = time + bucketSeconds
    for (const state of PLOTTED) series.totals[state] += bucket[DELIVERY_STATES[state].count]
    const rate = attempted(bucket) / bucketSeconds
    if (rate > (series.highest?.rate ?? 0)) series.highest = { rate, at: new Date(time * 1_000) }
  }
  // The last bucket has a width, too.
  const last = shown.at(-1)
  if (last !== undefined) add(next, last)

  const sum = shown.reduce((all, bucket) => all + attempted(bucket), 0)
  series.mean = shown.length === 0 ? 0 : sum / (next - (series.times[0] ?? next) || 1)
  return series
}

export interface Marker {
  kind:
    | 'started'
    | 'paused'
    | 'resumed'
    | 'canceling'
    | 'kept'
    | 'canceled'
    | 'pushed_back'
    | 'corrected'
    | 'closed'
  /** Unix time in seconds. */
  at: number
}

/** What the API says of the campaign's way. `corrections`: when later versions of the message were saved. */
export function markersOf(
  {
    startedAt,
    pausedAt,
    pauseReason,
    closedAt,
  }: Pick<Campaign, 'startedAt' | 'pausedAt' | 'pauseReason' | 'closedAt'>,
  corrections: readonly string[],
  { pauses, pushedBack }: Pick<Timeline, 'pauses' | 'pushedBack'>,
): Marker[] {
  const marker = (kind: Marker['kind'], at: string | null) =>
    at === null ? [] : [{ kind, at: Date.parse(at) / 1_000 }]
  return [
    ...marker('started', startedAt),
    ...corrections.flatMap((at) => marker('corrected', at)),
    ...pauses.flatMap(({ from, to, reason, isCanceled }) => {
      if (to === null) return []
      const wasCanceling = reason === 'canceling'
      const end = isCanceled ? 'canceled' : wasCanceling ? 'kept' : 'resumed'
      return [...marker(wasCanceling ? 'canceling' : 'paused', from), ...marker(end, to)]
    }),
    // Of the campaign, which is read more often than its timeline.
    ...marker(pauseReason === 'canceling' ? 'canceling' : 'paused', pausedAt),
    ...pushedBack.flatMap((at) => marker('pushed_back', at)),
    ...marker('closed', closedAt),
  ].toSorted((a, b) => a.at - b.at)
}

/**
 * From where to where the plot goes: with a marker that is near, and not with one that is days away (a campaign that was
 * canceled two days after its pause), which would squeeze everything else to a line.
 */
export function rangeOf(times: readonly number[], markers: readonly Marker[]): [number, number] {
  const [from, to] = [times[0] ?? 0, times.at(-1) ?? 0]
  const near = Math.max(5, (to - from) * 0.15)
  const ats = markers.map(({ at }) => at).filter((at) => at >= from - near && at <= to + near)
  return [Math.min(from, ...ats), Math.max(to, ...ats)]
}

function attempted(counts: StateCounts): number {
  return ATTEMPTED_STATES.reduce((sum, state) => sum + counts[DELIVERY_STATES[state].count], 0)
}

function byState<T>(make: () => T): Record<Plotted, T> {
  return Object.fromEntries(PLOTTED.map((state) => [state, make()])) as Record<Plotted, T>
}
