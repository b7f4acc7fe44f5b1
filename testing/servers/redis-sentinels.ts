/** A private Redis with a replica, and three sentinels that make the replica the master when the master is gone. */
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { type PrivateRedis, startPrivateRedis } from './private-redis.ts'

const NAME = 'carillon-test'
const SENTINELS = 3
/** Short, so that a test needs seconds, not half a minute. */
const DOWN_AFTER_MS = 1_000
const START_TIMEOUT_MS = 60_000

export interface RedisWithSentinels {
  /** As REDIS_URL. */
  url: string
  /** Kills the master. Resolves when it is dead; the sentinels take seconds to promote the replica. */
  killMaster(): Promise<void>
  /** The port of the master that the sentinels know. */
  masterPort(): Promise<number>
  stop(): Promise<void>
}

/** Returns null if there is no redis-server on the PATH. */
export async function startRedisWithSentinels(): Promise<RedisWithSentinels | null> {
  const servers: PrivateRedis[] = []
  const stop = async () => {
    for (const server of servers.reverse()) await server.stop()
  }
  try {
    const master = await startPrivateRedis()
    if (master === null) return null
    servers.push(master)
    const replica = await start(servers, { settings: { replicaof: `127.0.0.1 ${master.port}` } })
    const sentinel = [
      `sentinel monitor ${NAME} 127.0.0.1 ${master.port} 2`,
      `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
      `sentinel failover-timeout ${NAME} 5000`,
      '',
    ].join('\n')
    const sentinels: PrivateRedis[] = []
    for (let index = 0; index < SENTINELS; index++) sentinels.push(await start(servers, { sentinel }))
    await waitFor(async () => (await ask(replica, 'INFO', 'replication')).includes('master_link_status:up'))
    for (const one of sentinels) {
      await waitFor(async () => {
        const known = await ask(one, 'INFO', 'sentinel')
        return known.includes(`slaves=1,sentinels=${SENTINELS}`)
      })
    }
    const masterPort = async () => {
      const [first] = sentinels as [PrivateRedis]
      const client = new Redis(first.url, { maxRetriesPerRequest: 1 })
      try {
        const address = (await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME)) as [string, string]
        return Number(address[1])
      } finally {
        client.disconnect()
      }
    }
    return {
      url: `redis-sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${NAME}`,
      killMaster: async () => {
        const port = await masterPort()
        await servers.find((server) => server.port === port)?.kill()
      },
      masterPort,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function start(
  servers: PrivateRedis[],
  options: Parameters<typeof startPrivateRedis>[0],
): Promise<PrivateRedis> {
  const server = await startPrivateRedis(options)
  if (server === null) throw new Error('redis-server has disappeared from the PATH.')
  servers.push(server)
  return server
}

async function ask({ url }: PrivateRedis, ...command: [string, ...string[]]): Promise<string> {
  const client = new Redis(url, { maxRetriesPerRequest: 1 })
  client.on('error', () => {})
  try {
    return String(await client.call(...command))
  } finally {
    client.disconnect()
  }
}

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; !(await condition()); waitedMs += 50) {
    if (waitedMs > START_TIMEOUT_MS) throw new Error('The private sentinels did not agree.')
    await delay(50)
  }
}
