/** The permission of every route, that every kind of caller is checked for it, and that docs/security.md says the same. */
import { randomUUIDv7 } from 'node:crypto'
import fastify from 'fastify'
import { describe, expect, test } from 'vitest'
import { createApiKey, rotateApiKey } from '../../../src/access/api-key-store.ts'
import { callerOfUser } from '../../../src/access/caller.ts'
import type { KeyRing } from '../../../src/access/key-ring.ts'
import { openSessions, type Sessions } from '../../../src/access/sessions.ts'
import { installAuthentication } from '../../../src/api/http/authenticate.ts'
import { SESSION_COOKIE } from '../../../src/api/http/session-cookie.ts'
import { expectDraft } from '../../../src/campaigns/expect-draft.ts'
import { AppError } from '../../../src/domain/errors.ts'
import {
  PERMISSIONS,
  type Permission,
  permissionsOfKey,
  ROLES,
  type Role,
} from '../../../src/domain/permissions.ts'
import { createLogger } from '../../../src/process/logger.ts'
import { until } from '../../support/until.ts'
import { CAMPAIGN, startApp, type TestApp } from '../start-app.ts'
import { ask, documented, type Route, type Row, startAppWithRoutes, tableOf } from './route-table.ts'

type Headers = Record<string, string>
const bearer = (key: string): Headers => ({ authorization: `Bearer ${key}` })

/** A key that nothing is wrong with, until `change` has been made to it. */
async function badKey({ prisma, pool }: TestApp, change: string | null, more: object = {}): Promise<Headers> {
  const input = { id: randomUUIDv7(), name: 'bad', role: 'admin', expiresAt: null, ...more } as const
  const { id, key } = await createApiKey(prisma, input)
  if (change !== null) await pool.query(`UPDATE api_keys SET ${change} WHERE id = $1`, [id])
  return bearer(key)
}

async function sessionOf({ prisma }: TestApp, role: Role): Promise<Headers> {
  const sessions = openSessions(prisma, createLogger('test', 'silent'))
  const user = await prisma.user.create({
    data: { id: randomUUIDv7(), name: role, role, passwordHash: 'none' },
  })
  const { token } = await sessions.open(callerOfUser(user))
  return { cookie: `${SESSION_COOKIE}=${token}`, 'sec-fetch-site': 'same-origin' }
}

/** Callers that no route lets in, but those for anyone; and the code that says why. */
async function refusedCallers(api: TestApp) {
  return [
    ['no key', 'missing_api_key', () => ({})],
    [
      'wrong key',
      'invalid_api_key',
      (
        (headers) => () =>
          headers
      )(bearer(`${api.keys.admin.slice(0, 14)}${'x'.repeat(43)}`)),
    ],
    [
      'expired',
      'invalid_api_key',
      (
        (headers) => () =>
          headers
      )(await badKey(api, `expires_at = now() - interval '1 s'`)),
    ],
    [
      'revoked',
      'invalid_api_key',
      (
        (headers) => () =>
          headers
      )(await badKey(api, 'revoked_at = now()')),
    ],
    [
      'rotated, and over',
      'invalid_api_key',
      (
        (headers) => () =>
          headers
      )(await rotatedKey(api)),
    ],
    [
      'role without it',
      'missing_permission',
      (permission: Permission) => bearer(api.keys[roleWithout(permission)]),
    ],
    ['limited to others', 'missing_permission', await limitedKeys(api)],
    [
      'another address',
      'address_not_allowed',
      (
        (headers) => () =>
          headers
      )(await badKey(api, null, { allowedAddresses: ['203.0.113.7'] })),
    ],
  ] as const satisfies readonly (readonly [string, string, (permission: Permission) => Headers])[]
}

/** Of a key, which manages no users and no keys. */
function roleWithout(permission: Permission): Role {
  const role = ROLES.find((each) => !permissionsOfKey(each).includes(permission))
  if (role === undefined) throw new Error(`every role has ${permission}`)
  return role
}

async function rotatedKey(api: TestApp): Promise<Headers> {
  const { id, key } = await createApiKey(api.prisma, {
    id: randomUUIDv7(),
    name: 'old',
    role: 'admin',
    expiresAt: null,
  })
  await rotateApiKey(api.prisma, id, 0)
  return bearer(key)
}

