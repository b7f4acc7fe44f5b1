/** The machine and the settings a figure was measured with; without them it says nothing. */
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os'
import { SDK_VERSION } from 'firebase-admin/app'
import type { Pool } from '../../src/postgres/pool.ts'
import { readVersions } from './versions.ts'

const SETTINGS = ['fsync', 'synchronous_commit', 'shared_buffers', 'full_page_writes', 'max_wal_size', 'jit']

export function machine(): string {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`
  return `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${memory}, ${platform()} ${arch()}`
}

export async function databaseSettings(pool: Pool): Promise<Record<string, string>> {
  const { rows } = await pool.query<{ name: string; value: string }>(
    'SELECT name, current_setting(name) AS value FROM unnest($1::text[]) AS name',
    [SETTINGS],
  )
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]))
}

export async function versions(pool: Pool, redisUrl: string | null): Promise<Record<string, string>> {
  return { ...(await readVersions(pool, redisUrl)), 'firebase-admin': SDK_VERSION }
}
