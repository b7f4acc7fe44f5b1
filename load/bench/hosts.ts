/** One dispatcher and several on hosts of their own, with a longer way to PostgreSQL. */
import { availableParallelism, cpus } from 'node:os'
import { spawnFakeFcm } from '../../testing/fake-fcm/spawn-fake-fcm.ts'
import { say } from '../../testing/terminal/command.ts'
import { rounded } from '../../testing/terminal/format.ts'
import { list, UsageError, whole } from '../../testing/terminal/options.ts'
import { Progress } from '../../testing/terminal/progress.ts'
import { processesOf } from '../../workers/processes.ts'
import { median } from '../figures/statistics.ts'
import { openDelayRelay } from '../hosts/delay-relay.ts'
import { MACHINE, makeHosts } from '../hosts/host-namespaces.ts'
import * as shared from '../options.ts'
import { type BenchContext, benchmark, sendFast } from './benchmark.ts'

/** Of the rate of one dispatcher, times the number of dispatchers. */
const LEAST_SHARE = 0.95
/** Shares of a limit from which on that is what gave out. */
const FULL = 0.9

interface Measured {
  rate: number
  /** Of all cores, while sending. */
  machineCpu: number
  /** Cores used by all dispatchers together. */
  dispatcherCores: number
  /** Requests in flight on average, over what all dispatchers may have: rate × latency / limit. */
  inFlightShare: number
}

export const hosts = benchmark(
  `One dispatcher and several, each on a host of its own (a network namespace; needs root).
The way to PostgreSQL is delayed. Each dispatcher's requests in flight are limited, so that
one does not use up a machine that all of them share.`,
  {
    messages: whole(1_000, 10_000_000, 20_000, 'messages a round and dispatcher'),
    rounds: whole(1, 100, 3, 'rounds of each'),
    dispatchers: shared.dispatchers(4),
    delaysMs: list(whole(0, 1_000, 0, 'round trips to PostgreSQL in milliseconds'), '1,20'),
    inFlight: whole(1, 10_000, 100, 'requests each dispatcher may have in flight (DISPATCH_CONCURRENCY)'),
    latencyMs: shared.latencyMs('175:175'),
    messagesPerMinute: shared.messagesPerMinute('unlimited'),
    redis: shared.redis,
  },
  async (values, context) => {
    const { dispatchers, rounds, inFlight, latencyMs, messagesPerMinute } = values
    const { stack, signal } = context
    const { nodes } = await makeHosts(dispatchers, stack)
    const fcm = stack.use(await spawnFakeFcm({ latencyMs, host: MACHINE }))
    const { hostname, port } = new URL(context.postgres.url)
    const figures: Record<string, unknown> = {}
    const wrong: string[] = []
    for (const delayMs of values.delaysMs) {
      await using relay = await openDelayRelay(
        MACHINE,
        { host: hostname, port: Number(port || 5432) },
        delayMs,
      )
      const runs = new Map<number, Measured[]>([
        [1, []],
        [dispatchers, []],
      ])
      for (let round = 1; round <= rounds; round++) {
        for (const count of runs.keys()) {
          signal.throwIfAborted()
          const measured = await measure(context, { ...values, count, nodes, fcm, relayPort: relay.port })
          runs.get(count)?.push(measured)
          say(
            `  ${delayMs} ms, round ${round} of ${rounds}, ${count} dispatchers: ${Math.round(measured.rate)}/s`,
          )
        }
      }
      const of = (count: number) => medians(runs.get(count) ?? [])
      const [one, all] = [of(1), of(dispatchers)]
      const ratio = rounded(all.rate / one.rate, 2)
      const quota = messagesPerMinute === 'unlimited' ? null : Number(messagesPerMinute) / 60
      const gaveOut = whatGaveOut(all, quota)
      figures[`roundTrip${delayMs}ms`] = { one, [`on${dispatchers}Hosts`]: all, ratio, gaveOut }
      const isAtQuota = quota !== null && all.rate >= FULL * quota
      if (ratio < LEAST_SHARE * dispatchers && !isAtQuota) {
        wrong.push(
          `${dispatchers} dispatchers at ${delayMs} ms send ${ratio} × of one, at least ${LEAST_SHARE * dispatchers}: ${gaveOut} gave out`,
        )
      }
    }
    return { ...figures, settings: { ...values, inFlight }, wrong }
  },
  ({ dispatchers }) => {
    if (dispatchers < 2) throw new UsageError(`--dispatchers is "${dispatchers}"; expected 2 or more.`)
  },
)

