/** What a server may do, and what none should, frame by frame. With a decent server: the contract suite of senders. */
import dns from 'node:dns'
import { createSecureServer, type IncomingHttpHeaders, type ServerHttp2Session } from 'node:http2'
import { type AddressInfo, getDefaultAutoSelectFamily, setDefaultAutoSelectFamily } from 'node:net'
import { pino } from 'pino'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Exchange } from '../../../../src/push/fcm/http2/connection.ts'
import { openConnection } from '../../../../src/push/fcm/http2/open-connection.ts'
import type { HeaderFields } from '../../../../src/push/fcm/http2/request-headers.ts'
import { makeCertificate } from '../../../../testing/fake-fcm/certificate.ts'
import { until } from '../../../support/until.ts'
import { startRawServer } from './raw-server.ts'

const log = pino({ level: 'silent' })
const FIELDS = fieldsWith('owner')
const [DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION] = [
  0, 1, 3, 4, 6, 7, 8, 9,
]
const END_STREAM = 1
const END_HEADERS = 4
/** `:status: 200` */
const OK = '88'

function fieldsWith(token: string): HeaderFields {
  return [
    [':method', 'POST'],
    [':scheme', 'https'],
    [':authority', 'fcm.example'],
    [':path', '/v1/projects/p/messages:send'],
    ['authorization', `Bearer ${token}`],
    ['content-type', 'application/json'],
  ]
}

class Recorded implements Exchange {
  status = 0
  retryAfter: string | undefined
  body = ''
  ends: string[] = []
  respond(status: number, retryAfter: string | undefined) {
    this.status = status
    this.retryAfter = retryAfter
  }
  take(chunk: Buffer) {
    this.body += chunk.toString()
  }
  end(how: string) {
    this.ends.push(how)
  }
  async over(): Promise<this> {
    await until(() => this.ends.length > 0, { what: 'the exchange is over' })
    return this
  }
}

async function open(server: { origin: string; ca: string }, timeoutMs = 20_000) {
  let closings = 0
  const { signal } = new AbortController()
  const onClosing = () => void closings++
  const { origin, ca } = server
  const connection = await openConnection({ origin, ca, timeoutMs, signal, onClosing, log })
  onTestFinished(() => connection.destroy())
  return {
    connection,
    closings: () => closings,
    request: (body = '{}', fields = FIELDS) => {
      const exchange = new Recorded()
      const id = connection.request(fields, body, exchange)
      return { exchange, id }
    },
  }
}

