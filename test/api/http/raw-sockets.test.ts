/** What no client library sends: requests that drip, overflow, lie about their length or are none, byte by byte. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { Connection, type Reply } from '../../../load/fuzz/connection.ts'
import type { AppDeps } from '../../../src/api/http/request-context.ts'
import { until } from '../../support/until.ts'
import { allRows, CAMPAIGN, startApp, type TestApp } from '../start-app.ts'

const PATIENCE_MS = 20_000

/** Of the same app, unless a test changes something about it: what is sent here must leave no trace. */
let shared: TestApp
let closeShared = async () => {}
afterAll(() => closeShared())
beforeAll(async () => {
  shared = await startApp({}, {}, (close) => {
    closeShared = close
  })
  await shared.app.listen({ port: 0, host: '127.0.0.1' })
})

async function setup(more?: Partial<AppDeps>) {
  const api = more === undefined ? shared : await startApp({}, more)
  if (more !== undefined) await api.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = api.app.server.address() as AddressInfo
  const open = async () => {
    const connection = await Connection.open(port)
    onTestFinished(() => connection.close())
    return connection
  }
  const head = (firstLine: string, ...headers: string[]) =>
    [firstLine, 'host: x', `authorization: Bearer ${api.keys.admin}`, ...headers, '', ''].join('\r\n')
  /** One connection, these bytes, its first answer. */
  const send = async (bytes: string | Buffer, method = 'GET'): Promise<Reply> => {
    const connection = await open()
    const reply = await connection.exchange(Buffer.from(bytes as string), method, PATIENCE_MS)
    if (typeof reply !== 'object') throw new Error(`No answer: ${reply}`)
    return reply
  }
  return { ...api, open, head, send }
}

function expectProblem({ status, headers, body }: Reply, expected: { status: number; code: string }): void {
  expect(headers['content-type']).toContain('application/problem+json')
  const problem = JSON.parse(body.toString())
  expect(problem).toMatchObject(expected)
  expect(problem.requestId).toBe(headers['x-request-id'])
  expect(status).toBe(expected.status)
}

const post = (body: string | Buffer, ...headers: string[]) => [
  'content-type: application/json',
  `content-length: ${Buffer.byteLength(body)}`,
  ...headers,
]

test('headers that drip in are given up, and others are served meanwhile', async () => {
  const { open, head, send } = await setup({ headersTimeoutMs: 300 })
  const slow = await Promise.all(Array.from({ length: 20 }, open))
  for (const connection of slow) connection.write('GET /v1/campaigns HTTP/1.1\r\nhost: x\r\n')
  const dripping = setInterval(() => {
    for (const connection of slow) connection.write('x: y\r\n')
  }, 50)
  onTestFinished(() => clearInterval(dripping))
  expect((await send(head('GET /v1/campaigns HTTP/1.1'))).status).toBe(200)
  for (const connection of slow) {
    const reply = await connection.read('GET', PATIENCE_MS)
    expectProblem(reply as Reply, { status: 408, code: 'request_timeout' })
  }
  await until(() => slow.every(({ isOpen }) => !isOpen), { what: 'all of them are closed' })
})

test('a body that drips in is given up, and changes nothing', async () => {
  const { open, head, pool } = await setup({ bodyTimeoutMs: 300 })
  const before = await allRows(pool)
  const slow = await open()
  const text = JSON.stringify(CAMPAIGN)
  slow.write(head('POST /v1/campaigns HTTP/1.1', ...post(text)))
  let sent = 0
  const dripping = setInterval(() => {
    sent += 1
    if (slow.isOpen && sent < text.length - 1) slow.write(text[sent] ?? '')
  }, 20)
  onTestFinished(() => clearInterval(dripping))
  expectProblem((await slow.read('POST', PATIENCE_MS)) as Reply, { status: 408, code: 'request_timeout' })
  expect(await allRows(pool)).toEqual(before)
})

