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
  healthcheck?: { test?: string[]; disable?: boolean }
  volumes?: string[]
  configs?: { source: string }[]
  secrets?: string[]
  restart?: string
  user?: string
  read_only?: boolean
  cap_drop?: string[]
  cap_add?: string[]
  security_opt?: string[]
  tmpfs?: string[]
  pids_limit?: number
  mem_limit?: string
  logging?: { driver: string; options: Record<string, string> }
  network_mode?: string
  ports?: string[]
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
      for (const volume of service.volumes ?? []) {
        const [source = ''] = volume.split(':')
        if (source.startsWith('./')) expect(existsSync(join(ROOT, source)), source).toBe(true)
        else expect(compose.volumes).toHaveProperty(source)
      }
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
      const file = (name: string) => (env[name] ? { [name]: join(ROOT, 'package.json') } : {})
      const here = {
        ...env,
        ...file('GOOGLE_APPLICATION_CREDENTIALS'),
        ...file('DATABASE_PASSWORD_FILE'),
        ...file('REDIS_PASSWORD_FILE'),
      }
      const needsFcm = env.GOOGLE_APPLICATION_CREDENTIALS !== ''
      expect(() => loadConfig(here, { needsFcm })).not.toThrow()
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

  test.each(services)(
    '%s has no right that it does not need, and no resource without a limit',
    (name, service) => {
      expect(service.read_only).toBe(true)
      expect(service.cap_drop).toEqual(['ALL'])
      // Only the one that gives each password to the user who reads it; and that one has no network.
      expect(service.cap_add ?? []).toEqual(name === 'secrets' ? ['CHOWN', 'DAC_OVERRIDE'] : [])
      expect(service.network_mode).toBe(name === 'secrets' ? 'none' : undefined)
      expect(service.security_opt).toEqual(['no-new-privileges:true'])
      expect(service.tmpfs).toContain('/tmp')
      expect(service.pids_limit).toBeGreaterThan(0)
      expect(service.mem_limit).toMatch(/^\d+[mg]$/)
      expect(service.logging).toEqual({
        driver: 'json-file',
        options: { 'max-size': '10m', 'max-file': '5' },
      })
      // Ours run as "node" by the Dockerfile.
      if (service.build === undefined)
        expect(service.user).toMatch(name === 'secrets' ? /^root$/ : /^(postgres|redis)$/)
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/)
    },
  )

  test('says of every process that runs whether it lives', () => {
    for (const [name, { healthcheck, restart }] of services) {
      const isOneShot = ['secrets', 'migrate', 'synchronous'].includes(name)
      if (isOneShot) expect(restart).toMatch(/^(no|on-failure)$/)
      else
        expect(String(healthcheck?.test), name).toMatch(
          /health\/(live|ready)|pg_isready,-h,127\.0\.0\.1|redis-cli/,
        )
    }
  })

  test('has no password in it, and no default for one', () => {
    const text = readFileSync(join(ROOT, file), 'utf8')
    expect(text).not.toMatch(/PASSWORD:-/)
    expect(text).not.toMatch(/:\/\/[^\s/@]*:[^\s/@]*@/)
    expect(text).not.toMatch(/(PASSWORD|requirepass|masterauth)[:=] *"?\w/)
  })

  test('gives each container the passwords that it needs and no others', () => {
    const secretsOf = ({ volumes = [] }: Service) =>
      volumes.map((volume) => volume.split(':')[0] ?? '').filter((name) => name.startsWith('secrets-'))
    for (const [name, service] of services) {
      const expected = service.build
        ? [name === 'migrate' ? 'secrets-migrate' : 'secrets-app']
        : name === 'secrets'
          ? ['secrets-postgres', 'secrets-migrate', 'secrets-app', 'secrets-redis']
          : [service.image?.startsWith('postgres') ? 'secrets-postgres' : 'secrets-redis']
      expect([name, secretsOf(service)]).toEqual([name, expected])
      for (const volume of service.volumes ?? []) {
        if (name !== 'secrets' && volume.startsWith('secrets-')) expect(volume).toMatch(/:ro$/)
      }
    }
  })

  test('gives the key file to those that send, and to nobody else', () => {
    const withKey = services.filter(([, { secrets = [] }]) => secrets.length > 0).map(([name]) => name)
    expect(withKey).toEqual(['api', 'dispatcher'])
    for (const [name, { environment }] of ours) {
      const expected = withKey.includes(name) ? '/run/secrets/service_account' : ''
      expect([name, environment?.GOOGLE_APPLICATION_CREDENTIALS]).toEqual([name, expected])
    }
  })

  test('migrates as the owner, who grants the role that all others run as', () => {
    for (const [name, { environment = {} }] of ours) {
      const isMigrate = name === 'migrate'
      expect(environment.DATABASE_URL).toMatch(isMigrate ? /\/\/carillon_owner@/ : /\/\/carillon_app@/)
      expect(environment.DATABASE_APP_ROLE).toBe(isMigrate ? 'carillon_app' : '')
    }
    expect(Number(compose.services.migrate?.environment?.DATABASE_START_WAIT_MS)).toBeGreaterThanOrEqual(
      30_000,
    )
  })
})

test('the image gets no key, no password and no environment', () => {
  const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n')
  expect(ignored).toEqual(
    expect.arrayContaining(['service-account*.json', '.env', '.env.*', 'secrets', '.git']),
  )
})

test('the sentinels watch the master under the name that REDIS_URL has', () => {
  const { services, configs = {} } = read('docker-compose.cluster.yml')
  const redis = parseRedisAddress(services.api?.environment?.REDIS_URL ?? '')
  const { content } = configs.sentinel as { content: string }
  const [, name, host] = /^sentinel monitor (\S+) (\S+) 6379 2$/m.exec(content) ?? []
  expect(redis).toMatchObject({ kind: 'sentinel', master: name })
  expect(services).toHaveProperty(host ?? '')
})
