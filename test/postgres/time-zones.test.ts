/**
 * Months are months of UTC: whatever the time zone of the database, of a session that is not ours, and of this process is.
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { resumeCampaign } from '../../src/campaigns/resume-campaign.ts'
import {
  createdAtOf,
  dropOldPartitions,
  ensureDeliveriesPartition,
  makePartitionsAhead,
} from '../../src/postgres/partitions.ts'
import { openPool, type Pool } from '../../src/postgres/pool.ts'
import { log } from '../support/attempt-with.ts'
import { testConfig } from '../support/config.ts'
import { createTestDatabase } from '../support/database.ts'
import { createCampaign } from '../support/factories.ts'
import { versionOf } from '../support/seen.ts'

/** A UUIDv7 made at that instant. */
function idAt(at: number): string {
  const hex = at.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

async function partitions(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query(
    `SELECT c.relname AS name FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
     WHERE inhparent = 'deliveries'::regclass ORDER BY 1`,
  )
  return rows.map(({ name }) => name)
}

/** A session that is not ours: with the zone of its database. */
async function setup(zone: string) {
  const database = await createTestDatabase()
  await database.pool.query(`ALTER DATABASE ${database.name} SET TimeZone = '${zone}'`)
  const pool: Pool = new pg.Pool({ connectionString: database.url, max: 2 })
  onTestFinished(() => pool.end())
  const { rows } = await pool.query('SHOW TimeZone')
  expect(rows[0].TimeZone).toBe(zone)
  return { ...database, pool }
}

/** The signs of these names are the reverse of what people write: Etc/GMT+12 is UTC−12. */
describe.each(['Etc/GMT+12', 'Etc/UTC', 'Etc/GMT-14'])('in %s', (zone) => {
  const before = process.env.TZ
  beforeEach(() => {
    process.env.TZ = zone
    const hours = { 'Etc/GMT+12': 12, 'Etc/UTC': 0, 'Etc/GMT-14': -14 }[zone]
    expect(new Date().getTimezoneOffset()).toBe(60 * (hours ?? Number.NaN))
  })
  afterEach(() => {
    if (before === undefined) delete process.env.TZ
    else process.env.TZ = before
  })

  test('the first and the last instant of a month are in its partition', async () => {
    const { pool } = await setup(zone)
    for (let month = 0; month < 14; month++) {
      for (const at of [Date.UTC(2027, month, 1), Date.UTC(2027, month + 1, 1) - 1]) {
        const id = idAt(at)
        expect(createdAtOf(id).getTime()).toBe(at)
        await ensureDeliveriesPartition(pool, id)
        const { rows } = await pool.query(
          `INSERT INTO deliveries (campaign_id, device_id, state, code, attempt) VALUES ($1, 1, 1, 0, 1)
           RETURNING tableoid::regclass::text AS part`,
          [id],
        )
        expect(rows[0].part).toBe(`deliveries_${new Date(at).toISOString().slice(0, 7).replace('-', '_')}`)
      }
    }
  })

  test.each([
    ['2027-12-31T23:59:59.999Z', 'deliveries_2027_12', 'deliveries_2028_01'],
    ['2028-01-01T00:00:00Z', 'deliveries_2028_01', 'deliveries_2028_02'],
    ['2028-01-31T18:00:00Z', 'deliveries_2028_01', 'deliveries_2028_02'],
    ['2028-02-29T06:00:00Z', 'deliveries_2028_02', 'deliveries_2028_03'],
  ])('at %s the partitions made ahead are %s and %s', async (at, ...expected) => {
    const { pool } = await setup(zone)
    const known = await partitions(pool)
    await pool.query('SELECT make_deliveries_partitions($1)', [at])
    expect((await partitions(pool)).filter((name) => !known.includes(name))).toEqual(expected)
  })

  test.each([
    Date.UTC(2026, 2, 1),
    Date.UTC(2026, 2, 29),
    Date.UTC(2026, 2, 31, 12),
    Date.UTC(2026, 3, 1) - 1,
  ])('an open campaign created at %i keeps its month', async (at) => {
    const { pool } = await setup(zone)
    const id = await createCampaign(pool, { id: idAt(at), state: 'paused' })
    await ensureDeliveriesPartition(pool, id)
    expect(await dropOldPartitions(pool, 1)).toEqual([])
    await pool.query(`UPDATE campaigns SET state = 'finished', closed_at = '2026-04-02T00:00:00Z'`)
    expect(await dropOldPartitions(pool, 1)).toEqual(['deliveries_2026_03'])
  })

  test.each([
    [Date.UTC(2026, 3, 1) - 1, []],
    [Date.UTC(2026, 3, 1), ['deliveries_2026_02']],
    [Date.UTC(2026, 4, 1) - 1, ['deliveries_2026_02']],
    [Date.UTC(2026, 4, 1), ['deliveries_2026_02', 'deliveries_2026_03']],
  ])('with a month of retention, at %i these are dropped: %j', async (at, expected) => {
    const { pool } = await setup(zone)
    for (const month of [1, 2]) await ensureDeliveriesPartition(pool, idAt(Date.UTC(2026, month, 15)))
    expect(await dropOldPartitions(pool, 1, { at: new Date(at) })).toEqual(expected)
  })

  test('a campaign keeps its month until it has been closed for the retention time', async () => {
    const { pool } = await setup(zone)
    const closedAt = new Date(Date.UTC(2026, 4, 31, 12))
    const id = idAt(Date.UTC(2026, 2, 31, 12))
    await createCampaign(pool, { id, state: 'finished', closed_at: closedAt })
    await ensureDeliveriesPartition(pool, id)
    // 31 May, and a month before 30 June 12:00 is 30 May 12:00.
    expect(await dropOldPartitions(pool, 1, { at: new Date(Date.UTC(2026, 5, 30, 12)) })).toEqual([])
    expect(await dropOldPartitions(pool, 1, { at: new Date(Date.UTC(2026, 6, 1)) })).toEqual([
      'deliveries_2026_03',
    ])
  })

  test('a resume makes sure of its partition, and so does the cleanup', async () => {
    const { pool } = await setup(zone)
    const id = await createCampaign(pool, { id: idAt(Date.UTC(2026, 7, 31, 23)), state: 'paused' })
    const queue = { addPlanJob: async () => {} } as never
    await resumeCampaign({ pool, queue, log, watermark: 1 }, id, await versionOf(pool, id))
    expect(await partitions(pool)).toContain('deliveries_2026_08')
    await pool.query('DROP TABLE deliveries_2026_08')
    await makePartitionsAhead(pool)
    expect(await partitions(pool)).toContain('deliveries_2026_08')
  })

  test('our own sessions are in UTC, whatever the database and DATABASE_URL say', async () => {
    const { url } = await setup(zone)
    const { database: config } = testConfig({
      DATABASE_URL: `${url}?options=-c%20TimeZone%3D${encodeURIComponent(zone)}`,
    })
    const pool = openPool(config, 'under-test', log, { byKeyOnly: true })
    onTestFinished(() => pool.end())
    const { rows } = await pool.query(
      `SELECT current_setting('TimeZone') AS zone, current_setting('enable_seqscan') AS seqscan`,
    )
    expect(rows).toEqual([{ zone: 'UTC', seqscan: 'off' }])
  })
})

/**
 * In SQL, days and longer depend on the session's time zone unless they are added to a time without zone; in JavaScript, a
 * local part of a Date depends on the process's.
 */
const DEPENDS_ON_ZONE =
  /interval '1? ?\d* ?(day|week|month|year)|make_interval\((days|weeks|months|years)|date_trunc(?!\('milliseconds')|to_char|current_date|::date\b|\.(get|set)(Date|Day|Month|FullYear|Hours|Minutes|Seconds)\(|\.toLocale|getTimezoneOffset|new Date\([^()]*,/g

test('no other computation depends on a time zone', () => {
  const root = join(import.meta.dirname, '../..')
  const files = globSync(['src/**/*.ts', 'workers/*.ts', 'prisma/migrations/*/*.sql'], { cwd: root })
  const found = files
    .filter((file) => !file.includes('generated'))
    .toSorted()
    .flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(DEPENDS_ON_ZONE)].map(
        ([text]) => `${file}: ${text}`,
      ),
    )
  // These work on a time without zone, in UTC.
  const migration = 'prisma/migrations/20261129000000_init/migration.sql'
  expect(found).toEqual([
    `${migration}: to_char`,
    `${migration}: date_trunc`,
    `${migration}: interval '1 month`,
    `${migration}: date_trunc`,
    `${migration}: interval '1 month`,
    `${migration}: interval '1 month`,
    `${migration}: to_char`,
    'src/audit/check-chain.ts: to_char',
    'src/audit/list-events.ts: to_char',
    `src/postgres/partitions.ts: interval '1 month`,
    'src/postgres/partitions.ts: make_interval(months',
  ])
})
