/** What a figure was measured with. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import type { Pool } from '../../src/postgres/pool.ts'

export async function readVersions(pool: Pool, redisUrl: string | null): Promise<Record<string, string>> {
  const { rows } = await pool.query<{ version: string }>(
    `SELECT split_part(current_setting('server_version'), ' ', 1) AS version`,
  )
  return {
    carillon: versionIn('../../package.json'),
    node: process.versions.node,
    bullmq: versionIn('../../node_modules/bullmq/package.json'),
    postgresql: rows[0]?.version ?? 'unknown',
    ...(redisUrl !== null && { redis: await readRedisVersion(redisUrl) }),
  }
}

async function readRedisVersion(url: string): Promise<string> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1 })
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
