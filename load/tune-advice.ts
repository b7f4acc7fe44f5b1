/** What the measurements of `npm run tune` mean for an installation. Pure. */
import { columns, grouped } from '../testing/terminal/format.ts'

/** One concurrency, as measured. */
export interface Step {
  inFlight: number
  messages: number
  /** 429 answers for the whole project. */
  refused: number
  perSecond: number
  /** Milliseconds from a request to its answer. */
  p50: number
  p95: number
  p99: number
  /** Of one core, by the process that sends. */
  cpuShare: number
  cpuMicros: number
}

export interface Advice {
  /** Messages a second that one dispatcher can send from this machine, recording included. */
  perDispatcher: number
  /** What bounds it: a core's time, or FCM, which did not take more from one process. */
  boundBy: 'cpu' | 'fcm'
  /** The last step was the fastest by far: more messages or requests in flight would have shown more. */
  isRising: boolean
  /** Null: no quota is set. */
  dispatchers: number | null
  /** Of each dispatcher, at its part of the quota. */
  inFlight: number
  batches: number
  /** Expected peak, and the limit (MEMORY_LIMIT_MB, or the container's) at which it stays below the first step of 70 %. */
  peakMb: number
  memoryLimitMb: number
}

/**
 * A dispatcher's CPU time for a message over that of sending it alone: 17 to 19 over 6 to 7 µs (docs/performance.md). It
 * claims, loads, records and serves the queue as well.
 */
const DISPATCHER_OVER_SENDER = 2.7
/** Of a core: above it, latency grows with every disturbance. */
const CPU_TO_USE = 0.7
/** Of the highest rate: with more in flight only the latency grows. */
const NEARLY_BEST = 0.9
/** More in flight is worth it if the rate rises by a tenth. */
export const WORTH_IT = 1.1
/** Idle dispatcher, and each batch in hand (docs/operations.md). */
const IDLE_MB = 120
const BATCH_MB = 0.4
/** A request in flight with its stream and the result that it becomes. */
const REQUEST_KB = 6
/** Memory above 70 % of the limit stops taking batches. */
const LIMIT_OVER_PEAK = 1 / 0.65
const ROUND_MB = 64

export function advise(steps: readonly Step[], messagesPerMinute: number): Advice {
  const best = Math.max(...steps.map(({ perSecond }) => perSecond))
  const enough = steps.find(({ perSecond }) => perSecond >= NEARLY_BEST * best) as Step
  const cpuMicros = Math.max(enough.cpuMicros, 0.1) * DISPATCHER_OVER_SENDER
  const byCpu = Math.floor((CPU_TO_USE * 1e6) / cpuMicros)
  const perDispatcher = Math.min(byCpu, best)
  const quota = messagesPerMinute / 60
  const dispatchers = Number.isFinite(quota) ? Math.max(1, Math.ceil(quota / perDispatcher)) : null
  const rate = dispatchers === null ? perDispatcher : quota / dispatchers
  const inFlight = Math.ceil((rate * enough.p50) / 1000)
  const batches = Math.ceil((2 * inFlight) / 500) + 4
  const peakMb = Math.ceil(IDLE_MB + BATCH_MB * batches + (REQUEST_KB * inFlight) / 1024)
  const memoryLimitMb = Math.ceil((peakMb * LIMIT_OVER_PEAK) / ROUND_MB) * ROUND_MB
  const boundBy = byCpu <= best ? 'cpu' : 'fcm'
  const before = steps.slice(0, -1).map(({ perSecond }) => perSecond)
  const isRising = (steps.at(-1)?.perSecond ?? 0) > Math.max(0, ...before) * WORTH_IT
  return { perDispatcher, boundBy, isRising, dispatchers, inFlight, batches, peakMb, memoryLimitMb }
}

export function stepTable(steps: readonly Step[]): string {
  const head = ['in flight', 'messages/s', 'p50', 'p95', 'p99', 'CPU of a core', 'a message']
  const rows = steps.map((step) => [
    grouped(step.inFlight),
    grouped(step.perSecond),
    ...[step.p50, step.p95, step.p99].map((ms) => `${ms} ms`),
    `${Math.round(step.cpuShare * 100)} %`,
    `${step.cpuMicros.toFixed(1)} µs`,
  ])
  return columns([head, ...rows], 'rrrrrrr')
}

export function textOfAdvice(advice: Advice, messagesPerMinute: number): string {
  const { perDispatcher, boundBy, isRising, dispatchers, inFlight, batches, peakMb, memoryLimitMb } = advice
  const bound =
    boundBy === 'cpu'
      ? 'at 70 % of a core, with claiming and recording'
      : 'more than that was not answered, whatever was in flight'
  const need =
    dispatchers === null
      ? '  No quota is set (FCM_MESSAGES_PER_MINUTE is unlimited): start as many as there are cores.'
      : `  The quota of ${grouped(messagesPerMinute)} a minute needs ${dispatchers === 1 ? '1 dispatcher' : `${dispatchers} dispatchers`}. One more continues at the full rate when one dies.`
  const rising = isRising
    ? '\n  The rate was still rising at the end: raise --most-messages or --most-in-flight to see where it stops.'
    : ''
  return `  One dispatcher sends up to ${grouped(perDispatcher)} messages a second from here: ${bound}.${rising}
${need}
  Each then has about ${grouped(inFlight)} requests in flight and ${batches} batches in hand; it finds that itself.
  Memory of each: about ${peakMb} MB; give it ${memoryLimitMb} MB (MEMORY_LIMIT_MB, or the container's limit).`
}
