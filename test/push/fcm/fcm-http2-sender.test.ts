import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { constants } from 'node:http2'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Outcome } from '../../../src/domain/outcome.ts'
import { CredentialError } from '../../../src/push/fcm/access-token.ts'
import { FcmHttp2Sender } from '../../../src/push/fcm/fcm-http2-sender.ts'
import { tokenFor } from '../../../testing/fake-fcm/token.ts'
import { testEnv } from '../../support/config.ts'
import { until } from '../../support/until.ts'
import { accessTokenFrom } from './access-token-from.ts'
import {
  addressesOf,
  MESSAGE,
  type OpenSender,
  runPushSenderContract,
  send,
  setup,
  tokens,
} from './push-sender-contract.ts'

const log = pino({ level: 'silent' })
const openWith =
  (validateOnly: boolean): OpenSender =>
  (fake, settings) =>
    new FcmHttp2Sender({
      ...settings,
      firstLimit: settings.concurrency,
      origin: fake.origin,
      ca: readFileSync(fake.caFile),
      projectId: 'demo-carillon',
      validateOnly,
      log,
    })
const openSender = openWith(false)
const NOT_SENT = { kind: 'retry_later', code: 'connection_failed', scope: 'device' }

runPushSenderContract('fcm-http2', openSender)

describe('the dry run', () => {
  test('delivers nothing, whatever the batch says', async () => {
    const { fake, sender } = await setup(openWith(true))
    const outcomes = await send(sender, { tokens: tokens(5), validateOnly: false })
    expect(outcomes).toEqual(Array(5).fill({ kind: 'sent', messageId: 'fake_message_id' }))
    expect(fake.stats()).toMatchObject({ accepted: 0, validated: 5 })
  })

  test('still tells dead tokens from live ones', async () => {
    const { sender } = await setup(openWith(true))
    const outcomes = await send(sender, { tokens: [tokenFor(0, { kind: 'dead' }), tokenFor(1)] })
    expect(outcomes.map((outcome) => outcome?.kind)).toEqual(['token_gone', 'sent'])
  })
})

test('a request that may not start any more is not started, also while others wait for a stream', async () => {
  const { fake, sender } = await setup(openSender, { concurrency: 2 })
  const gate = fake.hold()
  let mayStart = true
  const answered: number[] = []
  const sending = sender.send(
    { message: MESSAGE, addresses: addressesOf(tokens(6)) },
    {
      // It is not aborted: whoever asks has to be asked.
      signal: new AbortController().signal,
      mayStart: () => mayStart,
      report: (index) => answered.push(index),
    },
  )
  await gate.waitForHeld(2)
  mayStart = false
  gate.open()
  await sending
  expect(answered.toSorted()).toEqual([0, 1])
  expect(fake.stats().accepted).toBe(2)
})

