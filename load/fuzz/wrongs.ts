/** What can be wrong with a request. Each takes one that is right, or has been, and spoils one thing about it. */
import { gzipSync } from 'node:zlib'
import type { Dice } from './dice.ts'
import { addressText, headerText, jsonText } from './hostile-values.ts'
import type { Draft } from './make-request.ts'

type Wrong = (draft: Draft, dice: Dice) => void

const BOMB = gzipSync(Buffer.alloc(2_000_000, 0x20))

export const WRONGS: readonly (readonly [name: string, apply: Wrong])[] = [
  ['a hostile value in the body', spoilValue],
  ['a hostile value in the body', spoilValue],
  ['a hostile value in the body', spoilValue],
  ['a field nobody knows', (draft, dice) => addField(draft, dice)],
  ['a field left out', dropField],
  ['a hostile path', spoilPath],
  ['a hostile path', spoilPath],
  ['a hostile query', spoilQuery],
  ['a hostile query', spoilQuery],
  ['a query parameter twice', (draft) => void draft.query.push(...draft.query.slice(0, 1))],
  ['a body of other bytes', (draft, dice) => setBody(draft, dice.pick(BODIES)(draft, dice))],
  ['a body of other bytes', (draft, dice) => setBody(draft, dice.pick(BODIES)(draft, dice))],
  ['another content type', (draft, dice) => replaceHeader(draft, 'content-type', dice.pick(TYPES))],
  ['a content encoding', encode],
  ['a hostile header', (draft, dice) => void draft.headers.push([dice.pick(HEADERS), headerText(dice)])],
  ['a header twice', (draft, dice) => void draft.headers.push(dice.pick(draft.headers))],
  ['another authorization', (draft, dice) => replaceHeader(draft, 'authorization', dice.pick(KEYS))],
  ['no authorization', (draft) => removeHeader(draft, 'authorization')],
  ['another method', otherMethod],
  ['a body that is cut into chunks', chunk],
  ['a wrong framing', misframe],
  ['no HTTP', (draft, dice) => noHttp(draft, dice)],
]

/** One value anywhere inside the JSON body. */
function spoilValue(draft: Draft, dice: Dice): void {
  if (draft.json === undefined) {
    spoilQuery(draft, dice)
    return
  }
  const places: [holder: Record<string, unknown>, name: string][] = []
  const walk = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return
    for (const name of Object.keys(value)) {
      const holder = value as Record<string, unknown>
      places.push([holder, name])
      walk(holder[name])
    }
  }
  walk(draft.json)
  if (places.length === 0) {
    setBody(draft, Buffer.from(jsonText(dice)))
    return
  }
  const [holder, name] = dice.pick(places)
  holder[name] = MARK
  const text = JSON.stringify(draft.json).replace(JSON.stringify(MARK), () => jsonText(dice))
  holder[name] = null
  draft.body = Buffer.from(text)
}

/** Stands where text goes in that is no JSON value. */
const MARK = '\u0001here\u0001'

function addField(draft: Draft, dice: Dice): void {
  const name = dice.pick(['"__proto__"', '"constructor"', '"x"', '""', '"\\u0000"', '"hasOwnProperty"'])
  const text = draft.body?.toString() ?? '{}'
  setBody(draft, Buffer.from(text.replace('{', () => `{${name}:${jsonText(dice)},`)))
}

function dropField(draft: Draft, dice: Dice): void {
  if (typeof draft.json !== 'object' || draft.json === null) return
  const names = Object.keys(draft.json)
  if (names.length === 0) return
  delete (draft.json as Record<string, unknown>)[dice.pick(names)]
  draft.body = Buffer.from(JSON.stringify(draft.json))
}

function spoilPath(draft: Draft, dice: Dice): void {
  const names = [...draft.params.keys()]
  if (names.length === 0) spoilQuery(draft, dice)
  else draft.params.set(dice.pick(names), addressText(dice))
}

function spoilQuery(draft: Draft, dice: Dice): void {
  const names = draft.operation.parameters
    .filter((parameter) => parameter.in === 'query')
    .map(({ name }) => name)
  const name = dice.pick([...names, ...names, 'x', '__proto__', 'constructor', 'a[b]', '', '%00'])
  draft.query.push([name, addressText(dice)])
}

