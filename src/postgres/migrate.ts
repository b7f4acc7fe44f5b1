/**
 * Migrates a database: applies the new migrations of prisma/migrations, then BullMQ's own tables, so that no process
 * needs the right to create tables at run time. The rows in `_prisma_migrations` and the lock are the same as
 * Prisma's, so `prisma migrate status` agrees and `prisma migrate deploy` may be used instead. Prisma itself is not
 * used to apply migrations: its engine is a download, and without it Prisma splits scripts on `;`, also inside
 * functions.
 *
 * One deliberate difference: a migration and its row are one transaction. A migration that fails leaves nothing
 * behind and can be run again after it is corrected; Prisma would leave it half applied, for an operator to resolve.
 */
import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runMigrations } from 'bullmq'
import pg from 'pg'
import { type AppRole, grantAppRole } from './grant-app-role.ts'
import { connectionTo } from './host-client.ts'
import type { Queryable } from './pool.ts'

const FOLDER = join(import.meta.dirname, '../../prisma/migrations')
/** The advisory lock of Prisma's schema engine: "prisma migrate" and this runner wait for each other. */
const PRISMA_LOCK = 72707369

const CREATE_TABLE = `CREATE TABLE "_prisma_migrations" (
    "id"                    VARCHAR(36) PRIMARY KEY NOT NULL,
    "checksum"              VARCHAR(64) NOT NULL,
    "finished_at"           TIMESTAMPTZ,
    "migration_name"        VARCHAR(255) NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        TIMESTAMPTZ,
    "started_at"            TIMESTAMPTZ NOT NULL DEFAULT now(),
    "applied_steps_count"   INTEGER NOT NULL DEFAULT 0
)`

interface Migration {
  name: string
  sql: string
  /** SHA-256 of the file, in hexadecimal. */
  checksum: string
  /** The checksums of the same file with LF and with CRLF, which Prisma accepts as well. */
  alsoKnownAs: readonly string[]
}

interface AppliedRow {
  name: string
  checksum: string
  isFinished: boolean
}

export class MigrationError extends Error {
  readonly code = 'migration_failed'
}

/**
 * Applies all missing migrations and returns their names. Of two calls at once, the second waits and then applies
 * nothing.
 */
export async function migrate(
  databaseUrl: string,
  options: { queueSchema: string; folder?: string; appRole?: AppRole | null },
  log: (line: string) => unknown = () => {},
): Promise<string[]> {
  const { Client, connectionString } = connectionTo(databaseUrl)
  const client = new Client({ connectionString, application_name: 'carillon-migrate' })
  await client.connect()
  try {
    await lock(client, log)
    const migrations = await readMigrations(options.folder ?? FOLDER)
    const pending = compare(migrations, await readApplied(client))
    if (!(await hasTable(client))) await client.query(CREATE_TABLE)
    for (const migration of pending) {
      await apply(client, migration)
      log(`applied ${migration.name}`)
    }
    const applied = pending.map(({ name }) => name)
    if (await migrateQueues(client, options.queueSchema)) {
      log(`applied BullMQ's tables in schema ${options.queueSchema}`)
      applied.push(options.queueSchema)
    }
    if (options.appRole) await grantAppRole(client, options.appRole)
    return applied
  } finally {
    await client.end()
  }
}

/** The names of migrations that are not applied yet. Throws if the applied ones are not those of this code. */
export async function pendingMigrations(db: Queryable, folder = FOLDER): Promise<string[]> {
  return compare(await readMigrations(folder), await readApplied(db)).map(({ name }) => name)
}

async function lock(client: pg.Client, log: (line: string) => unknown): Promise<void> {
  const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
    PRISMA_LOCK,
  ])
  if (rows[0]?.locked) return
  log('another process is migrating this database; waiting for it')
  await client.query('SELECT pg_advisory_lock($1)', [PRISMA_LOCK])
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8')
      const unix = sql.replaceAll('\r\n', '\n')
      const alsoKnownAs = [checksumOf(unix), checksumOf(unix.replaceAll('\n', '\r\n'))]
      return { name, sql, checksum: checksumOf(sql), alsoKnownAs }
    }),
  )
}

function checksumOf(sql: string): string {
  return createHash('sha256').update(sql).digest('hex')
}

async function hasTable(db: Queryable): Promise<boolean> {
  const { rows } = await db.query(`SELECT to_regclass('_prisma_migrations') IS NOT NULL AS present`)
  return rows[0].present
}

async function readApplied(db: Queryable): Promise<AppliedRow[]> {
  if (!(await hasTable(db))) return []
  const { rows } = await db.query<AppliedRow>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS "isFinished"
       FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at`,
  )
  return rows
}

/** The migrations to apply, in order. Throws if the applied ones do not match the files. */
function compare(migrations: readonly Migration[], applied: readonly AppliedRow[]): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]))
  for (const row of applied) {
    const migration = known.get(row.name)
    if (!migration) {
      throw new MigrationError(
        `The database has migration ${row.name}, which this release does not have: the database is newer than the code. Run the release that introduced this migration, or a later one.`,
      )
    }
    if (!row.isFinished) {
      throw new MigrationError(
        `Migration ${row.name} was started by "prisma migrate" and did not finish. Read its "logs" in _prisma_migrations, undo its changes, then run "prisma migrate resolve --rolled-back ${row.name}".`,
      )
    }
    if (migration.checksum !== row.checksum && !migration.alsoKnownAs.includes(row.checksum)) {
      throw new MigrationError(
        `Migration ${row.name} was changed after it was applied: the file has checksum ${migration.checksum}, the database ${row.checksum}. Restore the file and make the change in a new migration.`,
      )
    }
  }
  const done = new Set(applied.map((row) => row.name))
  return migrations.filter((migration) => !done.has(migration.name))
}

/** The script is sent as one query: only the server knows which `;` end a statement. */
async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  const startedAt = new Date()
  await client.query('BEGIN')
  try {
    await client.query(sql)
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, logs, started_at, applied_steps_count)
       VALUES ($1, $2, clock_timestamp(), $3, NULL, $4, 1)`,
      [randomUUID(), checksum, name, startedAt],
    )
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw new MigrationError(`Migration ${name} failed and was rolled back: ${describe(error, sql)}`, {
      cause: error,
    })
  }
}

function describe(error: unknown, sql: string): string {
  if (!(error instanceof pg.DatabaseError)) return String(error)
  const line = error.position ? ` (line ${sql.slice(0, Number(error.position)).split('\n').length})` : ''
  return [`${error.message}, SQLSTATE ${error.code}${line}.`, error.detail, error.hint]
    .filter(Boolean)
    .join(' ')
}

/** Returns whether BullMQ's tables were changed. BullMQ takes its own lock and transaction. */
async function migrateQueues(client: pg.Client, schema: string): Promise<boolean> {
  const before = await queueSchemaVersion(client, schema)
  return (await runMigrations(client, schema)) !== before
}

async function queueSchemaVersion(client: pg.Client, schema: string): Promise<number> {
  const table = `${pg.escapeIdentifier(schema)}.migration`
  const { rows } = await client.query('SELECT to_regclass($1) IS NOT NULL AS present', [table])
  if (!rows[0].present) return 0
  const versions = await client.query(`SELECT coalesce(max(version), 0)::int AS version FROM ${table}`)
  return versions.rows[0].version
}
