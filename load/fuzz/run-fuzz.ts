/**
 * Sends hostile requests to an API and checks every answer: no 500, no hang, only problem+json, no row changed by a
 * refused request. Bounded in number; several connections at a time.
 */
import type { Pool } from '../../src/postgres/pool.ts'
import { Connection, type Exchange, type Reply } from './connection.ts'
import { Dice } from './dice.ts'
import { type Callers, type FuzzRequest, type Known, makeRequest, operationsOf } from './make-request.ts'

const CONNECTIONS = 8
const PATIENCE_MS = 30_000
/** Every so many requests one is sent alone, to see what it changes. */
const ALONE_EVERY = 50
const MAX_FINDINGS = 50
const MAX_KNOWN = 200

export interface FuzzOptions extends Callers {
  port: number
  /** The API's own OpenAPI document. */
  document: object
  pool: Pool
  requests: number
  seed: number
  /** The number of the first request, to repeat a finding. */
  first?: number
  /** Ids of existing campaigns. */
  ids?: readonly string[]
  signal?: AbortSignal
  onProgress?: (done: number) => void
}

interface Finding {
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
  /** By status; "closed" is a connection that was closed without an answer. */
  answers: Record<string, number>
  codes: Record<string, number>
  /** Requests sent alone and refused, after which no row had changed. */
  refusalsLookedAt: number
  findings: Finding[]
}

export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const {
    port,
    document,
    keys,
    cookie,
    pool,
    requests,
    seed,
    first = 0,
    ids = [],
    signal,
    onProgress,
  } = options
  const operations = operationsOf(document)
  const known: Known = { ids: [...ids], cursors: [], etags: [] }
  const none = { requests: 0, seconds: 0, refusalsLookedAt: 0, answers: {}, codes: {}, findings: [] }
  const report: FuzzReport = { ...none, seed, routes: operations.length }
  const startedAt = performance.now()
  const free: Connection[] = []

  const send = async (number: number) => {
    // Consecutive numbers must give unrelated sequences.
    const dice = new Dice(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b))
    const request = makeRequest(dice.pick(operations), dice, known, { keys, cookie })
    // A connection of its own, because the request may leave it unusable.
    let connection = request.mayClose ? undefined : free.pop()
    if (!connection?.isOpen) connection = await Connection.open(port)
    let reply = await connection.exchange(request.bytes, request.method, request.mayClose ? 200 : PATIENCE_MS)
    if (request.mayClose && reply === 'hung') {
      // The server waits for the rest of the request, as it should.
      connection.end()
      reply = await connection.read(request.method, PATIENCE_MS)
    }
    const keeps = typeof reply === 'object' && reply.headers.connection !== 'close' && !request.mayClose
    if (keeps && connection.isOpen) free.push(connection)
    else connection.close()
    note(number, request, reply)
    return { request, reply }
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
    if (report.findings.length >= MAX_FINDINGS) return
    const shown = bytes.subarray(0, 600).toString('base64')
    report.findings.push({ request: number, route, wrongs, problem, bytes: shown })
  }

  for (let number = first; number < first + requests && !signal?.aborted; ) {
    const end = Math.min(number + ALONE_EVERY - 1, first + requests)
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        while (number < end) await send(number++)
      }),
    )
    if (number >= first + requests) break
    const before = await databaseState(pool)
    const { request, reply } = await send(number++)
    if (typeof reply !== 'object' || reply.status < 400) continue
    report.refusalsLookedAt += 1
    if ((await databaseState(pool)) !== before) {
      addFinding(number - 1, request, `the answer is ${reply.status}, and rows have changed`)
    }
  }
  for (const connection of free) connection.close()
  report.seconds = Math.round((performance.now() - startedAt) / 100) / 10
  return report
}

/** Remembers what exists, for later requests. Keys and users are not remembered: the run itself needs them. */
function learn({ status, headers, body }: Reply, known: Known, codes: Record<string, number>) {
  if (headers.etag !== undefined) keep(known.etags, headers.etag)
  if (!headers['content-type']?.includes('json') || body.length > 200_000) return
  const json = parsed(body) ?? {}
  if (status >= 400) count(codes, String(json.code))
  if (typeof json.nextCursor === 'string') keep(known.cursors, json.nextCursor)
  if (status === 201 && typeof json.id === 'string' && json.message !== undefined) keep(known.ids, json.id)
}

function keep(list: string[], value: string): void {
  list.push(value)
  if (list.length > MAX_KNOWN) list.splice(0, MAX_KNOWN / 2)
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}

/** What is wrong with the answer; null if nothing is. */
function judgeReply({ method, mayClose }: FuzzRequest, reply: Exchange): string | null {
  if (reply === 'closed') return mayClose ? null : 'the connection was closed without an answer'
  if (reply === 'hung') return 'no answer came in time'
  const { status, headers, body } = reply
  if (status >= 500) return `the answer is ${status}: ${body.toString().slice(0, 300)}`
  if (status < 400) return null
  if (!headers['content-type']?.startsWith('application/problem+json')) {
    return `the answer is ${status} and not problem+json, but ${headers['content-type']}: ${body.toString().slice(0, 200)}`
  }
  if (method === 'HEAD') return null
  const problem = parsed(body)
  if (problem?.status !== status) return `the problem says ${problem?.status} and the answer ${status}`
  for (const field of ['code', 'title', 'detail', 'requestId'] as const) {
    if (typeof problem[field] !== 'string' || problem[field] === '') return `the problem has no "${field}"`
  }
  if (problem.requestId !== headers['x-request-id']) return 'the requestId is not the one in the header'
  // It must not repeat a request of megabytes.
  if (body.length > 20_000) return `the problem has ${body.length} bytes`
  return null
}

function parsed(body: Buffer): Record<string, unknown> | null {
  try {
    return JSON.parse(body.toString())
  } catch {
    return null
  }
}

/** Columns written even when a request is refused: when a key or session was last used, and until when it is valid. */
const VOLATILE = ['last_used_at', 'last_seen_at', 'seen_at', 'expires_at']
/** Tables not written by requests. */
const OTHER_TABLES = ['processes', '_prisma_migrations']

/** A checksum of all rows of all tables: shows whether a refused request changed anything. */
async function databaseState(pool: Pool): Promise<string> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
       AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> ALL ($1) ORDER BY relname`,
    [OTHER_TABLES],
  )
  const sums = tables.map(
    ({ name }) =>
      `(SELECT count(*) || ':' || coalesce(sum(hashtextextended((to_jsonb(t) - $1::text[])::text, 0)), 0) FROM "${name}" t)`,
  )
  const { rows } = await pool.query<{ state: string }>(`SELECT concat_ws(' ', ${sums.join(', ')}) AS state`, [
    VOLATILE,
  ])
  return rows[0]?.state ?? ''
}
