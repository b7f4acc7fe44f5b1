/** Carillon's whole pipeline against loops that only send, in turns, on one fake FCM. */
import { spawnFakeFcm } from '../../testing/fake-fcm/spawn-fake-fcm.ts'
import { openRedis } from '../../testing/servers/services.ts'
import { say } from '../../testing/terminal/command.ts'
import { rounded } from '../../testing/terminal/format.ts'
import { UsageError, whole } from '../../testing/terminal/options.ts'
import { Progress } from '../../testing/terminal/progress.ts'
import { median } from '../figures/statistics.ts'
import * as shared from '../options.ts'
import { benchmark, sendFast } from './benchmark.ts'
import { spawnLoop } from './loops.ts'

export interface Measured {
  /** Messages a second. */
  rate: number
  /** From the first message sent to the last answer, for contenders that do more than send. */
  firstToLastRate?: number
  /** Of the sending processes. */
  cpuMicrosPerMessage?: number | null
}

/** The SDK's number of concurrent calls is doubled until its rate has fallen this often: its best is behind it then. */
const WORSE_IN_A_ROW = 2
const MOST_CALLS = 256

export const pipeline = benchmark(
  `Carillon's whole pipeline against loops that only send, in turns, on one fake FCM.
A round that loses or repeats a message is an error.`,
  {
    messages: whole(1_000, 10_000_000, 100_000, 'messages a round'),
    rounds: whole(1, 100, 5, 'rounds of each contender'),
    warmUp: whole(0, 10_000, 10_000, 'messages before each round, not counted'),
    inFlight: whole(1, 10_000, 400, 'requests in flight of the HTTP/2 loop; dispatchers find their own'),
    latencyMs: shared.latencyMs('0:0'),
    moreDispatchers: whole(0, 16, 2, 'also measure each queue with this many dispatchers; 0: do not'),
  },
  async (values, context) => {
    const { messages, warmUp, inFlight, latencyMs, moreDispatchers } = values
    const { stack, signal } = context
    const redisUrl = (await openRedis(stack)).url
    const fcm = stack.use(await spawnFakeFcm({ latencyMs }))

    /** `parallel`: concurrent calls or requests, whatever the loop makes. */
    const loop = (name: 'sdk' | 'http2', parallel: number) => async (): Promise<Measured> => {
      await using spawned = await spawnLoop(name, fcm, messages, signal)
      if (warmUp > 0) await spawned.run({ messages: warmUp, parallel })
      await fcm.reset()
      const { seconds, failed, cpuSeconds } = await spawned.run({ messages, parallel })
      const { accepted, distinct } = await fcm.stats()
      if (failed > 0 || accepted !== messages || distinct !== messages) {
        throw new Error(
          `${name}: ${failed} of ${messages} failed; FCM accepted ${accepted} for ${distinct} devices`,
        )
      }
      return { rate: messages / seconds, cpuMicrosPerMessage: cpuSeconds && (cpuSeconds / messages) * 1e6 }
    }
    const carillon = (backend: { redisUrl?: string }, dispatchers: number) => async (): Promise<Measured> => {
      const quiet = { ...context, progress: new Progress({ write: () => {} }) }
      const { report } = await sendFast(quiet, messages, { ...backend, dispatchers, fcm, warmUp })
      const cpuSeconds = Object.entries(report.processes)
        .filter(([name]) => name.startsWith('dispatcher'))
        .reduce((sum, [, process]) => sum + process.cpuSeconds, 0)
      return {
        rate: messages / (report.sendSeconds ?? 0),
        firstToLastRate: messages / (report.firstToLastSeconds ?? 0),
        cpuMicrosPerMessage: (cpuSeconds / messages) * 1e6,
      }
    }

    const sdkCalls: Record<string, number> = {}
    {
      const trial = Math.min(messages, 20_000)
      await using sdk = await spawnLoop('sdk', fcm, trial, signal)
      await sdk.run({ messages: trial, parallel: 4 })
      let bestRate = 0
      for (let parallel = 1, worse = 0; parallel <= MOST_CALLS && worse < WORSE_IN_A_ROW; parallel *= 2) {
        // Twice, and the better one counts: a short disturbance must not decide.
        const first = await sdk.run({ messages: trial, parallel })
        const second = await sdk.run({ messages: trial, parallel })
        const rate = Math.round(trial / Math.min(first.seconds, second.seconds))
        sdkCalls[parallel] = rate
        worse = rate > bestRate ? 0 : worse + 1
        bestRate = Math.max(bestRate, rate)
      }
    }
    const best = Number(Object.entries(sdkCalls).sort(([, a], [, b]) => b - a)[0]?.[0])
    say(`  firebase-admin is fastest with ${best} concurrent calls: ${JSON.stringify(sdkCalls)}`)
    const contenders: Record<string, () => Promise<Measured>> = {
      sdk: loop('sdk', best),
      http2: loop('http2', inFlight),
      pipeline: carillon({}, 1),
      pipelineRedis: carillon({ redisUrl }, 1),
    }
    if (moreDispatchers > 1) {
      contenders[`pipeline${moreDispatchers}`] = carillon({}, moreDispatchers)
      contenders[`pipelineRedis${moreDispatchers}`] = carillon({ redisUrl }, moreDispatchers)
    }
    const byRound = await runRounds(contenders, values.rounds, signal)
    const figures = figuresOf(byRound)
    // A round in which a message was missing or repeated has thrown.
    return { ...figures, missing: 0, duplicates: 0, settings: values, sdkCalls, byRound }
  },
  ({ warmUp, messages }) => {
    if (warmUp <= messages * 0.8) return
    throw new UsageError(
      `--warm-up is ${warmUp}; expected at most 80 % of --messages: it goes to the same devices.`,
    )
  },
)

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

/** Medians, and ratios of neighbouring rounds. */
export function figuresOf(rounds: Readonly<Record<string, readonly Measured[]>>): Record<string, number> {
  const figures: Record<string, number> = {}
  const add = (name: string, values: readonly (number | null | undefined)[], digits = 0) => {
    const known = values.filter((value) => typeof value === 'number')
    if (known.length > 0) figures[name] = rounded(median(known), digits)
  }
  const ratio = (of: string, over: string) => {
    const [some = [], others = []] = [rounds[of], rounds[over]]
    const ratios = some.map(({ rate }, i) => others[i] && rate / others[i].rate)
    add(`${of}Over${over.charAt(0).toUpperCase()}${over.slice(1)}`, ratios, 3)
  }
  for (const [name, measured] of Object.entries(rounds)) {
    const all = <K extends keyof Measured>(field: K) => measured.map((one) => one[field])
    add(`${name}Rate`, all('rate'))
    add(`${name}FirstToLastRate`, all('firstToLastRate'))
    add(`${name}CpuMicros`, all('cpuMicrosPerMessage'), 1)
    if (name.startsWith('pipeline')) for (const over of ['sdk', 'http2']) ratio(name, over)
  }
  return figures
}
