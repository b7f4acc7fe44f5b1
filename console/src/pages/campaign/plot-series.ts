/**
 * Turns the server's buckets into plotted values: messages per second, as steps. A gap (a pause) is drawn as zero, not
 * as a slope; the last bucket of a moving campaign is left out, as an incomplete one would look like a drop. Pure.
 */
import type { Timeline } from '../../api/campaigns.ts'

export interface PlotSeries {
  /** Unix time in seconds; each value holds until the next. */
  times: number[]
  /** Messages that FCM answered. */
  rate: number[]
  failed: number[]
  skipped: number[]
  inDoubt: number[]
  totals: { failed: number; skipped: number; inDoubt: number }
  highest: { rate: number; at: Date } | null
  mean: number
}

type Bucket = Timeline['data'][number]

export function plotSeries({ bucketSeconds, data }: Timeline, isMoving: boolean): PlotSeries {
  const series: PlotSeries = {
    times: [],
    rate: [],
    failed: [],
    skipped: [],
    inDoubt: [],
    totals: { failed: 0, skipped: 0, inDoubt: 0 },
    highest: null,
    mean: 0,
  }
  const add = (time: number, { sent, failed, skipped, inDoubt }: Omit<Bucket, 'at'>) => {
    series.times.push(time)
    series.rate.push((sent + failed + inDoubt) / bucketSeconds)
    series.failed.push(failed / bucketSeconds)
    series.skipped.push(skipped / bucketSeconds)
    series.inDoubt.push(inDoubt / bucketSeconds)
  }

  const shown = isMoving && data.length > 1 ? data.slice(0, -1) : data
  let next = Number.NaN
  for (const bucket of shown) {
    const time = Date.parse(bucket.at) / 1_000
    if (time > next) add(next, NOTHING)
    add(time, bucket)
    next = time + bucketSeconds
    for (const part of ['failed', 'skipped', 'inDoubt'] as const) series.totals[part] += bucket[part]
    const rate = (bucket.sent + bucket.failed + bucket.inDoubt) / bucketSeconds
    if (rate > (series.highest?.rate ?? 0)) series.highest = { rate, at: new Date(time * 1_000) }
  }
  // The last step has a width, too.
  const last = shown.at(-1)
  if (last !== undefined) add(next, last)

  const sum = shown.reduce((all, { sent, failed, inDoubt }) => all + sent + failed + inDoubt, 0)
  series.mean = shown.length === 0 ? 0 : sum / (next - (series.times[0] ?? next) || 1)
  return series
}

const NOTHING = { sent: 0, failed: 0, skipped: 0, inDoubt: 0 }