test.each([
  ['a header', `x: ${'y'.repeat(20_000)}`],
  ['many headers', Array.from({ length: 2_000 }, (_, index) => `header-${index}: value`).join('\r\n')],
])('%s beyond all bounds is 431, and the connection ends', async (_what, header) => {
  const { head, open } = await setup()
  const connection = await open()
  const bytes = Buffer.from(head('GET /v1/campaigns HTTP/1.1', header))
  const reply = (await connection.exchange(bytes, 'GET', PATIENCE_MS)) as Reply
  expectProblem(reply, { status: 431, code: 'headers_too_large' })
  expect(reply.headers.connection).toBe('close')
  await until(() => !connection.isOpen, { what: 'the connection is closed' })
})

test('an address beyond all bounds is refused', async () => {
  const { head, send } = await setup()
  const far = await send(head(`GET /v1/campaigns?name=${'x'.repeat(20_000)} HTTP/1.1`))
  expectProblem(far, { status: 431, code: 'headers_too_large' })
  const long = await send(head(`GET /v1/members/${'x'.repeat(9_000)}/deliveries HTTP/1.1`))
  expectProblem(long, { status: 400, code: 'invalid_request' })
  expect(long.body.length).toBeLessThan(1_000)
})

test.each([
  ['a hundred thousand lists', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ['a hundred thousand objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
  ['lists that do not end', '['.repeat(500_000)],
  [
    'attributes that are deep',
    `{"externalId":"a","platform":"ios","attributes":${'{"a":'.repeat(80)}1${'}'.repeat(81)}`,
  ],
])('%s in a body are refused before they are read', async (_what, body) => {
  const { head, send, pool } = await setup()
  const before = await allRows(pool)
  const put = body.startsWith('{"externalId"')
  const line = put ? 'PUT /v1/devices/token HTTP/1.1' : 'POST /v1/campaigns HTTP/1.1'
  const reply = await send(head(line, ...post(body)) + body, 'POST')
  expectProblem(reply, { status: 400, code: 'invalid_request' })
  expect(reply.body.toString()).toContain('nested more than 64 levels deep')
  expect(await allRows(pool)).toEqual(before)
})

test('brackets in a text are not depth, and 60 levels are taken', async () => {
  const { head, send } = await setup()
  const text = `{"externalId":"a","platform":"ios","attributes":{"b":"${'[{\\"'.repeat(300)}","a":${'['.repeat(60)}${']'.repeat(60)}}}`
  const reply = await send(head('PUT /v1/devices/token HTTP/1.1', ...post(text)) + text, 'PUT')
  expect(reply.status).toBe(201)
})

test.each([
  ['{"__proto__":{"isAdmin":true},"name":"x"}'],
  ['{"name":"x","constructor":{"prototype":{"isAdmin":true}}}'],
  ['{"\\u005f_proto__":{"isAdmin":true}}'],
])('a body that reaches for the prototype is refused: %s', async (body) => {
  const { head, send } = await setup()
  expectProblem(await send(head('POST /v1/campaigns HTTP/1.1', ...post(body)) + body, 'POST'), {
    status: 400,
    code: 'invalid_request',
  })
  expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined()
})

test.each([
  ['no HTTP', 'hello\r\n\r\n'],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'],
  ['a version there is not', 'GET / HTTP/9.9\r\nhost: x\r\n\r\n'],
  ['a header without a colon', 'GET / HTTP/1.1\r\nhost: x\r\nhello\r\n\r\n'],
  ['a NUL in a header', 'GET / HTTP/1.1\r\nhost: x\r\na\0b: c\r\n\r\n'],
  [
    'two lengths',
    'POST /v1/campaigns HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabc',
  ],
  ['a length below zero', 'POST /v1/campaigns HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n'],
  [
    'a length and chunks at once, as a smuggler sends them',
    'POST /v1/campaigns HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/api-keys HTTP/1.1\r\nhost: x\r\n\r\n',
  ],
  [
    'chunks that are not the last encoding',
    'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked, gzip\r\n\r\n',
  ],
  [
    'a chunk of no size',
    'POST /v1/campaigns HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n',
  ],
])('%s is answered once with problem+json, and the connection ends', async (_what, text) => {
  const { open } = await setup()
  const connection = await open()
  const reply = (await connection.exchange(Buffer.from(text, 'latin1'), 'POST', PATIENCE_MS)) as Reply
  expect(reply.status).toBeOneOf([400, 401])
  expect(reply.headers['content-type']).toContain('application/problem+json')
  // Nothing behind it is taken for another request.
  expect(await connection.read('GET', PATIENCE_MS)).toBe('closed')
})

test('a request without a Host is told so', async () => {
  const { send } = await setup()
  expectProblem(await send('GET /v1/campaigns HTTP/1.1\r\n\r\n'), { status: 400, code: 'invalid_request' })
})

test('an Expect that cannot be met is told so, and 100-continue is met', async () => {
  const { head, send } = await setup()
  const miracles = await send(head('GET /v1/campaigns HTTP/1.1', 'expect: miracles'))
  expectProblem(miracles, { status: 417, code: 'expectation_failed' })
  const text = JSON.stringify(CAMPAIGN)
  const reply = await send(
    head('POST /v1/campaigns HTTP/1.1', ...post(text, 'expect: 100-continue')) + text,
    'POST',
  )
  expect(reply.status).toBe(201)
})

test('requests that are sent at once are answered in their order', async () => {
  const { open, head } = await setup().then(async (all) => ({
    ...all,
    id: '01990000-0000-7000-8000-000000000000',
  }))
  const connection = await open()
  const requests = [
    '/v1/campaigns',
    '/v1/campaigns/01990000-0000-7000-8000-000000000000',
    '/v1/campaigns?limit=x',
    '/health/live',
  ]
  for (const path of requests) connection.write(head(`GET ${path} HTTP/1.1`))
  const statuses = []
  for (const _ of requests) statuses.push(((await connection.read('GET', PATIENCE_MS)) as Reply).status)
  expect(statuses).toEqual([200, 404, 400, 200])
})

test.each(['gzip', 'br', 'deflate', 'x', 'GZIP', 'gzip, gzip'])(
  'a bomb compressed with %s is refused',
  async (encoding) => {
    const { head, send, pool } = await setup()
    const before = await allRows(pool)
    const bomb = gzipSync(Buffer.alloc(50_000_000, 0x20))
    const headers = [`content-encoding: ${encoding}`, `content-length: ${bomb.length}`]
    for (const [path, type] of [
      ['/v1/campaigns', 'application/json'],
      ['/v1/devices/import', 'text/csv'],
    ] as const) {
      const first = Buffer.from(head(`POST ${path} HTTP/1.1`, `content-type: ${type}`, ...headers))
      const reply = await send(Buffer.concat([first, bomb]), 'POST')
      // A list may be compressed: it is read, and no further than a list can be packed.
      const isRead = path.endsWith('/import') && encoding.toLowerCase() === 'gzip'
      if (isRead) expectProblem(reply, { status: 413, code: 'decompression_bomb' })
      else expectProblem(reply, { status: 415, code: 'unsupported_media_type' })
    }
    expect(await allRows(pool)).toEqual(before)
  },
)

test('a header that comes twice is not a way around the door', async () => {
  const { send, keys } = await setup()
  const twice = (one: string, other: string) =>
    send(`GET /v1/api-keys HTTP/1.1\r\nhost: x\r\nauthorization: ${one}\r\nauthorization: ${other}\r\n\r\n`)
  const [admin, viewer] = [`Bearer ${keys.admin}`, `Bearer ${keys.viewer}`]
  // Node keeps the first.
  expect((await twice(viewer, admin)).status).toBe(403)
  expect((await twice('x', admin)).status).toBe(401)
})

test('a client that goes away in mid-body is no fault of ours', async () => {
  const lines: string[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => lines.push(line) })
  const { app, open, head } = await setup({ log })
  const connection = await open()
  const begun = once(app.server, 'request')
  connection.write(
    head('POST /v1/campaigns HTTP/1.1', 'content-type: application/json', 'content-length: 500'),
  )
  connection.write('{"name":')
  // Closed sooner, it may be gone before the server has read a word, and then there is nobody to refuse.
  await begun
  connection.close()
  const told = await until(() => lines.find((line) => line.includes('request refused')), {
    what: 'it is told',
  })
  expect(JSON.parse(told)).toMatchObject({ code: 'invalid_request', status: 400, level: 30 })
})
