/** Makes one request: what a route of the OpenAPI document accepts, with up to three things wrong with it, as bytes. */
import type { Dice } from './dice.ts'
import { WRONGS } from './wrongs.ts'

interface Schema {
  type?: string | readonly string[]
  enum?: readonly unknown[]
  format?: string
  minimum?: number
  maximum?: number
  minLength?: number
  items?: Schema
  properties?: Record<string, Schema>
  required?: readonly string[]
  maxProperties?: number
}

interface Parameter {
  name: string
  in: string
  schema?: Schema
}

interface OpenApi {
  paths?: Record<string, Record<string, OpenApiOperation>>
}

interface OpenApiOperation {
  parameters?: Parameter[]
  requestBody?: { content?: Record<string, { schema?: Schema }> }
}

export interface Operation {
  method: string
  path: string
  parameters: readonly Parameter[]
  /** By media type. */
  bodies: Readonly<Record<string, Schema>>
}

export interface Draft {
  operation: Operation
  method: string
  /** Percent-encoded. */
  params: Map<string, string>
  query: [name: string, value: string][]
  headers: [name: string, value: string][]
  body: Buffer | null
  /** The body before it was serialized; undefined if it is not JSON. */
  json: unknown
  /** The body is sent in two chunks, cut here. */
  cutAt?: number
  /** Replaces the first line, possibly by something that is not HTTP. */
  firstLine?: string
  /** The server may close without an answer: the request does not end, or is not a request. */
  mayClose?: boolean
}

export interface FuzzRequest {
  route: string
  method: string
  bytes: Buffer
  wrongs: readonly string[]
  mayClose: boolean
}

/** What earlier answers have shown to exist: without it nearly every request would end with 404. */
export interface Known {
  ids: string[]
  cursors: string[]
  etags: string[]
}

export interface Callers {
  /** API keys; the first is used most. */
  keys: readonly string[]
  /** A Cookie header: an admin's session. */
  cookie: string
}

const ADDRESSES = Array.from({ length: 40 }, (_, index) => `fuzz-token:${index}`)
const MEMBERS = Array.from({ length: 20 }, (_, index) => `fuzz-member-${index}`)

export function operationsOf(document: object): Operation[] {
  return Object.entries((document as OpenApi).paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => {
      const contents = Object.entries(requestBody?.content ?? {})
      const bodies = Object.fromEntries(contents.map(([type, { schema = {} }]) => [type, schema]))
      return { method: method.toUpperCase(), path, parameters, bodies }
    }),
  )
}

export function makeRequest(
  operation: Operation,
  dice: Dice,
  known: Known,
  { keys, cookie }: Callers,
): FuzzRequest {
  const draft = draftOf(operation, dice, known)
  // Users and keys are managed by people only.
  if (/^\/v1\/(users|api-keys)/.test(operation.path) && dice.chance(0.9)) {
    draft.headers.push(['cookie', cookie], ['sec-fetch-site', 'same-origin'])
  } else {
    draft.headers.push(['authorization', `Bearer ${dice.chance(0.9) ? keys[0] : dice.pick(keys)}`])
  }
  const wrongs = Array.from({ length: dice.pick([0, 1, 1, 1, 2, 3]) }, () => {
    const { name, apply } = dice.pick(WRONGS)
    apply(draft, dice)
    return name
  })
  const { method, mayClose = false } = draft
  return { route: `${operation.method} ${operation.path}`, method, bytes: bytesOf(draft), wrongs, mayClose }
}

function draftOf(operation: Operation, dice: Dice, known: Known): Draft {
  const { method, parameters, bodies } = operation
  const headers: [string, string][] = [['host', 'fuzz.test']]
  const draft: Draft = {
    operation,
    method,
    params: new Map(),
    query: [],
    headers,
    body: null,
    json: undefined,
  }
  for (const { name, in: place, schema = {} } of parameters) {
    const value = () => encodeURIComponent(String(valueFor(schema, name, dice, known)))
    if (place === 'path') draft.params.set(name, value())
    else if (place === 'query' && dice.chance(0.4)) draft.query.push([name, value()])
    else if (place === 'header' && name === 'if-match') {
      // Without the version of a campaign, nothing behind the door would be reached.
      if (dice.chance(0.9)) headers.push([name, dice.pick(['"1"', '"2"', ...known.etags.slice(-5)])])
    } else if (place === 'header' && dice.chance(0.2)) headers.push([name, dice.uuid()])
  }
  if (known.etags.length > 0 && dice.chance(0.1)) {
    headers.push([dice.pick(['if-match', 'if-none-match']), dice.pick(known.etags)])
  }
  const types = Object.keys(bodies)
  if (types.length === 0) return draft
  const type = dice.pick(types)
  headers.push(['content-type', type])
  if (type === 'application/json') draft.json = valueFor(bodies[type] ?? {}, '', dice, known)
  draft.body = Buffer.from(type === 'application/json' ? JSON.stringify(draft.json) : linesOf(type, dice))
  return draft
}