describe('sessions', () => {
  test('are opened by warmUp, as many as the limit needs at first, and used for every batch', async () => {
    const { fake, sender } = await setup(openSender, { concurrency: 150 })
    await sender.warmUp()
    expect(fake.stats()).toMatchObject({ openSessions: 2, requests: 0 })
    for (let i = 0; i < 4; i++) await send(sender, { tokens: tokens(500) })
    expect(fake.stats().sessionsOpened).toBe(2)
  })

  test('are as many more as a server needs that allows few streams, and all of a burst is sent', async () => {
    const { fake, sender } = await setup(openSender, { concurrency: 60, fake: { maxStreams: 10 } })
    const gate = fake.hold()
    const sending = send(sender, { tokens: tokens(100) })
    await gate.waitForHeld(60)
    expect(fake.stats()).toMatchObject({ openSessions: 6, maxStreamsPerSession: 10 })
    gate.open()
    expect((await sending).every((outcome) => outcome?.kind === 'sent')).toBe(true)
  })

  test('take no further request after GOAWAY, and are replaced', async () => {
    const { fake, sender } = await setup(openSender)
    await send(sender, { tokens: tokens(1) })
    fake.goaway()
    await until(() => fake.stats().openSessions === 0, { what: 'the session has ended' })
    expect(await send(sender, { tokens: tokens(1) })).toMatchObject([{ kind: 'sent' }])
    expect(fake.stats().sessionsOpened).toBe(2)
  })

  test('leave no connection behind after GOAWAY, even if the server never ends its side', async () => {
    const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
    const { fake, sender } = await setup(openSender, { concurrency: 20 })
    // The streams that are not processed stay open at the fake, and so does its half of the connection.
    fake.program({ skip: 25, effect: { refuse: 'goaway' } })
    await send(sender, { tokens: tokens(80) })
    expect(fake.stats().sessionsOpened).toBe(2)
    // An idle session of ours does not count: it is there and does not keep the process alive.
    await until(() => sockets() === 2, { what: 'nothing is left but the two of the fake' })
  })

  test.each([
    ['idle for two minutes, because FCM closes those at three', 121_000],
    ['half an hour old', 1_801_000],
  ])('are replaced when %s', async (_, ms) => {
    vi.useFakeTimers({ toFake: ['performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const { fake, sender } = await setup(openSender)
    await send(sender, { tokens: tokens(1) })
    vi.advanceTimersByTime(ms)
    expect(await send(sender, { tokens: tokens(1) })).toMatchObject([{ kind: 'sent' }])
    expect(fake.stats().sessionsOpened).toBe(2)
    await until(() => fake.stats().openSessions === 1, { what: 'the old session has ended' })
  })

  test('that take a limited number of requests: the others are sent on the next ones, each once', async () => {
    const { fake, sender } = await setup(openSender)
    // Of each ten requests one gets a GOAWAY that excludes it and those after it.
    for (let skip = 9; skip < 100; skip += 9) fake.program({ skip, effect: { refuse: 'goaway' } })
    const outcomes = await send(sender, { tokens: tokens(300) })
    expect(outcomes.filter((outcome) => outcome?.kind !== 'sent')).toEqual([])
    expect(fake.stats()).toMatchObject({ accepted: 300, duplicates: 0 })
    expect(fake.stats().sessionsOpened).toBeGreaterThan(2)
  })

  test('that take no more requests do not keep a batch that is stopped meanwhile', async () => {
    const { fake, sender } = await setup(openSender, { concurrency: 10 })
    const gate = fake.hold()
    const pause = new AbortController()
    const sending = send(sender, { tokens: tokens(10) }, pause.signal)
    await gate.waitForHeld(10)
    fake.program({ addresses: [tokenFor(5)], effect: { refuse: 'goaway' } })
    pause.abort()
    await gate.release(1)
    gate.open()
    const kinds = (await sending).map((outcome) => outcome?.kind)
    expect(kinds.filter((kind) => kind === 'sent')).toHaveLength(fake.stats().accepted)
    expect(kinds.slice(5)).toEqual(Array(5).fill(undefined))
  })

  test('ended by a GOAWAY with an error lose no more than what FCM may have processed', async () => {
    const { fake, sender } = await setup(openSender)
    const gate = fake.hold()
    const sending = send(sender, { tokens: tokens(3) })
    await gate.waitForHeld(3)
    // As FCM says it to whoever opens too many streams: the first may have been processed, the others were not.
    fake.program({
      addresses: [tokenFor(1)],
      effect: { refuse: 'goaway', code: constants.NGHTTP2_ENHANCE_YOUR_CALM },
    })
    fake.program({ addresses: [tokenFor(0), tokenFor(2)], times: 2, effect: { lose: 'hang' } })
    gate.open()
    const later = { kind: 'retry_later', code: 'unavailable', scope: 'device' }
    expect(await sending).toEqual([{ kind: 'in_doubt', code: 'answer_lost' }, later, later])
  })

  test('on which nothing is heard until the deadline are given up', async () => {
    const { fake, sender } = await setup(openSender, { requestTimeoutMs: 1_500 })
    fake.program({ times: 3, effect: { lose: 'hang' } })
    await send(sender, { tokens: tokens(3) })
    await until(() => fake.stats().openSessions === 0, { what: 'the silent session is closed' })
    expect(await send(sender, { tokens: tokens(1) })).toMatchObject([{ kind: 'sent' }])
  })

  test('that still answer others are kept when one request gets no answer', async () => {
    const { fake, sender } = await setup(openSender, { requestTimeoutMs: 1_500 })
    fake.program({ effect: { lose: 'hang' } })
    const outcomes = await send(sender, { tokens: tokens(20) })
    expect(outcomes.filter((outcome) => outcome?.kind === 'sent')).toHaveLength(19)
    await send(sender, { tokens: tokens(1) })
    expect(fake.stats().sessionsOpened).toBe(1)
  })

  test('that break under many requests lose just the answers that were on their way', async () => {
    const { fake, sender } = await setup(openSender, { concurrency: 50 })
    const gate = fake.hold({ at: 'answer' })
    const sending = send(sender, { tokens: tokens(200) })
    await gate.waitForHeld(50)
    fake.program({ effect: { lose: 'destroy_socket' } })
    gate.release(10)
    await gate.waitForHeld(50)
    gate.open()
    const outcomes = await sending
    const accepted = fake.stats().accepted
    const known = outcomes.filter((outcome) => outcome?.kind === 'sent').length
    const doubted = outcomes.filter((outcome) => outcome?.kind === 'in_doubt').length
    expect(known + doubted).toBe(200)
    expect(accepted).toBeGreaterThanOrEqual(known)
    expect(doubted).toBeLessThanOrEqual(50)
  })
})

describe('an answer', () => {
  test('of 200 that is cut short is a sent message without an id', async () => {
    const { fake, sender } = await setup(openSender)
    fake.program({ effect: { lose: 'reset_after_headers' } })
    expect(await send(sender, { tokens: tokens(1) })).toEqual([{ kind: 'sent', messageId: '' }])
    expect(fake.acceptedCount(tokenFor(0))).toBe(1)
  })

  test.each(['unregistered', 'unauthenticated', 'permission_denied', 'bad_payload'] as const)(
    '%s that is cut short is not sent, and its reason is not guessed',
    async (answer) => {
      const { fake, sender } = await setup(openSender)
      fake.program({ effect: { answer, isCut: true } })
      expect(await send(sender, { tokens: tokens(1) })).toEqual([
        { kind: 'retry_later', code: 'unspecified', scope: 'device' },
      ])
    },
  )

  test('that had not come when the sender was closed is in doubt, or sent when its 200 had come', async () => {
    const { fake, sender } = await setup(openSender)
    fake.program({ addresses: [tokenFor(0)], effect: { lose: 'hang' } })
    fake.program({ addresses: [tokenFor(1)], effect: { lose: 'hang_after_headers' } })
    const outcomes: (Outcome | undefined)[] = []
    const sending = sender.send(
      { message: MESSAGE, addresses: addressesOf(tokens(3)) },
      { signal: new AbortController().signal, report: (index, outcome) => (outcomes[index] = outcome) },
    )
    // Frames of one connection arrive in order, so the headers of the second have come before the third's.
    await until(() => outcomes[2], { what: 'the third is answered' })
    await sender.close()
    await sending
    expect(outcomes).toMatchObject([{ kind: 'in_doubt' }, { kind: 'sent', messageId: '' }, { kind: 'sent' }])
  })

  test('of 200 whose body never comes is in doubt at the deadline', async () => {
    const { fake, sender } = await setup(openSender, { requestTimeoutMs: 1_500 })
    fake.program({ effect: { lose: 'hang_after_headers' } })
    expect(await send(sender, { tokens: tokens(1) })).toEqual([
      { kind: 'in_doubt', code: 'deadline_exceeded' },
    ])
  })

  test('that drips in byte by byte is put together', async () => {
    const { fake, sender } = await setup(openSender)
    fake.program({ effect: { dripMs: 1 } })
    const [outcome] = await send(sender, { tokens: tokens(1) })
    expect(outcome).toEqual({ kind: 'sent', messageId: expect.stringMatching(/^0:\d{16}%[0-9a-f]{16}$/) })
  })

  test('is reported when it arrives, not when the batch is done', async () => {
    const { fake, sender } = await setup(openSender)
    const slow = fake.hold({ addresses: [tokenFor(0)] })
    const reported: number[] = []
    const sending = sender.send(
      { message: MESSAGE, addresses: addressesOf(tokens(10)) },
      { signal: new AbortController().signal, report: (index) => reported.push(index) },
    )
    await until(() => reported.length === 9, { what: 'nine of ten are reported' })
    slow.open()
    await sending
    expect(reported.at(-1)).toBe(0)
  })
})

describe('when it cannot start', () => {
  test('a refused credential blocks, and one that could not be asked for does not', async () => {
    const failing = (isRefused: boolean) =>
      accessTokenFrom(async () => {
        throw new CredentialError('no token', isRefused)
      })
    const refused = await setup(openSender, { accessToken: failing(true) })
    expect(await send(refused.sender, { tokens: tokens(2) })).toEqual(
      Array(2).fill({ kind: 'blocked', code: 'credential_refused', detail: 'no token' }),
    )
    const unreachable = await setup(openSender, { accessToken: failing(false) })
    expect(await send(unreachable.sender, { tokens: tokens(1) })).toEqual([NOT_SENT])
    expect(refused.fake.stats().requests + unreachable.fake.stats().requests).toBe(0)
  })

  test('a server whose certificate is not trusted gets nothing', async () => {
    const { fake, sender } = await setup((fake, settings) => {
      return new FcmHttp2Sender({ ...settings, origin: fake.origin, projectId: 'demo-carillon', log })
    })
    const outcomes: (Outcome | undefined)[] = await send(sender, { tokens: tokens(2) })
    expect(outcomes.map((outcome) => outcome?.kind)).toEqual(['retry_later', 'retry_later'])
    expect(fake.stats().sessionsOpened).toBe(0)
  })
})

test('a report that throws stops the batch, after what is in flight has been awaited', async () => {
  const { fake, sender } = await setup(openSender, { concurrency: 10 })
  let reports = 0
  const sending = sender.send(
    { message: MESSAGE, addresses: addressesOf(tokens(100)) },
    {
      signal: new AbortController().signal,
      report: () => {
        reports++
        throw new Error('the database is away')
      },
    },
  )
  await expect(sending).rejects.toThrow('the database is away')
  expect(reports).toBe(fake.stats().requests)
  expect(reports).toBeLessThan(100)
})

test('against a fake, the SDK is not loaded, and an idle sender does not keep its process alive', async () => {
  const { fake } = await setup(openSender)
  const file = fileURLToPath(new URL('send-and-idle.ts', import.meta.url))
  const env = testEnv({ FCM_ENDPOINT: fake.origin, FCM_CA_FILE: fake.caFile })
  const [code] = await once(fork(file, { env }), 'exit')
  expect(code).toBe(0)
  expect(fake.stats().accepted).toBe(1)
})
