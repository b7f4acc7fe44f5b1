/**
 * `npm run tune`: what this machine can send to this FCM, at rising concurrency, and how many dispatchers with how much
 * memory the quota needs. Sends messages that FCM only validates; they count against the quota all the same.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { loadConfig } from '../src/config/config.ts'
import type { Address } from '../src/domain/address.ts'
import { fcmCalls } from '../src/process/counters.ts'
import type { BucketCounts } from '../src/process/durations.ts'
import { createLogger } from '../src/process/logger.ts'
import { openFcmSender } from '../src/push/fcm/open-fcm-sender.ts'
import { pushMessage } from '../src/push/push-message.ts'
import { MAX_BATCH } from '../src/push/push-sender.ts'
import { spawnFakeFcm } from '../testing/fake-fcm/spawn-fake-fcm.ts'
import { tokenFor } from '../testing/fake-fcm/token.ts'
import { type Command, runCommand, SetupError, say } from '../testing/terminal/command.ts'
import { grouped } from '../testing/terminal/format.ts'
import { flag, parseOptions, whole } from '../testing/terminal/options.ts'
import { MESSAGE } from './campaign/run-campaign.ts'
import { percentilesOf } from './figures/statistics.ts'
import * as shared from './options.ts'
import { advise, type Step, stepTable, textOfAdvice, WORTH_IT } from './tune-advice.ts'

const OPTIONS = {
  mostMessages: whole(
    1_000,
    1_000_000,
    50_000,
    'messages to send at most, each of which counts against the quota',
  ),
  mostInFlight: whole(1, 100_000, 10_000, 'requests in flight at most'),
  tokens: shared.file(
    'registration tokens of real devices, one a line (default: made up, which FCM refuses)',
  ),
  fake: flag('try it with a fake FCM on this machine'),
  latencyMs: { ...shared.latencyMs(shared.REAL_LATENCY), help: 'how long the fake takes to answer' },
  yes: flag('really send; without it, only what would be done is said'),
  json: shared.json,
}

const USAGE = {
  command: 'npm run tune --',
  about: `Measures this machine and this FCM: messages a second, latency and CPU time at rising concurrency, and how many
dispatchers with how much memory the quota needs. Uses FCM and the credential of the environment,
as a dispatcher does. Nothing is delivered (validate_only), but FCM counts each message.`,
  options: OPTIONS,
  notes: `Made-up tokens are refused with 400; FCM may take less time for that than for a real device. A file of
real tokens is better: their devices get nothing.

Stop the dispatchers of the project meanwhile: they share its quota.`,
}

/**
 * A step in round trips, and in seconds at least: connections open and the first answers come, then it is measured. Longer
 * ones would cost quota: with these, all steps up to 6,400 in flight take about 45,000 messages.
 */
const WARM_UP = { roundTrips: 1.5, seconds: 0.3 }
const MEASURED = { roundTrips: 4, seconds: 0.8 }
/** Assumed for the first step. */
const FIRST_ROUND_TRIP_MS = 250
const FIRST_IN_FLIGHT = 50
/** If more in flight was not worth it so often in a row, what is measured is a queue. */
const NOT_WORTH_IT = 2
/** Made-up tokens: enough that none comes twice within a round trip. */
const MADE_UP = 20_000

const parse = (args: string[]) => parseOptions(OPTIONS, args)
type TuneOptions = ReturnType<typeof parse>

async function tune(options: TuneOptions, command: Command): Promise<number> {
  const { mostMessages, mostInFlight, json } = options
  const config = await configOf(options, command)
  const { endpoint, projectId, messagesPerMinute } = config.fcm
  say(`  FCM         ${endpoint}${projectId === null ? '' : `, project ${projectId}`}
  messages    at most ${grouped(mostMessages)}, none is delivered; each counts against the quota
`)
  if (!options.yes && !options.fake) {
    say('Nothing was sent. Repeat with --yes to send them, or with --fake to try it.')
    return 0
  }
  const tokens = tokensOf(options.tokens)
  const steps: Step[] = []
  let left = mostMessages
  let best = 0
  for (let inFlight = FIRST_IN_FLIGHT, worse = 0; inFlight <= mostInFlight && worse < NOT_WORTH_IT; ) {
    command.signal.throwIfAborted()
    const roundTripMs = steps.at(-1)?.p50 ?? FIRST_ROUND_TRIP_MS
    const { step, isWhole } = await measure(
      config.fcm,
      tokens,
      { inFlight, most: left, roundTripMs },
      command.signal,
    )
    left -= step.messages
    if (!isWhole && step.refused === 0) {
      say(`  ${grouped(inFlight)} in flight: the messages are used up`)
      break
    }
    steps.push(step)
    say(`  ${grouped(inFlight)} in flight: ${grouped(step.perSecond)}/s`)
    if (step.refused > 0) {
      say('  FCM has answered 429: it takes no more now.')
      break
    }
    worse = step.perSecond > WORTH_IT * best ? 0 : worse + 1
    best = Math.max(best, step.perSecond)
    inFlight *= 2
  }
  if (steps.length === 0) throw new SetupError('--most-messages is too low for a single measurement.')
  const advice = advise(steps, messagesPerMinute)
  const result = { endpoint, messages: mostMessages - left, steps, advice }
  process.stdout.write(
    json
      ? `${JSON.stringify(result)}\n`
      : `\n${stepTable(steps)}\n\n${textOfAdvice(advice, messagesPerMinute)}\n\n`,
  )
  return 0
}

