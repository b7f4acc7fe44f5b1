/** Opens a connection to Redis: to one server, a Redis Cluster, or the master that sentinels know. */
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import type { HostPort } from '../config/host-list.ts'
import { parseRedisAddress, type RedisAddress } from '../config/redis-address.ts'

/** Those of one server; for a cluster, of each connection to a node. */
export type OpenRedisOptions = Pick<
  RedisOptions,
  'connectionName' | 'maxRetriesPerRequest' | 'commandTimeout' | 'enableOfflineQueue'
>

/** Defaults of ioredis wait up to 5 s between two tries, BullMQ's up to 20 s, which would delay campaigns after an outage. */
const retryDelayMs = (attempt: number) => Math.min(100 * 2 ** attempt, 2_000) + Math.random() * 100

/** `redisUrl` as REDIS_URL. Throws if it is not valid. Connects by itself, and again whenever the connection is lost. */
export function openRedis(redisUrl: string, options: OpenRedisOptions = {}): Redis | Cluster {
  const address = parseRedisAddress(redisUrl)
  if (typeof address === 'string') throw new Error(`The Redis address is not valid: ${address}.`)
  switch (address.kind) {
    case 'server':
      return new Redis(address.url, { ...options, retryStrategy: retryDelayMs, reconnectOnError })
    case 'sentinel':
      return new Redis({ ...options, ...sentinelOptions(address) })
    case 'cluster':
      return new Cluster([...address.nodes], clusterOptions(address, options))
  }
}

/**
 * A master that was demoted to a replica keeps its connections and refuses writes. 2: connect again, to the new master, and
 * repeat the command.
 */
function reconnectOnError(error: Error): false | 2 {
  return /READONLY|UNBLOCKED/.test(error.message) ? 2 : false
}

function sentinelOptions(address: Extract<RedisAddress, { kind: 'sentinel' }>) {
  const { sentinels, master, database, username, password, isTls } = address
  return {
    sentinels: sentinels.map(({ host, port }: HostPort) => ({ host, port })),
    name: master,
    db: database,
    username,
    password,
    sentinelUsername: address.sentinelUsername,
    sentinelPassword: address.sentinelPassword,
    ...(isTls && { tls: {}, enableTLSForSentinelMode: true, sentinelTLS: {} }),
    retryStrategy: retryDelayMs,
    sentinelRetryStrategy: retryDelayMs,
    reconnectOnError,
    // A former master that only hangs would keep its connections: the sentinels say that there is another one.
    failoverDetector: true,
  }
}

function clusterOptions(
  { username, password, isTls }: Extract<RedisAddress, { kind: 'cluster' }>,
  { enableOfflineQueue, ...options }: OpenRedisOptions,
) {
  return {
    ...(enableOfflineQueue !== undefined && { enableOfflineQueue }),
    clusterRetryStrategy: retryDelayMs,
    // A failover takes the cluster's node timeout and an election; asked every second, the new master is known at once.
    slotsRefreshInterval: 1_000,
    redisOptions: { ...options, username, password, ...(isTls && { tls: {} }) },
    // With TLS, certificates are for names: nodes must not be looked up before.
    ...(isTls && {
      dnsLookup: (host: string, done: (error: null, address: string) => void) => done(null, host),
    }),
  }
}
