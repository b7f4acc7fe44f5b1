import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assertSchemaCompatibility } from 'bullmq'
import { expect, onTestFinished, test } from 'vitest'
import { migrate, pendingMigrations } from '../../src/postgres/migrate.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'
import { listMigrations, withEngine } from './schema-engine.ts'

const A = { name: '20260101000000_first', sql: 'CREATE TABLE a (id int PRIMARY KEY);\n' }
const B = {
  name: '20260102000000_second',
  sql: `CREATE FUNCTION twice(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 2 * n; END $$;
DO $$ BEGIN PERFORM twice(1); END; $$; -- ends; here
INSERT INTO a VALUES (twice(21));
`,
}
const OPTIONS = { queueSchema: 'carillon_queue' }

async function setup(...migrations: { name: string; sql: string }[]) {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-migrations-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const write = async ({ name, sql }: { name: string; sql: string }) => {
    await mkdir(join(folder, name), { recursive: true })
    await writeFile(join(folder, name, 'migration.sql'), sql)
  }
  for (const migration of migrations) await write(migration)
  const { url, pool } = await createTestDatabase({ empty: true })
  const lines: string[] = []
  const run = (log: (line: string) => unknown = (line) => lines.push(line)) =>
    migrate(url, { ...OPTIONS, folder }, log)
  const recorded = async () => {
    const { rows } = await pool.query('SELECT migration_name FROM _prisma_migrations ORDER BY started_at')
    return rows.map((row) => row.migration_name)
  }
  return { folder, url, pool, run, write, lines, recorded }
}

test('what is missing is applied in order, and nothing the second time', async () => {
  const { run, pool, lines } = await setup(B, A)
  expect(await run()).toEqual([A.name, B.name, 'carillon_queue'])
  expect(await run()).toEqual([])
  expect((await pool.query('SELECT * FROM a')).rows).toEqual([{ id: 42 }])
  expect(lines).toEqual([
    `applied ${A.name}`,
    `applied ${B.name}`,
    "applied BullMQ's tables in schema carillon_queue",
  ])
})

test("the table and its rows are those Prisma's engine writes", async () => {
  const ours = await setup(A)
  const prismas = await setup(A)
  await ours.run()
  await withEngine(prismas.url, async (engine) => {
    const migrationsList = await listMigrations(prismas.folder)
    await engine.applyMigrations({ migrationsList, filters: { externalTables: [], externalEnums: [] } })
  })
  const look = async ({ pool }: Pick<typeof ours, 'pool'>) => ({
    columns: await pool
      .query(
        `SELECT attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid)
           FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
          WHERE attrelid = '_prisma_migrations'::regclass AND attnum > 0 ORDER BY attnum`,
      )
      .then(({ rows }) => rows),
    indexes: await pool
      .query(`SELECT indexdef FROM pg_indexes WHERE tablename = '_prisma_migrations'`)
      .then(({ rows }) => rows),
    rows: await pool
      .query(
        `SELECT checksum, migration_name, logs, rolled_back_at, applied_steps_count, length(id),
                finished_at >= started_at AS ordered, now() - started_at < interval '1 minute' AS recent
           FROM _prisma_migrations`,
      )
      .then(({ rows }) => rows),
  })
  const seen = await look(ours)
  expect(seen).toEqual(await look(prismas))
  expect(seen.rows).toHaveLength(1)
})

test('of two runs at once one applies, and the other waits and finds nothing to do', async () => {
  const GATE = 4711
  const { run, pool } = await setup({ name: A.name, sql: `SELECT pg_advisory_xact_lock(${GATE}); ${A.sql}` })
  const gate = await pool.connect()
  await gate.query('SELECT pg_advisory_lock($1)', [GATE])
  const first = run()
  await until(() => isWaiting(pool, GATE), { what: 'the first run is in the middle of its migration' })
  const said: string[] = []
  const second = run((line) => said.push(line))
  await until(() => said.length > 0, { what: 'the second run says that it waits' })
  expect(said).toEqual(['another process is migrating this database; waiting for it'])
  await gate.query('SELECT pg_advisory_unlock($1)', [GATE])
  gate.release()
  expect(await Promise.all([first, second])).toEqual([[A.name, 'carillon_queue'], []])
})

