/** What can be wrong with a request. Each changes one thing about it. */
import { gzipSync } from 'node:zlib'
import type { Dice } from './dice.ts'
import type { Draft } from './make-request.ts'

const LONG = 'x'.repeat(5_000)
const words = (text: string) => text.trim().split(/\s+/)

/** Each replaces a value in a JSON body. Texts, because many are no value that JavaScript could hold. */
const JSON_TEXTS = [
  ...words(String.raw`
    null true "" [] {} [[[[[[]]]]]] -0 -1 0.5 1e400 -1e400 9007199254740993 99999999999999999999999999999999
    2147483648 1e-400 "\u0000" "a\u0000b" "\ud800" "\udfff\ud800" "\u202e\ufeff" "🎉🎉" "__proto__" "constructor"
    "NaN" "5" "true" "$1" "%s%n#{7*7}{{7*7}}" "../../etc/passwd" "javascript:alert(1)" "https://" "http://[::1"
    "2031-02-30T00:00:00Z" "2016-12-31T23:59:60Z" "+275760-09-13T00:00:00.001Z" "9999-12-31T23:59:59-23:59"
    "00000000-0000-0000-0000-000000000000" {"__proto__":{"isAdmin":true}}
    {"constructor":{"prototype":{"isAdmin":true}}} {"toString":1,"valueOf":2,"hasOwnProperty":3} {"":""}
    {"a":1,"a":2} {"\u0000":"x"} {"then":"x"} [null,null,null]`),
  '" "',
  `"' OR 1=1; --"`,
  `"${LONG}"`,
  `[${'0,'.repeat(2_000)}0]`,
  `{${Array.from({ length: 500 }, (_, index) => `"k${index}":${index}`).join(',')}}`,
  `${'['.repeat(2_000)}${']'.repeat(2_000)}`,
  `${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`,
]

/** Percent-encoded, for addresses; some of them are not valid. */
const ADDRESS_TEXTS = [
  ...words(`
    %00 a%00b % %zz %E0%A4%A %ff%fe %ED%A0%80 .. %2e%2e%2f%2e%2e %2F __proto__ constructor null undefined NaN
    -1 0 1e400 99999999999999999999 9223372036854775808 0x10 %27%20OR%201%3D1%3B-- %F0%9F%8E%89
    %0d%0aset-cookie:%20a=b eyJ2IjoxLCJsaXN0IjoiY2FtcGFpZ25zOiIsImF0Ijp7ImlkIjoiXHUwMDAwIn19 W10 bnVsbA
    ******** ; , [] 00000000-0000-0000-0000-000000000000`),
  '',
  LONG,
  'x'.repeat(9_000),
]

/** For headers: Latin-1, sent as bytes. */
const HEADER_TEXTS = [
  ...words(
    `* " "1-" W/"1-aaaaaaaaaaaaaaaa" "99999999999999999999-aaaaaaaaaaaaaaaa" -1 1e400 null a,b,c a;b="c __proto__ gzip`,
  ),
  '',
  ' ',
  '\t',
  'é\xff\x80',
  'two words',
  "' OR 1=1; --",
  'gzip, br',
  'x'.repeat(256),
  LONG,
]

type Wrong = (draft: Draft, dice: Dice) => void

/** 1 MB. */
const MANY_FIELDS = Buffer.from(
  `{${Array.from({ length: 90_000 }, (_, index) => `"k${index}":0`).join(',')}}`,
)
const BOMB = gzipSync(Buffer.alloc(2_000_000, 0x20))

const WEIGHTED: readonly (readonly [weight: number, name: string, apply: Wrong])[] = [
  [3, 'hostile value in the body', spoilValue],
  [1, 'unknown field', addField],
  [1, 'field left out', dropField],
  [2, 'hostile path', spoilPath],
  [2, 'hostile query', spoilQuery],
  [1, 'query parameter twice', (draft) => void draft.query.push(...draft.query.slice(0, 1))],
  [2, 'another body', (draft, dice) => setBody(draft, dice.pick(BODIES)(draft, dice))],
  [1, 'another content type', (draft, dice) => replaceHeader(draft, 'content-type', dice.pick(TYPES))],
  [1, 'content encoding', encode],
  [
    1,
    'hostile header',
    (draft, dice) => void draft.headers.push([dice.pick(HEADERS), dice.pick(HEADER_TEXTS)]),
  ],
  [1, 'header twice', (draft, dice) => void draft.headers.push(dice.pick(draft.headers))],
  [1, 'another authorization', (draft, dice) => replaceHeader(draft, 'authorization', dice.pick(KEYS))],
  [1, 'no authorization', (draft) => removeHeader(draft, 'authorization')],
  [1, 'another method', (draft, dice) => void Object.assign(draft, { method: dice.pick(METHODS) })],
  [
    1,
    'body in chunks',
    (draft, dice) => void Object.assign(draft, { cutAt: 1 + dice.below(draft.body?.length || 1) }),
  ],
  [1, 'wrong framing', misframe],
  [1, 'not HTTP', noHttp],
]

export const WRONGS = WEIGHTED.flatMap(
  ([weight, name, apply]) => Array(weight).fill({ name, apply }) as { name: string; apply: Wrong }[],
)

const METHODS = words('GET HEAD POST PUT PATCH DELETE OPTIONS TRACE PROPFIND')

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
    setBody(draft, Buffer.from(dice.pick(JSON_TEXTS)))
    return
  }
  const [holder, name] = dice.pick(places)
  holder[name] = MARK
  const text = JSON.stringify(draft.json).replace(JSON.stringify(MARK), () => dice.pick(JSON_TEXTS))
  holder[name] = null
  draft.body = Buffer.from(text)
}

