/** A Redis Cluster of private servers: three masters, each with one replica that takes over when its master is gone. */
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { findFreePort } from './free-port.ts'
import { type PrivateRedis, startPrivateRedis } from './private-redis.ts'

const MASTERS = 3
const SLOTS = 16_384
/** After this time without an answer a node counts as gone. Short, so that a test needs seconds, not half a minute. */
const NODE_TIMEOUT_MS = 1_000
const START_TIMEOUT_MS = 60_000

export interface RedisCluster {
  /** As REDIS_URL. */
  url: string
  /** Kills the master that has the keys with this hash tag (the prefix of the queue). Its replica takes over. */
  killMasterOf(hashTag: string): Promise<void>
  /** Whether every hash slot is served by a master that is alive. */
  isWhole(): Promise<boolean>
  stop(): Promise<void>
}

interface Node {
  server: PrivateRedis
  client: Redis
  busPort: number
  id: string
}

/** Returns null if there is no redis-server on the PATH. */
export async function startRedisCluster(): Promise<RedisCluster | null> {
  const nodes: Node[] = []
  const stop = async () => {
    for (const { client } of nodes) client.disconnect()
    await Promise.all(nodes.map(({ server }) => server.stop()))
  }
  try {
    for (let index = 0; index < 2 * MASTERS; index++) {
      const node = await startNode()
      if (node === null) return null
      nodes.push(node)
    }
    await join(nodes)
  } catch (error) {
    await stop()
    throw error
  }
  const living = () => nodes.filter(({ client }) => client.status === 'ready')
  return {
    url: `redis-cluster://${nodes.map(({ server }) => `127.0.0.1:${server.port}`).join(',')}`,
    killMasterOf: async (hashTag) => {
      const [{ client } = unreachable()] = living()
      const slot = await client.cluster('KEYSLOT', `{${hashTag}}`)
      const slots = await client.cluster('SLOTS')
      const [, , master] = slots.find(([first, last]) => first <= slot && slot <= last) ?? unreachable()
      const port = master?.[1]
      const node = nodes.find(({ server }) => server.port === port) ?? unreachable()
      await node.server.kill()
      node.client.disconnect()
    },
    isWhole: async () => {
      const states = await Promise.all(
        living().map(({ client }) => client.cluster('INFO') as Promise<string>),
      )
      return states.every((state) => state.includes('cluster_state:ok'))
    },
    stop,
  }
}

async function startNode(): Promise<Node | null> {
  const busPort = await findFreePort()
  const server = await startPrivateRedis({
    settings: {
      'cluster-enabled': 'yes',
      'cluster-node-timeout': NODE_TIMEOUT_MS,
      'cluster-port': busPort,
      // The replica is on the same machine and has everything: it need not prove how fresh it is.
      'cluster-replica-validity-factor': 0,
    },
  })
  if (server === null) return null
  const client = new Redis(server.url, { retryStrategy: () => 50, maxRetriesPerRequest: 2 })
  client.on('error', () => {})
  return { server, client, busPort, id: String(await client.cluster('MYID')) }
}

/** As `redis-cli --cluster create --cluster-replicas 1`, which cannot be told the ports of the cluster bus. */
async function join(nodes: readonly Node[]): Promise<void> {
  const [first = unreachable(), ...others] = nodes
  for (const { server, busPort } of others) {
    await first.client.cluster('MEET', '127.0.0.1', server.port, busPort)
  }
  const everyNode = (says: string) => async () => {
    const infos = await Promise.all(nodes.map(({ client }) => client.cluster('INFO') as Promise<string>))
    return infos.every((info) => info.includes(says))
  }
  await waitFor(everyNode(`cluster_known_nodes:${nodes.length}`))
  const masters = nodes.slice(0, MASTERS)
  await Promise.all(
    masters.map(({ client }, index) => {
      const bound = (share: number) => Math.floor((share * SLOTS) / MASTERS)
      return client.call('CLUSTER', 'ADDSLOTSRANGE', bound(index), bound(index + 1) - 1)
    }),
  )
  await Promise.all(
    nodes.slice(MASTERS).map(({ client }, index) => client.cluster('REPLICATE', masters[index]?.id ?? '')),
  )
  await waitFor(everyNode('cluster_state:ok'))
  await waitFor(async () => {
    const roles = await Promise.all(nodes.slice(MASTERS).map(({ client }) => client.info('replication')))
    return roles.every((role) => role.includes('master_link_status:up'))
  })
}

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; !(await condition()); waitedMs += 50) {
    if (waitedMs > START_TIMEOUT_MS) throw new Error('The private Redis Cluster did not form.')
    await delay(50)
  }
}

function unreachable(): never {
  throw new Error('The private Redis Cluster has no such node.')
}
