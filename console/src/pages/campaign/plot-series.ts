/**
 * Converts the server's buckets to what is plotted: messages per second, as steps. A time in which nothing happened (a
 * pause) is a step to zero, not a slope. A bucket that has not ended yet is left out: it would look like a drop. Pure.
 */
import {
  ATTEMPTED_STATES,
  DELIVERY_STATES,
  NOT_SENT_STATES,
  type NotSentState,
  type StateCounts,
} from '../../../../src/domain/delivery-result.ts'
import type { Timeline } from '../../api/campaigns.ts'

export interface PlotSeries {
  /** Unix time in seconds; each value holds until the next. */
  times: number[]
  /** Messages sent to FCM. */
  rate: number[]
  notSent: Record<NotSentState, number[]>
  /** Of the whole time, by state. */
  totals: Record<NotSentState, number>
  highest: { rate: number; at: Date } | null
  mean: number
}

export function plotSeries({ bucketSeconds, data }: Timeline, isMoving: boolean): PlotSeries {
  const series: PlotSeries = {
    times: [],
    rate: [],
    notSent: byNotSentState(() => []),
    totals: byNotSentState(() => 0),
    highest: null,
    mean: 0,
  }
  const add = (time: number, counts: StateCounts | null) => {
    series.times.push(time)
    series.rate.push(counts === null ? 0 : attempted(counts) / bucketSeconds)
    for (const state of NOT_SENT_STATES) {
      series.notSent[state].push(counts === null ? 0 : counts[DELIVERY_STATES[state].count] / bucketSeconds)
    }
  }

  const shown = isMoving && data.length > 1 ? data.slice(0, -1) : data
  let next = Number.NaN
  for (const bucket of shown) {
    const time = Date.parse(bucket.at) / 1_000
    if (time > next) add(next, null)
    add(time, bucket)
    next = time + bucketSeconds
    for (const state of NOT_SENT_STATES) series.totals[state] += bucket[DELIVERY_STATES[state].count]
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

function attempted(counts: StateCounts): number {
  return ATTEMPTED_STATES.reduce((sum, state) => sum + counts[DELIVERY_STATES[state].count], 0)
}

function byNotSentState<T>(make: () => T): Record<NotSentState, T> {
  return Object.fromEntries(NOT_SENT_STATES.map((state) => [state, make()])) as Record<NotSentState, T>
}