interface Round {
  messages: number
  count: number
  inFlight: number
  latencyMs: readonly [number, number]
  messagesPerMinute: string | number
  redis: boolean
  nodes: readonly string[]
  fcm: Awaited<ReturnType<typeof spawnFakeFcm>>
  relayPort: number
}

async function measure(context: BenchContext, round: Round): Promise<Measured> {
  const { count, inFlight, latencyMs, fcm, nodes, relayPort } = round
  const quiet = { ...context, progress: new Progress({ write: () => {} }) }
  const messages = round.messages * count
  let before: ReturnType<typeof cpuTimes> | undefined
  const { report } = await sendFast(quiet, messages, {
    fcm,
    messagesPerMinute: round.messagesPerMinute as number | 'unlimited',
    env: { DISPATCH_CONCURRENCY: String(inFlight) },
    processes: ({ databaseUrl }) =>
      processesOf(count).map((spec) => {
        const index = Number(/^dispatcher (\d+)$/.exec(spec.name)?.[1] ?? 0) - 1
        const execPath = nodes[index]
        if (execPath === undefined) return spec
        const url = new URL(databaseUrl)
        url.host = `${MACHINE}:${relayPort}`
        return { ...spec, execPath, env: { DATABASE_URL: url.href } }
      }),
    warmUp: Math.min(1_000, messages / 2),
    onSend: () => {
      before = cpuTimes()
    },
  })
  const after = cpuTimes()
  const seconds = report.firstToLastSeconds ?? 0
  const rate = messages / seconds
  const cpuSeconds = Object.entries(report.processes)
    .filter(([name]) => name.startsWith('dispatcher'))
    .reduce((sum, [, process]) => sum + process.cpuSeconds, 0)
  const latencySeconds = (latencyMs[0] + latencyMs[1]) / 2 / 1000
  return {
    rate,
    machineCpu: before === undefined ? 0 : (after.busy - before.busy) / (after.all - before.all),
    dispatcherCores: cpuSeconds / seconds,
    inFlightShare: (rate * latencySeconds) / (inFlight * count),
  }
}

/** Since the machine started, in ticks of all cores. */
function cpuTimes(): { busy: number; all: number } {
  const times = cpus().map(({ times: one }) => one)
  const all = times.reduce((sum, one) => sum + one.user + one.nice + one.sys + one.irq + one.idle, 0)
  return { all, busy: all - times.reduce((sum, one) => sum + one.idle, 0) }
}

function whatGaveOut({ rate, machineCpu, inFlightShare }: Measured, quota: number | null): string {
  if (quota !== null && rate >= FULL * quota) return 'the quota'
  if (inFlightShare >= FULL) return 'the requests in flight that each dispatcher may have'
  if (machineCpu >= FULL) return `the ${availableParallelism()} cores that all hosts share`
  return 'neither quota, requests in flight nor CPU: the way to PostgreSQL, or PostgreSQL'
}

function medians(all: readonly Measured[]): Measured {
  const of = (field: keyof Measured, digits: number) => rounded(median(all.map((one) => one[field])), digits)
  return {
    rate: of('rate', 0),
    machineCpu: of('machineCpu', 2),
    dispatcherCores: of('dispatcherCores', 2),
    inFlightShare: of('inFlightShare', 2),
  }
}
