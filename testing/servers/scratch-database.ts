/**
 * A database for one run on a server that may hold the user's data: created, migrated, dropped. Nothing else on the server
 * is touched. Databases of killed runs are dropped by a later run.
 */
import pg from 'pg'
import { withDatabase } from '../../src/config/database-address.ts'
import { connectionTo } from '../../src/postgres/host-client.ts'
import { migrate } from '../../src/postgres/migrate.ts'
import { SetupError } from '../terminal/command.ts'

const PREFIX = 'carillon_run_'
/** A live run is always connected; the margin is for one that has just begun. */
const ABANDONED_MS = 600_000

export interface ScratchDatabase {
  name: string
  url: string
  drop(): Promise<void>
}

let count = 0

export async function createScratchDatabase(
  serverUrl: string,
  queueSchema: string,
): Promise<ScratchDatabase> {
  const name = `${PREFIX}${Date.now().toString(36)}_${process.pid}_${++count}`
  try {
    await asAdmin(serverUrl, async (admin) => {
      await dropAbandoned(admin)
      await admin.query(`CREATE DATABASE ${name} TEMPLATE template0`)
    })
  } catch (error) {
    const { message, code } = error as Error & { code?: string }
    throw new SetupError(
      `No database of its own could be made on ${withoutPassword(serverUrl)}: ${message || code}. Give DATABASE_URL a user who may create databases, or unset it to use the embedded PostgreSQL.`,
    )
  }
  const drop = () =>
    asAdmin(serverUrl, (admin) => admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)).then(() => {})
  const url = withDatabase(serverUrl, name)
  try {
    await migrate(url, { queueSchema })
  } catch (error) {
    await drop()
    throw error
  }
  return { name, url, drop }
}

/** Only databases with our prefix and without connections. Their names contain the time. */
async function dropAbandoned(admin: pg.Client): Promise<void> {
  const { rows } = await admin.query<{ name: string }>(
    `SELECT datname AS name FROM pg_database d WHERE starts_with(datname, $1)
        AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname)`,
    [PREFIX],
  )
  for (const { name } of rows) {
    const madeAt = Number.parseInt(name.slice(PREFIX.length).split('_')[0] ?? '', 36)
    if (Date.now() - madeAt > ABANDONED_MS) {
      await admin.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)}`)
    }
  }
}

async function asAdmin<T>(serverUrl: string, use: (admin: pg.Client) => Promise<T>): Promise<T> {
  const { Client, connectionString } = connectionTo(serverUrl)
  const admin = new Client({ connectionString, connectionTimeoutMillis: 5_000 })
  await admin.connect()
  try {
    return await use(admin)
  } finally {
    await admin.end()
  }
}

export function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//***@')
}
