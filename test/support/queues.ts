/**
 * Runs a block of tests on every backend of the queue there is:
 *
 *   describe.each(queueBackends())('enqueueing, on $name', (backend) => {
 *     const config = testConfig({ DATABASE_URL: database.url, ...backend.env })
 *
 * On PostgreSQL the queue is in the test's own database, which is migrated for the default prefix.
 */
import { Redis } from 'ioredis'
import { afterAll, describe, inject, test } from 'vitest'

export interface QueueBackend {
  name: 'Redis' | 'PostgreSQL'
  redisUrl: string | null
  prefix: string
  /** The two above as variables, for testConfig and testEnv. */
  env: { REDIS_URL: string | null; QUEUE_PREFIX: string }
}

let count = 0

export function queueBackends(): QueueBackend[] {
  const redisUrl = inject('redisUrl')
  const onPostgres = backend('PostgreSQL', null, 'carillon')
  if (redisUrl === null) {
    describe.skip('the same on Redis', () => {
      test('skipped: REDIS_URL is not set and there is no redis-server on the PATH', () => {})
    })
    return [onPostgres]
  }
  const prefix = `carillon_test_${Date.now().toString(36)}_${process.pid}_${++count}`
  afterAll(() => deleteKeys(redisUrl, prefix))
  return [backend('Redis', redisUrl, prefix), onPostgres]
}

function backend(name: QueueBackend['name'], redisUrl: string | null, prefix: string): QueueBackend {
  return { name, redisUrl, prefix, env: { REDIS_URL: redisUrl, QUEUE_PREFIX: prefix } }
}

/** Keys look like `{prefix}:queue:…`. Also for tests that let Redis lose everything in mid-campaign. */
export async function deleteKeys(redisUrl: string, prefix: string): Promise<void> {
  const redis = new Redis(redisUrl)
  try {
    for await (const keys of redis.scanStream({ match: `*${prefix}}:*`, count: 1000 })) {
      if (keys.length > 0) await redis.unlink(...keys)
    }
  } finally {
    redis.disconnect()
  }
}
