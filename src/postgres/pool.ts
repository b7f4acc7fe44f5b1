/**
 * Opens and closes PostgreSQL. Two ways in, over one pool: `pg` with named statements for everything that touches
 * a batch or more (a hot statement costs a twentieth of what Prisma's createMany costs), and Prisma (prisma.ts) for
 * what the API does to single rows.
 */
import pg from 'pg'
import type { Config } from '../config/config.ts'
import type { Logger } from '../process/logger.ts'

export type Pool = pg.Pool
/** A pool or one client of it: what a statement needs, in or out of a transaction. */
export type Queryable = Pick<pg.Pool, 'query'>

const INT8 = 20
const INT8_ARRAY = 1016

/**
 * int8 arrives as a JavaScript number: ids come from sequences and counts from rows, both far below 2^53, and
 * BigInt would cost on every batch. Prisma brings its own parsers and is not touched by this.
 */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === INT8) return Number
    if (oid === INT8_ARRAY) return parseInt8Array
    return format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : pg.types.getTypeParser(oid, 'text')
  }) as pg.CustomTypesConfig['getTypeParser'],
}

/** `{1,2,3}`. No nulls and no nesting: `batches.device_ids` and array_agg over a primary key. */
function parseInt8Array(text: string): number[] {
  return text.length <= 2 ? [] : text.slice(1, -1).split(',').map(Number)
}

/**
 * A named statement keeps the plan of its first uses. One made while a table was all but empty (a new installation,
 * a new month's partition) reads the whole of it, and is kept until statistics are collected, a minute into a
 * campaign that fills it: measured, 570 ms instead of 1 ms for each batch by then. Without these ways to join and
 * to scan, the plan is the one by key from the start.
 */
const KEYS_ONLY = ['seqscan', 'hashjoin', 'mergejoin', 'material']
  .map((way) => `-c enable_${way}=off`)
  .join(' ')

/**
 * Waits and statements are bounded, so that a slow database is an error with a name and not a standstill.
 * `name` shows in pg_stat_activity. `byKeyOnly`: none of this process's statements is to read a whole table.
 */
export function openPool(
  config: Config['database'],
  name: string,
  log: Logger,
  { byKeyOnly = false } = {},
): Pool {
  const pool = new pg.Pool({
    connectionString: config.url,
    application_name: `carillon-${name}`,
    max: config.poolSize,
    connectionTimeoutMillis: config.poolWaitMs,
    idleTimeoutMillis: 30_000,
    statement_timeout: config.statementTimeoutMs,
    // Should the server have gone without a word, its own timeout says nothing either.
    query_timeout: config.statementTimeoutMs + 2_000,
    idle_in_transaction_session_timeout: config.statementTimeoutMs,
    keepAlive: true,
    ...(byKeyOnly && { options: KEYS_ONLY }),
    types,
  })
  // Without a listener, a connection that dies would end the process: while it is idle, or between two statements
  // of whoever has it, who learns of it from the next statement.
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection was lost'))
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/**
 * Runs `deed` in one transaction on one connection; rolls back when it throws. Never wait for the network inside.
 * `settings`: statements for this transaction alone (SET LOCAL …), which cost no round trip of their own.
 */
export async function inTransaction<T>(
  pool: Pool,
  deed: (tx: Queryable) => Promise<T>,
  settings = '',
): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query(`BEGIN; ${settings}`)
    const result = await deed(client)
    await client.query('COMMIT')
    return result
  } catch (error) {
    // A connection that cannot roll back must not go back to the pool with an open transaction.
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
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '53300', // too_many_connections
  '55P03', // lock_not_available
  '57014', // query_canceled: the statement timeout
  '57P01', // admin_shutdown: the backend was terminated
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now: the server is starting
])

/** Whether it is worth trying again. Errors of the connection itself carry a system code, or none at all. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = sqlStateOf(error)
  if (code !== undefined) return TRANSIENT.has(code) || code.startsWith('08') || /^E[A-Z]+$/.test(code)
  return /connect|timeout/i.test(error.message)
}

/** Whether the database, or a connection to it, was not there in time: the statement was given up, nothing is broken. */
export function isTooSlow(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = sqlStateOf(error)
  // query_canceled and lock_not_available; the pool's own words, and pg's, have no code.
  return code === undefined ? /timeout/i.test(error.message) : code === '57014' || code === '55P03'
}

/** Prisma wraps what the server said, and gives it a code of its own. */
function sqlStateOf(error: Error): string | undefined {
  const { code, meta } = error as { code?: unknown; meta?: { driverAdapterError?: { cause?: unknown } } }
  const { originalCode } = (meta?.driverAdapterError?.cause ?? {}) as { originalCode?: unknown }
  const known = originalCode ?? code
  return typeof known === 'string' ? known : undefined
}
