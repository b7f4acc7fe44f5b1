/**
 * The role that the processes run as can do all that they do and nothing else. The roles are those of deploy/postgres/roles.sql, under
 * names of this test: roles belong to the server, which may be one that has a Carillon.
 */
import { execFile } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkChain } from '../../src/audit/check-chain.ts'
import { cleanUp } from '../../src/maintenance/clean-up.ts'
import { migrate } from '../../src/postgres/migrate.ts'
import { openPool, type Pool } from '../../src/postgres/pool.ts'
import { createLogger } from '../../src/process/logger.ts'
import { rewriteChain } from '../audit/rewrite-chain.ts'
import { statementsIn } from '../proof/sql-statements.ts'
import { Carillon } from '../support/carillon.ts'
import { testConfig, testEnv } from '../support/config.ts'
import { expectReconciledCounts } from '../support/counts.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { createCampaign } from '../support/factories.ts'
import { queueBackends } from '../support/queues.ts'

const ROOT = join(import.meta.dirname, '../..')
const PREFIX = `carillon_test_${process.pid}_`
const [owner, app, stranger] = [`${PREFIX}owner`, `${PREFIX}app`, `${PREFIX}replication`]
/** What would have to be encoded in an address. */
const PASSWORD = 'p@ss/w:rd%41 ?#'
const DAY_MS = 86_400_000

