/** Carillon's whole pipeline against loops that only send, in turns, on one fake FCM, at several latencies. */
import { spawnFakeFcm } from '../../testing/fake-fcm/spawn-fake-fcm.ts'
import { openRedis } from '../../testing/servers/services.ts'
import { say } from '../../testing/terminal/command.ts'
import { flag, list, UsageError, whole } from '../../testing/terminal/options.ts'
import * as shared from '../options.ts'
import { type BenchContext, benchmark } from './benchmark.ts'
import {
  type Measured,
  measureLoop,
  measurePipeline,
  messagesFor,
  searchFixed,
  searchLoop,
} from './contenders.ts'
import { figuresOf, type LatencyFigures, missedOf, tablesOf } from './pipeline-figures.ts'
import type { Search } from './search-best.ts'

type Latency = [min: number, max: number]

/** Seconds that a measured run of a loop takes at its best rate. */
const LOOP_SECONDS = 6
/** Of a trial when its best concurrency is searched. */
const TRIAL_SECONDS = 3
/** Of the search for the best fixed setting: shorter than a round. */
const FIXED_TRIAL_SHARE = 0.5

const latency = shared.latencyMs('0:0')
const OPTIONS = {
  latencies: {
    ...list(latency, '0,20,100:250,300:800'),
    flag: 'fcm-latency-ms',
    value: 'MS,…',
    help: 'how long FCM takes to answer, for each part of the benchmark',
  },
  messages: whole(1_000, 10_000_000, null, 'messages a round (default: 40,000 to 120,000, by latency)'),
  rounds: whole(1, 100, 3, 'rounds of each contender'),
  warmUp: whole(0, 10_000, 10_000, 'messages before each round, not counted'),
  closely: {
    ...list(latency, shared.REAL_LATENCY),
    flag: 'closely',
    value: 'MS,…',
    help: 'of these latencies, those at which a cold start and the best fixed setting are measured as well',
  },
  moreDispatchers: whole(0, 16, 0, 'also measure the queue on PostgreSQL with this many dispatchers'),
  quick: flag('a tenth of the time: one round, few messages, no queue on Redis, no fixed setting'),
}

export const pipeline = benchmark(
  `Carillon's whole pipeline against loops that only send, in turns, on one fake FCM.
Loops run with the number of calls that was found to be their best at that latency. A round that
loses or repeats a message is an error. All four latencies take about 25 minutes on two cores.`,
  OPTIONS,
  async (values, context) => {
    const redisUrl = values.quick ? null : (await openRedis(context.stack)).url
    const latencies: LatencyFigures[] = []
    for (const latencyMs of values.latencies as Latency[]) {
      latencies.push(await measureAt(latencyMs, redisUrl, values, context))
    }
    const markdown = tablesOf(latencies)
    say(`\n${markdown}\n`)
    // A round in which a message was missing or repeated has thrown.
    return { latencies, missing: 0, duplicates: 0, missed: missedOf(latencies), settings: values, markdown }
  },
  ({ warmUp, messages }) => {
    if (messages === null || warmUp <= messages * 0.8) return
    throw new UsageError(
      `--warm-up is ${warmUp}; expected at most 80 % of --messages: it goes to the same devices.`,
    )
  },
)

type Values = Parameters<Parameters<typeof benchmark<typeof OPTIONS>>[2]>[0]

async function measureAt(
  latencyMs: Latency,
  redisUrl: string | null,
  { messages: given, rounds: wanted, warmUp, closely, moreDispatchers, quick }: Values,
  context: BenchContext,
): Promise<LatencyFigures> {
  const { signal } = context
  const startedAt = performance.now()
  const messages = given ?? messagesAt(latencyMs, quick)
  const rounds = quick ? 1 : wanted
  const trialSeconds = quick ? 1 : TRIAL_SECONDS
  say(`\n  FCM answers after ${latencyMs.join(' to ')} ms; ${messages} messages a round`)
  await using fcm = await spawnFakeFcm({ latencyMs })
  const sdk = await searchLoop('sdk', fcm, trialSeconds, signal)
  say(`  firebase-admin is fastest with ${sdk.best} concurrent calls: ${JSON.stringify(sdk.rates)}`)
  const http2 = await searchLoop('http2', fcm, trialSeconds, signal)
  say(`  node:http2 is fastest with ${http2.best} requests in flight: ${JSON.stringify(http2.rates)}`)
  const loop = (name: 'sdk' | 'http2', search: Search) => {
    const loopMessages = messagesFor(name, search, quick ? 2 : LOOP_SECONDS)
    const order = { parallel: search.best, messages: loopMessages, warmUp }
    return () => measureLoop(name, fcm, order, signal)
  }
  const carillon = (order: Partial<Parameters<typeof measurePipeline>[2]>) => () =>
    measurePipeline(context, fcm, { messages, warmUp, ...order })
  const contenders: Record<string, () => Promise<Measured>> = {
    sdk: loop('sdk', sdk),
    http2: loop('http2', http2),
    pipeline: carillon({}),
  }
  if (redisUrl !== null) contenders.pipelineRedis = carillon({ redisUrl })
  if (moreDispatchers > 1) {
    contenders[`pipeline${moreDispatchers}`] = carillon({ dispatchers: moreDispatchers })
  }
  const isClosely = closely.some((one) => one.join() === latencyMs.join())
  // Without a warm-up the process finds its concurrency during the measurement.
  if (isClosely) contenders.pipelineCold = carillon({ warmUp: 0 })
  let fixed: LatencyFigures['fixed'] = null
  if (isClosely && !quick) {
    const trial = Math.max(warmUp / 0.8, messages * FIXED_TRIAL_SHARE)
    // What the loop has found to be enough to be busy is a good place to begin.
    fixed = await searchFixed(Math.max(50, Math.round(http2.best / 4)), async (setting) => {
      const { rate } = await measurePipeline(context, fcm, { messages: trial, warmUp, fixed: setting })
      say(`  fixed ${setting.concurrency}:${setting.batches}: ${Math.round(rate)}/s`)
      return rate
    })
    contenders.pipelineFixed = carillon({ fixed: fixed.best })
  }
  const byRound = await runRounds(contenders, rounds, signal)
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  return { latencyMs, messages, seconds, sdk, http2, fixed, ...figuresOf(byRound), byRound }
}

/** About eight seconds of a dispatcher on two cores. */
function messagesAt([min, max]: Latency, quick: boolean): number {
  const mean = (min + max) / 2
  if (quick) return 30_000
  if (mean <= 50) return 120_000
  return mean <= 300 ? 80_000 : 40_000
}

/** In turns, every other round in reverse order: changes on the machine affect all contenders alike. */
async function runRounds(
  contenders: Record<string, () => Promise<Measured>>,
  rounds: number,
  signal: AbortSignal,
): Promise<Record<string, Measured[]>> {
  const results: Record<string, Measured[]> = {}
  for (let round = 1; round <= rounds; round++) {
    const order = Object.entries(contenders)
    for (const [name, run] of round % 2 === 1 ? order : order.reverse()) {
      signal.throwIfAborted()
      const measured = await run()
      results[name] = [...(results[name] ?? []), measured]
      say(`  round ${round} of ${rounds}: ${String(Math.round(measured.rate)).padStart(10)}/s  ${name}`)
    }
  }
  return results
}
