/**
 * The API over a database and a queue of its own, called without a socket. Every call carries a key of the
 * given role, and every answer is held against the OpenAPI document.
 */
import { randomUUIDv7 } from 'node:crypto'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { onTestFinished } from 'vitest'
import { createApiKey } from '../../src/access/api-key-store.ts'
import { callerOfUser } from '../../src/access/caller.ts'
import { openSessions } from '../../src/access/sessions.ts'
import { buildApp } from '../../src/api/app.ts'
import type { AppDeps } from '../../src/api/http/request-context.ts'
import { SESSION_COOKIE } from '../../src/api/http/session-cookie.ts'
import { ROLES, type Role } from '../../src/domain/permissions.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { openPrisma, type Prisma } from '../../src/postgres/prisma.ts'
import { createLogger } from '../../src/process/logger.ts'
import { createSender } from '../../src/push/create-sender.ts'
import { openJobQueue } from '../../src/queue/bullmq-job-queue.ts'
import type { JobQueue } from '../../src/queue/job-queue.ts'
import { testConfig } from '../support/config.ts'
import { createTestDatabase } from '../support/database.ts'
import { versionOf } from '../support/seen.ts'
import { expectDocumented } from './expect-documented.ts'

export interface Answer {
  status: number
  headers: Record<string, string>
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it by what they expect
  json: any
}

export interface TestApp {
  app: FastifyInstance
  /** Of its database. */
  url: string
  pool: Pool
  prisma: Prisma
  queue: JobQueue
  keys: Record<Role, string>
  /** A Cookie header: an admin's session. Made when it is first asked for, with a user of the name "keeper". */
  cookie(): Promise<string>
  /**
   * An object is sent as JSON; the key is an admin's unless `as` says otherwise. Users and keys are managed by people only: there it
   * is an admin's session.
   */
  call(method: string, url: string, body?: unknown, more?: CallOptions): Promise<Answer>
}

interface CallOptions {
  as?: Role
  headers?: Record<string, string>
  /**
   * The version of the campaign that the call is about; null: none. Left out, it is the one that the campaign has, as for
   * somebody who has just looked.
   */
  version?: number | null
}

/** The calls that are about a version of a campaign. */
const IS_ABOUT_VERSION =
  /^(?:(?:PATCH|DELETE) \/v1\/campaigns\/([\da-f-]{36})|POST \/v1\/campaigns\/([\da-f-]{36})\/(?:send|test|resend|resume))$/

export async function startApp(
  env: Record<string, string | number | null> = {},
  more: Partial<AppDeps> = {},
  /** `afterAll`, for tests that share an app because what they do must change nothing. */
  whenDone: (close: () => Promise<void>) => void = onTestFinished,
): Promise<TestApp> {
  const database = await createTestDatabase()
  const { pool } = database
  const config = testConfig({ DATABASE_URL: database.url, DATABASE_POOL_SIZE: 8, ...env })
  const log = createLogger('test', config.logLevel)
  const prisma = openPrisma(pool)
  const queue = openJobQueue(config, 'test', log)
  const app = await buildApp({ config, pool, prisma, queue, log, openSender: createSender, ...more })
  whenDone(async () => {
    await app.close()
    await queue.close()
    await prisma.$disconnect()
    if (!pool.ended) await pool.end()
  })
  await app.ready()
  const makeKey = async (role: Role) => {
    const { key } = await createApiKey(prisma, { id: randomUUIDv7(), name: role, role, expiresAt: null })
    return key
  }
  const keys = Object.fromEntries(
    await Promise.all(ROLES.map(async (role) => [role, await makeKey(role)] as const)),
  ) as Record<Role, string>
  let keeper: Promise<string> | undefined
  const cookie = () => (keeper ??= openKeeper(prisma))
  return {
    app,
    url: database.url,
    pool,
    prisma,
    queue,
    keys,
    cookie,
    async call(method, url, body, { as = 'admin', headers = {}, version } = {}) {
      const isPerson = as === 'admin' && OF_PEOPLE.test(url)
      const ifMatch = await ifMatchFor(pool, `${method} ${url}`, version)
      const isText = typeof body === 'string' || Buffer.isBuffer(body)
      const answer = await app.inject({
        method: method as NonNullable<InjectOptions['method']>,
        url,
        headers: {
          ...(isPerson
            ? { cookie: await cookie(), 'sec-fetch-site': 'same-origin' }
            : { authorization: `Bearer ${keys[as]}` }),
          ...(body !== undefined && !isText && { 'content-type': 'application/json' }),
          ...ifMatch,
          ...headers,
        },
        ...(body !== undefined && { payload: isText ? body : JSON.stringify(body) }),
      })
      const isJson = /[/+]json\b/.test(String(answer.headers['content-type']))
      const seen: Answer = {
        status: answer.statusCode,
        headers: answer.headers as Record<string, string>,
        text: answer.body,
        json: isJson && answer.body !== '' ? answer.json() : undefined,
      }
      expectDocumented(app, method, url, seen)
      return seen
    },
  }
}

const OF_PEOPLE = /^\/v1\/(?:users|api-keys)(?:[/?]|$)/

async function openKeeper(prisma: Prisma): Promise<string> {
  const sessions = openSessions(prisma, createLogger('test', 'silent'))
  const user = await prisma.user.create({
    data: { id: randomUUIDv7(), name: 'keeper', role: 'admin', passwordHash: 'none' },
  })
  const { token } = await sessions.open(callerOfUser(user))
  return `${SESSION_COOKIE}=${token}`
}

async function ifMatchFor(pool: Pool, call: string, version: number | null | undefined) {
  const [, edited, moved] = IS_ABOUT_VERSION.exec(call) ?? []
  const id = edited ?? moved
  if (id === undefined || version === null) return {}
  return { 'if-match': `"${version ?? (await versionOf(pool, id))}"` }
}

/** What makes a campaign; the audience is everybody. */
export const CAMPAIGN = {
  name: 'Spring sale',
  message: { title: 'Sale', body: 'Everything must go' },
  audience: { all: true },
}

/** Every row of the tables a refused request could have touched: before and after must be equal. */
export async function allRows(pool: Pool): Promise<unknown> {
  const { rows } = await pool.query(
    `SELECT (SELECT jsonb_agg(c ORDER BY id) FROM campaigns c) AS campaigns,
       (SELECT jsonb_agg(b ORDER BY campaign_id, seq) FROM batches b) AS batches,
       (SELECT jsonb_agg(d ORDER BY id) FROM devices d) AS devices,
       (SELECT jsonb_agg(m ORDER BY id) FROM members m) AS members,
       (SELECT jsonb_agg(to_jsonb(k) - 'last_used_at' ORDER BY id) FROM api_keys k) AS api_keys,
       (SELECT jsonb_agg(i) FROM idempotency_keys i) AS idempotency_keys`,
  )
  return rows[0]
}