/** The id of a campaign of that time. */
function idAt(at: number): string {
  const hex = at.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

let database: TestDatabase
let folder: string
let appPool: Pool
/** Without the password, which is in a file. */
let appEnv: Record<string, string>

const urlAs = (role: string) => {
  const url = new URL(database.url)
  url.username = role
  url.password = encodeURIComponent(PASSWORD)
  return url.href
}
const migrateAsOwner = () =>
  migrate(urlAs(owner), {
    queueSchema: 'carillon_queue',
    appRole: {
      role: app,
      queues: { schema: 'carillon_queue', names: ['plans', 'batches', 'rated-batches'] },
    },
  })

beforeAll(async () => {
  database = await createTestDatabase({ empty: true })
  folder = mkdtempSync(join(tmpdir(), 'carillon-test-'))
  writeFileSync(join(folder, 'password'), `${PASSWORD}\n`)
  const superuser = await database.pool.connect()
  try {
    for (const name of ['owner', 'app', 'replication']) {
      await superuser.query('SELECT set_config($1, $2, false)', [`carillon.${name}_password`, PASSWORD])
    }
    const sql = readFileSync(join(ROOT, 'deploy/postgres/roles.sql'), 'utf8').replaceAll(
      /carillon_(?!\w*password)/g,
      PREFIX,
    )
    await superuser.query(sql)
    await superuser.query(sql)
  } finally {
    superuser.release(true)
  }
  expect(await migrateAsOwner()).not.toEqual([])
  const url = new URL(database.url)
  url.username = app
  url.password = ''
  appEnv = { DATABASE_URL: url.href, DATABASE_PASSWORD_FILE: join(folder, 'password') }
  appPool = openPool(testConfig(appEnv).database, 'test', createLogger('test', 'silent'))
})

afterAll(async () => {
  await appPool?.end()
  rmSync(folder, { recursive: true })
  const server = new URL(database.url)
  server.pathname = '/postgres'
  await database.drop()
  const admin = new pg.Client({ connectionString: server.href })
  await admin.connect()
  for (const role of [owner, app, stranger]) await admin.query(`DROP ROLE ${role}`)
  await admin.end()
})

/** SQLSTATE; null: it was done. */
async function refused(sql: string, values: unknown[] = [], pool: Pool = appPool): Promise<string | null> {
  return await pool.query(sql, values).then(
    () => null,
    (error: { code?: string }) => error.code ?? String(error),
  )
}

describe('the role that the processes run as', () => {
  test.each(queueBackends())(
    'sends a campaign from the import to the closed counts, on $name',
    { timeout: 120_000 },
    async (backend) => {
      await database.pool.query('TRUNCATE members CASCADE')
      const carillon = await Carillon.start(backend, {
        devices: 200,
        dead: 10,
        database: { pool: database.pool, url: appEnv.DATABASE_URL as string },
        env: appEnv,
        workers: ['planner', 'dispatcher', 'maintenance', 'api'],
      })
      const { env } = carillon
      // Its own month has no partition yet: the planner has it made.
      const old = await carillon.send({
        id: idAt(Date.now() - (backend.redisUrl === null ? 70 : 40) * DAY_MS),
      })
      await carillon.closed(old)
      await expectReconciledCounts(carillon, old)
      expect(await carillon.counts(old)).toMatchObject({ sent: 190, failed: 10 })

      const made = await promisify(execFile)(
        process.execPath,
        [join(ROOT, 'workers/key.ts'), '--role', 'admin', '--name', 'me'],
        { env: { ...env } },
      )
      const call = async (
        method: string,
        path: string,
        body: unknown,
        headers: Record<string, string> = {},
      ) => {
        const answer = await fetch(`${carillon.apiUrl}${path}`, {
          method,
          headers: {
            authorization: `Bearer ${made.stdout.trim()}`,
            'content-type': typeof body === 'string' ? 'text/csv' : 'application/json',
            ...headers,
          },
          ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        })
        // biome-ignore lint/suspicious/noExplicitAny: looked into by what is expected
        return { status: answer.status, json: (await answer.json()) as any }
      }
      const csv = `address,externalId,platform\n${carillon.tokens[20]},me,android\n`
      expect((await call('POST', '/v1/devices/import', csv)).status).toBe(200)
      const campaign = {
        name: 'By API',
        message: { title: 'x', body: 'y' },
        audience: { externalIds: ['me'] },
      }
      const { json } = await call('POST', '/v1/campaigns', campaign)
      const version = { 'if-match': `"${json.version}"` }
      const tested = await call('POST', `/v1/campaigns/${json.id}/test`, { externalIds: ['me'] }, version)
      expect(tested.json.data).toMatchObject([{ outcome: 'sent' }])
      expect((await call('POST', `/v1/campaigns/${json.id}/send`, {}, version)).status).toBe(200)
      await carillon.closed(json.id)
      expect(await carillon.counts(json.id)).toMatchObject({ sent: 1, size: 1 })
      expect((await call('DELETE', '/v1/members/me', undefined)).status).toBe(200)
      // Whoever did it, and by which process: each deed is in the log, and the application can check it.
      const { rows } = await database.pool.query(
        `SELECT array_agg(DISTINCT deed) AS deeds FROM audit_events WHERE actor_name IN ('me', 'npm run key')`,
      )
      expect(rows[0].deeds.sort()).toEqual([
        'api_key.created',
        'campaign.created',
        'campaign.sent',
        'campaign.tested',
        'devices.import_begun',
        'devices.imported',
        'member.erased',
        'member.taken_out',
      ])
      expect(await checkChain(appPool)).toMatchObject({ broken: null })
      // A failover is noticed by this row: without the right to write it, it would not be, and nobody would know.
      expect((await database.pool.query('SELECT FROM database_timelines')).rowCount).toBe(1)
    },
  )

  test('cleans up: makes the partitions ahead, and drops those that are old enough', async () => {
    const at = Date.now() - 150 * DAY_MS
    await appPool.query('SELECT ensure_deliveries_partition($1)', [new Date(at)])
    await appPool.query(
      `INSERT INTO audit_events (actor_kind, actor_name, deed, subject_kind, detail) VALUES ('process', 'x', 'y', 'z', '{}')`,
    )
    await rewriteChain(
      database.pool,
      `UPDATE audit_events SET at = now() - interval '100 days' WHERE seq = (SELECT min(seq) FROM audit_events)`,
    )
    const options = {
      auditRetentionDays: 30,
      deviceStaleDays: 270,
      deliveryRetentionMonths: 2,
      testRetentionDays: 1,
    }
    const { droppedPartitions, deletedAuditEvents } = await cleanUp(appPool, options)
    expect(deletedAuditEvents).toBe(1)
    const { rows: log } = await database.pool.query(
      `SELECT deed FROM audit_events WHERE subject_kind = 'retention' ORDER BY seq`,
    )
    expect(log.map(({ deed }) => deed)).toEqual(['retention.results_deleted', 'retention.audit_deleted'])
    expect(await checkChain(appPool)).toMatchObject({ broken: null })
    const name = new Date(at).toISOString().slice(0, 7).replace('-', '_')
    expect(droppedPartitions).toContain(`deliveries_${name}`)
    const { rows } = await database.pool.query(
      `SELECT DISTINCT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relname ~ '^deliveries'`,
    )
    expect(rows).toEqual([{ owner }])
  })

  test('drops no month in which a campaign is open', async () => {
    const at = new Date(Date.now() - 200 * DAY_MS)
    await appPool.query('SELECT ensure_deliveries_partition($1)', [at])
    const id = await createCampaign(database.pool, { id: idAt(at.getTime()), state: 'sending' })
    expect(await refused('SELECT drop_deliveries_partition($1)', [at])).toBe('55006')
    await database.pool.query(`UPDATE campaigns SET state = 'finished', closed_at = now() WHERE id = $1`, [
      id,
    ])
    expect(await refused('SELECT drop_deliveries_partition($1)', [at])).toBeNull()
  })

  test.each([
    'CREATE TABLE mine (id int)',
    'CREATE TABLE carillon_queue.mine (id int)',
    'DROP SEQUENCE carillon_queue.job_seq',
    'CREATE SCHEMA mine',
    'CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
    'CREATE EXTENSION pgcrypto',
    'CREATE ROLE mine',
    'CREATE DATABASE mine',
    'DROP TABLE campaigns',
    'DROP FUNCTION uuid7_floor(timestamptz)',
    'ALTER TABLE campaigns ADD mine int',
    'ALTER TABLE deliveries DISABLE TRIGGER ALL',
    'CREATE INDEX ON campaigns (name)',
    'TRUNCATE campaigns CASCADE',
    'TRUNCATE deliveries',
    `UPDATE audit_events SET actor_name = 'Bob'`,
    'DELETE FROM audit_events',
    'TRUNCATE audit_events',
    'UPDATE audit_head SET anchor_seq = seq, anchor_hash = hash',
    'DELETE FROM audit_head',
    'ALTER TABLE audit_events DISABLE TRIGGER ALL',
    'ALTER FUNCTION audit_chain() SECURITY INVOKER',
    'SET session_replication_role = replica',
    'UPDATE deliveries SET state = 1',
    'DELETE FROM deliveries',
    `INSERT INTO projects (id, name) VALUES (9, 'mine')`,
    `UPDATE projects SET endpoint = 'https://evil.example'`,
    'DELETE FROM _prisma_migrations',
    'SELECT * FROM pg_authid',
    'SELECT * FROM pg_shadow',
    `SELECT pg_read_file('/etc/passwd')`,
    `COPY campaigns TO PROGRAM 'cat'`,
    `COPY campaigns TO '/tmp/mine'`,
    `ALTER SYSTEM SET log_statement = 'all'`,
    `ALTER ROLE ${app} SUPERUSER`,
    `ALTER ROLE ${owner} PASSWORD 'mine'`,
    `SET ROLE ${owner}`,
    'ALTER FUNCTION ensure_deliveries_partition(timestamptz) SECURITY INVOKER',
  ])('is refused %s', async (sql) => {
    expect(await refused(sql)).toBe('42501')
  })

  test('gives nobody a right', async () => {
    // PostgreSQL says so with a warning only.
    await appPool.query(`GRANT ALL ON campaigns TO ${stranger}`)
    const { rows } = await appPool.query(`SELECT has_table_privilege($1, 'campaigns', 'SELECT') AS has`, [
      stranger,
    ])
    expect(rows).toEqual([{ has: false }])
  })

  test('is refused a partition, which is reached through its table only', async () => {
    const { rows } = await database.pool.query(
      `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'deliveries'::regclass LIMIT 1`,
    )
    expect(await refused(`DROP TABLE ${rows[0].name}`)).toBe('42501')
    expect(await refused(`DELETE FROM ${rows[0].name}`)).toBe('42501')
    expect(await refused(`ALTER TABLE deliveries DETACH PARTITION ${rows[0].name}`)).toBe('42501')
  })

  test('may do what each statement of the source does', async () => {
    const rights: { file: string; table: string; right: string }[] = []
    for (const file of globSync('src/**/*.ts', { cwd: ROOT })) {
      for (const { text } of statementsIn(file, readFileSync(join(ROOT, file), 'utf8'))) {
        for (const [, verb = '', table = ''] of text.matchAll(/\b(INSERT INTO|UPDATE|DELETE FROM) (\w+)/g)) {
          rights.push({ file, table, right: verb.split(' ')[0] ?? '' })
        }
        // A lock of rows needs the right to change some.
        if (!/FOR (NO KEY |KEY )?(UPDATE|SHARE)/.test(text)) continue
        for (const [, table = ''] of text.matchAll(/\b(?:FROM|JOIN) (\w+)/g)) {
          if (text.match(/\bFROM \w+/g)?.length === 1) rights.push({ file, table, right: 'UPDATE' })
        }
      }
    }
    const { rows } = await database.pool.query<{ file: string; table: string; right: string; has: boolean }>(
      `SELECT r.*, has_table_privilege($1, c.oid, r.right) AS has FROM jsonb_to_recordset($2) AS r (file text, "table" text, "right" text)
       JOIN pg_class c ON c.relname = r.table AND c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace`,
      [app, JSON.stringify(rights)],
    )
    expect(rows.length).toBeGreaterThan(100)
    expect(rows.filter(({ has }) => !has)).toEqual([
      // "npm run migrate", as the owner.
      expect.objectContaining({ file: 'src/postgres/migrate.ts', table: '_prisma_migrations' }),
    ])
  })
})

test('with the queue in Redis, makes no temporary table either, and has nothing in the schema of the queue', async () => {
  const other = await createTestDatabase({ empty: true })
  const url = new URL(other.url)
  await migrate(other.url, { queueSchema: 'carillon_queue', appRole: { role: app, queues: null } })
  await other.pool.query(`REVOKE ALL ON DATABASE ${url.pathname.slice(1)} FROM PUBLIC`)
  await other.pool.query(`GRANT CONNECT ON DATABASE ${url.pathname.slice(1)} TO ${app}`)
  url.username = app
  url.password = encodeURIComponent(PASSWORD)
  const pool = openPool(
    testConfig({ DATABASE_URL: url.href }).database,
    'test',
    createLogger('test', 'silent'),
  )
  try {
    expect(await refused('CREATE TEMP TABLE mine (id int)', [], pool)).toBe('42501')
    expect(await refused('SELECT FROM carillon_queue.job', [], pool)).toBe('42501')
    expect(await refused('SELECT FROM campaigns', [], pool)).toBeNull()
  } finally {
    await pool.end()
    await other.drop()
  }
})

test('nobody else may call the functions that have the rights of the owner, and these look nowhere else', async () => {
  const { rows } = await database.pool.query(
    `SELECT proname, prosecdef, proconfig, has_function_privilege($1, oid, 'EXECUTE') AS stranger,
       has_function_privilege($2, oid, 'EXECUTE') AS app
     FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace ORDER BY 1`,
    [stranger, app],
  )
  const fixed = { prosecdef: true, proconfig: ['search_path=pg_catalog, public, pg_temp'], stranger: false }
  // They make tables, in the first schema of it; pg_catalog is looked into first all the same.
  const making = { ...fixed, proconfig: ['search_path=public, pg_temp'] }
  expect(rows).toEqual([
    { proname: 'audit_chain', ...fixed, app: false },
    { proname: 'audit_move_on', ...fixed, app: false },
    { proname: 'audit_refuse', ...fixed, app: false },
    { proname: 'cut_audit_events', ...fixed, app: true },
    { proname: 'drop_deliveries_partition', ...making, app: true },
    { proname: 'ensure_deliveries_partition', ...making, app: true },
  ])
  const connecting = new pg.Client({ connectionString: urlAs(stranger) })
  await expect(connecting.connect()).rejects.toMatchObject({ code: '42501' })
})

test('what an earlier release granted is taken back, and granting again changes nothing', async () => {
  await database.pool.query(`GRANT UPDATE ON deliveries, projects TO ${app}`)
  expect(await refused('UPDATE projects SET name = name')).toBeNull()
  await migrateAsOwner()
  expect(await refused('UPDATE projects SET name = name')).toBe('42501')
  const rights = async () =>
    (
      await database.pool.query(
        `SELECT relname, relacl::text FROM pg_class WHERE relacl IS NOT NULL ORDER BY 1`,
      )
    ).rows
  const before = await rights()
  await migrateAsOwner()
  expect(await rights()).toEqual(before)
})

test.each([
  ['nobody_here', 'there is no such role'],
  [owner, 'is the role that migrates'],
])('DATABASE_APP_ROLE=%s is refused', async (role, problem) => {
  await expect(
    migrate(urlAs(owner), { queueSchema: 'carillon_queue', appRole: { role, queues: null } }),
  ).rejects.toThrow(problem)
})

test('a superuser is refused as the role that the processes run as', async () => {
  const { rows } = await database.pool.query('SELECT current_user AS name')
  await expect(
    migrate(urlAs(owner), { queueSchema: 'carillon_queue', appRole: { role: rows[0].name, queues: null } }),
  ).rejects.toThrow('is a superuser')
})

test('npm run migrate takes the role and the password file from its environment', async () => {
  const url = new URL(urlAs(owner))
  url.password = ''
  const { stdout } = await promisify(execFile)(process.execPath, [join(ROOT, 'workers/migrate.ts')], {
    env: testEnv({
      DATABASE_URL: url.href,
      DATABASE_PASSWORD_FILE: join(folder, 'password'),
      DATABASE_APP_ROLE: app,
      FCM_ENDPOINT: null,
      FCM_PROJECT_ID: null,
    }),
  })
  expect(stdout).toContain('nothing to do')
})
