/**
 * Sends hostile requests to an API and holds every answer against what it must be: no 500, no hang, no answer that is
 * not problem+json, nothing changed by what was refused. Bounded in number; several connections at a time.
 */
import type { Pool } from '../../src/postgres/pool.ts'
import { Connection, type Exchange } from './connection.ts'
import { databaseState } from './database-state.ts'
import { Dice } from './dice.ts'
import { judgeReply } from './judge-reply.ts'
import { type FuzzRequest, makeRequest, operationsOf } from './make-request.ts'
import type { Known } from './schema-values.ts'

const CONNECTIONS = 8
const PATIENCE_MS = 30_000
/** So many requests go by between two that are sent alone, to see what they change. */
const LOOK_EVERY = 50
const MOST_FINDINGS = 50
const MOST_KNOWN = 200

export interface FuzzOptions {
  port: number
  /** The API's own OpenAPI document. */
  document: object
  /** API keys; the first is used most. */
  keys: readonly string[]
  pool: Pool
  requests: number
  seed: number
  /** The number of the first request, to repeat a finding. */
  first?: number
  /** Ids of campaigns there are. */
  ids?: readonly string[]
  signal?: AbortSignal
  onProgress?: (done: number) => void
}

export interface Finding {
  request: number
  route: string
  wrongs: readonly string[]
  problem: string
  /** Base64 of the request's first bytes. */
  bytes: string
}

export interface FuzzReport {
  requests: number
  seed: number
  seconds: number
  routes: number
  /** By status; "closed" is a connection closed on what was no request. */
  answers: Record<string, number>
  codes: Record<string, number>
  /** Requests sent alone and refused, after which all rows were as before. */
  refusalsLookedAt: number
  findings: Finding[]
}

export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { port, document, keys, pool, requests, seed, first = 0, ids = [], signal, onProgress } = options
  const operations = operationsOf(document)
  const known: Known = { ids: [...ids], cursors: [], etags: [] }
  const report: FuzzReport = {
    requests: 0,
    seed,
    seconds: 0,
    routes: operations.length,
    answers: {},
    codes: {},
    refusalsLookedAt: 0,
    findings: [],
  }
  const startedAt = performance.now()
  const free: Connection[] = []

  const requestOf = (number: number) => {
    // Numbers that follow one another must not begin alike.
    const dice = new Dice(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b))
    return makeRequest(dice.pick(operations), dice, known, keys)
  }

  const send = async (number: number): Promise<Exchange> => {
    const request = requestOf(number)
    // A connection of its own for what may leave one in disorder.
    let connection = request.mayClose ? undefined : free.pop()
    if (!connection?.isOpen) connection = await Connection.open(port)
    let reply = await connection.exchange(request.bytes, request.method, request.mayClose ? 200 : PATIENCE_MS)
    if (request.mayClose && reply === 'hung') {
      // It waits for the rest, as it should. There is none.
      connection.end()
      reply = await connection.read(request.method, PATIENCE_MS)
    }
    const keeps = typeof reply === 'object' && reply.headers.connection !== 'close' && !request.mayClose
    if (keeps && connection.isOpen) free.push(connection)
    else connection.close()
    note(number, request, reply)
    return reply
  }

  const note = (number: number, request: FuzzRequest, reply: Exchange) => {
    report.requests += 1
    count(report.answers, typeof reply === 'object' ? String(reply.status) : reply)
    const problem = judgeReply(request, reply)
    if (problem !== null) addFinding(number, request, problem)
    if (typeof reply === 'object') learn(reply, known, report.codes)
    if (report.requests % 500 === 0) onProgress?.(report.requests)
  }

  const addFinding = (number: number, { route, wrongs, bytes }: FuzzRequest, problem: string) => {
    if (report.findings.length >= MOST_FINDINGS) return
    const shown = bytes.subarray(0, 600).toString('base64')
    report.findings.push({ request: number, route, wrongs, problem, bytes: shown })
  }

  for (let number = first; number < first + requests && !signal?.aborted; ) {
    const end = Math.min(number + LOOK_EVERY - 1, first + requests)
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        while (number < end) await send(number++)
      }),
    )
    if (number >= first + requests) break
    const before = await databaseState(pool)
    const reply = await send(number++)
    if (typeof reply !== 'object' || reply.status < 400) continue
    report.refusalsLookedAt += 1
    if ((await databaseState(pool)) !== before) {
      addFinding(number - 1, requestOf(number - 1), `the answer is ${reply.status}, and rows have changed`)
    }
  }
  for (const connection of free) connection.close()
  report.seconds = Math.round((performance.now() - startedAt) / 100) / 10
  return report
}

/** What exists now, for later requests. Keys and users are left alone: the run itself needs one. */
function learn(
  { status, headers, body }: Exclude<Exchange, string>,
  known: Known,
  codes: Record<string, number>,
) {
  if (headers.etag !== undefined) keep(known.etags, headers.etag)
  if (!headers['content-type']?.includes('json') || body.length > 200_000) return
  let json: { id?: unknown; nextCursor?: unknown; code?: unknown; message?: unknown }
  try {
    json = JSON.parse(body.toString())
  } catch {
    return
  }
  if (status >= 400) count(codes, String(json.code))
  if (typeof json.nextCursor === 'string') keep(known.cursors, json.nextCursor)
  if (status === 201 && typeof json.id === 'string' && json.message !== undefined) keep(known.ids, json.id)
}

function keep(list: string[], value: string): void {
  list.push(value)
  if (list.length > MOST_KNOWN) list.splice(0, MOST_KNOWN / 2)
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}
