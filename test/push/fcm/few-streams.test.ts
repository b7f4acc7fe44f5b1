/** Servers that allow no streams, few, or many: how many sessions are opened, and how long a message waits. */
import { readFileSync } from 'node:fs'
import { pino } from 'pino'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { FcmHttp2Sender } from '../../../src/push/fcm/fcm-http2-sender.ts'
import { until } from '../../support/until.ts'
import { type RawPeer, startRawServer } from './http2/raw-server.ts'
import { bearer, type OpenSender, send, setup, tokens } from './push-sender-contract.ts'

const NOT_SENT = { kind: 'retry_later', code: 'connection_failed', scope: 'device' }
const [DATA, HEADERS, SETTINGS, GOAWAY] = [0, 1, 4, 7]
const END_STREAM = 1
const END_HEADERS = 4
const maxStreams = (limit: number) => `0003${limit.toString(16).padStart(8, '0')}`

async function setupRaw({ settings = '' as string | null, requestTimeoutMs = 20_000, concurrency = 100 }) {
  const server = await startRawServer({ settings })
  const lines: { msg: string; err?: { message: string } }[] = []
  const sender = new FcmHttp2Sender({
    origin: server.origin,
    ca: server.ca,
    projectId: 'p',
    accessToken: bearer(),
    concurrency,
    firstLimit: concurrency,
    requestTimeoutMs,
    log: pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) }),
  })
  onTestFinished(() => sender.close())
  return { server, sender, lines }
}

/** Answers 200 to each request of the peer that was not answered yet. */
function answerer(peer: RawPeer) {
  const answered = new Set<number>()
  return () => {
    for (const { type, streamId } of peer.frames) {
      if (type !== HEADERS || answered.has(streamId)) continue
      answered.add(streamId)
      // `:status: 200`
      peer.send(HEADERS, END_HEADERS, streamId, '88')
      peer.send(DATA, END_STREAM, streamId, Buffer.from('{"name":"projects/p/messages/1"}'))
    }
    return answered.size
  }
}

describe('a server that allows no streams', () => {
  test('gets two connections; the messages are not sent when their time is up, which is logged once', async () => {
    const { server, sender, lines } = await setupRaw({ settings: maxStreams(0), requestTimeoutMs: 1_000 })
    expect(await send(sender, { tokens: tokens(250) })).toEqual(Array(250).fill(NOT_SENT))
    expect(server.peers).toHaveLength(2)
    expect(lines).toMatchObject([
      {
        msg: 'no connection to FCM',
        err: {
          message: `cannot connect to ${server.origin}: the server allows no streams; none became free within 1000 ms`,
        },
      },
    ])
  })

  test('and then allows some gets the waiting messages at once', async () => {
    const { server, sender } = await setupRaw({ settings: maxStreams(0) })
    const sending = send(sender, { tokens: tokens(50) })
    await until(() => server.peers.length === 2, { what: 'both connections are open' })
    const [first] = server.peers as [RawPeer, RawPeer]
    await first.seen(SETTINGS, 2)
    first.send(SETTINGS, 0, 0, maxStreams(10))
    const answer = answerer(first)
    await until(() => answer() === 50, { what: 'all are answered' })
    expect((await sending).every((outcome) => outcome?.kind === 'sent')).toBe(true)
    // One more was worth trying, because the first is no longer blocked.
    expect(server.peers).toHaveLength(3)
  })

  test('delays a stopped batch no longer', async () => {
    const { server, sender } = await setupRaw({ settings: maxStreams(0) })
    const pause = new AbortController()
    const sending = send(sender, { tokens: tokens(50) }, pause.signal)
    await until(() => server.peers.length === 2, { what: 'both connections are open' })
    const pausedAt = performance.now()
    pause.abort()
    expect(await sending).toEqual(Array(50).fill(undefined))
    expect(performance.now() - pausedAt).toBeLessThan(1_000)
  })

  test('gets no further connection for each one that it closes', async () => {
    const { server, sender } = await setupRaw({ settings: maxStreams(0), requestTimeoutMs: 1_000 })
    const sending = send(sender, { tokens: tokens(50) })
    await until(() => server.peers.length === 2, { what: 'both connections are open' })
    for (const peer of server.peers) peer.send(GOAWAY, 0, 0, '0000000000000000')
    await sending
    expect(server.peers).toHaveLength(2)
  })

  test('is tried on new connections after half a minute, which may reach another server', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const { server, sender } = await setupRaw({ settings: maxStreams(0) })
    const pause = new AbortController()
    const sending = send(sender, { tokens: tokens(1) }, pause.signal)
    await until(() => server.peers.length === 2, { what: 'both connections are open' })
    for (const peer of server.peers) await peer.seen(SETTINGS, 2)
    pause.abort()
    await sending
    vi.advanceTimersByTime(30_001)
    const again = new AbortController()
    const sendingAgain = send(sender, { tokens: tokens(1) }, again.signal)
    await until(() => server.peers.length === 4, { what: 'two more connections are open' })
    again.abort()
    await sendingAgain
  })

  test('does not keep warmUp', async () => {
    const { server, sender } = await setupRaw({ settings: maxStreams(0) })
    await sender.warmUp()
    expect(server.peers.length).toBeLessThanOrEqual(2)
  })
})

