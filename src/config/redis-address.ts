/**
 * Reads REDIS_URL. TLS: rediss:// instead of redis://, in each form.
 *
 *   redis://user:password@host:6379/0                                   one server
 *   redis-cluster://user:password@host1:6379,host2:6379                 a Redis Cluster: some of its nodes
 *   redis-sentinel://user:password@host1:26379,host2:26379/mymaster/0   Redis with Sentinel: the sentinels, the master's name
 *                                                                       and, optionally, the number of the database
 *
 * User and password are those of the Redis servers. Sentinels that ask for a password get `?sentinelPassword=…`, and
 * `&sentinelUsername=…` if they have users.
 */
import { type AddressParts, type HostPort, parseHosts, splitAddress } from './host-list.ts'

interface Login {
  readonly username: string | undefined
  readonly password: string | undefined
  readonly isTls: boolean
}

export type RedisAddress =
  | { readonly kind: 'server'; readonly url: string }
  | ({ readonly kind: 'cluster'; readonly nodes: readonly HostPort[] } & Login)
  | ({
      readonly kind: 'sentinel'
      readonly sentinels: readonly HostPort[]
      readonly master: string
      readonly database: number
      readonly sentinelUsername: string | undefined
      readonly sentinelPassword: string | undefined
    } & Login)

export const REDIS_FORMS =
  'redis://host:6379, redis-cluster://host1:6379,host2:6379 or redis-sentinel://host1:26379,host2:26379/master-name'

/** Returns the address, or a text that says what is wrong with it and holds no part of it. */
export function parseRedisAddress(text: string): RedisAddress | string {
  const parts = splitAddress(text)
  if (parts === undefined) return `expected ${REDIS_FORMS}`
  switch (parts.scheme.replace(/^rediss/, 'redis')) {
    case 'redis':
      if (parts.hosts.includes(',')) {
        return 'several hosts are a cluster, redis-cluster://host1:6379,host2:6379, or sentinels, redis-sentinel://host1:26379,host2:26379/master-name'
      }
      return URL.canParse(text) ? { kind: 'server', url: text } : `expected ${REDIS_FORMS}`
    case 'redis-cluster':
      return parseCluster(parts)
    case 'redis-sentinel':
      return parseSentinel(parts)
    default:
      return `expected ${REDIS_FORMS}`
  }
}

function parseCluster(parts: AddressParts): RedisAddress | string {
  const nodes = parseHosts(parts.hosts, 6379)
  if (nodes === undefined)
    return 'expected redis-cluster://host1:6379,host2:6379 with the hosts of some nodes'
  if (parts.path !== '' && parts.path !== '0') return 'a Redis Cluster has no databases: leave out the path'
  if (parts.query.size > 0) return 'redis-cluster:// takes no parameters'
  return { kind: 'cluster', nodes, ...loginOf(parts) }
}

function parseSentinel(parts: AddressParts): RedisAddress | string {
  const sentinels = parseHosts(parts.hosts, 26_379)
  const [, master, database = '0'] = /^([^/]+)(?:\/(\d{1,5}))?$/.exec(parts.path) ?? []
  if (sentinels === undefined || master === undefined) {
    return 'expected redis-sentinel://host1:26379,host2:26379/master-name with the hosts of the sentinels and the name under which they know the master'
  }
  for (const name of parts.query.keys()) {
    if (name !== 'sentinelUsername' && name !== 'sentinelPassword') {
      return 'redis-sentinel:// takes the parameters sentinelUsername and sentinelPassword only'
    }
  }
  return {
    kind: 'sentinel',
    sentinels,
    master,
    database: Number(database),
    sentinelUsername: parts.query.get('sentinelUsername') ?? undefined,
    sentinelPassword: parts.query.get('sentinelPassword') ?? undefined,
    ...loginOf(parts),
  }
}

function loginOf({ scheme, user, password }: AddressParts): Login {
  return { username: user, password, isTls: scheme.startsWith('rediss') }
}
