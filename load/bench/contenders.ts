/** Who takes part, and how each does one round. A round is fresh processes, a warm-up, and the messages that count. */

import type { RemoteFakeFcm } from '../../testing/fake-fcm/spawn-fake-fcm.ts'
import type { BenchOptions } from './bench-options.ts'
import { runH2load } from './h2load.ts'
import { spawnLoop } from './loop-process.ts'
import type { Pipeline } from './pipeline.ts'

export interface Measured {
  /** Messages a second, or null: could not be measured here. */
  rate: number | null
  /** Between the first and the last message that FCM accepted, for contenders that do more than send. */
  firstToLastRate?: number
  /** Of the sending process or processes. */
  cpuMicrosPerMessage?: number | null
  missing?: number
  duplicates?: number
}

export interface Contender {
  /** The key in the result: `sdk` becomes `sdkRate`. */
  name: string
  label: string
  round(signal: AbortSignal): Promise<Measured>
}

export interface Surroundings {
  fcm: RemoteFakeFcm
  pipeline: Pipeline
  folder: string
}

/** `file`: a loop of this folder. `parallel`: of whatever it does in parallel. */
export function loopContender(
  name: string,
  label: string,
  file: string,
  parallel: number,
  options: BenchOptions,
  { fcm }: Surroundings,
  env: NodeJS.ProcessEnv = {},
): Contender {
  const { messages, warmUp } = options
  return {
    name,
    label,
    round: async (signal) => {
      const setup = { origin: fcm.origin, caFile: fcm.caFile, tokens: messages }
      await using loop = await spawnLoop(file, setup, env)
      const stop = aborted(signal)
      if (warmUp > 0) await Promise.race([loop.run({ messages: warmUp, parallel }), stop])
      await fcm.reset()
      const { seconds, failed, cpuSeconds } = await Promise.race([loop.run({ messages, parallel }), stop])
      const { accepted, distinct } = await fcm.stats()
      if (failed > 0 || accepted !== messages || distinct !== messages) {
        throw new Error(
          `${label}: of ${messages} messages ${failed} failed, FCM accepted ${accepted} for ${distinct} devices`,
        )
      }
      return {
        rate: messages / seconds,
        cpuMicrosPerMessage: cpuSeconds === null ? null : (cpuSeconds / messages) * 1e6,
      }
    },
  }
}

export function h2loadContender(options: BenchOptions, { fcm, folder }: Surroundings): Contender {
  const { messages, inFlight } = options
  const sessions = Math.ceil(inFlight / 100)
  const streams = Math.ceil(inFlight / sessions)
  const { origin } = fcm
  return {
    name: 'h2load',
    label: 'h2load, the ceiling of the fake FCM',
    round: async (signal) => ({
      rate: await runH2load({ origin, messages, sessions, streams, folder, signal }),
    }),
  }
}

export function pipelineContender(
  backend: 'postgresql' | 'redis',
  dispatchers: number,
  options: BenchOptions,
  { pipeline }: Surroundings,
): Contender {
  const { messages, warmUp, inFlight } = options
  const suffix = dispatchers === 1 ? '' : String(dispatchers)
  return {
    name: `${backend === 'redis' ? 'pipelineRedis' : 'pipeline'}${suffix}`,
    label: `Carillon, queue on ${backend === 'redis' ? 'Redis' : 'PostgreSQL'}, ${dispatchers} dispatcher${dispatchers === 1 ? '' : 's'}`,
    round: async (signal) => {
      const env = { DISPATCH_CONCURRENCY: String(inFlight) }
      const round = await pipeline.round({ backend, dispatchers, warmUp, env }, signal)
      const { seconds, firstToLastSeconds, dispatcherCpuSeconds: cpu, missing, duplicates } = round
      return {
        rate: messages / seconds,
        firstToLastRate: messages / firstToLastSeconds,
        cpuMicrosPerMessage: cpu === null ? null : (cpu / messages) * 1e6,
        missing,
        duplicates,
      }
    },
  }
}

/** A few thousand messages with each number of calls at a time; the SDK is measured at the best of them. */
export async function findBestCalls(
  options: BenchOptions,
  { fcm }: Surroundings,
  signal: AbortSignal,
): Promise<{ best: number; rates: Record<string, number> }> {
  const messages = Math.min(options.messages, 10_000)
  const setup = { origin: fcm.origin, caFile: fcm.caFile, tokens: messages }
  await using loop = await spawnLoop('sdk-loop.ts', setup)
  const stop = aborted(signal)
  await Promise.race([loop.run({ messages, parallel: 4 }), stop])
  const rates = new Map<number, number>()
  // Twice, and the better one counts: a moment of somebody else's work must not decide.
  for (const calls of [...CALLS, ...CALLS]) {
    const { seconds } = await Promise.race([loop.run({ messages, parallel: calls }), stop])
    rates.set(calls, Math.max(Math.round(messages / seconds), rates.get(calls) ?? 0))
  }
  const [best] = [...rates].sort((a, b) => b[1] - a[1])[0] ?? [1]
  return { best, rates: Object.fromEntries(rates) }
}

const CALLS = [1, 2, 3, 4, 6, 8]

/** Rejects on a signal; the loop's process goes with `await using`. */
function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  promise.catch(() => {})
  if (signal.aborted) reject(signal.reason)
  else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  return promise
}
