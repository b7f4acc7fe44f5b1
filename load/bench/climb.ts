/** How fast a rate climbs: samples a total ten times a second, and finds when the rate was near its steady value. */
import { setTimeout as delay } from 'node:timers/promises'
import { median } from '../figures/statistics.ts'

export interface Sample {
  /** Since the beginning. */
  seconds: number
  total: number
}

const SAMPLE_MS = 100
/** Rates over less time are noise: answers come in bunches. */
const WINDOW_SECONDS = 1
/** What counts as steady: the median rate between these shares of the total. The first part climbs, the last one ends. */
const [STEADY_FROM, STEADY_TO] = [0.4, 0.95]

/** Samples until it is stopped; `begin` discards what was sampled so far. */
export function sampleTotal(read: () => Promise<number>) {
  let samples: Sample[] = []
  let beganAt = performance.now()
  let isStopped = false
  const begin = () => {
    samples = []
    beganAt = performance.now()
  }
  const running = (async () => {
    while (!isStopped) {
      const own = samples
      const total = await read()
      // Pushed to the samples of before if it was read then.
      own.push({ seconds: (performance.now() - beganAt) / 1000, total })
      await delay(SAMPLE_MS)
    }
  })()
  // Its end is awaited by `stop`.
  running.catch(() => {})
  return {
    begin,
    stop: async (): Promise<readonly Sample[]> => {
      isStopped = true
      await running
      return samples
    },
  }
}

/** At each sample, the rate over the second before it. */
export function ratesOf(samples: readonly Sample[]): { seconds: number; rate: number }[] {
  let first = 0
  return samples.flatMap((sample, index) => {
    while ((samples[first + 1]?.seconds ?? Number.POSITIVE_INFINITY) <= sample.seconds - WINDOW_SECONDS)
      first++
    const from = samples[first]
    if (from === undefined || index === first || sample.seconds < WINDOW_SECONDS) return []
    const seconds = sample.seconds - from.seconds
    return [{ seconds: sample.seconds, rate: (sample.total - from.total) / seconds }]
  })
}

/** Seconds from the beginning until the rate of the last second was 90 % of the steady one; null for a run that is too short. */
export function climbOf(samples: readonly Sample[]): { steadyRate: number; seconds: number } | null {
  const all = samples.at(-1)?.total ?? 0
  const isSteady = ({ total }: Sample) => total >= STEADY_FROM * all && total <= STEADY_TO * all
  const steadyAt = new Set(samples.filter(isSteady).map(({ seconds }) => seconds))
  const rates = ratesOf(samples)
  const steady = rates.filter(({ seconds }) => steadyAt.has(seconds)).map(({ rate }) => rate)
  if (steady.length < 5) return null
  const steadyRate = median(steady)
  const reached = rates.find(({ rate }) => rate >= 0.9 * steadyRate)
  return reached === undefined ? null : { steadyRate, seconds: reached.seconds }
}
