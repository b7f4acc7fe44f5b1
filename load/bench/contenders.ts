/** Whom the pipeline benchmark compares, each measured in fresh processes on one fake FCM. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { RemoteFakeFcm } from '../../testing/fake-fcm/spawn-fake-fcm.ts'
import { Progress } from '../../testing/terminal/progress.ts'
import { dispatcherPeak } from '../report/report.ts'
import { type BenchContext, sendFast } from './benchmark.ts'
import { climbOf, sampleTotal } from './climb.ts'
import { spawnLoop } from './loops.ts'
import { type Search, searchBest } from './search-best.ts'

export interface Measured {
  /** Messages a second. */
  rate: number
  /** From the first message sent to the last answer, for contenders that do more than send. */
  firstToLastRate?: number
  /** Of the sending processes. */
  cpuMicrosPerMessage?: number | null
  /** Of the sending process. Loops have all tokens in memory: 0.2 MB for 1,000. */
  peakRssMb?: number | null
  /** From the send request until the rate of a second was 90 % of the steady rate. */
  climbSeconds?: number | null
}

/** A fixed setting of a dispatcher. */
export interface Fixed {
  concurrency: number
  batches: number
}

type LoopName = Parameters<typeof spawnLoop>[0]

/** Of the token list of a loop. */
const MOST_TOKENS = 200_000
/** Calls or requests that a loop makes with each of its places, or the first and the last ones decide its rate. */
const LEAST_WAVES = 3
/** Requests of one unit of a loop's concurrency: a call of the SDK has 500. */
const UNIT: Record<LoopName, number> = { sdk: 500, http2: 1 }
/** What to begin a search with. More calls of the SDK at a time than that would need gigabytes. */
const RANGE = { sdk: { first: 1, most: 256 }, http2: { first: 200, most: 102_400 } } as const

/** Messages for a loop at its best: about so many seconds, and enough waves. */
export function messagesFor(name: LoopName, { best, rates }: Search, seconds: number): number {
  const wanted = Math.max((rates[best] ?? 0) * seconds, LEAST_WAVES * UNIT[name] * best)
  return Math.min(MOST_TOKENS, Math.ceil(wanted / UNIT[name]) * UNIT[name])
}

/** `parallel`: concurrent calls or requests, whatever the loop makes. */
export async function measureLoop(
  name: LoopName,
  fcm: RemoteFakeFcm,
  { parallel, messages, warmUp }: { parallel: number; messages: number; warmUp: number },
  signal: AbortSignal,
): Promise<Measured> {
  await using spawned = await spawnLoop(name, fcm, Math.max(messages, warmUp), signal)
  if (warmUp > 0) await spawned.run({ messages: warmUp, parallel })
  await fcm.reset()
  const { seconds, failed, cpuSeconds, peakRssMb } = await spawned.run({ messages, parallel })
  const { accepted, distinct } = await fcm.stats()
  if (failed > 0 || accepted !== messages || distinct !== messages) {
    throw new Error(
      `${name}: ${failed} of ${messages} failed; FCM accepted ${accepted} for ${distinct} devices`,
    )
  }
  return {
    rate: messages / seconds,
    cpuMicrosPerMessage: cpuSeconds && (cpuSeconds / messages) * 1e6,
    peakRssMb,
  }
}

/** The loop's best number of concurrent calls or requests, in one process. */
export async function searchLoop(
  name: LoopName,
  fcm: RemoteFakeFcm,
  /** Of one trial, until nothing more is started. The answers in flight then take longer with more in flight. */
  mostSeconds: number,
  signal: AbortSignal,
): Promise<Search> {
  await using loop = await spawnLoop(name, fcm, MOST_TOKENS, signal)
  await loop.run({ messages: 2_000, parallel: RANGE[name].first * 4 })
  return await searchBest(async (parallel) => {
    const { sent, seconds } = await loop.run({ messages: MOST_TOKENS, parallel, mostSeconds })
    return sent / seconds
  }, RANGE[name])
}

export interface PipelineOrder {
  messages: number
  warmUp: number
  dispatchers?: number
  redisUrl?: string
  fixed?: Fixed
}

/** Carillon: planned, sent, recorded, closed. Throws when a message is missing or was sent twice. */
export async function measurePipeline(
  context: BenchContext,
  fcm: RemoteFakeFcm,
  { messages, warmUp, dispatchers = 1, redisUrl, fixed }: PipelineOrder,
): Promise<Measured> {
  const quiet = { ...context, progress: new Progress({ write: () => {} }) }
  const preload = pathToFileURL(join(import.meta.dirname, 'fixed.ts')).href
  const env = fixed && {
    NODE_OPTIONS: `--import ${preload}`,
    BENCH_FIXED: `${fixed.concurrency}:${fixed.batches}`,
  }
  const sampling = sampleTotal(async () => (await fcm.stats()).accepted)
  try {
    const { report } = await sendFast(quiet, messages, {
      dispatchers,
      fcm,
      warmUp,
      onSend: sampling.begin,
      ...(redisUrl !== undefined && { redisUrl }),
      ...(env && { env }),
    })
    const cpuSeconds = Object.entries(report.processes)
      .filter(([name]) => name.startsWith('dispatcher'))
      .reduce((sum, [, process]) => sum + process.cpuSeconds, 0)
    return {
      rate: messages / (report.sendSeconds ?? 0),
      firstToLastRate: messages / (report.firstToLastSeconds ?? 0),
      cpuMicrosPerMessage: (cpuSeconds / messages) * 1e6,
      peakRssMb: dispatcherPeak(report),
      climbSeconds: climbOf(await sampling.stop())?.seconds ?? null,
    }
  } finally {
    await sampling.stop().catch(() => {})
  }
}

/** More batches than so many requests in flight need, even if each spends most of its time in PostgreSQL. */
const batchesFor = (concurrency: number) => Math.ceil((4 * concurrency) / 500) + 4

/** A dispatcher's best fixed setting: first the requests in flight, with enough batches, then half and twice the batches. */
export async function searchFixed(
  first: number,
  measure: (fixed: Fixed) => Promise<number>,
): Promise<{ best: Fixed; rates: Record<string, number> }> {
  const rates: Record<string, number> = {}
  const tried = async (fixed: Fixed) => {
    const rate = await measure(fixed)
    rates[`${fixed.concurrency}:${fixed.batches}`] = Math.round(rate)
    return rate
  }
  const { best: concurrency } = await searchBest(
    (concurrency) => tried({ concurrency, batches: batchesFor(concurrency) }),
    { first, most: 32_000 },
  )
  const batches = batchesFor(concurrency)
  for (const other of [Math.ceil(batches / 2), batches * 2]) await tried({ concurrency, batches: other })
  const [setting = ''] = Object.entries(rates).sort(([, a], [, b]) => b - a)[0] ?? []
  const [best = concurrency, itsBatches = batches] = setting.split(':').map(Number)
  return { best: { concurrency: best, batches: itsBatches }, rates }
}
