/** What a figure was measured with: without it, the figure says nothing. */
import { readFileSync } from 'node:fs'
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os'
import { join } from 'node:path'
import { SDK_VERSION } from 'firebase-admin/app'
import type { Pool } from '../../src/postgres/pool.ts'
import { openRedis } from '../../src/queue/open-redis.ts'

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

export async function readVersions(pool: Pool, redisUrl: string | null): Promise<Record<string, string>> {
  const { rows } = await pool.query<{ version: string }>(
    `SELECT split_part(current_setting('server_version'), ' ', 1) AS version`,
  )
  return {
    carillon: versionIn('../../package.json'),
    node: process.versions.node,
    bullmq: versionIn('../../node_modules/bullmq/package.json'),
    postgresql: rows[0]?.version ?? 'unknown',
    ...(redisUrl !== null && { redis: await redisVersion(redisUrl) }),
    'firebase-admin': SDK_VERSION,
  }
}

async function redisVersion(url: string): Promise<string> {
  const redis = openRedis(url, { maxRetriesPerRequest: 1 })
  redis.on('error', () => {})
  try {
    return /^redis_version:(\S+)/m.exec(await redis.info('server'))?.[1] ?? 'unknown'
  } finally {
    redis.disconnect()
  }
}

function versionIn(path: string): string {
  return JSON.parse(readFileSync(join(import.meta.dirname, path), 'utf8')).version
}