/** A value that (mostly) matches the schema: what a normal client would send. */
function valueFor(schema: Schema, name: string, dice: Dice, known: Known): unknown {
  if (schema.enum !== undefined) return dice.pick(schema.enum)
  const type = typeof schema.type === 'string' ? schema.type : dice.pick(schema.type ?? ['string'])
  const { minimum = 0, maximum = 1_000, items = {} } = schema
  switch (type) {
    case 'null':
      return null
    case 'boolean':
      return dice.chance(0.5)
    case 'integer':
    case 'number':
      return minimum + dice.below(Math.min(maximum - minimum, 1_000) + 1)
    case 'array':
      return Array.from({ length: 1 + dice.below(3) }, () => valueFor(items, name, dice, known))
    case 'object':
      return objectFor(schema, dice, known)
    default:
      return textFor(schema, name, dice, known)
  }
}

function objectFor(schema: Schema, dice: Dice, known: Known): Record<string, unknown> {
  const { properties = {}, required = [], maxProperties } = schema
  const names = Object.keys(properties)
  if (names.length === 0) return dice.chance(0.5) ? { plan: 'pro' } : { screen: 'home', seats: '3' }
  const some = names.filter((name) => required.includes(name) || dice.chance(0.3))
  const chosen = maxProperties === 1 ? [dice.pick(names)] : some
  return Object.fromEntries(chosen.map((name) => [name, valueFor(properties[name] ?? {}, name, dice, known)]))
}

function textFor({ format, minLength = 0 }: Schema, name: string, dice: Dice, known: Known): string {
  if (format === 'uuid') return known.ids.length > 0 && dice.chance(0.9) ? dice.pick(known.ids) : dice.uuid()
  if (format === 'date-time') return dice.pick(['2031-05-01T09:00:00Z', '2031-12-31T23:59:59.999+02:00'])
  if (name === 'cursor') return known.cursors.length > 0 ? dice.pick(known.cursors) : 'eyJ2IjoxfQ'
  if (/^address$/.test(name)) return dice.pick(ADDRESSES)
  if (/^externalIds?$/.test(name)) return dice.pick(MEMBERS)
  if (name === 'deviceId') return String(1 + dice.below(50))
  if (/^(link|imageUrl)$/.test(name)) return 'https://example.com/a?b=c'
  if (/^locales?$/.test(name)) return dice.pick(['de', 'de-AT', 'en'])
  if (name === 'timezone') return dice.pick(['Europe/Vienna', 'UTC'])
  return 'a text that is long enough'.repeat(1 + Math.floor(minLength / 26))
}

/** A short device list. */
function linesOf(type: string, dice: Dice): string {
  const rows = Array.from({ length: 1 + dice.below(5) }, () => ({
    address: dice.pick(ADDRESSES),
    externalId: dice.pick(MEMBERS),
    platform: dice.pick(['android', 'ios', 'web']),
  }))
  if (type !== 'text/csv') return rows.map((row) => `${JSON.stringify(row)}\n`).join('')
  return ['address,externalId,platform', ...rows.map((row) => Object.values(row).join()), ''].join('\n')
}

function bytesOf({ operation, params, query, headers, body, method, cutAt, firstLine }: Draft): Buffer {
  const path = operation.path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => params.get(name) ?? 'x')
  const search = query.map(([name, value]) => `${name}=${value}`).join('&')
  const isFramed = headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name))
  const lines = headers.map(([name, value]) => `${name}: ${value}`)
  let content = body ?? Buffer.alloc(0)
  if (content.length > 0 && !isFramed) {
    lines.push(cutAt === undefined ? `content-length: ${content.length}` : 'transfer-encoding: chunked')
    if (cutAt !== undefined) content = inChunks(content, cutAt)
  }
  const first = firstLine ?? `${method} ${path}${search === '' ? '' : `?${search}`} HTTP/1.1`
  return Buffer.concat([Buffer.from([first, ...lines, '', ''].join('\r\n'), 'latin1'), content])
}

function inChunks(body: Buffer, cutAt: number): Buffer {
  const pieces = [body.subarray(0, cutAt), body.subarray(cutAt)].filter(({ length }) => length > 0)
  const framed = pieces.flatMap((piece) => [`${piece.length.toString(16)}\r\n`, piece, '\r\n'])
  return Buffer.concat([...framed, '0\r\n\r\n'].map((part) => Buffer.from(part as string)))
}
