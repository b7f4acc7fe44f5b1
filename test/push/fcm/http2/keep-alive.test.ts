/** Connections on which nothing is heard: PING, and what follows when it is not answered. */
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { FcmHttp2Sender } from '../../../../src/push/fcm/fcm-http2-sender.ts'
import { until } from '../../../support/until.ts'
import { bearer, send, tokens } from '../push-sender-contract.ts'
import { type RawPeer, startRawServer } from './raw-server.ts'

const [DATA, HEADERS, PING] = [0, 1, 6]
const ACK = 1
const END_STREAM = 1
const END_HEADERS = 4

/** Time passes only when the test advances it. */
async function setup() {
  vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const server = await startRawServer()
  const sender = new FcmHttp2Sender({
    origin: server.origin,
    ca: server.ca,
    projectId: 'p',
    accessToken: bearer(),
    concurrency: 100,
    requestTimeoutMs: 3_600_000,
    log: pino({ level: 'silent' }),
  })
  onTestFinished(() => sender.close())
  await sender.warmUp()
  return { server, sender, peer: await server.peer() }
}

function pass(seconds: number) {
  for (let i = 0; i < seconds * 2; i++) vi.advanceTimersByTime(500)
}

function answer(peer: RawPeer, streamId: number) {
  // `:status: 200`
  peer.send(HEADERS, END_HEADERS, streamId, '88')
  peer.send(DATA, END_STREAM, streamId, Buffer.from('{"name":"projects/p/messages/1"}'))
}

/** Sends one message and answers it. */
async function exchange(sender: FcmHttp2Sender, peer: RawPeer, count: number) {
  const sending = send(sender, { tokens: tokens(1) })
  const request = (await peer.seen(HEADERS, count)).at(-1)
  answer(peer, request?.streamId ?? 0)
  expect(await sending).toMatchObject([{ kind: 'sent' }])
}

test('a connection on which nothing is heard for 20 s gets a PING, and is kept when it is answered', async () => {
  const { server, sender, peer } = await setup()
  pass(17)
  await exchange(sender, peer, 1)
  expect(
    peer.frames.filter(({ type }) => type === PING),
    'an answer counts as well',
  ).toHaveLength(0)
  for (let count = 1; count <= 3; count++) {
    pass(23)
    const pings = await peer.seen(PING, count)
    expect(pings).toHaveLength(count)
    peer.send(PING, ACK, 0, '0000000000000000')
    // Frames arrive in order: once this exchange is over, the PING's answer has been read.
    await exchange(sender, peer, count + 1)
  }
  expect(peer.isClosed).toBe(false)
  expect(server.peers).toHaveLength(1)
})

test('an idle connection that does not answer is replaced before a message is sent on it', async () => {
  const { server, sender, peer } = await setup()
  pass(22.5)
  await peer.seen(PING)
  pass(4.5)
  expect(peer.isClosed).toBe(false)
  pass(3)
  await until(() => peer.isClosed, { what: 'the dead connection is closed' })
  const sending = send(sender, { tokens: tokens(1) })
  const next = await until(() => server.peers[1], { what: 'another connection is open' })
  const [request] = await next.seen(HEADERS)
  answer(next, request?.streamId ?? 0)
  expect(await sending).toMatchObject([{ kind: 'sent' }])
  expect(peer.frames.filter(({ type }) => type === HEADERS)).toHaveLength(0)
})

test('messages that wait on a connection that does not answer are in doubt', async () => {
  const { sender, peer } = await setup()
  const sending = send(sender, { tokens: tokens(2) })
  await peer.seen(HEADERS, 2)
  pass(22.5)
  await peer.seen(PING)
  pass(7.5)
  expect(await sending).toEqual(Array(2).fill({ kind: 'in_doubt', code: 'answer_lost' }))
})

test('after the process was suspended, an answer that is still unread counts', async () => {
  const { sender, peer } = await setup()
  pass(22.5)
  await peer.seen(PING)
  peer.send(PING, ACK, 0, '0000000000000000')
  // One check, late, in the same turn: nothing was read yet.
  const late = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000)
  vi.advanceTimersToNextTimer()
  late.mockRestore()
  await exchange(sender, peer, 1)
  expect(peer.isClosed).toBe(false)
})

test('a connection that is idle for two minutes is closed and not kept alive', async () => {
  const { server, peer } = await setup()
  let idleSeconds = 0
  for (let round = 1; !peer.isClosed && idleSeconds < 200; round++) {
    pass(10)
    idleSeconds += 10
    peer.send(PING, ACK, 0, '0000000000000000')
    peer.send(PING, 0, 0, '0000000000000001')
    const isRead = () =>
      peer.frames.filter(({ type, flags }) => type === PING && flags === ACK).length === round
    await until(() => isRead() || peer.isClosed, { what: 'both are read' })
  }
  expect(idleSeconds).toBe(130)
  expect(server.peers).toHaveLength(1)
})