/** For each permission a key of an admin that has all others. */
async function limitedKeys(api: TestApp): Promise<(permission: Permission) => Headers> {
  const made = new Map<Permission, Headers>()
  for (const permission of PERMISSIONS) {
    const permissions = permissionsOfKey('admin').filter((each) => each !== permission)
    made.set(permission, await badKey(api, null, { permissions }))
  }
  return (permission) => made.get(permission) ?? {}
}

/** Whether a refusal is that of its kind, and only there. HEAD has no body, and so no code. */
async function look(api: TestApp, route: Route, headers: Headers, code: string): Promise<string> {
  // An export of before may be in its last moments.
  const answer = await until(
    async () => {
      const each = await ask(api.app, route, headers)
      return each.status !== 429 && each
    },
    { what: `${route.method} ${route.url} is not refused as overload` },
  )
  const isRefused = [401, 403].includes(answer.status) && (route.method === 'HEAD' || answer.code === code)
  return isRefused ? String(answer.status) : 'in'
}

describe('every route', () => {
  test('answers every kind of caller as docs/security.md says', { timeout: 120_000 }, async () => {
    const api = await startAppWithRoutes()
    const refused = await refusedCallers(api)
    const people = new Map<Role, Headers>()
    for (const role of ROLES) people.set(role, await sessionOf(api, role))
    const observe = async (route: Route): Promise<Omit<Row, 'route'>> => {
      // Their own answers: without a session there is none to show, end or change.
      if (route.permission === 'anyone') {
        const refusals = []
        for (const [, code, headersFor] of refused)
          refusals.push(await look(api, route, headersFor('keys:manage'), code))
        return { permission: 'anyone', people: 'anyone', keys: 'anyone', refusals }
      }
      const permission = route.permission as Permission
      const letIn = async (headersOf: (role: Role) => Headers) => {
        const roles = []
        for (const role of ROLES)
          if ((await look(api, route, headersOf(role), 'missing_permission')) === 'in') roles.push(role)
        return roles.join(', ') || 'none'
      }
      const refusals = []
      for (const [, code, headersFor] of refused)
        refusals.push(await look(api, route, headersFor(permission), code))
      const byKey = await letIn((role) => bearer(api.keys[role]))
      const bySession = await letIn((role) => people.get(role) ?? {})
      return {
        permission: `\`${permission}\``,
        people: bySession,
        keys: byKey === bySession ? 'the same' : byKey,
        refusals,
      }
    }
    const rows: Row[] = []
    for (const route of api.routes.filter(({ method }) => method !== 'HEAD')) {
      rows.push({ route: `${route.method} ${route.url}`, ...(await observe(route)) })
    }
    rows.sort((a, b) => `${a.permission} ${a.route}`.localeCompare(`${b.permission} ${b.route}`, 'en'))
    const table = tableOf(
      refused.map(([name]) => name),
      rows,
    )
    expect(table).toBe(documented(table))
    // Event streams have no HEAD.
    for (const route of api.routes.filter(({ method }) => method === 'HEAD')) {
      const { route: _name, ...as } = rows.find((row) => row.route === `GET ${route.url}`) ?? { route: '' }
      if (route.permission !== 'anyone') expect(await observe(route), `HEAD ${route.url}`).toEqual(as)
    }
  })

  test('says why it refuses, and what to do', async () => {
    const { app, keys, routes } = await startAppWithRoutes()
    for (const route of routes) {
      const { method, url, permission } = route
      if (permission === 'anyone' || permission === undefined || method === 'HEAD') continue
      const role = roleWithout(permission)
      const { code, detail } = await ask(app, route, bearer(keys[role]))
      const what = `${method} ${url}`
      expect(code, what).toBe('missing_permission')
      expect(detail, what).toContain(`the permission "${permission}"`)
      expect(detail, what).toContain(`the role "${role}"`)
    }
  })

  test('says in the OpenAPI document which permission it needs', async () => {
    const { app, routes } = await startAppWithRoutes()
    const { paths = {} } = app.swagger() as { paths?: Record<string, Record<string, unknown>> }
    const documentedRoutes = Object.entries(paths)
      .filter(([path]) => path.startsWith('/v1/'))
      .flatMap(([path, operations]) =>
        Object.entries(operations).map(([method, operation]) => {
          const { 'x-permission': permission, description = '' } = operation as Record<string, string>
          if (permission !== undefined) expect(description).toContain(`\`${permission}\``)
          const url = path.replaceAll(/\{(\w+)\}/g, ':$1')
          return `${method.toUpperCase()} ${url}: ${permission ?? 'anyone'}`
        }),
      )
    // The document does not list itself, and no HEAD.
    const expected = routes
      .filter(({ method, url }) => method !== 'HEAD' && url !== '/v1/openapi.json')
      .map(({ method, url, permission }) => `${method} ${url}: ${permission}`)
    expect(documentedRoutes.sort()).toEqual(expected.sort())
  })
})

