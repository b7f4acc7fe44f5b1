/** The permission of every route, and that every kind of caller is checked for it. */
import { randomUUIDv7 } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import fastify, { type FastifyInstance, type RouteOptions } from 'fastify'
import { describe, expect, test, vi } from 'vitest'
import { createApiKey } from '../../../src/access/api-key-store.ts'
import type { KeyRing } from '../../../src/access/key-ring.ts'
import type { Sessions } from '../../../src/access/sessions.ts'
import { installAuthentication } from '../../../src/api/http/authenticate.ts'
import * as permissions from '../../../src/domain/permissions.ts'
import { CAMPAIGN, startApp, type TestApp } from '../start-app.ts'

// For the one test that needs a role which the table does not have; the rest use the real table.
vi.mock('../../../src/domain/permissions.ts', async (original) => {
  const real = await original<typeof permissions>()
  return { ...real, may: vi.fn(real.may) }
})
const { may, ROLES } = permissions
type Permission = permissions.Permission

/** A second list beside the routes, so that no route changes its permission unnoticed. */
const ROUTES: Record<Permission | 'anyone', string[]> = {
  anyone: [
    'POST /v1/session',
    'GET /v1/session',
    'DELETE /v1/session',
    'POST /v1/session/password',
    'GET /v1/openapi.json',
  ],
  'campaigns:read': [
    'GET /v1/campaigns',
    'GET /v1/campaigns/counts',
    'GET /v1/campaigns/choices',
    'GET /v1/overview',
    'GET /v1/calendar',
    'POST /v1/calendar/preview',
    'GET /v1/notices',
    'GET /v1/schedules',
    'POST /v1/schedules/preview',
    'GET /v1/schedules/:id',
    'GET /v1/schedules/:id/runs',
    'PUT /v1/campaigns/:id/presence',
    'DELETE /v1/campaigns/:id/presence/:windowId',
    'GET /v1/campaigns/:id',
    'GET /v1/campaigns/:id/events',
    'GET /v1/campaigns/:id/failures',
    'GET /v1/campaigns/:id/messages',
    'GET /v1/campaigns/:id/resend-options',
    'GET /v1/campaigns/:id/timeline',
    'GET /v1/campaigns/:id/zones',
  ],
  'campaigns:write': [
    'POST /v1/campaigns',
    'PATCH /v1/campaigns/:id',
    'DELETE /v1/campaigns/:id',
    'POST /v1/campaigns/:id/archive',
    'POST /v1/campaigns/:id/unarchive',
    'POST /v1/campaigns/:id/restore',
    'POST /v1/images',
  ],
  'campaigns:send': [
    'POST /v1/campaigns/:id/send',
    'POST /v1/schedules',
    'PATCH /v1/schedules/:id',
    'POST /v1/schedules/:id/pause',
    'POST /v1/schedules/:id/resume',
    'POST /v1/schedules/:id/end',
    'POST /v1/schedules/:id/runs/skip',
    'POST /v1/schedules/:id/runs/restore',
    'POST /v1/schedules/:id/runs/send',
    'POST /v1/campaigns/:id/pause',
    'POST /v1/campaigns/:id/resume',
    'POST /v1/campaigns/:id/cancel',
    'POST /v1/campaigns/:id/keep',
    'POST /v1/campaigns/:id/resend',
    'POST /v1/campaigns/:id/test',
  ],
  'people:read': [
    'GET /v1/consents/due',
    'GET /v1/consents/due.csv',
    'GET /v1/consents/due/counts',
    'GET /v1/campaigns/:id/deliveries',
    'GET /v1/campaigns/:id/deliveries.csv',
    'POST /v1/campaigns/:id/deliveries/find',
    'GET /v1/campaigns/:id/tests',
    'GET /v1/campaigns/:id/devices/:deviceId/attempts',
    'GET /v1/members',
    'GET /v1/members/:externalId',
    'GET /v1/members/:externalId/deliveries',
    'GET /v1/devices/export',
    'POST /v1/audiences/count',
    'POST /v1/audiences/zones',
  ],
  'devices:register': [
    'POST /v1/devices/register',
    'POST /v1/devices/delete',
    'PUT /v1/devices/:address',
    'DELETE /v1/devices/:address',
  ],
  'members:write': ['PATCH /v1/members/:externalId'],
  'members:erase': ['DELETE /v1/members/:externalId'],
  // Asked for by exports, when they are to have complete addresses: test/api/devices/export-routes.test.ts.
  'addresses:read': [],
  'devices:import': ['POST /v1/devices/import'],
  'system:read': ['GET /v1/system'],
  'users:manage': ['POST /v1/users', 'GET /v1/users', 'PATCH /v1/users/:id'],
  'keys:manage': ['POST /v1/api-keys', 'GET /v1/api-keys', 'DELETE /v1/api-keys/:id'],
}

/** A HEAD route comes with each GET route, but for the event stream. */
const EXPECTED = Object.entries(ROUTES).flatMap(([permission, names]) =>
  names.flatMap((name) =>
    name.startsWith('GET ') && !name.endsWith('/events')
      ? [`${name}: ${permission}`, `${name.replace('GET', 'HEAD')}: ${permission}`]
      : [`${name}: ${permission}`],
  ),
)

interface Route {
  method: string
  url: string
  permission: Permission | 'anyone' | undefined
}

