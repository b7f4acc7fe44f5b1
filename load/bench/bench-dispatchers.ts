/**
 * `npm run bench:dispatchers`: what more dispatchers gain while FCM's latency, and not the machine, is what they wait for.
 * One dispatcher is kept far below a core, so that several together still are: else the ratio says how many cores there are.
 */
import { spawnFakeFcm } from '../../testing/fake-fcm/spawn-fake-fcm.ts'
import { say, wholeNumber } from '../../testing/terminal/command.ts'
import { grouped } from '../../testing/terminal/progress.ts'
import { median } from '../figures/statistics.ts'
import { openPipeline } from './pipeline.ts'
import { runBench } from './run-bench.ts'

const HELP = `Usage: npm run bench:dispatchers -- [options]

  --devices N               audience of each round (default 40000)
  --dispatchers N           against one (default 4)
  --latency-ms N            of the fake FCM (default 100)
  --in-flight N             DISPATCH_CONCURRENCY of each dispatcher (default 100: at 100 ms at most
                            1,000 messages a second, about 5 % of a core)
  --rounds R                rounds of each, by turns (default 3)`

const OPTIONS = {
  devices: { type: 'string', default: '40000' },
  dispatchers: { type: 'string', default: '4' },
  'latency-ms': { type: 'string', default: '100' },
  'in-flight': { type: 'string', default: '100' },
  rounds: { type: 'string', default: '3' },
} as const

const TARGET_OF_EACH = 0.95

await runBench(HELP, OPTIONS, async (bench) => {
  const { values, stack, signal, progress, postgresUrl, folder } = bench
  const devices = wholeNumber('devices', values.devices, 5_000, 10_000_000)
  const many = wholeNumber('dispatchers', values.dispatchers, 2, 64)
  const latencyMs = wholeNumber('latency-ms', values['latency-ms'], 1, 10_000)
  const inFlight = wholeNumber('in-flight', values['in-flight'], 1, 4_000)
  const rounds = wholeNumber('rounds', values.rounds, 1, 100)

  const fcm = stack.use(await spawnFakeFcm({ latencyMs: [latencyMs, latencyMs] }))
  const seeding = progress.start('seeding', devices)
  const onSeeded = (count: number) => seeding.update(count)
  const { logFile } = folder
  const pipeline = await openPipeline(
    stack,
    { postgresUrl, redisUrl: null, fcm, devices, logFile, onSeeded },
    signal,
  )
  seeding.end()

  /** Messages a second from the first to the last, and the share of a core of each dispatcher. */
  const run = async (dispatchers: number) => {
    const env = { DISPATCH_CONCURRENCY: String(inFlight) }
    const order = { backend: 'postgresql', dispatchers, warmUp: 2_000, env } as const
    const { firstToLastSeconds, dispatcherCpuSeconds } = await pipeline.round(order, signal)
    const cores = (dispatcherCpuSeconds ?? 0) / firstToLastSeconds / dispatchers
    return { rate: devices / firstToLastSeconds, cores }
  }
  const ones: number[] = []
  const manys: number[] = []
  const cores: number[] = []
  for (let round = 1; round <= rounds; round++) {
    const isOneFirst = round % 2 === 1
    const first = await run(isOneFirst ? 1 : many)
    const second = await run(isOneFirst ? many : 1)
    const [one, more] = isOneFirst ? [first, second] : [second, first]
    ones.push(one.rate)
    manys.push(more.rate)
    cores.push(one.cores)
    say(`  round ${round} of ${rounds}: one ${Math.round(one.rate)}/s, ${many} ${Math.round(more.rate)}/s`)
  }
  const ratio = median(manys.map((rate, index) => rate / (ones[index] ?? 0)))
  const figures = {
    dispatchers: many,
    latencyMs,
    inFlight,
    oneRate: Math.round(median(ones)),
    manyRate: Math.round(median(manys)),
    ratio: Number(ratio.toFixed(2)),
    coreOfOne: Number(median(cores).toFixed(3)),
    missing: 0,
    duplicates: 0,
  }
  const target = many * TARGET_OF_EACH
  return {
    figures,
    table: [
      `  one dispatcher   ${grouped(figures.oneRate)}/s, of at most ${grouped(Math.round((inFlight / latencyMs) * 1000))}/s; ${figures.coreOfOne} of a core`,
      `  ${many} dispatchers    ${grouped(figures.manyRate)}/s, ${figures.ratio} × (target ${target.toFixed(1)})`,
    ].join('\n'),
    wrong:
      ratio >= target
        ? []
        : [`${many} dispatchers send ${figures.ratio} × what one does, expected ${target.toFixed(1)}`],
    pool: pipeline.pool,
  }
})
