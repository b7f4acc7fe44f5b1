import { expect, test } from 'vitest'
import { createTestDatabase } from '../support/database.ts'
import { listMigrations, MIGRATIONS, readSchema, withEngine } from './schema-engine.ts'

/** The SQL that would take the database to schema.prisma; null if nothing is to be done. Prisma's own judgement. */
async function findDrift(url: string, schema?: string): Promise<string | null> {
  const files = [{ path: 'schema.prisma', content: schema ?? (await readSchema()) }]
  const { exitCode, stdout } = await withEngine(url, (engine) =>
    engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: '/' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: true,
      filters: { externalTables: [], externalEnums: [] },
    }),
  )
  return exitCode === 0 ? null : stdout
}

test('schema.prisma and the migrations describe the same database', async () => {
  const { url } = await createTestDatabase()
  expect(await findDrift(url)).toBeNull()
})

test('prisma migrate status finds our record of applied migrations in order', async () => {
  const { url } = await createTestDatabase()
  const diagnosis = await withEngine(url, async (engine) =>
    engine.diagnoseMigrationHistory({
      migrationsList: await listMigrations(MIGRATIONS),
      optInToShadowDatabase: false,
      filters: { externalTables: [], externalEnums: [] },
    }),
  )
  expect(diagnosis).toEqual({
    editedMigrationNames: [],
    failedMigrationNames: [],
    hasMigrationsTable: true,
    history: null,
  })
})

// The first test is worth what these say: each difference, made on purpose, is seen.
test.each([
  ['a column more', 'ALTER TABLE members ADD nickname text', 'DROP COLUMN "nickname"'],
  ['a column less', 'ALTER TABLE members DROP timezone', 'ADD COLUMN     "timezone" TEXT'],
  ['another type', 'ALTER TABLE devices ALTER gone_code TYPE int', '"gone_code" SET DATA TYPE SMALLINT'],
  ['nullability', 'ALTER TABLE devices ALTER address DROP NOT NULL', '"address" SET NOT NULL'],
  ['a default', 'ALTER TABLE campaigns ALTER priority SET DEFAULT 6', '"priority" SET DEFAULT 5'],
  ['a unique index', 'DROP INDEX members_external_id_key', 'CREATE UNIQUE INDEX "members_external_id_key"'],
  ['an index', 'DROP INDEX devices_member_id_idx', 'CREATE INDEX "devices_member_id_idx"'],
  ['a primary key', 'ALTER TABLE rate_limits DROP CONSTRAINT rate_limits_pkey', 'PRIMARY KEY ("key")'],
  ['a foreign key', 'ALTER TABLE batches DROP CONSTRAINT batches_campaign_id_fkey', 'FOREIGN KEY'],
  ['an enum value', `ALTER TYPE role ADD VALUE 'owner'`, 'ALTER TYPE "role"'],
  ['a table', 'CREATE TABLE notes (id int PRIMARY KEY)', 'DROP TABLE "notes"'],
])('the comparison sees %s that only the database has or lacks', async (_what, change, cure) => {
  const { url, pool } = await createTestDatabase()
  await pool.query(change)
  expect(await findDrift(url)).toContain(cure)
})

test('the comparison sees a field that only schema.prisma has', async () => {
  const { url } = await createTestDatabase()
  const schema = (await readSchema()).replace('model Member {', 'model Member {\n  nickname String?')
  expect(await findDrift(url, schema)).toContain('ADD COLUMN     "nickname" TEXT')
})
