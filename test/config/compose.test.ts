/** What can be checked of the Compose files without Docker: that they are consistent, and that Carillon takes what they set. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadConfig, VARIABLES } from '../../src/config/config.ts'
import { parseDatabaseAddress } from '../../src/config/database-address.ts'
import { parseRedisAddress } from '../../src/config/redis-address.ts'

const ROOT = join(import.meta.dirname, '../..')

interface Service {
  image?: string
  build?: string
  command?: string | string[]
  environment?: Record<string, string>
  depends_on?: Record<string, { condition: string }>
  healthcheck?: object
  volumes?: string[]
  configs?: { source: string }[]
  secrets?: string[]
}

interface Compose {
  services: Record<string, Service>
  volumes: Record<string, unknown>
  configs?: Record<string, unknown>
  secrets: Record<string, unknown>
}

/** As Compose replaces variables that are not set. */
function read(file: string): Compose {
  const text = readFileSync(join(ROOT, file), 'utf8').replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1')
  return parse(text, { merge: true })
}

describe.each(['docker-compose.yml', 'docker-compose.cluster.yml'])('%s', (file) => {
  const compose = read(file)
  const services = Object.entries(compose.services)
  const ours = services.filter(([, { build }]) => build === '.')

  test('has every service, volume, config and secret that it names', () => {
    for (const [name, service] of services) {
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
        expect(compose.services, `${name} depends on ${other}`).toHaveProperty(other)
        if (condition === 'service_healthy') expect(compose.services[other]).toHaveProperty('healthcheck')
      }
      for (const volume of service.volumes ?? [])
        expect(compose.volumes).toHaveProperty(volume.split(':')[0] ?? '')
      for (const { source } of service.configs ?? []) expect(compose.configs).toHaveProperty(source)
      for (const secret of service.secrets ?? []) expect(compose.secrets).toHaveProperty(secret)
    }
  })

  test('starts every process, from files that exist', () => {
    const files = ours.map(([name, { command }]) =>
      name === 'api' ? 'workers/api.ts' : (/workers\/\S+$/.exec(String(command))?.[0] ?? name),
    )
    expect(files.toSorted()).toEqual(
      ['api', 'dispatcher', 'maintenance', 'migrate', 'planner'].map((name) => `workers/${name}.ts`),
    )
    for (const name of files) expect(existsSync(join(ROOT, name))).toBe(true)
  })

  test('sets variables that exist, to values that Carillon takes', () => {
    expect(ours.length).toBe(5)
    for (const [, { environment = {} }] of ours) {
      expect(Object.keys(VARIABLES)).toEqual(expect.arrayContaining(Object.keys(environment)))
      const env = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, String(value)]))
      // In the containers only.
      const here = { ...env, GOOGLE_APPLICATION_CREDENTIALS: join(ROOT, 'package.json') }
      expect(() => loadConfig(here)).not.toThrow()
    }
  })

  test('names hosts that are services', () => {
    for (const [, { environment = {} }] of ours) {
      const redis = parseRedisAddress(environment.REDIS_URL ?? '')
      const database = parseDatabaseAddress(environment.DATABASE_URL ?? '')
      if (typeof redis === 'string' || typeof database === 'string')
        throw new Error('an address is not valid')
      const hosts = [
        ...(redis.kind === 'server' ? [new URL(redis.url).hostname] : []),
        ...(redis.kind === 'sentinel' ? redis.sentinels.map(({ host }) => host) : []),
        ...(database.hosts?.map(({ host }) => host) ?? [new URL(database.connectionString).hostname]),
      ]
      expect(hosts.length).toBeGreaterThan(1)
      for (const host of hosts) expect(compose.services).toHaveProperty(host)
    }
  })
})

test('the sentinels watch the master under the name that REDIS_URL has', () => {
  const { services, configs = {} } = read('docker-compose.cluster.yml')
  const redis = parseRedisAddress(services.api?.environment?.REDIS_URL ?? '')
  const { content } = configs.sentinel as { content: string }
  const [, name, host] = /^sentinel monitor (\S+) (\S+) 6379 2$/m.exec(content) ?? []
  expect(redis).toMatchObject({ kind: 'sentinel', master: name })
  expect(services).toHaveProperty(host ?? '')
})