const BODIES: readonly ((draft: Draft, dice: Dice) => Buffer)[] = [
  () => Buffer.alloc(0),
  (_, dice) => Buffer.from(jsonText(dice)),
  () => Buffer.from(`${'['.repeat(100_000)}`),
  () => Buffer.from(`${'['.repeat(100_000)}${']'.repeat(100_000)}`),
  () => Buffer.from(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`),
  () => Buffer.from(`{"data":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`),
  () => Buffer.alloc(2_000_000, 0x20),
  (_, dice) => Buffer.from(Array.from({ length: 300 }, () => dice.below(256))),
  () => Buffer.from([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]),
  () => Buffer.from('\ufeff{}'),
  () => Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x7d]),
  ({ body }) => (body ?? Buffer.from('{}')).subarray(0, -2),
  ({ body }) => Buffer.concat([body ?? Buffer.from('{}'), Buffer.from('}garbage')]),
  () => Buffer.from('--b\r\ncontent-disposition: form-data; name="__proto__"\r\n\r\nx\r\n--b'),
  () => Buffer.from('a=1&a=2&__proto__[x]=1'),
  () => Buffer.from('token,externalId,platform\n"a,b,ios\n,,\n"""",",\nx,y,z,w\n\0,\0,\0\n'),
  () => Buffer.from('externalId,platform\na,ios\n'),
  () => Buffer.from(`token,externalId,platform\n${'x'.repeat(100_000)},a,ios\nt,${'é'.repeat(300)},ios\n`),
  () =>
    Buffer.from(
      '{"token":"a","externalId":"b","platform":"ios","attributes":{"a":"\\u0000"}}\n[]\n1\n{"__proto__":{}}\n{',
    ),
  () =>
    Buffer.concat([
      Buffer.from('token,externalId,platform\nt,'),
      Buffer.from([0xff, 0xc0]),
      Buffer.from(',ios\n'),
    ]),
]

const TYPES = [
  '',
  'application/json',
  'application/json; charset=utf-16',
  'application/json\t; charset=utf-8',
  ' application/json',
  'application/JSON',
  'application/json;',
  'application/jsonp',
  'application/vnd.api+json',
  'text/json',
  'text/plain',
  'text/csv',
  'text/csv; charset=latin1',
  'application/x-ndjson',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=b',
  'multipart/form-data',
  'application/octet-stream',
  '__proto__',
  'a'.repeat(300),
  '/',
  ';',
] as const

const HEADERS = [
  'idempotency-key',
  'if-match',
  'if-none-match',
  'accept',
  'accept-encoding',
  'accept-language',
  'authorization',
  'cookie',
  'origin',
  'sec-fetch-site',
  'x-forwarded-for',
  'x-request-id',
  'x-http-method-override',
  'range',
  'last-event-id',
  'te',
  '__proto__',
] as const

const KEYS = [
  '',
  'Bearer',
  'Bearer ',
  'bearer x',
  'Basic YTpi',
  'Bearer null',
  `Bearer cari_aaaaaaaa_${'b'.repeat(43)}`,
  `Bearer cari_\xff\xff_${'b'.repeat(43)}`,
  `Bearer ${'x'.repeat(4_000)}`,
  'Bearer a b',
  'Bearer __proto__',
] as const

function encode(draft: Draft, dice: Dice): void {
  const encoding = dice.pick(['gzip', 'deflate', 'br', 'identity', 'gzip, gzip', 'x', ''])
  draft.headers.push(['content-encoding', encoding])
  if (encoding === 'gzip' && draft.body !== null) {
    const plain = draft.body
    draft.body = dice.pick([
      () => gzipSync(plain),
      () => BOMB,
      () => gzipSync(plain).subarray(0, -4),
      () => plain,
    ])()
  }
}

function otherMethod(draft: Draft, dice: Dice): void {
  draft.method = dice.pick(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'])
}

function chunk(draft: Draft, dice: Dice): void {
  draft.cutAt = 1 + dice.below(draft.body?.length || 1)
}

/** Lengths that do not fit. An answer is not owed, but neither may anything break. */
function misframe(draft: Draft, dice: Dice): void {
  draft.mayClose = true
  const length = draft.body?.length ?? 0
  draft.headers.push(
    ...dice.pick<[string, string][]>([
      [['content-length', String(length + 10)]],
      [['content-length', '-1']],
      [['content-length', '1e3']],
      [['content-length', '99999999999999999999']],
      [
        ['content-length', String(length)],
        ['transfer-encoding', 'chunked'],
      ],
      [
        ['content-length', String(length)],
        ['content-length', '3'],
      ],
      [['transfer-encoding', 'chunked, gzip']],
      [['transfer-encoding', 'xchunked']],
      [['expect', '100-continue']],
      [['expect', 'miracles']],
      [
        ['connection', 'upgrade'],
        ['upgrade', 'websocket'],
      ],
    ]),
  )
}

function noHttp(draft: Draft, dice: Dice): void {
  draft.mayClose = true
  draft.firstLine = dice.pick([
    'GET',
    'GET / HTTP/9.9',
    'GET / HTTP/1.1\r\nhost: twice',
    'get /v1/campaigns HTTP/1.1',
    'GET /v1/campaigns HTTP/1.1\r\n folded: header',
    'GET /v1/campaigns HTTP/1.1\r\nno colon here',
    'GET /v1/campaigns HTTP/1.1\r\nname\0: value',
    'GET http://elsewhere.test/v1/campaigns HTTP/1.1',
    'GET * HTTP/1.1',
    'OPTIONS * HTTP/1.1',
    'CONNECT elsewhere.test:443 HTTP/1.1',
    `GET /${'x'.repeat(20_000)} HTTP/1.1`,
    `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}`,
    `GET / HTTP/1.1\r\n${Array.from({ length: 3_000 }, (_, index) => `h${index}: 1`).join('\r\n')}`,
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'PRI * HTTP/2.0',
    '\0\0\0\0',
  ])
}

function setBody(draft: Draft, body: Buffer): void {
  draft.body = body
  if (!draft.headers.some(([name]) => name === 'content-type')) {
    draft.headers.push(['content-type', 'application/json'])
  }
}

function replaceHeader(draft: Draft, name: string, value: string): void {
  removeHeader(draft, name)
  draft.headers.push([name, value])
}

function removeHeader(draft: Draft, name: string): void {
  draft.headers = draft.headers.filter(([given]) => given !== name)
}
