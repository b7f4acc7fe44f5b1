/** Several dispatchers against one, while FCM's latency and not the CPU limits them: each is kept far below a core. */
import { say } from '../../testing/terminal/command.ts'
import { rounded } from '../../testing/terminal/format.ts'
import { whole } from '../../testing/terminal/options.ts'
import { median } from '../figures/statistics.ts'
import * as shared from '../options.ts'
import { benchmark, sendFast } from './benchmark.ts'

/** Of the rate that each additional dispatcher could add. */
const TARGET_SHARE = 0.95

export const dispatchers = benchmark(
  `Several dispatchers against one, while FCM's latency limits them.
Fails below ${TARGET_SHARE} of the rate of one for each dispatcher.`,
  {
    devices: whole(5_000, 10_000_000, 40_000, 'audience of each round'),
    dispatchers: whole(2, 64, 4, 'against one'),
    latencyMs: shared.latencyMs('100'),
    inFlight: whole(1, 4_000, 100, 'DISPATCH_CONCURRENCY: at 100 ms at most 1,000 messages a second each'),
    rounds: whole(1, 100, 3, 'rounds of each, in turns'),
  },
  async ({ devices, dispatchers: many, latencyMs, inFlight, rounds }, context) => {
    const measureWith = async (count: number) => {
      const env = { DISPATCH_CONCURRENCY: String(inFlight) }
      const order = { env, dispatchers: count, fcm: { latencyMs }, warmUp: 2_000 }
      const { report } = await sendFast(context, devices, order)
      const cpuSeconds = report.processes['dispatcher 1']?.cpuSeconds ?? 0
      return { rate: report.ratePerSecond ?? 0, cores: cpuSeconds / (report.firstToLastSeconds || 1) }
    }
    const pairs: { one: number; more: number; cores: number }[] = []
    for (let round = 1; round <= rounds; round++) {
      const isOneFirst = round % 2 === 1
      const before = await measureWith(isOneFirst ? 1 : many)
      const after = await measureWith(isOneFirst ? many : 1)
      const [one, more] = isOneFirst ? [before, after] : [after, before]
      pairs.push({ one: one.rate, more: more.rate, cores: one.cores })
      say(`  round ${round} of ${rounds}: one ${one.rate}/s, ${many} ${more.rate}/s`)
    }
    const ratio = rounded(median(pairs.map(({ one, more }) => more / one)))
    const figures = {
      dispatchers: many,
      latencyMs,
      inFlight,
      oneRate: Math.round(median(pairs.map(({ one }) => one))),
      manyRate: Math.round(median(pairs.map(({ more }) => more))),
      ratio,
      coreOfOne: rounded(median(pairs.map(({ cores }) => cores)), 3),
      missing: 0,
      duplicates: 0,
    }
    const target = rounded(many * TARGET_SHARE)
    const wrong =
      ratio >= target ? [] : [`${many} dispatchers send ${ratio} × what one does, target ${target}`]
    return { ...figures, target, wrong }
  },
)
