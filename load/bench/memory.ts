/** A dispatcher's peak memory for small and large audiences, and that of a dispatcher that leaks on purpose. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openRedis } from '../../testing/servers/services.ts'
import { say } from '../../testing/terminal/command.ts'
import { grouped, rounded } from '../../testing/terminal/format.ts'
import { list, UsageError, whole } from '../../testing/terminal/options.ts'
import { rssSlopeOf } from '../figures/processes.ts'
import * as shared from '../options.ts'
import { dispatcherPeak } from '../report/report.ts'
import { benchmark, sendFast } from './benchmark.ts'

/** Three for each batch that a dispatcher may have in hand (DISPATCH_BATCHES), which is above QUEUE_WATERMARK, and the plan. */
const MOST_JOBS = 3 * 100 + 1
/** A slope over less time shows only the warm-up of the process. */
const MIN_SLOPE_SECONDS = 30

/** `timeOverAudience`: growth of the time over growth of the audience. `slopePercent`: of the peak, a minute. */
const BUDGET = {
  rssRatio: 1.05,
  peakRssMb: 220,
  timeOverAudience: 1.05,
  bytesPerDelivery: 140,
  slopePercent: 10,
}
const PLAN_SECONDS_PER_MILLION = 10

/** Of one campaign. */
export interface MemoryRun {
  devices: number
  peakRssMb: number
  seconds: number
  planSeconds: number
  queuePeak: number
  bytesPerDelivery: number
  /** Null for a run that is too short. */
  slopeMbPerMinute: number | null
}

export const memory = benchmark(
  `A dispatcher's peak memory for small and large audiences, and with a leak.
Fails when the deliberate leak is not detected; exceeded budgets are listed.`,
  {
    devices: list(whole(10_000, 100_000_000, 0, 'audience sizes, two or more'), '100000,1000000'),
    leakDevices: whole(100_000, 10_000_000, 300_000, 'audience of the dispatcher that leaks'),
    redis: shared.redis,
    latencyMs: shared.latencyMs(shared.REAL_LATENCY),
  },
  async ({ devices: sizes, leakDevices, redis, latencyMs }, context) => {
    const redisUrl = redis ? (await openRedis(context.stack)).url : null
    const measureOne = async (devices: number, env: Record<string, string> = {}): Promise<MemoryRun> => {
      const { report, memory } = await sendFast(context, devices, {
        redisUrl,
        env,
        fcm: { latencyMs },
        // A first campaign of 100,000 ends before the dispatcher has found how many requests to have in flight.
        warmUp: 'all',
      })
      const slope = rssSlopeOf(memory.get('dispatcher 1') ?? [], MIN_SLOPE_SECONDS)
      const run = {
        devices,
        peakRssMb: rounded(dispatcherPeak(report) ?? 0, 1),
        seconds: rounded(report.sendSeconds ?? 0, 1),
        planSeconds: report.planSeconds ?? 0,
        queuePeak: report.queuePeak ?? 0,
        bytesPerDelivery: report.bytesPerDelivery ?? 0,
        slopeMbPerMinute: slope === null ? null : rounded(slope),
      }
      say(`  ${devices} devices: ${run.peakRssMb} MB, ${run.seconds} s`)
      return run
    }
    const runs: MemoryRun[] = []
    for (const devices of sizes) runs.push(await measureOne(devices))
    const leak = pathToFileURL(join(import.meta.dirname, 'leak.ts')).href
    const leaking = await measureOne(leakDevices, { NODE_OPTIONS: `--import ${leak}` })
    return { ...memoryFiguresOf(runs, leaking, MOST_JOBS), missing: 0, duplicates: 0 }
  },
  ({ devices }) => {
    if (new Set(devices).size < 2)
      throw new UsageError(`--devices is "${devices}"; expected two sizes or more.`)
  },
)

export function memoryFiguresOf(runs: readonly MemoryRun[], leaking: MemoryRun, mostJobs: number) {
  const sorted = runs.toSorted((a, b) => a.devices - b.devices)
  const [first, last] = [sorted[0], sorted.at(-1)] as [MemoryRun, MemoryRun]
  const rssRatio = rounded(last.peakRssMb / first.peakRssMb, 3)
  const timeRatio = rounded(last.seconds / first.seconds)
  const audienceRatio = last.devices / first.devices
  const leakRatio = rounded(leaking.peakRssMb / first.peakRssMb, 3)
  const missed: string[] = []
  const check = (value: number, limit: number, what: string) => {
    if (value > limit) missed.push(`${what}: ${rounded(value, 3)}, at most ${rounded(limit, 3)}`)
  }
  check(rssRatio, BUDGET.rssRatio, 'peak RSS, largest over smallest audience')
  check(timeRatio, BUDGET.timeOverAudience * audienceRatio, 'time, largest over smallest audience')
  check(last.bytesPerDelivery, BUDGET.bytesPerDelivery, 'bytes a delivery')
  for (const run of sorted) {
    const size = `${grouped(run.devices)} devices`
    check(run.peakRssMb, BUDGET.peakRssMb, `peak RSS in MB at ${size}`)
    check(run.planSeconds, (PLAN_SECONDS_PER_MILLION * run.devices) / 1e6, `seconds to plan ${size}`)
    check(run.queuePeak, mostJobs, `jobs on the queue at ${size}`)
    const slope = run.slopeMbPerMinute ?? 0
    check(slope, (BUDGET.slopePercent / 100) * run.peakRssMb, `RSS gained in MB a minute at ${size}`)
  }
  const isCaught = leakRatio > BUDGET.rssRatio
  const wrong = isCaught ? [] : [`the deliberate leak was not detected: ${leakRatio} × the memory`]
  const leak = { ...leaking, rssRatio: leakRatio, isCaught }
  return { runs: sorted, rssRatio, timeRatio, audienceRatio, leak, missed, wrong }
}