/** Collects the routes under /v1 from the moment Fastify is created, so that hidden ones are included. */
async function startAppWithRoutes(): Promise<TestApp & { routes: Route[] }> {
  const routes: Route[] = []
  const onRoute = ({ method, url, config }: RouteOptions) => {
    if (!url.startsWith('/v1')) return
    for (const each of [method].flat()) routes.push({ method: each, url, permission: config?.permission })
  }
  const onFastify = (message: unknown) => {
    const { fastify: created } = message as { fastify: FastifyInstance }
    created.addHook('onRoute', onRoute)
  }
  subscribe('fastify.initialization', onFastify)
  try {
    return { ...(await startApp()), routes }
  } finally {
    unsubscribe('fastify.initialization', onFastify)
  }
}

/** With ids that do not exist: a call that is let in changes nothing. HEAD has no body, so it has no code. */
async function ask(app: FastifyInstance, { method, url }: Route, key: string | null) {
  const path = url.replace(':id', '01990000-0000-7000-8000-000000000000').replace(/:\w+/, '1')
  const answer = await app.inject({
    method: method as 'GET',
    url: path,
    headers: key === null ? {} : { authorization: `Bearer ${key}` },
  })
  const isProblem = method !== 'HEAD' && answer.statusCode >= 400
  const { code = null, detail = null } = isProblem ? answer.json() : {}
  return { status: answer.statusCode, code, detail }
}

describe('every route', () => {
  test('names the permission that this file expects', async () => {
    const { routes } = await startAppWithRoutes()
    const named = routes.map(({ method, url, permission }) => `${method} ${url}: ${permission}`)
    expect(named.sort()).toEqual(EXPECTED.sort())
  })

  test('refuses a caller without a key, with an expired key and with a revoked key', async () => {
    const { app, pool, prisma, routes } = await startAppWithRoutes()
    const makeKey = async (change: string) => {
      const input = { id: randomUUIDv7(), name: 'unusable', role: 'admin', expiresAt: null } as const
      const { id, key } = await createApiKey(prisma, input)
      await pool.query(`UPDATE api_keys SET ${change} WHERE id = $1`, [id])
      return key
    }
    const callers = [
      ['missing_api_key', null],
      ['invalid_api_key', await makeKey(`expires_at = now() - interval '1 s'`)],
      ['invalid_api_key', await makeKey('revoked_at = now()')],
    ] as const
    for (const route of routes) {
      for (const [code, key] of callers) {
        const answer = await ask(app, route, key)
        const what = `${route.method} ${route.url}, ${code}`
        if (route.permission === 'anyone') expect(answer.code, what).not.toBe(code)
        else {
          expect(answer.status, what).toBe(401)
          expect(answer.code, what).toBe(route.method === 'HEAD' ? null : code)
        }
      }
    }
  })

  test.each(ROLES)('lets %s in where the table has the permission, and nowhere else', async (role) => {
    const { app, keys, routes } = await startAppWithRoutes()
    for (const route of routes) {
      const { method, url, permission } = route
      const { status, code, detail } = await ask(app, route, keys[role])
      const what = `${method} ${url} answered ${status}`
      const isAllowed = permission === 'anyone' || may(role, permission as Permission)
      expect(status === 403, what).toBe(!isAllowed)
      if (isAllowed || method === 'HEAD') continue
      expect(code, what).toBe('missing_permission')
      expect(detail, what).toContain(`the permission "${permission}"`)
      expect(detail, what).toContain(`the role "${role}"`)
    }
  })

  test('says in the OpenAPI document which permission it needs', async () => {
    const { app } = await startApp()
    const { paths = {} } = app.swagger() as { paths?: Record<string, Record<string, unknown>> }
    const documented = Object.entries(paths)
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
    const expected = EXPECTED.filter((name) => !name.startsWith('HEAD ') && !name.includes('/openapi.json'))
    expect(documented.sort()).toEqual(expected.sort())
  })
})

test('a route that names no permission keeps the app from starting', async () => {
  const app = fastify()
  installAuthentication(app, {} as KeyRing, {} as Sessions)
  const add = () => app.get('/forgotten', async () => 'open')
  expect(add).toThrow('Route /forgotten names no permission')
  await app.close()
})

test('scheduling a campaign also needs the permission to send', async () => {
  const { call } = await startApp()
  const { json: draft } = await call('POST', '/v1/campaigns', CAMPAIGN, { as: 'operator' })
  vi.mocked(may).mockImplementation((_role, permission) => permission !== 'campaigns:send')
  try {
    const scheduledAt = '2099-01-01T00:00:00Z'
    for (const [method, url, body] of [
      ['POST', '/v1/campaigns', { ...CAMPAIGN, scheduledAt }],
      ['PATCH', `/v1/campaigns/${draft.id}`, { scheduledAt }],
    ] as const) {
      const refused = await call(method, url, body, { as: 'operator' })
      expect(refused.json).toMatchObject({ status: 403, code: 'missing_permission' })
      expect(refused.json.detail).toContain('"campaigns:send"')
    }
    expect((await call('GET', '/v1/campaigns')).json.data).toMatchObject([{ id: draft.id, state: 'draft' }])
    const renamed = await call('PATCH', `/v1/campaigns/${draft.id}`, { name: 'x' }, { as: 'operator' })
    expect(renamed.status).toBe(200)
  } finally {
    vi.mocked(may).mockRestore()
  }
})
