/** Sends to many devices through a front end, and compares what the sender says with what the fake FCM got. */
import { type Logger, pino } from 'pino'
import { expect, onTestFinished } from 'vitest'
import type { Outcome } from '../../../../src/domain/outcome.ts'
import type { AccessToken } from '../../../../src/push/fcm/access-token.ts'
import { FcmHttp2Sender } from '../../../../src/push/fcm/fcm-http2-sender.ts'
import type { FakeFcmOptions } from '../../../../testing/fake-fcm/options.ts'
import { type RemoteFakeFcm, spawnFakeFcm } from '../../../../testing/fake-fcm/spawn-fake-fcm.ts'
import { bearer, send } from '../push-sender-contract.ts'
import { type FrontEnd, type FrontEndName, type FrontEndOptions, startFrontEnd } from './front-ends.ts'

const BATCH = 500
/** Requests in flight, from the first on. */
const CONCURRENCY = 1_000

export interface SceneOptions extends FrontEndOptions {
  fake?: FakeFcmOptions
  accessToken?: AccessToken
}

export interface Scene {
  fake: RemoteFakeFcm
  front: FrontEnd
  sender: FcmHttp2Sender
  /** Connections that the sender has opened so far. */
  connections: () => number
}

/** A fake FCM in a process of its own, the front end, and a sender that knows only the front end. */
export async function setupFrontEnd(name: FrontEndName, options: SceneOptions = {}): Promise<Scene> {
  const fake = await spawnFakeFcm(options.fake)
  onTestFinished(() => fake.close())
  const front = await startFrontEnd(name, fake.origin, options)
  onTestFinished(() => front.close())
  let connections = 0
  const write = (line: string) => {
    if (line.includes('"connected to FCM"')) connections++
  }
  const sender = openSender(front, { ...options, log: pino({ level: 'debug' }, { write }) })
  return { fake, front, sender, connections: () => connections }
}

export function openSender(
  { origin, ca }: { origin: string; ca: string },
  {
    accessToken = bearer(),
    log = pino({ level: 'silent' }),
  }: { accessToken?: AccessToken; log?: Logger } = {},
): FcmHttp2Sender {
  const sender = new FcmHttp2Sender({
    origin,
    ca,
    projectId: 'demo-carillon',
    accessToken,
    concurrency: CONCURRENCY,
    firstLimit: CONCURRENCY,
    requestTimeoutMs: 60_000,
    log,
  })
  onTestFinished(() => sender.close())
  return sender
}

/** All batches at once, as a dispatcher has them in hand. Outcomes by index. */
export async function sendAll(sender: FcmHttp2Sender, tokens: readonly string[]): Promise<Outcome[]> {
  const starts = Array.from({ length: Math.ceil(tokens.length / BATCH) }, (_, i) => i * BATCH)
  const outcomes = await Promise.all(
    starts.map((start) => send(sender, { tokens: tokens.slice(start, start + BATCH) })),
  )
  return outcomes.flat().map((outcome, i) => outcome ?? expect.fail(`message ${i} was not attempted`))
}

/**
 * What each outcome says has to be true: `sent` was accepted once, `retry_later` and what is rejected not at all. Only
 * what is in doubt may be either, and nothing is accepted twice.
 */
export async function expectTrue(
  fake: RemoteFakeFcm,
  tokens: readonly string[],
  outcomes: readonly Outcome[],
): Promise<void> {
  const accepted = await fake.acceptedCounts(tokens)
  const lies = outcomes.flatMap(({ kind }, i) => {
    const count = accepted[i] ?? 0
    const isTrue = kind === 'in_doubt' ? count <= 1 : count === (kind === 'sent' ? 1 : 0)
    return isTrue ? [] : [`message ${i}: ${kind}, and accepted ${count} times`]
  })
  expect(lies).toEqual([])
}

/** How many there are of each kind. */
export function kindsOf(outcomes: readonly Outcome[]): Record<string, number> {
  const kinds: Record<string, number> = {}
  for (const { kind } of outcomes) kinds[kind] = (kinds[kind] ?? 0) + 1
  return kinds
}