const openSender: OpenSender = (fake, settings) =>
  new FcmHttp2Sender({
    ...settings,
    firstLimit: settings.concurrency,
    origin: fake.origin,
    ca: readFileSync(fake.caFile),
    projectId: 'demo-carillon',
    log: pino({ level: 'silent' }),
  })

test('a server that allows one stream gets 256 connections, and all messages are sent', async () => {
  const { fake, sender } = await setup(openSender, { concurrency: 400, fake: { maxStreams: 1 } })
  const gate = fake.hold()
  const sending = send(sender, { tokens: tokens(500) })
  await gate.waitForHeld(256)
  gate.open()
  expect((await sending).every((outcome) => outcome?.kind === 'sent')).toBe(true)
  expect(fake.stats()).toMatchObject({ sessionsOpened: 256, maxStreamsPerSession: 1 })
})

test('messages for which there is no stream are not started, so their time does not run out', async () => {
  const { fake, sender } = await setup(openSender, { concurrency: 500, fake: { maxStreams: 1 } })
  // The number of streams is known from here on.
  await send(sender, { tokens: tokens(1) })
  const gate = fake.hold()
  const sending = send(sender, { tokens: tokens(500) })
  await gate.waitForHeld(256)
  expect(sender.load.waiting).toBe(244)
  gate.open()
  expect((await sending).every((outcome) => outcome?.kind === 'sent')).toBe(true)
})

test('the connections that waiting messages need are opened at the same time', async () => {
  const { server, sender } = await setupRaw({ settings: null })
  const pause = new AbortController()
  const sending = send(sender, { tokens: tokens(100) }, pause.signal)
  const first = await server.peer()
  first.send(SETTINGS, 0, 0, maxStreams(10))
  // None of the nine is ready.
  await until(() => server.peers.length === 10, { what: 'nine more are being opened' })
  pause.abort()
  for (const peer of server.peers) peer.destroy()
  await sending
  expect(server.peers).toHaveLength(10)
})

test('a server that allows more than a hundred streams gets them on one connection', async () => {
  const { fake, sender } = await setup(openSender, { concurrency: 300, fake: { maxStreams: 250 } })
  await send(sender, { tokens: tokens(1) })
  const gate = fake.hold()
  const sending = send(sender, { tokens: tokens(250) })
  await gate.waitForHeld(250)
  gate.open()
  await sending
  expect(fake.stats()).toMatchObject({ sessionsOpened: 1, maxStreamsPerSession: 250 })
})

test.each([
  ['no limit is used with 100 streams', '', 100, 1],
  ['no limit is used with 100 streams', '', 101, 2],
  ['5,000 is used with 1,000 streams', maxStreams(5_000), 1_000, 1],
  ['5,000 is used with 1,000 streams', maxStreams(5_000), 1_001, 2],
])('a connection whose server advertises %s', async (_, settings, concurrency, connections) => {
  const { server, sender } = await setupRaw({ settings, concurrency })
  await sender.warmUp()
  expect(server.peers).toHaveLength(connections)
})
