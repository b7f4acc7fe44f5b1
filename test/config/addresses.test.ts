import { expect, test } from 'vitest'
import { type ConfigError, loadConfig } from '../../src/config/config.ts'
import { parseDatabaseAddress } from '../../src/config/database-address.ts'
import { parseRedisAddress } from '../../src/config/redis-address.ts'

test.each([
  ['redis://localhost:6379', { kind: 'server', url: 'redis://localhost:6379' }],
  ['rediss://u:p@[::1]:6380/2', { kind: 'server', url: 'rediss://u:p@[::1]:6380/2' }],
  [
    'redis-cluster://h1,h2:7001,[fd00::1]:7002',
    {
      kind: 'cluster',
      nodes: [
        { host: 'h1', port: 6379 },
        { host: 'h2', port: 7001 },
        { host: 'fd00::1', port: 7002 },
      ],
      username: undefined,
      password: undefined,
      isTls: false,
    },
  ],
  [
    'rediss-cluster://me:a%40b:c@h1:7000',
    { kind: 'cluster', nodes: [{ host: 'h1', port: 7000 }], username: 'me', password: 'a@b:c', isTls: true },
  ],
  [
    'redis-sentinel://:secret@s1,s2:26380/mymaster/3?sentinelPassword=x%26y',
    {
      kind: 'sentinel',
      sentinels: [
        { host: 's1', port: 26379 },
        { host: 's2', port: 26380 },
      ],
      master: 'mymaster',
      database: 3,
      sentinelUsername: undefined,
      sentinelPassword: 'x&y',
      username: undefined,
      password: 'secret',
      isTls: false,
    },
  ],
])('REDIS_URL %s is understood', (url, address) => {
  expect(parseRedisAddress(url)).toEqual(address)
})

const MINIMAL = { DATABASE_URL: 'postgres://localhost/carillon', FCM_PROJECT_ID: 'my-project' }

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig({ ...MINIMAL, ...env })
    return []
  } catch (error) {
    return (error as ConfigError).problems
  }
}

test.each([
  ['redis://h1:1,h2:2', 'several hosts are a cluster, redis-cluster://'],
  ['redis-cluster://h1:1,', 'expected redis-cluster://host1:6379,host2:6379'],
  ['redis-cluster://h1:70000', 'expected redis-cluster://host1:6379,host2:6379'],
  ['redis-cluster://h1:1/2', 'a Redis Cluster has no databases'],
  ['redis-sentinel://h1,h2', 'expected redis-sentinel://host1:26379,host2:26379/master-name'],
  ['redis-sentinel://h1/a/b', 'expected redis-sentinel://host1:26379,host2:26379/master-name'],
  ['redis-sentinel://h1/a?password=x', 'redis-sentinel:// takes the parameters'],
  ['sentinel://h1/a', 'expected redis://host:6379, redis-cluster://'],
  ['h1:6379', 'expected redis://host:6379, redis-cluster://'],
])('REDIS_URL %s is refused, with the reason', (url, reason) => {
  expect(problemsOf({ REDIS_URL: url })).toEqual([
    expect.stringMatching(new RegExp(`^REDIS_URL is ".*"; ${reason.replaceAll(/[/.]/g, '\\$&')}`)),
  ])
})

test.each([
  ['postgres://u:p@localhost:5432/carillon?sslmode=disable', null, undefined],
  ['postgresql:///carillon?host=/var/run/postgresql', null, undefined],
  [
    'postgresql://u:p%40q@h1:5433,h2/db?sslmode=require&target_session_attrs=read-write',
    [
      { host: 'h1', port: 5433 },
      { host: 'h2', port: 5432 },
    ],
    'postgresql://u:p%40q@h1:5433/db?sslmode=require',
  ],
  [
    'postgres://h1,h2/db',
    [
      { host: 'h1', port: 5432 },
      { host: 'h2', port: 5432 },
    ],
    'postgres://h1:5432/db',
  ],
  ['postgres://h1/db?target_session_attrs=primary', [{ host: 'h1', port: 5432 }], 'postgres://h1:5432/db'],
])('DATABASE_URL %s is understood', (url, hosts, connectionString) => {
  expect(parseDatabaseAddress(url)).toEqual({ hosts, connectionString: connectionString ?? url })
})

test.each([
  ['postgres://h1:1,h2:x/db', 'expected several hosts as in postgres://'],
  ['postgres://h1,h2/db?target_session_attrs=any', 'target_session_attrs must be read-write or primary'],
  ['postgres://h1,h2/db?target_session_attrs=standby', 'target_session_attrs must be read-write or primary'],
])('DATABASE_URL %s is refused, with the reason', (url, reason) => {
  expect(problemsOf({ DATABASE_URL: url })).toEqual([expect.stringContaining(`; ${reason}`)])
})

test('passwords of several hosts are not shown', () => {
  for (const name of ['REDIS_URL', 'DATABASE_URL']) {
    for (const scheme of ['redis-cluster', 'redis-sentinel', 'postgres']) {
      const [problem = ''] = problemsOf({
        [name]: `${scheme}://u:hunter2@h1:x,h2:y/z?sentinelPassword=hunter2`,
      })
      expect(problem).toContain(name)
      expect(problem).not.toContain('hunter2')
    }
  }
})