/** Is replaced by text that may not be a JSON value. */
const MARK = '\u0001here\u0001'

function addField(draft: Draft, dice: Dice): void {
  const name = dice.pick(['"__proto__"', '"constructor"', '"x"', '""', '"\\u0000"', '"hasOwnProperty"'])
  const text = draft.body?.toString() ?? '{}'
  setBody(draft, Buffer.from(text.replace('{', () => `{${name}:${dice.pick(JSON_TEXTS)},`)))
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
  else draft.params.set(dice.pick(names), dice.pick(ADDRESS_TEXTS))
}

function spoilQuery(draft: Draft, dice: Dice): void {
  const names = draft.operation.parameters
    .filter((parameter) => parameter.in === 'query')
    .map(({ name }) => name)
  const name = dice.pick([...names, ...names, 'x', '__proto__', 'constructor', 'a[b]', '', '%00'])
  draft.query.push([name, dice.pick(ADDRESS_TEXTS)])
}

const BODIES: readonly ((draft: Draft, dice: Dice) => Buffer)[] = [
  () => Buffer.alloc(0),
  (_, dice) => Buffer.from(dice.pick(JSON_TEXTS)),
  () => Buffer.from(`${'['.repeat(100_000)}`),
  () => Buffer.from(`${'['.repeat(100_000)}${']'.repeat(100_000)}`),
  () => Buffer.from(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`),
  () => Buffer.from(`{"data":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`),
  () => Buffer.alloc(2_000_000, 0x20),
  (_, dice) => Buffer.from(Array.from({ length: 300 }, () => dice.below(256))),
  // As many values as fit into what is read: each was a problem to find, or a value to walk to.
  () => MANY_FIELDS,
  () => Buffer.from(`{"audience":{"externalIds":[${'"",'.repeat(330_000)}""]}}`),
  () => Buffer.from(`{"audience":{"filter":{"attributes":${MANY_FIELDS}}}}`),
  () => Buffer.from(`{"message":{"title":"x","android":${MANY_FIELDS}},"audience":{"all":true}}`),
  () => Buffer.from(`{"unfinished":{"form":[${'0,'.repeat(500_000)}0]}}`),
  () => Buffer.from(`{"attributes":${MANY_FIELDS}}`),
  () => Buffer.from([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]),
  () => Buffer.from('\ufeff{}'),
  () => Buffer.from('{"a":"\xed\xa0\x80"}', 'latin1'),
  ({ body }) => (body ?? Buffer.from('{}')).subarray(0, -2),
  ({ body }) => Buffer.concat([body ?? Buffer.from('{}'), Buffer.from('}garbage')]),
  () => Buffer.from('--b\r\ncontent-disposition: form-data; name="__proto__"\r\n\r\nx\r\n--b'),
  () => Buffer.from('a=1&a=2&__proto__[x]=1'),
  () => Buffer.from('address,externalId,platform\n"a,b,ios\n,,\n"""",",\nx,y,z,w\n\0,\0,\0\n'),
  () => Buffer.from('externalId,platform\na,ios\n'),
  () => Buffer.from(`address,externalId,platform\n${'x'.repeat(100_000)},a,ios\nt,${'é'.repeat(300)},ios\n`),
  () =>
    Buffer.from(
      '{"address":"a","externalId":"b","platform":"ios","attributes":{"a":"\\u0000"}}\n[]\n1\n{"__proto__":{}}\n{',
    ),
  () => Buffer.from('address,externalId,platform\nt,\xff\xc0,ios\n', 'latin1'),
]

const TYPES = [
  ...words(`application/json application/JSON application/json; application/jsonp application/vnd.api+json text/json
    text/plain text/csv application/x-ndjson application/x-www-form-urlencoded multipart/form-data
    application/octet-stream __proto__ / ;`),
  '',
  'application/json; charset=utf-16',
  'application/json\t; charset=utf-8',
  ' application/json',
  'text/csv; charset=latin1',
  'multipart/form-data; boundary=b',
  'a'.repeat(300),
]

const HEADERS =
  words(`idempotency-key if-match if-none-match accept accept-encoding accept-language authorization cookie
  origin sec-fetch-site x-forwarded-for x-request-id x-http-method-override range last-event-id te __proto__`)

const KEYS = [
  ...['', 'Bearer', 'Bearer ', 'bearer x', 'Basic YTpi', 'Bearer null', 'Bearer a b', 'Bearer __proto__'],
  `Bearer cari_aaaaaaaa_${'b'.repeat(43)}`,
  `Bearer cari_\xff\xff_${'b'.repeat(43)}`,
  `Bearer ${'x'.repeat(4_000)}`,
]

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

/** Wrong framing. The server need not answer, but nothing may break. */
function misframe(draft: Draft, dice: Dice): void {
  draft.mayClose = true
  const length = draft.body?.length ?? 0
  const lines = dice.pick([
    [`content-length: ${length + 10}`],
    ['content-length: -1'],
    ['content-length: 1e3'],
    ['content-length: 99999999999999999999'],
    [`content-length: ${length}`, 'transfer-encoding: chunked'],
    [`content-length: ${length}`, 'content-length: 3'],
    ['transfer-encoding: chunked, gzip'],
    ['transfer-encoding: xchunked'],
    ['expect: 100-continue'],
    ['expect: miracles'],
    ['connection: upgrade', 'upgrade: websocket'],
  ])
  draft.headers.push(...lines.map((line) => line.split(': ') as [string, string]))
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