test('a route that names no permission keeps the app from starting', async () => {
  const app = fastify()
  installAuthentication(app, {} as KeyRing, {} as Sessions)
  const add = () => app.get('/forgotten', async () => 'open')
  expect(add).toThrow('Route /forgotten names no permission')
  await app.close()
})

test('a marketer writes drafts, and changes nothing that is sent without another call', async () => {
  const { call, pool } = await startApp()
  const by = { as: 'marketer' } as const
  const scheduledAt = '2099-01-01T00:00:00Z'
  const refuse = async (method: string, url: string, body?: object) => {
    const { json } = await call(method, url, body, by)
    expect(json, `${method} ${url}`).toMatchObject({ status: 403, code: 'missing_permission' })
    expect(json.detail).toContain('"campaigns:send"')
    expect(json.detail).toContain('operator or admin')
  }
  const { json: draft } = await call('POST', '/v1/campaigns', CAMPAIGN, by)
  const url = `/v1/campaigns/${draft.id}`
  expect((await call('PATCH', url, { name: 'x' }, by)).status).toBe(200)
  await refuse('POST', '/v1/campaigns', { ...CAMPAIGN, scheduledAt })
  await refuse('PATCH', url, { scheduledAt })
  await refuse('POST', `${url}/send`)
  await refuse('POST', `${url}/test`, { externalIds: ['a'] })
  expect((await call('GET', url)).json).toMatchObject({ name: 'x', state: 'draft' })

  expect((await call('PATCH', url, { scheduledAt }, { as: 'operator' })).status).toBe(200)
  await refuse('PATCH', url, { message: { title: 'Another', body: 'text' } })
  await refuse('PATCH', url, { scheduledAt: null })
  await refuse('DELETE', url)
  const tagged = await call('PATCH', url, { tags: ['spring'] }, by)
  expect(tagged.json).toMatchObject({ tags: ['spring'], state: 'scheduled', message: CAMPAIGN.message })
  await call('DELETE', url, undefined, { as: 'operator' })
  await refuse('POST', `${url}/restore`)
  expect((await call('GET', url)).status).toBe(404)
  expect((await call('POST', `${url}/restore`, undefined, { as: 'operator' })).json.state).toBe('scheduled')

  await pool.query(`UPDATE campaigns SET state = 'paused', pause_reason = 'by_operator'`)
  await refuse('PATCH', url, { message: { title: 'Another', body: 'text' } })
  expect((await call('GET', url)).json.message).toEqual(CAMPAIGN.message)
})

test('the version that a marketer names must be that of the draft', async () => {
  const { call, pool } = await startApp()
  const { json: draft } = await call('POST', '/v1/campaigns', CAMPAIGN, { as: 'marketer' })
  // The one that it will have once it is scheduled.
  const early = await call(
    'PATCH',
    `/v1/campaigns/${draft.id}`,
    { name: 'x' },
    { as: 'marketer', version: 2 },
  )
  expect(early.json).toMatchObject({ status: 412, code: 'version_conflict', current: { version: 1 } })
  // Nor may the change come later: by then it may be scheduled.
  const looked = expectDraft(pool, draft.id, 2, () => new AppError('missing_permission', 'not a draft'))
  await expect(looked).rejects.toMatchObject({ code: 'version_conflict' })
  const gone = { as: 'marketer', version: 1 } as const
  const none = await call('DELETE', '/v1/campaigns/01990000-0000-7000-8000-000000000000', undefined, gone)
  expect(none.json.code).toBe('campaign_not_found')
})