/** A server of node:http2, which keeps what it was asked. */
async function startNodeServer(settings = {}) {
  const certificate = makeCertificate()
  const server = createSecureServer({ ...certificate, settings })
  const seen: { headers: IncomingHttpHeaders; body: string }[] = []
  const sessions: ServerHttp2Session[] = []
  server.on('session', (session) => void sessions.push(session))
  server.on('stream', (stream, headers) => {
    let body = ''
    stream.on('error', () => {})
    stream.on('data', (chunk) => {
      body += chunk
    })
    stream.on('end', () => {
      seen.push({ headers, body })
      stream.respond({
        ':status': 429,
        'retry-after': '7',
        'x-some': `v${seen.length}`,
        'content-type': 'text/x',
      })
      stream.end(`you said ${body.length}`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const session of sessions) session.destroy()
    server.close()
  })
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { origin, ca: certificate.cert, seen, sessions }
}

describe('headers', () => {
  test.each([0, 64, 400, 4_096, 65_536])(
    'arrive as they are at a server with a table of %i bytes, with every access token',
    async (headerTableSize) => {
      const server = await startNodeServer({ headerTableSize })
      const { request } = await open(server)
      const tokens = [
        'first',
        'first',
        'a-longer-one'.repeat(20),
        'first',
        'first',
        'x'.repeat(5_000),
        'last',
      ]
      for (const [index, token] of tokens.entries()) {
        const fields = index > 0 && tokens[index - 1] === token ? undefined : fieldsWith(token)
        const { exchange } = request('{}', fields ?? FIELDS)
        await exchange.over()
        expect(exchange).toMatchObject({ status: 429, retryAfter: '7', body: 'you said 2', ends: ['whole'] })
        expect(server.seen.at(-1)?.headers).toMatchObject({
          ':method': 'POST',
          ':scheme': 'https',
          ':authority': 'fcm.example',
          ':path': '/v1/projects/p/messages:send',
          authorization: `Bearer ${fields === undefined ? 'owner' : token}`,
          'content-type': 'application/json',
        })
      }
    },
  )

  test('are said anew when the server changes the size of its table', async () => {
    const server = await startNodeServer()
    const { request } = await open(server)
    await request().exchange.over()
    for (const headerTableSize of [0, 4_096, 100]) {
      const acknowledged = new Promise<void>((resolve) =>
        server.sessions[0]?.settings({ headerTableSize }, () => resolve()),
      )
      await acknowledged
      expect((await request().exchange.over()).status).toBe(429)
      expect(server.seen.at(-1)?.headers.authorization).toBe('Bearer owner')
    }
  })

  test('in several frames, with padding and priority, after an informational answer, and before trailers', async () => {
    const server = await startRawServer()
    const { request } = await open(server)
    const peer = await server.peer()
    const { exchange, id } = request()
    await peer.seen(DATA)
    // 100, as text; then the answer in five frames; the body in two, one padded; trailers.
    peer.send(HEADERS, END_HEADERS, id, `4803${Buffer.from('100').toString('hex')}`)
    peer.send(HEADERS, 0x28, id, `02${'0000000010'}880000`)
    for (const part of ['0f', '26', '']) peer.send(CONTINUATION, 0, id, part)
    peer.send(CONTINUATION, END_HEADERS, id, `02${Buffer.from('17').toString('hex')}`)
    peer.send(DATA, 0x8, id, `03${Buffer.from('{"na').toString('hex')}000000`)
    peer.send(DATA, 0, id, Buffer.from('me":1}'))
    peer.send(HEADERS, END_HEADERS | END_STREAM, id, `4001${Buffer.from('a').toString('hex')}0162`)
    await exchange.over()
    expect(exchange).toMatchObject({ status: 200, retryAfter: '17', body: '{"name":1}', ends: ['whole'] })
  })

  test('for an exchange that was given up still move the table', async () => {
    const server = await startRawServer()
    const { connection, request } = await open(server)
    const peer = await server.peer()
    const first = request()
    const second = request()
    connection.cancel(first.id)
    expect(first.exchange.ends).toEqual(['lost'])
    expect((await peer.seen(RST_STREAM))[0]).toMatchObject({ streamId: first.id })
    peer.send(HEADERS, END_HEADERS | END_STREAM, first.id, `4803${Buffer.from('418').toString('hex')}`)
    peer.send(HEADERS, END_HEADERS | END_STREAM, second.id, 'be')
    expect((await second.exchange.over()).status).toBe(418)
    expect(first.exchange).toMatchObject({ status: 0, ends: ['lost'] })
  })
})

describe('windows', () => {
  test('of ten bytes let a body through piece by piece, and bodies larger than all windows arrive whole', async () => {
    const server = await startNodeServer({ initialWindowSize: 10 })
    const { request } = await open(server)
    const long = 'é'.repeat(20_000)
    const exchanges = [long, '{}', long, ''].map((body) => request(body).exchange)
    for (const exchange of exchanges) await exchange.over()
    expect(server.seen.map(({ body }) => body).sort()).toEqual(['', '{}', long, long].sort())
    expect(exchanges.flatMap(({ ends }) => ends)).toEqual(Array(4).fill('whole'))
  })

  test('are given back for what was read, so that a long answer comes to its end', async () => {
    const server = await startRawServer()
    const { request } = await open(server)
    const peer = await server.peer()
    const { exchange, id } = request()
    await peer.seen(DATA)
    peer.send(HEADERS, END_HEADERS, id, OK)
    for (let part = 0; part < 8; part++) peer.send(DATA, 0, id, Buffer.alloc(16_384, 0x61))
    const updates = await peer.seen(WINDOW_UPDATE, 16)
    const given = (streamId: number) =>
      updates
        .filter((frame) => frame.streamId === streamId)
        .reduce((sum, { payload }) => sum + payload.readUInt32BE(0), 0)
    expect([given(0), given(id)]).toEqual([8 * 16_384, 8 * 16_384])
    peer.send(DATA, END_STREAM, id, '')
    expect((await exchange.over()).body).toHaveLength(8 * 16_384)
  })

  test('that are shut keep a message back, which is known not to have been processed', async () => {
    const server = await startRawServer({ settings: '000400000000' })
    const { connection, request } = await open(server)
    const peer = await server.peer()
    const first = request()
    const second = request()
    await peer.seen(HEADERS, 2)
    expect(peer.frames.filter(({ type }) => type === DATA)).toEqual([])
    connection.cancel(first.id)
    peer.destroy()
    await second.exchange.over()
    expect([first.exchange.ends, second.exchange.ends]).toEqual([['unprocessed'], ['unprocessed']])
  })

  test('that shrink below zero are waited for', async () => {
    const server = await startRawServer({ settings: '000400000004' })
    const { request } = await open(server)
    const peer = await server.peer()
    const { exchange, id } = request('0123456789')
    expect((await peer.seen(DATA))[0]?.payload.toString()).toBe('0123')
    peer.send(SETTINGS, 0, 0, '000400000001')
    await peer.seen(SETTINGS, 3)
    const update = (more: number) => {
      const payload = Buffer.alloc(4)
      payload.writeUInt32BE(more)
      peer.send(WINDOW_UPDATE, 0, id, payload)
    }
    update(3)
    peer.send(PING, 0, 0, '0000000000000000')
    await peer.seen(PING)
    expect(peer.frames.filter(({ type }) => type === DATA)).toHaveLength(1)
    update(6)
    expect((await peer.seen(DATA, 2))[1]).toMatchObject({ flags: END_STREAM, payload: Buffer.from('456789') })
    peer.send(HEADERS, END_HEADERS | END_STREAM, id, OK)
    expect((await exchange.over()).ends).toEqual(['whole'])
  })

  test('need not open for a message that was answered before it had left', async () => {
    const server = await startRawServer({ settings: '000400000001' })
    const { request } = await open(server)
    const peer = await server.peer()
    const { exchange, id } = request()
    await peer.seen(DATA)
    peer.send(HEADERS, END_HEADERS | END_STREAM, id, '8c')
    expect(await exchange.over()).toMatchObject({ status: 400, ends: ['whole'] })
    expect((await peer.seen(RST_STREAM))[0]).toMatchObject({ streamId: id })
  })
})

describe('the end of a connection', () => {
  test('GOAWAY in order: those above the last are for another connection, the others are waited for', async () => {
    const server = await startRawServer()
    const { connection, request, closings } = await open(server)
    const peer = await server.peer()
    const first = request()
    const second = request()
    await peer.seen(DATA, 2)
    peer.send(GOAWAY, 0, 0, `0000000${first.id}00000000`)
    expect((await second.exchange.over()).ends).toEqual(['moved'])
    expect([connection.isClosing, closings()]).toEqual([true, 1])
    expect(() => request()).toThrow('the connection is closing')
    peer.send(HEADERS, END_HEADERS | END_STREAM, first.id, OK)
    expect((await first.exchange.over()).ends).toEqual(['whole'])
  })

  test.each([
    ['before the first', 0, '00000000'],
    ['with an error', 1, '0000000b'],
  ])('GOAWAY %s: those above the last are known not to be processed', async (_, last, code) => {
    const server = await startRawServer()
    const { request } = await open(server)
    const peer = await server.peer()
    request()
    const { exchange } = request()
    await peer.seen(DATA, 2)
    peer.send(GOAWAY, 0, 0, `0000000${last}${code}`)
    expect((await exchange.over()).ends).toEqual(['unprocessed'])
  })

  test('GOAWAY with an error: a server that then neither answers nor ends is not waited for', async () => {
    const server = await startRawServer()
    const { connection, request } = await open(server)
    const peer = await server.peer()
    const { exchange } = request()
    await peer.seen(DATA)
    peer.send(GOAWAY, 0, 0, '7fffffff0000000b')
    expect((await exchange.over()).ends).toEqual(['lost'])
    expect(connection.isGone).toBe(true)
    await until(() => peer.isClosed, { what: 'the connection is ended' })
  })

  test('an exchange whose end ends the connection ends the others once', async () => {
    const server = await startRawServer()
    const { connection, request } = await open(server)
    const peer = await server.peer()
    const first = request().exchange
    const second = request().exchange
    first.end = () => connection.destroy()
    await peer.seen(DATA, 2)
    peer.send(GOAWAY, 0, 0, '0000000000000000')
    expect((await second.over()).ends).toHaveLength(1)
    await until(() => peer.isClosed, { what: 'the connection is ended' })
    expect(second.ends).toHaveLength(1)
  })

  test('a PING is answered, an answered one and unknown frames are not', async () => {
    const server = await startRawServer()
    await open(server)
    const peer = await server.peer()
    peer.send(PING, 1, 0, 'aaaaaaaaaaaaaaaa')
    peer.send(0x2a, 0xff, 0, 'aabb')
    peer.send(PING, 0, 0, '0102030405060708')
    expect(await peer.seen(PING)).toEqual([
      { type: PING, flags: 1, streamId: 0, payload: Buffer.from('0102030405060708', 'hex') },
    ])
  })
})

describe('opening', () => {
  test('without SETTINGS in time is refused, and leaves no connection', async () => {
    const server = await startRawServer({ settings: null })
    await expect(open(server, 100)).rejects.toThrow('no SETTINGS within 100 ms')
    await until(() => server.peers.every(({ isClosed }) => isClosed), { what: 'it is gone' })
  })

  test('is given up when the sender is closed', async () => {
    const server = await startRawServer({ settings: null })
    const { origin, ca } = server
    const closing = new AbortController()
    const { signal } = closing
    const opening = openConnection({ origin, ca, timeoutMs: 60_000, signal, onClosing: () => {}, log })
    await server.peer()
    closing.abort()
    await expect(opening).rejects.toThrow('the sender is closed')
  })
})

/** Given a connection with one request, on stream 1, on its way. */
const BREACHES: [
  what: string,
  harm: (peer: Awaited<ReturnType<Awaited<ReturnType<typeof startRawServer>>['peer']>>) => void,
][] = [
  ['a frame larger than we allow', (peer) => peer.sendWithLength(20_000, DATA, 0, 1, Buffer.alloc(10))],
  ['a push', (peer) => peer.send(5, END_HEADERS, 1, '0000000288')],
  ['a body before its headers', (peer) => peer.send(DATA, 0, 1, '7b7d')],
  ['an answer without a status', (peer) => peer.send(HEADERS, END_HEADERS | END_STREAM, 1, '')],
  ['an entry that is in no table', (peer) => peer.send(HEADERS, END_HEADERS, 1, 'ff80ff7f')],
  [
    'a header block that is interrupted',
    (peer) => {
      peer.send(HEADERS, 0, 1, OK)
      peer.send(DATA, 0, 1, '')
    },
  ],
  [
    'a header block without an end',
    (peer) => {
      peer.send(HEADERS, 0, 1, OK)
      for (let part = 0; part < 70; part++) peer.send(CONTINUATION, 0, 1, '')
    },
  ],
  ['CONTINUATION of nothing', (peer) => peer.send(CONTINUATION, END_HEADERS, 1, OK)],
  ['an answer to a question nobody asked', (peer) => peer.send(HEADERS, END_HEADERS, 9, OK)],
  ['an answer on stream 0', (peer) => peer.send(HEADERS, END_HEADERS, 0, OK)],
  ['a reset of a stream that was never opened', (peer) => peer.send(RST_STREAM, 0, 8, '00000000')],
  ['padding longer than its frame', (peer) => peer.send(HEADERS, END_HEADERS | 0x8, 1, '0588')],
  ['a window that overflows', (peer) => peer.send(WINDOW_UPDATE, 0, 0, '7fffffff')],
  ['a window of four gigabytes', (peer) => peer.send(SETTINGS, 0, 0, '0004ffffffff')],
  ['SETTINGS of a broken size', (peer) => peer.send(SETTINGS, 0, 0, '00')],
  ['SETTINGS on a stream', (peer) => peer.send(SETTINGS, 0, 1, '')],
  ['a GOAWAY cut short', (peer) => peer.send(GOAWAY, 0, 0, '0000')],
  ['a PING of the wrong size', (peer) => peer.send(PING, 0, 0, '00')],
]

describe('a breach of the rules ends the connection, and what was on it is in doubt:', () => {
  test.each(BREACHES)('%s', async (_, harm) => {
    const server = await startRawServer()
    const { connection, request, closings } = await open(server)
    const peer = await server.peer()
    const { exchange } = request()
    await peer.seen(DATA)
    harm(peer)
    expect((await exchange.over()).ends).toEqual(['lost'])
    expect([connection.isGone, closings()]).toEqual([true, 1])
    expect((await peer.seen(GOAWAY))[0]?.payload.readUInt32BE(4)).not.toBe(0)
    await until(() => peer.isClosed, { what: 'the connection is ended' })
  })
})

test('a host whose first address is dead is reached at the next one', async () => {
  const isDefault = getDefaultAutoSelectFamily()
  setDefaultAutoSelectFamily(false)
  onTestFinished(() => setDefaultAutoSelectFamily(isDefault))
  const server = await startRawServer()
  const lookup = vi.spyOn(dns, 'lookup').mockImplementation(((
    _: string,
    options: { all?: boolean },
    callback: (...answer: unknown[]) => void,
  ) => {
    // The server listens on the second only.
    const addresses = [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ]
    if (options.all) callback(null, addresses)
    else callback(null, '::1', 6)
  }) as never)
  onTestFinished(() => lookup.mockRestore())
  const { connection } = await open({ ...server, origin: server.origin.replace('127.0.0.1', 'localhost') })
  expect(connection.isGone).toBe(false)
  expect(lookup).toHaveBeenCalled()
})
