/** Our HTTP/2 client against node:http2, which changes its mind in every way that a server may, at full rate. */
import {
  constants,
  createSecureServer,
  type SecureServerOptions,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type Settings,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { makeCertificate } from '../../../../testing/fake-fcm/certificate.ts'
import { until } from '../../../support/until.ts'
import { tokens } from '../push-sender-contract.ts'
import { kindsOf, openSender, sendAll } from './send-all.ts'

const COUNT = 10_000
const ANSWER = JSON.stringify({ name: 'projects/p/messages/1' })
const JSON_HEADERS = { ':status': 200, 'content-type': 'application/json' }

interface Server {
  onSession?: (session: ServerHttp2Session) => void
  /** Called for every request that has arrived whole, with how many there were. */
  onRequest?: (stream: ServerHttp2Stream, count: number) => unknown
  options?: SecureServerOptions
}

function answer(stream: ServerHttp2Stream): void {
  if (stream.destroyed) return
  stream.respond(JSON_HEADERS)
  stream.end(ANSWER)
}

/** Returns a sender to the server, and how many requests each of its sessions got. */
async function setup({ onSession = () => {}, onRequest = answer, options = {} }: Server) {
  const certificate = makeCertificate()
  const server = createSecureServer({ ...certificate, ...options })
  const sessions = new Set<ServerHttp2Session>()
  let received = 0
  server.on('session', (session) => {
    sessions.add(session)
    session.on('error', () => {})
    onSession(session)
  })
  server.on('stream', (stream) => {
    stream.on('error', () => {})
    stream.resume()
    stream.on('end', () => onRequest(stream, ++received))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const session of sessions) session.destroy()
    server.close()
  })
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { sender: openSender({ origin, ca: certificate.cert }), sessions, received: () => received }
}

/** Each hundredth request makes the server change its settings on that session, until none is left. */
function changing(settings: readonly Settings[]) {
  const left = [...settings]
  return (stream: ServerHttp2Stream, count: number) => {
    if (count % 100 === 0) stream.session?.settings(left.shift() ?? {})
    answer(stream)
  }
}

const often = (...values: number[]) => Array.from({ length: 20 }, () => values).flat()

test.each<[string, Server]>([
  [
    'informational answers, trailers and padded frames',
    {
      options: { paddingStrategy: constants.PADDING_STRATEGY_MAX },
      onRequest: (stream) => {
        stream.additionalHeaders({ ':status': 103, link: '</style.css>; rel=preload' })
        stream.respond(JSON_HEADERS, { waitForTrailers: true })
        stream.on('wantTrailers', () => stream.sendTrailers({ 'x-checksum': '1', 'retry-after': '99' }))
        stream.end(ANSWER)
      },
    },
  ],
  [
    'a table that grows and shrinks',
    { onRequest: changing(often(0, 65_536, 100, 4_096).map((headerTableSize) => ({ headerTableSize }))) },
  ],
  [
    'windows that close and open',
    {
      onRequest: (stream, count) => {
        const { session } = stream
        answer(stream)
        if (count % 100 !== 0 || session === undefined) return
        session.settings({ initialWindowSize: 0 })
        session.settings({ initialWindowSize: count % 200 === 0 ? 1 : 100 }, () => {
          session.destroyed || session.settings({ initialWindowSize: 65_535 })
        })
      },
    },
  ],
  [
    'a number of streams that grows',
    {
      options: { settings: { maxConcurrentStreams: 1 } },
      onRequest: changing([2, 10, 100, 1_000].map((maxConcurrentStreams) => ({ maxConcurrentStreams }))),
    },
  ],
  [
    'a PING for each answer',
    {
      onRequest: (stream) => {
        stream.session?.ping(() => {})
        answer(stream)
      },
      options: { maxOutstandingPings: COUNT } as SecureServerOptions,
    },
  ],
  [
    'SETTINGS for each answer',
    {
      onRequest: (stream) => {
        stream.session?.settings({ maxConcurrentStreams: 100 })
        answer(stream)
      },
      options: { maxOutstandingSettings: COUNT } as SecureServerOptions,
    },
  ],
  [
    'GOAWAY for every hundredth answer',
    {
      onRequest: (stream, count) => {
        answer(stream)
        if (count % 100 === 0) stream.session?.close()
      },
    },
  ],
])('%s: 10,000 messages are sent, each once', async (_, server) => {
  const { sender, received } = await setup(server)
  expect(kindsOf(await sendAll(sender, tokens(COUNT)))).toEqual({ sent: COUNT })
  expect(received()).toBe(COUNT)
})

test('a window that is shut from the first frame on, and opened later, holds the messages and loses none', async () => {
  const { sender, sessions, received } = await setup({
    options: { settings: { initialWindowSize: 0 } },
    onSession: (session) => {
      session.on('stream', (stream) => {
        if (stream.id === 1) setImmediate(() => session.settings({ initialWindowSize: 65_535 }))
      })
    },
  })
  expect(kindsOf(await sendAll(sender, tokens(1_000)))).toEqual({ sent: 1_000 })
  expect(received()).toBe(1_000)
  expect(sessions.size).toBe(10)
})

test('a number of streams that shrinks is kept to from then on', async () => {
  let isShrunk = false
  let most = 0
  const open = new Map<ServerHttp2Session | undefined, number>()
  const { sender, sessions } = await setup({
    onSession: (session) => {
      session.on('stream', (stream) => {
        const count = (open.get(session) ?? 0) + 1
        open.set(session, count)
        if (isShrunk) most = Math.max(most, count)
        stream.on('close', () => open.set(session, (open.get(session) ?? 0) - 1))
      })
    },
  })
  await sendAll(sender, tokens(1_000))
  const shrink = (session: ServerHttp2Session) =>
    new Promise((resolve) => session.settings({ maxConcurrentStreams: 5 }, resolve))
  await Promise.all([...sessions].map(shrink))
  isShrunk = true
  expect(kindsOf(await sendAll(sender, tokens(40)))).toEqual({ sent: 40 })
  expect(most).toBe(5)
  expect(sessions.size).toBe(10)
})

test('a number of streams that grows is used in full', async () => {
  const held: ServerHttp2Stream[] = []
  const { sender, sessions } = await setup({
    options: { settings: { maxConcurrentStreams: 1 } },
    onRequest: (stream, count) => (count === 1 ? answer(stream) : held.push(stream)),
  })
  // The number of streams is known from here on.
  await sendAll(sender, tokens(1))
  const sending = sendAll(sender, tokens(1_000))
  await until(() => held.length === 256, { what: 'each connection has its one request' })
  const grow = (session: ServerHttp2Session) =>
    new Promise((resolve) => session.settings({ maxConcurrentStreams: 10 }, resolve))
  await Promise.all([...sessions].map(grow))
  answer(held[0] as ServerHttp2Stream)
  await until(() => held.length === 1_000, { what: 'all others have arrived' })
  for (const stream of held.slice(1)) answer(stream)
  expect(kindsOf(await sending)).toEqual({ sent: 1_000 })
  expect(sessions.size).toBe(256)
})
