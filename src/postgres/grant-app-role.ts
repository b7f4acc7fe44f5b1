/**
 * What the role that the processes run as may do (DATABASE_APP_ROLE): read and change rows. It owns nothing, so it can neither make,
 * alter, drop nor truncate a table, nor give anybody a right; the partitions of `deliveries` are made and dropped by two functions
 * of the owner (prisma/migrations). Granted by "npm run migrate", by the owner of the tables, each time: a new table is covered
 * by the migration that makes it.
 */
import pg from 'pg'
import type { Queryable } from './pool.ts'

/**
 * Tables of which it may do less than read, insert, update and delete. Results are written once, and go with their partition. What was
 * done is written once, too; the ends of its chain are moved by the functions of its owner (docs/security.md).
 */
const LESS: Readonly<Record<string, string>> = {
  _prisma_migrations: 'SELECT',
  projects: 'SELECT',
  deliveries: 'SELECT, INSERT',
  audit_events: 'SELECT, INSERT',
  audit_head: 'SELECT',
}

const ALL = 'SELECT, INSERT, UPDATE, DELETE'

/** The functions with the owner's rights. */
const OWNERS_FUNCTIONS = [
  'ensure_deliveries_partition(timestamptz)',
  'drop_deliveries_partition(timestamptz)',
  'cut_audit_events(integer, integer)',
]

export interface AppRole {
  role: string
  /** BullMQ's schema and the queues in it, if they are in this database; null: they are in Redis. */
  queues: { schema: string; names: readonly string[] } | null
}

/** Safe to run repeatedly, and while the processes run. */
export async function grantAppRole(db: Queryable, { role, queues }: AppRole): Promise<void> {
  await expectAppRole(db, role)
  const to = pg.escapeIdentifier(role)
  const { rows: tables } = await db.query<{ name: string; isPartition: boolean }>(
    `SELECT relname AS name, relispartition AS "isPartition" FROM pg_class
     WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') ORDER BY 1`,
  )
  const { rows } = await db.query<{ schema: string; database: string }>(
    'SELECT current_schema() AS schema, current_database() AS database',
  )
  const { schema, database } = rows[0] as { schema: string; database: string }
  const here = pg.escapeIdentifier(schema)
  const statements = [
    `GRANT USAGE ON SCHEMA ${here} TO ${to}`,
    `GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${here} TO ${to}`,
    ...OWNERS_FUNCTIONS.map((name) => `GRANT EXECUTE ON FUNCTION ${name} TO ${to}`),
  ]
  for (const { name, isPartition } of tables) {
    const table = `${here}.${pg.escapeIdentifier(name)}`
    // What an earlier release granted and this one does not is taken back.
    statements.push(`REVOKE ALL ON ${table} FROM ${to}`)
    // A partition is reached through its table only.
    if (!isPartition) statements.push(`GRANT ${LESS[name] ?? ALL} ON ${table} TO ${to}`)
  }
  if (queues !== null) statements.push(...(await queueStatements(db, queues, to, database)))
  await db.query(`BEGIN; ${statements.join('; ')}; COMMIT`)
}

/**
 * BullMQ's functions keep what they add in temporary tables, and make a sequence for each queue when its first job is added: the
 * former needs a right, the latter is done here.
 */
async function queueStatements(
  db: Queryable,
  { schema, names }: NonNullable<AppRole['queues']>,
  to: string,
  database: string,
): Promise<string[]> {
  const there = pg.escapeIdentifier(schema)
  const { rows } = await db.query<{ name: string }>(
    `SELECT ${there}.job_id_seq_name(q) AS name FROM unnest($1::text[]) q`,
    [names],
  )
  return [
    ...rows.map(({ name }) => `CREATE SEQUENCE IF NOT EXISTS ${there}.${pg.escapeIdentifier(name)}`),
    `GRANT TEMPORARY ON DATABASE ${pg.escapeIdentifier(database)} TO ${to}`,
    `GRANT USAGE ON SCHEMA ${there} TO ${to}`,
    `GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${there} TO ${to}`,
    `GRANT ${ALL} ON ALL TABLES IN SCHEMA ${there} TO ${to}`,
  ]
}

async function expectAppRole(db: Queryable, role: string): Promise<void> {
  const { rows } = await db.query<{ isSelf: boolean; mayMore: boolean }>(
    `SELECT rolname = current_user AS "isSelf", rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls AS "mayMore"
     FROM pg_roles WHERE rolname = $1`,
    [role],
  )
  const [found] = rows
  if (found === undefined) {
    throw new Error(
      `DATABASE_APP_ROLE is "${role}", and there is no such role. Create it: deploy/postgres/roles.sql shows how.`,
    )
  }
  if (found.isSelf || found.mayMore) {
    throw new Error(
      `DATABASE_APP_ROLE is "${role}", which ${found.isSelf ? 'is the role that migrates' : 'is a superuser, or may create roles or databases'}. Name a role that may do nothing else, or leave DATABASE_APP_ROLE unset.`,
    )
  }
}
