/**
 * Reads the configuration from the environment. `VARIABLES` defines each variable's name, default and format; a test
 * compares it with `.env.example`. An invalid or missing variable stops the start with a message that names the variable,
 * its value and what was expected. Names that look misspelt are a warning.
 */
import { accessSync, constants, statSync } from 'node:fs'
import { isIP } from 'node:net'
import { isAbsolute } from 'node:path'
import { CAPS_FORM, type CapRule, parseCaps } from '../domain/caps.ts'
import { isTimeOfDay } from '../domain/daily-hours.ts'
import { canonicalTimezone } from '../domain/timezone.ts'
import { DATABASE_FORM, parseDatabaseAddress } from './database-address.ts'
import { type Environment, egressProxy, isProxyUrl, proxyWarnings } from './egress-proxy.ts'
import { openFileWarnings } from './open-file.ts'
import { passwordProblems, withPassword } from './password-file.ts'
import { parseRedisAddress, REDIS_FORMS } from './redis-address.ts'
import { unknownVariables } from './unknown-variables.ts'

const SENDER_NAMES = ['fcm-http2', 'firebase-admin', 'dry-run'] as const
export type SenderName = (typeof SENDER_NAMES)[number]

export const GOOGLE_ENDPOINT = 'https://fcm.googleapis.com'

interface Variable<T> {
  /** Describes valid values in messages, such as "a whole number from 1 to 500". */
  expected: string
  /** Undefined: the variable is required. */
  fallback?: T
  /** Returns undefined if the text is not valid. */
  read: (text: string) => T | undefined
  /** What is wrong with a text that is not valid, where more can be said than what was expected. */
  problem?: (text: string) => string
}

function integer(fallback: number, min: number, max: number): Variable<number> {
  return {
    expected: `a whole number from ${min} to ${max}`,
    fallback,
    read: (text) => {
      const value = Number(text)
      return /^\d+$/.test(text) && value >= min && value <= max ? value : undefined
    },
  }
}

function oneOf<T extends string>(fallback: T, values: readonly T[]): Variable<T> {
  return {
    expected: `one of ${values.join(', ')}`,
    fallback,
    read: (text) => values.find((value) => value === text),
  }
}

function optional(expected: string, accepts: (text: string) => boolean): Variable<string | null> {
  return { expected, fallback: null, read: (text) => (accepts(text) ? text : undefined) }
}

function timeOfDay(fallback: string): Variable<string> {
  const expected = 'a time of a day from 00:00 to 23:59'
  return { expected, fallback, read: (text) => (isTimeOfDay(text) ? text : undefined) }
}

