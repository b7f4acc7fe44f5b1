/** Redis past one server: a cluster whose master dies, and sentinels that promote a replica, in mid-campaign. */
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { createLogger } from '../../src/process/logger.ts'
import { openJobQueue } from '../../src/queue/bullmq-job-queue.ts'
import { openRedis } from '../../src/queue/open-redis.ts'
import { deleteQueueKeys } from '../../testing/servers/queue-keys.ts'
import { startRedisCluster } from '../../testing/servers/redis-cluster.ts'
import { startRedisWithSentinels } from '../../testing/servers/redis-sentinels.ts'
import { Carillon } from '../support/carillon.ts'
import { testConfig } from '../support/config.ts'
import { expectReconciledCounts } from '../support/counts.ts'
import type { QueueBackend } from '../support/queues.ts'
import { until } from '../support/until.ts'

const DEVICES = 600
const PREFIX = 'carillon_topology'
const FAILOVER_MS = 60_000

const TOPOLOGIES = [
  {
    name: 'a Redis Cluster',
    start: async () => {
      const cluster = await startRedisCluster()
      return cluster && { ...cluster, killMaster: (prefix: string) => cluster.killMasterOf(prefix) }
    },
  },
  { name: 'Redis with Sentinel', start: startRedisWithSentinels },
]

describe.skipIf(inject('redisUrl') === null).each(TOPOLOGIES)('the queue on $name', ({ start }) => {
  const setup = async () => {
    const redis = await start()
    if (redis === null) throw new Error('There is a redis-server: REDIS_URL or the global setup said so.')
    onTestFinished(() => redis.stop())
    return redis
  }
  const backendOf = (url: string): QueueBackend => ({
    name: 'Redis',
    redisUrl: url,
    prefix: PREFIX,
    env: { REDIS_URL: url, QUEUE_PREFIX: PREFIX },
  })

  test('every key of a queue is below its prefix in braces, and can be deleted', async () => {
    const { url } = await setup()
    const queue = openJobQueue(testConfig(backendOf(url).env), 'test', createLogger('test', 'silent'))
    await until(
      () =>
        queue.ping().then(
          () => true,
          () => false,
        ),
      { what: 'the queue can be asked' },
    )
    await queue.addBatchJobs(
      [1, 2, 3].map((seq) => ({ campaignId: crypto.randomUUID(), seq, turn: 1 })),
      5,
    )
    expect(await queue.size()).toBe(3)
    await deleteQueueKeys(url, PREFIX)
    expect(await queue.size()).toBe(0)
    await queue.close()
  })

  test('a campaign goes on when the master of its queue dies, and nothing is lost or repeated', async () => {
    const redis = await setup()
    const carillon = await Carillon.start(backendOf(redis.url), {
      devices: DEVICES,
      workers: ['planner', 'dispatcher', 'maintenance'],
      fcm: { latencyMs: [5, 20] },
      // Errors of the queue are expected here.
      env: {
        FCM_MESSAGES_PER_MINUTE: 6_000,
        FCM_RAMP_SECONDS: 0,
        LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'fatal',
      },
    })
    const id = await carillon.send()
    await until(() => carillon.fcm.stats().accepted >= DEVICES / 6, { what: 'a part is sent' })
    await redis.killMaster(carillon.queuePrefix)
    await carillon.closed(id, FAILOVER_MS)
    await expectReconciledCounts(carillon, id)
    expect(await carillon.counts(id)).toMatchObject({ sent: DEVICES })
    expect(carillon.fcm.stats()).toMatchObject({ accepted: DEVICES, distinct: DEVICES })
    // The replica has taken over, and takes further campaigns.
    const next = await carillon.send()
    await carillon.closed(next, FAILOVER_MS)
    expect(carillon.fcm.stats()).toMatchObject({ accepted: 2 * DEVICES })
    const client = openRedis(redis.url, { maxRetriesPerRequest: 1 })
    expect(await client.ping()).toBe('PONG')
    client.disconnect()
  }, 120_000)
})
