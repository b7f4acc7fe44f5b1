/**
 * Makes one request: what a route of the OpenAPI document takes, and then up to three things wrong with it. All of it
 * ends as bytes, since a client library would refuse to send the worst.
 */
import type { Dice } from './dice.ts'
import { type Known, MEMBERS, type Schema, TOKENS, valueFor } from './schema-values.ts'
import { WRONGS } from './wrongs.ts'

interface Parameter {
  name: string
  in: string
  schema?: Schema
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
  /** Encoded, in the order of the address. */
  params: Map<string, string>
  query: [name: string, value: string][]
  headers: [name: string, value: string][]
  body: Buffer | null
  /** JSON of the body before it became bytes; undefined when it is none. */
  json: unknown
  /** The body goes in two chunks, cut here. */
  cutAt?: number
  /** Replaces the first line, or the whole, by what is no HTTP. */
  firstLine?: string
  /** No answer is owed: the request does not end, or is no request. */
  mayClose?: boolean
  wrongs: string[]
}

export interface FuzzRequest {
  route: string
  method: string
  bytes: Buffer
  wrongs: readonly string[]
  mayClose: boolean
}

interface OpenApi {
  paths?: Record<string, Record<string, OpenApiOperation>>
}

interface OpenApiOperation {
  parameters?: Parameter[]
  requestBody?: { content?: Record<string, { schema?: Schema }> }
}

export function operationsOf(document: object): Operation[] {
  return Object.entries((document as OpenApi).paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      parameters,
      bodies: Object.fromEntries(
        Object.entries(requestBody?.content ?? {}).map(([type, { schema = {} }]) => [type, schema]),
      ),
    })),
  )
}

export function makeRequest(
  operation: Operation,
  dice: Dice,
  known: Known,
  keys: readonly string[],
): FuzzRequest {
  const draft = draftOf(operation, dice, known)
  draft.headers.push(['authorization', `Bearer ${dice.chance(0.9) ? keys[0] : dice.pick(keys)}`])
  const count = dice.pick([0, 1, 1, 1, 2, 3])
  for (let index = 0; index < count; index += 1) {
    const [name, apply] = dice.pick(WRONGS)
    apply(draft, dice)
    draft.wrongs.push(name)
  }
  return {
    route: `${operation.method} ${operation.path}`,
    method: draft.method,
    bytes: bytesOf(draft),
    wrongs: draft.wrongs,
    mayClose: draft.mayClose === true,
  }
}

function draftOf(operation: Operation, dice: Dice, known: Known): Draft {
  const { method, parameters, bodies } = operation
  const draft: Draft = {
    operation,
    method,
    params: new Map(),
    query: [],
    headers: [['host', 'fuzz.test']],
    body: null,
    json: undefined,
    wrongs: [],
  }
  for (const { name, in: place, schema = {} } of parameters) {
    const value = () => String(valueFor(schema, name, dice, known))
    if (place === 'path') draft.params.set(name, encodeURIComponent(value()))
    else if (place === 'query' && dice.chance(0.4)) draft.query.push([name, encodeURIComponent(value())])
    else if (place === 'header' && dice.chance(0.2)) draft.headers.push([name, dice.uuid()])
  }
  if (known.etags.length > 0 && dice.chance(0.1)) {
    draft.headers.push([dice.pick(['if-match', 'if-none-match']), dice.pick(known.etags)])
  }
  const types = Object.keys(bodies)
  if (types.length > 0) {
    const type = dice.pick(types)
    draft.headers.push(['content-type', type])
    if (type === 'application/json') {
      draft.json = valueFor(bodies[type] ?? {}, '', dice, known)
      draft.body = Buffer.from(JSON.stringify(draft.json))
    } else {
      draft.body = Buffer.from(linesOf(type, dice))
    }
  }
  return draft
}

/** A short device list. */
function linesOf(type: string, dice: Dice): string {
  const rows = Array.from({ length: 1 + dice.below(5) }, () => ({
    token: dice.pick(TOKENS),
    externalId: dice.pick(MEMBERS),
    platform: dice.pick(['android', 'ios', 'web']),
  }))
  if (type !== 'text/csv') return rows.map((row) => `${JSON.stringify(row)}\n`).join('')
  const lines = rows.map(({ token, externalId, platform }) => `${token},${externalId},${platform}\n`)
  return `token,externalId,platform\n${lines.join('')}`
}

function bytesOf(draft: Draft): Buffer {
  const { operation, params, query, headers, body, method } = draft
  const path = operation.path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => params.get(name) ?? 'x')
  const search = query.map(([name, value]) => `${name}=${value}`).join('&')
  const firstLine = draft.firstLine ?? `${method} ${path}${search === '' ? '' : `?${search}`} HTTP/1.1`
  const isFramed = headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name))
  const framed = [...headers]
  let content = body ?? Buffer.alloc(0)
  if (content.length > 0 && !isFramed) {
    if (draft.cutAt === undefined) framed.push(['content-length', String(content.length)])
    else {
      framed.push(['transfer-encoding', 'chunked'])
      content = inChunks(content, draft.cutAt)
    }
  }
  const head = [firstLine, ...framed.map(([name, value]) => `${name}: ${value}`)].join('\r\n')
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`, 'latin1'), content])
}

function inChunks(body: Buffer, cutAt: number): Buffer {
  const pieces = [body.subarray(0, cutAt), body.subarray(cutAt)].filter(({ length }) => length > 0)
  return Buffer.concat([
    ...pieces.flatMap((piece) => [
      Buffer.from(`${piece.length.toString(16)}\r\n`),
      piece,
      Buffer.from('\r\n'),
    ]),
    Buffer.from('0\r\n\r\n'),
  ])
}