function isReadableFile(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** `parse` returns a text for an address that is not valid: what is wrong with it. */
function address<F extends null | undefined>(
  expected: string,
  parse: (text: string) => object | string,
  fallback: F,
): Variable<F extends null ? string | null : string> {
  return {
    expected,
    // A variable without this key is required.
    ...(fallback === null && { fallback: null as never }),
    read: (text) => (typeof parse(text) === 'string' ? undefined : text),
    problem: (text) => String(parse(text)),
  }
}

/** Only addresses and networks, not names of ranges such as "loopback": trusted proxies must be listed explicitly. */
function areNetworks(text: string): boolean {
  return text.split(',').every((part) => {
    const [, address = '', bits] = /^\s*([0-9a-f.:]+)(?:\/(\d{1,3}))?\s*$/i.exec(part) ?? []
    const family = isIP(address)
    const most = family === 4 ? 32 : 128
    // /0 would trust every address.
    return family !== 0 && Number(bits ?? most) >= 1 && Number(bits ?? most) <= most
  })
}

function isUrl(...protocols: string[]) {
  return (text: string) => URL.canParse(text) && protocols.includes(new URL(text).protocol)
}

/** In the order of `.env.example`. Names contain the unit. */
export const VARIABLES = {
  DATABASE_URL: address(DATABASE_FORM, parseDatabaseAddress, undefined),
  DATABASE_PASSWORD_FILE: optional('the path of a readable file with a password', isReadableFile),
  DATABASE_APP_ROLE: optional('the name of a PostgreSQL role', (text) =>
    /^[a-z_][a-z0-9_]{0,62}$/.test(text),
  ),
  DATABASE_START_WAIT_MS: integer(0, 0, 600_000),
  DATABASE_POOL_SIZE: integer(10, 2, 200),
  DATABASE_STATEMENT_TIMEOUT_MS: integer(30_000, 100, 3_600_000),
  DATABASE_POOL_WAIT_MS: integer(5_000, 50, 60_000),
  REDIS_URL: address(REDIS_FORMS, parseRedisAddress, null),
  REDIS_PASSWORD_FILE: optional('the path of a readable file with a password', isReadableFile),
  QUEUE_PREFIX: {
    expected: '1 to 40 characters of a-z, 0-9 and _, starting with a letter',
    fallback: 'carillon',
    read: (text) => (/^[a-z][a-z0-9_]{0,39}$/.test(text) ? text : undefined),
  } as Variable<string>,
  QUEUE_WATERMARK: integer(64, 1, 10_000),
  HOST: {
    expected: 'an address to listen on',
    fallback: '127.0.0.1',
    read: (text) => text,
  } as Variable<string>,
  PORT: integer(3000, 0, 65_535),
  HTTP_SLOTS: integer(0, 0, 10_000),
  HTTP_IMPORTS: integer(2, 1, 100),
  HTTP_EXPORTS: integer(3, 1, 100),
  TRUSTED_PROXIES: optional('addresses or networks such as "10.0.0.5, 10.1.0.0/16"', areNetworks),
  EVENT_STREAMS: integer(10_000, 0, 1_000_000),
  EVENT_STREAMS_PER_CALLER: integer(100, 1, 1_000_000),
  TEST_MESSAGES_PER_CALLER: integer(100, 1, 100_000),
  CONFIRM_AUDIENCE_ABOVE: {
    expected: 'a whole number from 0 to 1000000000, or "unlimited"',
    fallback: 1_000,
    read: (text) =>
      text === 'unlimited' ? Number.POSITIVE_INFINITY : integer(0, 0, 1_000_000_000).read(text),
  } as Variable<number>,
  BODY_LIMIT_BYTES: integer(1_048_576, 1024, 104_857_600),
  IMPORT_LIMIT_BYTES: integer(10_737_418_240, 1024, 1_099_511_627_776),
  IMAGE_FOLDER: optional('the absolute path of a folder', isAbsolute),
  PUBLIC_URL: {
    expected: 'an https:// address without a query, such as https://push.example.com',
    fallback: null,
    read: (text) => {
      const isPlain = isUrl('https:')(text) && !/[?#@]/.test(text)
      return isPlain ? new URL(text).href.replace(/\/+$/, '') : undefined
    },
  } as Variable<string | null>,
  FCM_ENDPOINT: {
    expected: 'an https:// origin without a path',
    fallback: GOOGLE_ENDPOINT,
    // With a user in it, what looks like Google's address is somebody else's.
    read: (text) =>
      isUrl('https:')(text) && new URL(text).pathname === '/' && !/[?#@]/.test(text)
        ? new URL(text).origin
        : undefined,
  } as Variable<string>,
  FCM_ENDPOINT_TRUSTED: oneOf('false', ['true', 'false'] as const),
  FCM_CA_FILE: optional('the path of a readable PEM file', isReadableFile),
  FCM_PROXY: optional('an address such as http://user:password@proxy.example:3128', isProxyUrl),
  FCM_PROJECT_ID: optional('a Firebase project id', (text) => /^[a-z0-9:.-]{3,60}$/.test(text)),
  FCM_SENDER: oneOf<SenderName>('fcm-http2', SENDER_NAMES),
  FCM_MESSAGES_PER_MINUTE: {
    expected: 'a whole number from 1 to 100000000, or "unlimited"',
    fallback: 600_000,
    read: (text) => (text === 'unlimited' ? Number.POSITIVE_INFINITY : integer(0, 1, 100_000_000).read(text)),
  } as Variable<number>,
  FCM_RAMP_SECONDS: integer(60, 0, 3600),
  FCM_REQUEST_TIMEOUT_MS: integer(10_000, 50, 120_000),
  GOOGLE_APPLICATION_CREDENTIALS: optional('the path of a readable service account file', isReadableFile),
  DISPATCH_BATCHES: integer(100, 1, 1000),
  DISPATCH_CONCURRENCY: integer(10_000, 1, 100_000),
  RECORD_CHUNK: integer(100, 1, 500),
  BATCH_LEASE_MS: integer(30_000, 2_000, 600_000),
  RETRY_FIRST_DELAY_MS: integer(10_000, 0, 600_000),
  RETRY_ATTEMPTS: integer(8, 1, 100),
  RETRY_AGE_MS: integer(3_600_000, 1000, 86_400_000),
  FCM_BREAKER_FAULTS: integer(500, 1, 1_000_000),
  FCM_BREAKER_WAIT_MS: integer(10_000, 10, 600_000),
  ERROR_PAUSE_PERCENT: integer(50, 1, 100),
  ERROR_PAUSE_MINIMUM: integer(100, 1, 500),
  DEFAULT_TIMEZONE: {
    expected: 'the name of a time zone such as Asia/Seoul',
    fallback: 'Asia/Seoul',
    read: canonicalTimezone,
  } as Variable<string>,
  NIGHT_FROM: timeOfDay('21:00'),
  NIGHT_UNTIL: timeOfDay('08:00'),
  ADVERTISER_NAME: optional(
    'a name of 1 to 50 characters',
    (text) => text.trim() !== '' && text.length <= 50,
  ),
  ADVERTISER_OPT_OUT_HINT: optional(
    'a sentence of 1 to 100 characters',
    (text) => text.trim() !== '' && text.length <= 100,
  ),
  CAPS: {
    expected: CAPS_FORM,
    fallback: [],
    read: (text) => {
      const rules = parseCaps(text)
      return typeof rules === 'string' ? undefined : rules
    },
    problem: (text) => String(parseCaps(text)),
  } as Variable<readonly CapRule[]>,
  PLAN_PAGE_BATCHES: integer(50, 1, 1000),
  BATCH_SIZE: integer(500, 1, 500),
  PLAN_AHEAD_MS: integer(60_000, 0, 3_600_000),
  MAINTENANCE_INTERVAL_MS: integer(500, 20, 60_000),
  DEVICE_STALE_DAYS: integer(270, 0, 3650),
  DELIVERY_RETENTION_MONTHS: integer(0, 0, 1200),
  // PostgreSQL refuses less than 30, too.
  AUDIT_RETENTION_DAYS: integer(730, 30, 36_500),
  TEST_RETENTION_DAYS: integer(365, 0, 36_500),
  MEMORY_LIMIT_MB: integer(0, 0, 1_048_576),
  METRICS_PORT: integer(0, 0, 65_535),
  ALERT_WEBHOOK_URL: optional('an http:// or https:// address', isUrl('http:', 'https:')),
  STOP_TIMEOUT_MS: integer(25_000, 100, 600_000),
  LOG_LEVEL: oneOf('info', ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const),
} satisfies Record<string, Variable<unknown>>

type Values = {
  [K in keyof typeof VARIABLES]: (typeof VARIABLES)[K] extends Variable<infer T> ? T : never
}

export type Config = ReturnType<typeof group>

export class ConfigError extends Error {
  readonly code = 'invalid_config'
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`Cannot start: ${problems.join(' ')} Variables are listed in .env.example.`)
    this.problems = problems
  }
}

/**
 * Returns the typed, grouped and frozen configuration. Throws ConfigError with all problems, not just the first. An empty
 * value counts as unset. `needsFcm: false` is for commands that only use the database and may run before there are
 * credentials.
 */
export function loadConfig(env: Environment = process.env, { needsFcm = true } = {}): Config {
  const problems: string[] = []
  const entries = Object.entries(VARIABLES).map(([name, variable]: [string, Variable<unknown>]) => {
    const text = env[name]
    if (text === undefined || text === '') {
      if (variable.fallback === undefined) problems.push(`${name} is not set; expected ${variable.expected}.`)
      return [name, variable.fallback]
    }
    const value = variable.read(text)
    if (value === undefined) {
      const problem = variable.problem?.(text) ?? `expected ${variable.expected}`
      problems.push(`${name} is ${shown(name, text)}; ${problem}.`)
    }
    return [name, value]
  })
  const values = Object.fromEntries(entries) as Values
  if (problems.length === 0) problems.push(...conflicts(values, needsFcm))
  if (problems.length > 0) throw new ConfigError(problems)
  return group(values, env)
}

/** What an operator should know about an environment that is valid. */
export function configWarnings(env: Environment = process.env): readonly string[] {
  return [
    ...unknownVariables(env, Object.keys(VARIABLES)),
    ...proxyWarnings(env),
    ...openFileWarnings('GOOGLE_APPLICATION_CREDENTIALS', env.GOOGLE_APPLICATION_CREDENTIALS),
  ]
}

/**
 * The value as it may appear in a message: without passwords in URLs, and without a key that was pasted instead of the
 * path of its file. The value is invalid, so it cannot be parsed to find them.
 */
function shown(name: string, text: string): string {
  // The whole URL of a chat webhook is a secret: with it, anyone can post messages.
  if (name === 'ALERT_WEBHOOK_URL') return 'a value that is not shown here'
  if (name.endsWith('_URL') || name === 'FCM_PROXY') {
    const [address = ''] = text.split('?')
    return JSON.stringify(address.replace(/^([a-z+]*:?\/\/)?.*@/is, '$1***@'))
  }
  return /[\n{]/.test(text) ? 'a text instead of a path' : JSON.stringify(text)
}

/** Checks combinations of values that are valid on their own. */
function conflicts(v: Values, needsFcm: boolean): string[] {
  const problems: string[] = []
  if (v.FCM_SENDER === 'firebase-admin' && v.FCM_ENDPOINT !== GOOGLE_ENDPOINT) {
    problems.push(
      `FCM_SENDER is "firebase-admin" and FCM_ENDPOINT is "${v.FCM_ENDPOINT}"; the SDK can only use ${GOOGLE_ENDPOINT}. Unset one of them.`,
    )
  }
  const isUnknown = v.GOOGLE_APPLICATION_CREDENTIALS === null && v.FCM_PROJECT_ID === null
  if (needsFcm && isUnknown && v.FCM_ENDPOINT === GOOGLE_ENDPOINT) {
    problems.push(
      "GOOGLE_APPLICATION_CREDENTIALS is not set and FCM_ENDPOINT is Google's; expected the path of a service account file, or FCM_PROJECT_ID with credentials from the environment Carillon runs in, or another FCM_ENDPOINT.",
    )
  }
  problems.push(...passwordProblems('DATABASE', v.DATABASE_URL, v.DATABASE_PASSWORD_FILE))
  problems.push(...passwordProblems('REDIS', v.REDIS_URL, v.REDIS_PASSWORD_FILE))
  if (v.NIGHT_FROM === v.NIGHT_UNTIL) {
    problems.push(
      `NIGHT_FROM and NIGHT_UNTIL are both "${v.NIGHT_FROM}"; a night needs a beginning and another end.`,
    )
  }
  if ((v.ADVERTISER_NAME === null) !== (v.ADVERTISER_OPT_OUT_HINT === null)) {
    problems.push('Of ADVERTISER_NAME and ADVERTISER_OPT_OUT_HINT only one is set; set both, or none.')
  }
  // Stopping waits for open requests.
  if (v.STOP_TIMEOUT_MS <= v.FCM_REQUEST_TIMEOUT_MS) {
    problems.push(
      `STOP_TIMEOUT_MS is ${v.STOP_TIMEOUT_MS} and FCM_REQUEST_TIMEOUT_MS is ${v.FCM_REQUEST_TIMEOUT_MS}; the stop timeout must be longer than one request.`,
    )
  }
  return problems
}

function group(v: Values, env: Environment) {
  return frozen({
    database: {
      url: withPassword(v.DATABASE_URL, v.DATABASE_PASSWORD_FILE),
      poolSize: v.DATABASE_POOL_SIZE,
      statementTimeoutMs: v.DATABASE_STATEMENT_TIMEOUT_MS,
      poolWaitMs: v.DATABASE_POOL_WAIT_MS,
    },
    migration: { appRole: v.DATABASE_APP_ROLE, startWaitMs: v.DATABASE_START_WAIT_MS },
    queue: {
      redisUrl: v.REDIS_URL === null ? null : withPassword(v.REDIS_URL, v.REDIS_PASSWORD_FILE),
      prefix: v.QUEUE_PREFIX,
      watermark: v.QUEUE_WATERMARK,
    },
    http: {
      host: v.HOST,
      port: v.PORT,
      slots: v.HTTP_SLOTS,
      imports: v.HTTP_IMPORTS,
      exports: v.HTTP_EXPORTS,
      publicUrl: v.PUBLIC_URL,
      trustedProxies: v.TRUSTED_PROXIES,
      eventStreams: v.EVENT_STREAMS,
      eventStreamsPerCaller: v.EVENT_STREAMS_PER_CALLER,
      testMessagesPerCaller: v.TEST_MESSAGES_PER_CALLER,
      confirmAudienceAbove: v.CONFIRM_AUDIENCE_ABOVE,
      bodyLimitBytes: v.BODY_LIMIT_BYTES,
      importLimitBytes: v.IMPORT_LIMIT_BYTES,
    },
    images: { folder: v.IMAGE_FOLDER },
    fcm: {
      endpoint: v.FCM_ENDPOINT,
      isGoogle: v.FCM_ENDPOINT === GOOGLE_ENDPOINT,
      isTrusted: v.FCM_ENDPOINT_TRUSTED === 'true',
      caFile: v.FCM_CA_FILE,
      proxy: egressProxy(v.FCM_PROXY, env),
      projectId: v.FCM_PROJECT_ID,
      sender: v.FCM_SENDER,
      messagesPerMinute: v.FCM_MESSAGES_PER_MINUTE,
      rampSeconds: v.FCM_RAMP_SECONDS,
      requestTimeoutMs: v.FCM_REQUEST_TIMEOUT_MS,
      credentialsFile: v.GOOGLE_APPLICATION_CREDENTIALS,
      concurrency: v.DISPATCH_CONCURRENCY,
    },
    planner: { pageBatches: v.PLAN_PAGE_BATCHES, batchSize: v.BATCH_SIZE },
    dispatcher: {
      batches: v.DISPATCH_BATCHES,
      recordChunk: v.RECORD_CHUNK,
      leaseMs: v.BATCH_LEASE_MS,
      retryFirstDelayMs: v.RETRY_FIRST_DELAY_MS,
      retryAttempts: v.RETRY_ATTEMPTS,
      retryAgeMs: v.RETRY_AGE_MS,
      breakerFaults: v.FCM_BREAKER_FAULTS,
      breakerWaitMs: v.FCM_BREAKER_WAIT_MS,
      errorPausePercent: v.ERROR_PAUSE_PERCENT,
      errorPauseMinimum: v.ERROR_PAUSE_MINIMUM,
    },
    sendRules: {
      night: { from: v.NIGHT_FROM, until: v.NIGHT_UNTIL },
      zone: v.DEFAULT_TIMEZONE,
      advertiser:
        v.ADVERTISER_NAME === null || v.ADVERTISER_OPT_OUT_HINT === null
          ? null
          : { name: v.ADVERTISER_NAME.trim(), optOutHint: v.ADVERTISER_OPT_OUT_HINT.trim() },
      caps: v.CAPS,
    },
    maintenance: {
      intervalMs: v.MAINTENANCE_INTERVAL_MS,
      planAheadMs: v.PLAN_AHEAD_MS,
      deviceStaleDays: v.DEVICE_STALE_DAYS,
      deliveryRetentionMonths: v.DELIVERY_RETENTION_MONTHS,
      auditRetentionDays: v.AUDIT_RETENTION_DAYS,
      testRetentionDays: v.TEST_RETENTION_DAYS,
    },
    health: {
      memoryLimitMb: v.MEMORY_LIMIT_MB,
      metricsPort: v.METRICS_PORT,
      alertWebhookUrl: v.ALERT_WEBHOOK_URL,
    },
    stopTimeoutMs: v.STOP_TIMEOUT_MS,
    logLevel: v.LOG_LEVEL,
  })
}

/** All parts of a process share the configuration, so it must not change. */
function frozen<T extends object>(groups: T): Readonly<T> {
  for (const group of Object.values(groups)) Object.freeze(group)
  return Object.freeze(groups)
}