/** A dispatcher's configuration. It needs no database here, so the address may be missing. */
async function configOf({ fake, latencyMs }: TuneOptions, { stack }: Command) {
  const env = { ...process.env, DATABASE_URL: process.env.DATABASE_URL || 'postgres://localhost/none' }
  if (!fake) {
    try {
      return loadConfig(env)
    } catch (error) {
      throw new SetupError((error as Error).message)
    }
  }
  const { origin, caFile } = stack.use(await spawnFakeFcm({ latencyMs }))
  return loadConfig({
    ...env,
    ...{ FCM_ENDPOINT: origin, FCM_CA_FILE: caFile, FCM_PROJECT_ID: 'carillon-tune' },
    ...{ FCM_SENDER: '', FCM_PROXY: '', GOOGLE_APPLICATION_CREDENTIALS: '' },
  })
}

function tokensOf(file: string | null): string[] {
  if (file === null) return Array.from({ length: MADE_UP }, (_, index) => tokenFor(index))
  const tokens = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  if (tokens.length === 0) throw new SetupError(`There is no token in ${file}.`)
  return tokens
}

interface StepOrder {
  inFlight: number
  /** Messages. */
  most: number
  roundTripMs: number
}

type Settings = Awaited<ReturnType<typeof configOf>>['fcm']

/**
 * One step: a sender of its own, that begins with so many requests in flight and never has more. `isWhole` is false if the
 * messages were used up before its end: the last ones are too few in flight.
 */
async function measure(
  settings: Settings,
  tokens: readonly string[],
  { inFlight, most, roundTripMs }: StepOrder,
  signal: AbortSignal,
): Promise<{ step: Step; isWhole: boolean }> {
  const hasOwnCredentials = settings.credentialsFile !== null
  const sender = openFcmSender(
    { ...settings, hasOwnCredentials, sender: 'dry-run', concurrency: inFlight },
    createLogger('tune', 'silent'),
    inFlight,
  )
  const end = new AbortController()
  const stopped = AbortSignal.any([end.signal, signal])
  const message = pushMessage(MESSAGE, '01900000-0000-7000-8000-000000000000')
  let messages = 0
  let answered = 0
  let refused = 0
  let problem: string | undefined
  const sendBatches = async () => {
    while (!stopped.aborted && messages < most) {
      const count = Math.min(MAX_BATCH, most - messages)
      const batch = Array.from(
        { length: count },
        (_, n): Address => ({ address: tokens[(messages + n) % tokens.length] as string, kind: 'token' }),
      )
      messages += count
      let reported = 0
      await sender.send(
        { message, addresses: batch, validateOnly: true },
        {
          signal: stopped,
          report: (_, outcome) => {
            reported += 1
            answered += 1
            if (outcome.kind === 'blocked') problem ??= outcome.detail
            if (outcome.kind === 'retry_later' && outcome.code === 'connection_failed')
              problem ??= 'FCM cannot be reached'
            if (outcome.kind === 'retry_later' && outcome.code === 'quota_exceeded') refused += 1
            if (problem !== undefined || refused > 0) end.abort()
          },
        },
      )
      // What was held back has not left.
      messages -= count - reported
    }
  }
  try {
    await sender.warmUp().catch((error: Error) => {
      throw new SetupError(`FCM cannot be used: ${error.message}`)
    })
    // Two batches more than are in flight, so that none of them is waited for.
    const sending = Promise.all(Array.from({ length: Math.ceil(inFlight / MAX_BATCH) + 2 }, sendBatches))
    // Ends early when the messages are used up.
    const waited = (seconds: number) =>
      Promise.race([delay(seconds * 1000, undefined, { signal: stopped }).catch(() => {}), sending])
    const lengthOf = ({ roundTrips, seconds }: typeof MEASURED) =>
      Math.max(seconds, (roundTrips * roundTripMs) / 1000)
    await waited(lengthOf(WARM_UP))
    const from = { at: performance.now(), answered, calls: fcmCalls.counts, cpu: process.cpuUsage() }
    await waited(lengthOf(MEASURED))
    const isWhole = messages < most && refused === 0
    const seconds = (performance.now() - from.at) / 1000
    const { user, system } = process.cpuUsage(from.cpu)
    const counted = answered - from.answered
    const latency = percentilesOf(grown(from.calls, fcmCalls.counts))
    end.abort()
    await sending
    if (problem !== undefined) throw new SetupError(`FCM refuses: ${problem}`)
    const { p50 = 0, p95 = 0, p99 = 0 } = latency ?? {}
    const step = {
      inFlight,
      messages,
      refused,
      perSecond: Math.round(counted / Math.max(seconds, 0.001)),
      p50,
      p95,
      p99,
      cpuShare: (user + system) / 1e6 / Math.max(seconds, 0.001),
      cpuMicros: counted === 0 ? 0 : (user + system) / counted,
    }
    return { step, isWhole }
  } finally {
    end.abort()
    await sender.close()
  }
}

function grown(before: BucketCounts, after: BucketCounts): BucketCounts {
  return Object.fromEntries(
    Object.entries(after).map(([bucket, count]) => [bucket, count - (before[Number(bucket)] ?? 0)]),
  )
}

await runCommand(USAGE, parse, tune)
