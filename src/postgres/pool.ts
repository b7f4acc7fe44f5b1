/**
 * The connection pool, transactions, and which errors are temporary. Two clients share one pool: `pg` for every table
 * that a campaign's run touches (a hot statement costs a twentieth of Prisma's createMany), Prisma (prisma.ts) for the
 * single rows of administration.
 */
import pg from 'pg'
import type { Config } from '../config/config.ts'
import type { Logger } from '../process/logger.ts'

export type Pool = pg.Pool
/** A pool, or one client of it in a transaction. */
export type Queryable = Pick<pg.Pool, 'query'>

const INT8 = 20
const INT8_ARRAY = 1016

/**
 * int8 is parsed as a number: ids come from sequences and counts from rows, both far below 2^53, and BigInt would be
 * slower for every batch. Prisma has its own parsers and is not affected.
 */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === INT8) return Number
    if (oid === INT8_ARRAY) return parseInt8Array
    return format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : pg.types.getTypeParser(oid, 'text')
  }) as pg.CustomTypesConfig['getTypeParser'],
}

/** `{1,2,3}` without nulls or nesting: `batches.device_ids`, and array_agg over a primary key. */
function parseInt8Array(text: string): number[] {
  return text.length <= 2 ? [] : text.slice(1, -1).split(',').map(Number)
}

/**
 * A named statement keeps the plan of its first executions. A plan made while a table is nearly empty (a new
 * installation, a new month's partition) scans the whole table, and is kept until statistics are collected, a minute
 * into the campaign that fills it: measured, 570 ms instead of 1 ms a batch by then. With these scan and join methods
 * disabled, the plan uses the keys from the start.
 */
const KEYS_ONLY = ['seqscan', 'hashjoin', 'mergejoin', 'material']
  .map((way) => `-c enable_${way}=off`)
  .join(' ')

/**
 * Every wait and every statement has a timeout, so that a slow database causes a known error instead of a hang.
 * `name` is shown in pg_stat_activity. `byKeyOnly`: no statement of this process may scan a whole table.
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
    // If the server has disappeared without closing the connection, its own timeout does not fire.
    query_timeout: config.statementTimeoutMs + 2_000,
    idle_in_transaction_session_timeout: config.statementTimeoutMs,
    keepAlive: true,
    ...(byKeyOnly && { options: KEYS_ONLY }),
    types,
  })
  // Without these listeners, a lost connection would crash the process: an idle one, or one that is lost between two
  // statements of a transaction, where the next statement fails anyway.
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection was lost'))
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/**
 * Runs `work` in one transaction on one connection; rolls back if it throws. Never wait for the network inside.
 * `settings`: statements for this transaction only (SET LOCAL …), sent together with BEGIN.
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
    // A connection that could not roll back must not return to the pool with an open transaction.
    await client.query('ROLLBACK').catch((rollbackError: Error) => {
      broken = rollbackError
    })
    throw error
  } finally {
    client.release(broken)
  }
}

/** SQLSTATEs after which the same statement may succeed. */
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

/** Whether the same statement may succeed later. Errors of the connection itself have a system code, or no code. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = sqlStateOf(error)
  if (code !== undefined) return TRANSIENT.has(code) || code.startsWith('08') || /^E[A-Z]+$/.test(code)
  return /connect|timeout/i.test(error.message)
}

/** Whether a statement, or the wait for a connection, ran into its timeout. */
export function isTooSlow(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = sqlStateOf(error)
  // query_canceled, lock_not_available. The timeouts of the pool and of pg itself have no code.
  return code === undefined ? /timeout/i.test(error.message) : code === '57014' || code === '55P03'
}

/** Prisma wraps the server's error and gives it its own code. */
function sqlStateOf(error: Error): string | undefined {
  const { code, meta } = error as { code?: unknown; meta?: { driverAdapterError?: { cause?: unknown } } }
  const { originalCode } = (meta?.driverAdapterError?.cause ?? {}) as { originalCode?: unknown }
  const known = originalCode ?? code
  return typeof known === 'string' ? known : undefined
}
