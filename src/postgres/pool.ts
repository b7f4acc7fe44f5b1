/**
 * Opens PostgreSQL. One pool serves two clients: `pg` with named statements for everything that touches a batch or more
 * (a hot statement costs a twentieth of Prisma's createMany), and Prisma (prisma.ts) for users, API keys, sessions
 * and idempotency keys, which are single rows.
 */
import pg from 'pg'
import type { Config } from '../config/config.ts'
import type { Logger } from '../process/logger.ts'
import { connectionTo } from './host-client.ts'
import { TimelineGate } from './timeline.ts'

export type Pool = pg.Pool
/** A pool or one of its clients, so that a statement can run inside or outside of a transaction. */
export type Queryable = Pick<pg.Pool, 'query'>

const INT8 = 20
const INT8_ARRAY = 1016

/**
 * Parses int8 as a JavaScript number: ids come from sequences and counts from rows, both far below 2^53, and BigInt
 * would slow down every batch. Prisma has its own parsers and is not affected.
 */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === INT8) return Number
    if (oid === INT8_ARRAY) return parseInt8Array
    return format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : pg.types.getTypeParser(oid, 'text')
  }) as pg.CustomTypesConfig['getTypeParser'],
}

/** Parses `{1,2,3}`, without nulls and nesting: `batches.device_ids` and array_agg over a primary key. */
function parseInt8Array(text: string): number[] {
  return text.length <= 2 ? [] : text.slice(1, -1).split(',').map(Number)
}

/**
 * A named statement keeps the plan of its first executions. A plan made while a table was almost empty (a new
 * installation, a new month's partition) scans the whole table, and is kept until statistics are collected a minute into
 * the campaign that fills it: measured, 570 ms instead of 1 ms for each batch by then. With these scans and joins
 * disabled, the plan uses keys from the start. And it is made once: PostgreSQL would plan a statement with arrays anew each time
 * whose arrays are shorter than the ten rows it expects.
 */
const KEYS_ONLY = [
  ...['seqscan', 'hashjoin', 'mergejoin', 'material'].map((way) => `SET enable_${way} = off`),
  'SET plan_cache_mode = force_generic_plan',
]

/**
 * Prisma's adapter sends a time without its zone and drops the zone of one it reads, which is right in UTC only. On a
 * server with another time zone, times written by Prisma and by now() would differ by its offset.
 */
const UTC = 'SET TimeZone = UTC'

/**
 * PostgreSQL compiles a statement that it expects to be long. Of campaigns that are closed, it expects the batches to be read,
 * which they are not: measured, a page of 25 large ones took 1.2 s, of which 1.19 s for compiling.
 */
const NO_COMPILER = 'SET jit = off'

/**
 * Waiting for a connection and running a statement have time limits, so that a slow database causes errors instead of
 * hanging the process. `name` appears in pg_stat_activity. `byKeyOnly`: no statement of this process should scan a whole
 * table.
 */
export function openPool(
  config: Config['database'],
  name: string,
  log: Logger,
  { byKeyOnly = false } = {},
): Pool {
  const gate = new TimelineGate()
  const prepare = async (client: pg.ClientBase) => {
    // Not as `options`: those of DATABASE_URL would replace them.
    await client.query([UTC, NO_COMPILER, ...(byKeyOnly ? KEYS_ONLY : [])].join('; '))
    await gate.pass(client)
  }
  const pool = new pg.Pool({
    ...connectionTo(config.url),
    application_name: `carillon-${name}`,
    max: config.poolSize,
    connectionTimeoutMillis: config.poolWaitMs,
    idleTimeoutMillis: 30_000,
    statement_timeout: config.statementTimeoutMs,
    // For a server that disappeared without closing the connection: its own timeout cannot report anything.
    query_timeout: config.statementTimeoutMs + 2_000,
    idle_in_transaction_session_timeout: config.statementTimeoutMs,
    keepAlive: true,
    types,
    // Its type says that nobody waits for it; pg-pool does.
    onConnect: ((client: pg.ClientBase) => prepare(client)) as unknown as (
      client: pg.ClientBase,
    ) => undefined,
  })
  // Without listeners, a connection that breaks while idle or between two statements would end the process. Code that
  // holds the connection gets the error from its next statement.
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection was lost'))
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/** A connection outside of the pool, to the same server and with the same settings. `patienceMs`: to connect, and for an answer. */
export function openClient(pool: Pool, patienceMs: number): pg.Client {
  const { Client = pg.Client } = pool.options as pg.PoolOptions & { Client?: typeof pg.Client }
  const client = new Client({
    ...pool.options,
    connectionTimeoutMillis: patienceMs,
    query_timeout: patienceMs,
    statement_timeout: patienceMs,
  })
  client.on('error', () => {})
  return client
}

/**
 * Runs `work` in one transaction on one connection and rolls back if it throws. Never wait for the network inside.
 * `settings`: statements for this transaction only (SET LOCAL …), sent without an additional round trip.
 */
export async function inTransaction<T>(
  pool: Pool,
  work: (tx: Queryable) => Promise<T>,
  settings = '',
): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query(`BEGIN; ${settings}`)
    const result = await work(client)
    await client.query('COMMIT')
    return result
  } catch (error) {
    // This server was the primary and is not any more: the next connection goes to the one that is.
    if (isReadOnly(error)) broken = error
    // A connection that cannot roll back must not return to the pool with an open transaction.
    await client.query('ROLLBACK').catch((rollbackError: Error) => {
      broken = rollbackError
    })
    throw error
  } finally {
    client.release(broken)
  }
}

/** SQLSTATEs after which the same statement may succeed, with their names. */
const TRANSIENT: ReadonlySet<string> = new Set([
  '25006', // read_only_sql_transaction: the server is a standby, or was made read-only
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '53300', // too_many_connections
  '55P03', // lock_not_available
  '57014', // query_canceled: the statement timeout
  '57P01', // admin_shutdown: the backend was terminated
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now: the server is starting
])

/** Whether another try may succeed. Errors of the connection itself have a system code or none. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = sqlStateOf(error)
  if (code !== undefined) return TRANSIENT.has(code) || code.startsWith('08') || /^E[A-Z]+$/.test(code)
  return /connect|timeout/i.test(error.message)
}

/** Whether the server refused to write. A pool discards the connection after any error of `pool.query`. */
function isReadOnly(error: unknown): error is Error {
  return error instanceof Error && sqlStateOf(error) === '25006'
}

/** Whether the error is a timeout of a statement or of the wait for a connection. */
export function isTooSlow(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = sqlStateOf(error)
  // query_canceled and lock_not_available. Timeouts of the pool and of pg itself have no code.
  return code === undefined ? /timeout/i.test(error.message) : code === '57014' || code === '55P03'
}

/** Prisma wraps the server's error and gives it a code of its own. */
function sqlStateOf(error: Error): string | undefined {
  const { code, meta } = error as { code?: unknown; meta?: { driverAdapterError?: { cause?: unknown } } }
  const { originalCode } = (meta?.driverAdapterError?.cause ?? {}) as { originalCode?: unknown }
  const known = originalCode ?? code
  return typeof known === 'string' ? known : undefined
}
