/**
 * Prisma's schema engine as WebAssembly: what `prisma migrate status` and `prisma migrate diff` ask, without the
 * binary those commands download. Only asks; it must not apply our migrations (it splits scripts on `;`).
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindSqlAdapterFactory, ColumnTypeEnum, type SqlQueryable } from '@prisma/driver-adapter-utils'
import { type MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm'
import pg from 'pg'

const PRISMA = join(import.meta.dirname, '../../prisma')
export const MIGRATIONS = join(PRISMA, 'migrations')

export async function withEngine<T>(
  databaseUrl: string,
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  const pool = new CatalogPool({ connectionString: databaseUrl })
  const factory = new PrismaPg(pool)
  const connect = factory.connect.bind(factory)
  factory.connect = async () => knowingChar(await connect(), pool)
  const engine = await SchemaEngine.new(
    { datamodels: [['schema.prisma', await readSchema()]] },
    () => {},
    bindSqlAdapterFactory(factory),
  )
  try {
    return await work(engine)
  } finally {
    engine.free()
    await pool.end()
  }
}

const CHAR = 18
const TEXT = 25

/**
 * The engine asks the catalogs for columns of the one-byte type "char", which adapter-pg does not know. They pass
 * through it as text, and get their type back behind it.
 */
class CatalogPool extends pg.Pool {
  readonly charColumns = new WeakMap<object, number[]>()

  override query = (async (query: pg.QueryConfig) => {
    const result = await runQuery.call(this, query)
    const columns = result.fields.flatMap((field, i) => (field.dataTypeID === CHAR ? [i] : []))
    for (const i of columns) Object.assign(result.fields[i] ?? {}, { dataTypeID: TEXT })
    this.charColumns.set(result.rows, columns)
    return result
  }) as pg.Pool['query']
}
const runQuery = pg.Pool.prototype.query as (this: pg.Pool, query: pg.QueryConfig) => Promise<pg.QueryResult>

function knowingChar<T extends SqlQueryable>(adapter: T, pool: CatalogPool): T {
  const queryRaw = adapter.queryRaw.bind(adapter)
  adapter.queryRaw = async (query) => {
    const result = await queryRaw(query)
    for (const i of pool.charColumns.get(result.rows) ?? []) result.columnTypes[i] = ColumnTypeEnum.Character
    return result
  }
  return adapter
}

export function readSchema(): Promise<string> {
  return readFile(join(PRISMA, 'schema.prisma'), 'utf8')
}

export async function listMigrations(folder: string): Promise<MigrationList> {
  const names = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory())
  return {
    baseDir: folder,
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      names
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(async ({ name }) => ({
          path: name,
          migrationFile: {
            path: 'migration.sql',
            content: {
              tag: 'ok' as const,
              value: await readFile(join(folder, name, 'migration.sql'), 'utf8'),
            },
          },
        })),
    ),
  }
}