test('a failed migration leaves nothing behind and runs again once it is corrected', async () => {
  const { run, write, recorded, pool } = await setup(A, {
    name: B.name,
    sql: 'CREATE TABLE b (id int);\nINSERT INTO a VALUES (1);\nCREATE TABLE c (id nope);',
  })
  await expect(run()).rejects.toThrow(
    `Migration ${B.name} failed and was rolled back: type "nope" does not exist, SQLSTATE 42704 (line 3).`,
  )
  expect(await recorded()).toEqual([A.name])
  expect((await pool.query(`SELECT to_regclass('b') AS b, (SELECT count(*) FROM a) AS n`)).rows).toEqual([
    { b: null, n: 0 },
  ])
  await write(B)
  expect(await run()).toEqual([B.name, 'carillon_queue'])
  expect(await recorded()).toEqual([A.name, B.name])
})

test('a migration that cannot be recorded is not applied either', async () => {
  const sql = `CREATE TABLE b (); ALTER TABLE _prisma_migrations ADD CHECK (migration_name <> '${B.name}');`
  const { run, pool, recorded } = await setup(A, { name: B.name, sql })
  await expect(run()).rejects.toThrow(/second failed and was rolled back: .*violates check constraint/)
  expect(await recorded()).toEqual([A.name])
  expect((await pool.query(`SELECT to_regclass('b') AS b`)).rows).toEqual([{ b: null }])
})

test('a migration that was changed after it was applied is refused', async () => {
  const { run, write, url, pool, folder } = await setup(A)
  await run()
  await write({ name: A.name, sql: `${A.sql}-- just a comment\n` })
  const refusal = /20260101000000_first was changed after it was applied.*Restore the file/
  await expect(run()).rejects.toThrow(refusal)
  await expect(pendingMigrations(pool, folder)).rejects.toThrow(refusal)
  // Prisma sees it the same way.
  const { editedMigrationNames } = await diagnose(url, folder)
  expect(editedMigrationNames).toEqual([A.name])
})

test('a checkout that turned line ends into CRLF is not a change', async () => {
  const { run, write, url, folder } = await setup(A)
  await run()
  await write({ name: A.name, sql: A.sql.replaceAll('\n', '\r\n') })
  expect((await diagnose(url, folder)).editedMigrationNames).toEqual([])
  expect(await run()).toEqual([])
})

test('a database that is newer than the code is refused', async () => {
  const { run, folder } = await setup(A, B)
  await run()
  await rm(join(folder, B.name), { recursive: true })
  await expect(run()).rejects.toThrow(/20260102000000_second, which this release does not have.*newer/)
})

test('a migration that Prisma began and did not finish is refused', async () => {
  const { run, write, url, folder } = await setup({ name: A.name, sql: 'CREATE TABLE a (id nope);' })
  await withEngine(url, async (engine) => {
    const migrationsList = await listMigrations(folder)
    const filters = { externalTables: [], externalEnums: [] }
    await expect(engine.applyMigrations({ migrationsList, filters })).rejects.toThrow()
  })
  await write(A)
  await expect(run()).rejects.toThrow(
    /20260101000000_first was started by "prisma migrate".*resolve --rolled-back/,
  )
  await withEngine(url, (engine) => engine.markMigrationRolledBack({ migrationName: A.name }))
  expect(await run()).toEqual([A.name, 'carillon_queue'])
})

test('a run waits for "prisma migrate", which locks the same number', async () => {
  const { run, pool } = await setup(A)
  const prisma = await pool.connect()
  await prisma.query('SELECT pg_advisory_lock(72707369)')
  const said: string[] = []
  const running = run((line) => said.push(line))
  await until(() => said.length > 0, { what: 'the run says that it waits' })
  await prisma.query('SELECT pg_advisory_unlock(72707369)')
  prisma.release()
  expect(await running).toEqual([A.name, 'carillon_queue'])
})

test('the queue on PostgreSQL finds its tables and needs no migration of its own', async () => {
  const { run, pool } = await setup()
  await run()
  const client = await pool.connect()
  await expect(assertSchemaCompatibility(client, 'carillon_queue')).resolves.toBeGreaterThan(0)
  client.release()
})

test('readiness can tell that the database is behind the code', async () => {
  const { run, write, pool, folder } = await setup(A)
  expect(await pendingMigrations(pool, folder)).toEqual([A.name])
  await run()
  expect(await pendingMigrations(pool, folder)).toEqual([])
  await write(B)
  expect(await pendingMigrations(pool, folder)).toEqual([B.name])
})

async function isWaiting(pool: Awaited<ReturnType<typeof setup>>['pool'], lock: number): Promise<boolean> {
  const { rows } = await pool.query(
    `SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [lock],
  )
  return rows.length > 0
}

async function diagnose(url: string, folder: string) {
  const migrationsList = await listMigrations(folder)
  const filters = { externalTables: [], externalEnums: [] }
  return withEngine(url, (engine) =>
    engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters }),
  )
}
