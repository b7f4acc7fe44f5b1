/**
 * Runs a block of tests on every backend of the queue there is:
 *
 *   describe.each(queueBackends())('enqueueing, on $name', (backend) => {
 *     const config = testConfig({ DATABASE_URL: database.url, ...backend.env })
 *
 * On PostgreSQL the queue is in the test's own database, which is migrated for the default prefix.
 */
import { afterAll, describe, inject, test } from 'vitest'
import { deleteQueueKeys } from '../../testing/servers/queue-keys.ts'

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
  afterAll(async () => {
    await deleteQueueKeys(redisUrl, prefix)
    // Each Carillon of a flow test has a prefix that begins with this one.
    await deleteQueueKeys(redisUrl, `${prefix}_*`)
  })
  return [backend('Redis', redisUrl, prefix), onPostgres]
}

function backend(name: QueueBackend['name'], redisUrl: string | null, prefix: string): QueueBackend {
  return { name, redisUrl, prefix, env: { REDIS_URL: redisUrl, QUEUE_PREFIX: prefix } }
}
