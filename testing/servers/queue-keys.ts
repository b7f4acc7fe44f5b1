/** The keys of one queue prefix on Redis, whatever kind of Redis it is. */
import { Cluster } from 'ioredis'
import { openRedis } from '../../src/queue/open-redis.ts'

/** Also for tests that let Redis lose everything in mid-campaign. `prefix` may hold `*`, as in Redis's patterns. */
export async function deleteQueueKeys(redisUrl: string, prefix: string): Promise<void> {
  const redis = openRedis(redisUrl, { maxRetriesPerRequest: 1 })
  redis.on('error', () => {})
  try {
    // A cluster's nodes are known after its first answer. SCAN asks one node.
    await redis.ping()
    for (const node of redis instanceof Cluster ? redis.nodes('master') : [redis]) {
      for await (const keys of node.scanStream({ match: `{${prefix}}:*`, count: 1_000 })) {
        if (keys.length > 0) await redis.unlink(...keys)
      }
    }
  } finally {
    redis.disconnect()
  }
}
