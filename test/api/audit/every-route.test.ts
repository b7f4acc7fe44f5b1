/**
 * Every route that writes is called as it should be, twice: once when its event cannot be written, and then nothing of the deed is
 * there either; and once when it can. A route that is in neither table fails the first test.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { codeOf, stepAt } from '../../../src/access/totp.ts'
import type { DeedName } from '../../../src/domain/deeds.ts'
import type { Pool } from '../../../src/postgres/pool.ts'
import { png } from '../../images/some-images.ts'
import { createBatches, createCampaign, createDevices } from '../../support/factories.ts'
import { fakeSender } from '../../support/fake-sender.ts'
import { addUser, PASSWORD, signIn } from '../browser.ts'
import { CAMPAIGN, startApp, type TestApp } from '../start-app.ts'

/** Routes that write, or may be taken for it, and have no event. */
const WITHOUT: Record<string, string> = {
  'POST /v1/audiences/count': 'changes nothing',
  'POST /v1/audiences/zones': 'changes nothing',
  'POST /v1/calendar/preview': 'changes nothing',
  'POST /v1/schedules/preview': 'changes nothing',
  'POST /v1/campaigns/:id/deliveries/find': 'changes nothing',
  'PUT /v1/devices/:address': 'an app calls it at every start: millions a day. docs/security.md',
  'DELETE /v1/devices/:address': 'an app calls it at every sign-out. docs/security.md',
  'POST /v1/devices/register': 'as PUT /v1/devices/:address',
  'POST /v1/devices/delete': 'as DELETE /v1/devices/:address',
  'PUT /v1/campaigns/:id/presence': 'who has a page open, every ten seconds',
  'DELETE /v1/campaigns/:id/presence/:windowId': 'who has a page open',
}

interface Call {
  url: string
  body?: unknown
  headers?: Record<string, string>
  /** Who it is, if it is not the key of an admin. */
  actor?: { kind: string; id: string; name: string }
}

interface Case {
  deeds: DeedName[]
  /** What it is about stands ready; the call does it. */
  prepare: (api: Api) => Promise<Call>
}

type Api = TestApp & { sent: number[] }

const JSON_FILE = '[{"address": "a-token", "externalId": "m1", "platform": "ios"}]'
const SCHEDULE = {
  name: 'Every evening',
  message: { title: 'Doors open', body: 'At eight' },
  audience: { all: true },
  rule: { every: 'day', at: '20:00' },
  timezone: 'Asia/Seoul',
}
const IN_AN_HOUR = new Date(Date.now() + 3_600_000)

const campaignIn =
  (columns: Parameters<typeof createCampaign>[1], deed: string, body?: object) => async (api: Api) => {
    await createDevices(api.pool, 2)
    return { url: `/v1/campaigns/${await createCampaign(api.pool, columns)}${deed}`, body }
  }

async function aSchedule(api: Api) {
  await createDevices(api.pool, 2)
  const { json } = await api.call('POST', '/v1/schedules', SCHEDULE)
  return { url: `/v1/schedules/${json.id}`, at: json.nextRuns[1].at as string }
}
const scheduleDeed = (deed: string) => async (api: Api) => ({
  url: `${(await aSchedule(api)).url}/${deed}`,
  headers: { 'if-match': '"1"' },
})
const runDeed = (deed: string) => async (api: Api) => {
  const { url, at } = await aSchedule(api)
  return { url: `${url}/runs/${deed}`, body: { at }, headers: { 'if-match': '"1"' } }
}

async function aSession(api: Api) {
  const { id } = await addUser(api.prisma, 'ada')
  const { cookie } = await signIn(api.app, { name: 'ada' })
  return {
    actor: { kind: 'user', id, name: 'ada' },
    headers: { cookie, 'sec-fetch-site': 'same-origin' },
  }
}

/** Users and keys are managed by people only. */
async function keeper(api: Api) {
  await api.cookie()
  const { rows } = await api.pool.query(`SELECT 'user' AS kind, id, name FROM users WHERE name = 'keeper'`)
  return rows[0]
}
const aKey = async (api: Api): Promise<string> => {
  const { json } = await api.call('POST', '/v1/api-keys', { name: 'shop', role: 'operator' })
  return json.id
}

/** With an app that shows codes. */
async function aBegunFactor(api: Api) {
  const signedIn = await aSession(api)
  const { headers, actor } = signedIn
  await api.call('POST', '/v1/session/second-factor', undefined, { headers })
  const { rows } = await api.pool.query('SELECT totp_secret AS secret FROM users WHERE id = $1', [actor.id])
  return { ...signedIn, body: { code: codeOf(rows[0].secret, stepAt(Date.now())) } }
}

const CASES: Record<string, Case> = {
  'POST /v1/campaigns': {
    deeds: ['campaign.created', 'campaign.scheduled'],
    prepare: async (api) => {
      await createDevices(api.pool, 2)
      return { url: '/v1/campaigns', body: { ...CAMPAIGN, scheduledAt: IN_AN_HOUR } }
    },
  },
  'PATCH /v1/campaigns/:id': { deeds: ['campaign.edited'], prepare: campaignIn({}, '', { name: 'other' }) },
  'DELETE /v1/campaigns/:id': { deeds: ['campaign.deleted'], prepare: campaignIn({}, '') },
  'POST /v1/campaigns/:id/restore': {
    deeds: ['campaign.restored'],
    prepare: campaignIn({ deleted_at: new Date() }, '/restore'),
  },
  'POST /v1/campaigns/:id/archive': { deeds: ['campaign.archived'], prepare: campaignIn({}, '/archive') },
  'POST /v1/campaigns/:id/unarchive': {
    deeds: ['campaign.unarchived'],
    prepare: async (api) => {
      const id = await createCampaign(api.pool)
      await api.call('POST', `/v1/campaigns/${id}/archive`)
      return { url: `/v1/campaigns/${id}/unarchive` }
    },
  },
  'POST /v1/campaigns/:id/send': { deeds: ['campaign.sent'], prepare: campaignIn({}, '/send') },
  'POST /v1/campaigns/:id/pause': {
    deeds: ['campaign.paused'],
    prepare: campaignIn({ state: 'sending' }, '/pause'),
  },
  'POST /v1/campaigns/:id/resume': {
    deeds: ['campaign.resumed'],
    prepare: campaignIn({ state: 'paused', pause_reason: 'by_operator' }, '/resume'),
  },
  'POST /v1/campaigns/:id/cancel': {
    deeds: ['campaign.canceled'],
    prepare: campaignIn({ state: 'sending' }, '/cancel'),
  },
  'POST /v1/campaigns/:id/keep': {
    deeds: ['campaign.cancel_taken_back'],
    prepare: campaignIn({ state: 'scheduled', scheduled_at: IN_AN_HOUR, cancel_at: IN_AN_HOUR }, '/keep'),
  },
  'POST /v1/campaigns/:id/resend': {
    deeds: ['campaign.resent', 'campaign.sent'],
    prepare: async ({ pool }) => {
      const { deviceIds } = await createDevices(pool, 2)
      const id = await createCampaign(pool, { state: 'canceled', closed_at: new Date() })
      await createBatches(pool, id, deviceIds, { state: 'canceled', canceled: 2 })
      return { url: `/v1/campaigns/${id}/resend`, body: { only: 'canceled' } }
    },
  },
  'POST /v1/campaigns/:id/test': {
    deeds: ['campaign.tested'],
    prepare: campaignIn({}, '/test', { externalIds: ['m1'] }),
  },
  'POST /v1/schedules': {
    deeds: ['schedule.created'],
    prepare: async () => ({ url: '/v1/schedules', body: SCHEDULE }),
  },
  'PATCH /v1/schedules/:id': {
    deeds: ['schedule.edited'],
    prepare: async (api) => ({
      url: (await aSchedule(api)).url,
      body: { name: 'x' },
      headers: { 'if-match': '"1"' },
    }),
  },
  'POST /v1/schedules/:id/pause': { deeds: ['schedule.paused'], prepare: scheduleDeed('pause') },
  'POST /v1/schedules/:id/resume': {
    deeds: ['schedule.resumed'],
    prepare: async (api) => {
      const { url } = await aSchedule(api)
      await api.call('POST', `${url}/pause`, undefined, { headers: { 'if-match': '"1"' } })
      return { url: `${url}/resume`, headers: { 'if-match': '"2"' } }
    },
  },
  'POST /v1/schedules/:id/end': { deeds: ['schedule.ended'], prepare: scheduleDeed('end') },
  'POST /v1/schedules/:id/runs/skip': { deeds: ['schedule.run_skipped'], prepare: runDeed('skip') },
  'POST /v1/schedules/:id/runs/restore': {
    deeds: ['schedule.run_restored'],
    prepare: async (api) => {
      const { url, at } = await aSchedule(api)
      await api.call('POST', `${url}/runs/skip`, { at }, { headers: { 'if-match': '"1"' } })
      return { url: `${url}/runs/restore`, body: { at }, headers: { 'if-match': '"2"' } }
    },
  },
  'POST /v1/schedules/:id/runs/send': {
    deeds: ['campaign.scheduled', 'schedule.run_sent'],
    prepare: runDeed('send'),
  },
  'PATCH /v1/members/:externalId': {
    deeds: ['member.changed'],
    prepare: async ({ pool }) => {
      await createDevices(pool, 1)
      return { url: '/v1/members/m1', body: { attributes: { plan: 'secret-plan' } } }
    },
  },
  'DELETE /v1/members/:externalId': {
    deeds: ['member.erased'],
    prepare: async ({ pool }) => {
      await createDevices(pool, 1)
      return { url: '/v1/members/m1' }
    },
  },
  'POST /v1/devices/import': {
    deeds: ['devices.import_begun', 'devices.imported'],
    prepare: async () => ({
      url: '/v1/devices/import',
      body: JSON_FILE,
      headers: { 'content-type': 'application/json' },
    }),
  },
  'POST /v1/images': {
    deeds: ['image.stored'],
    prepare: async () => ({ url: '/v1/images', body: png(60, 60), headers: { 'content-type': 'image/png' } }),
  },
  'POST /v1/users': {
    deeds: ['user.created'],
    prepare: async (api) => ({
      url: '/v1/users',
      body: { name: 'bob', role: 'viewer', password: PASSWORD },
      actor: await keeper(api),
    }),
  },
  'PATCH /v1/users/:id': {
    deeds: ['user.changed'],
    prepare: async (api) => ({
      url: `/v1/users/${(await addUser(api.prisma, 'bob')).id}`,
      body: { role: 'admin', password: 'another horse, no battery', secondFactor: false },
      actor: await keeper(api),
    }),
  },
  'POST /v1/api-keys': {
    deeds: ['api_key.created'],
    prepare: async (api) => ({
      url: '/v1/api-keys',
      body: { name: 'shop', role: 'operator', permissions: ['devices:register'] },
      actor: await keeper(api),
    }),
  },
  'POST /v1/api-keys/:id/rotate': {
    deeds: ['api_key.rotated'],
    prepare: async (api) => ({
      url: `/v1/api-keys/${await aKey(api)}/rotate`,
      body: { overlapHours: 1 },
      actor: await keeper(api),
    }),
  },
  'DELETE /v1/api-keys/:id': {
    deeds: ['api_key.revoked'],
    prepare: async (api) => ({ url: `/v1/api-keys/${await aKey(api)}`, actor: await keeper(api) }),
  },
  'POST /v1/session': {
    deeds: ['session.opened'],
    prepare: async ({ prisma }) => {
      const { id } = await addUser(prisma, 'ada')
      const body = { name: 'ada', password: PASSWORD }
      return { url: '/v1/session', body, actor: { kind: 'user', id, name: 'ada' } }
    },
  },
  'POST /v1/session/password': {
    deeds: ['session.password_changed'],
    prepare: async (api) => ({
      url: '/v1/session/password',
      body: { password: PASSWORD, newPassword: 'another horse, no battery' },
      ...(await aSession(api)),
    }),
  },
  'POST /v1/session/confirm': {
    deeds: ['session.confirmed'],
    prepare: async (api) => ({
      url: '/v1/session/confirm',
      body: { password: PASSWORD },
      ...(await aSession(api)),
    }),
  },
  'POST /v1/session/second-factor': {
    deeds: ['session.second_factor_begun'],
    prepare: async (api) => ({ url: '/v1/session/second-factor', ...(await aSession(api)) }),
  },
  'POST /v1/session/second-factor/confirm': {
    deeds: ['session.second_factor_on'],
    prepare: async (api) => ({ url: '/v1/session/second-factor/confirm', ...(await aBegunFactor(api)) }),
  },
  'DELETE /v1/session/second-factor': {
    deeds: ['session.second_factor_off'],
    prepare: async (api) => {
      const { actor, headers } = await aBegunFactor(api)
      return { url: '/v1/session/second-factor', actor, headers }
    },
  },
  'DELETE /v1/sessions/:id': {
    deeds: ['session.closed'],
    prepare: async (api) => {
      const signedIn = await aSession(api)
      await signIn(api.app, { name: 'ada' })
      const { rows } = await api.pool.query(
        'SELECT id FROM sessions WHERE user_id = $1 ORDER BY created_at DESC',
        [signedIn.actor.id],
      )
      return { url: `/v1/sessions/${rows[0].id}`, ...signedIn }
    },
  },
  'DELETE /v1/sessions': {
    deeds: ['session.others_closed'],
    prepare: async (api) => {
      await addUser(api.prisma, 'eve')
      const signedIn = await aSession(api)
      await signIn(api.app, { name: 'ada' })
      return { url: '/v1/sessions', ...signedIn }
    },
  },
  'DELETE /v1/session': {
    deeds: ['session.closed'],
    prepare: async (api) => ({ url: '/v1/session', ...(await aSession(api)) }),
  },
}

test('every route that writes has its deed, or a reason to have none', async () => {
  const found: string[] = []
  const onRoute = ({ method, url }: RouteOptions) => {
    if (!url.startsWith('/v1')) return
    for (const each of [method].flat()) if (!['GET', 'HEAD'].includes(each)) found.push(`${each} ${url}`)
  }
  const onFastify = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onRoute', onRoute)
  }
  subscribe('fastify.initialization', onFastify)
  await startApp().finally(() => unsubscribe('fastify.initialization', onFastify))
  expect(found.length).toBeGreaterThan(35)
  expect(found.sort()).toEqual([...Object.keys(CASES), ...Object.keys(WITHOUT)].sort())
})

async function setup(): Promise<Api> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-images-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const sent: number[] = []
  const sender = fakeSender(async ({ addresses }, { report }) => {
    sent.push(addresses.length)
    for (const index of addresses.keys()) report(index, { kind: 'sent', messageId: 'projects/p/messages/1' })
  })
  const env = { IMAGE_FOLDER: folder, PUBLIC_URL: 'https://push.example.com' }
  return { ...(await startApp(env, { openSender: () => sender })), sent }
}

test.each(Object.entries(CASES))(
  '%s: the deed and its event are both there, or neither',
  async (route, { deeds, prepare }) => {
    const api = await setup()
    const { pool, sent } = api
    const { url, body, headers = {}, actor = await adminOf(pool) } = await prepare(api)
    const method = route.split(' ')[0] as string
    const last = await lastSeq(pool)

    await pool.query(`
    CREATE FUNCTION refuse_events() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no event today'; END $$;
    CREATE TRIGGER refuse_events BEFORE INSERT ON audit_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_events()`)
    const before = await everything(pool)
    const failed = await api.call(method, url, body, { headers })
    expect([failed.status >= 500, failed.text]).toEqual([true, expect.not.stringContaining('no event today')])
    expect(await everything(pool)).toEqual(before)
    expect([await lastSeq(pool), sent]).toEqual([last, []])
    // An image that nobody has the address of.
    expect(failed.text).not.toContain('https://push.example.com')

    await pool.query('DROP TRIGGER refuse_events ON audit_events')
    const done = await api.call(method, url, body, { headers })
    expect([done.status < 300, done.text]).toEqual([true, done.text])
    const { rows } = await pool.query(
      `SELECT deed, actor_kind AS kind, actor_id AS id, actor_name AS name, address, request_id AS request, detail::text
     FROM audit_events WHERE seq > $1 ORDER BY seq`,
      [last],
    )
    const request = done.headers['x-request-id']
    expect(rows).toEqual(
      deeds.map((deed) => ({ deed, ...actor, address: '127.0.0.1', request, detail: expect.any(String) })),
    )
    // No text of a message, no attribute, no address of a device, no password, no key.
    for (const { detail } of rows) {
      for (const secret of ['Doors', 'World', 'Sale', 'secret-plan', 'a-token', 'token-m1', 'horse']) {
        expect(detail).not.toContain(secret)
      }
      // A whole key; its beginning is shown everywhere.
      expect(detail).not.toMatch(/cari_\w{8}_/)
    }
    // An image is a file.
    if (route !== 'POST /v1/images') expect(await everything(pool)).not.toEqual(before)
  },
)

async function adminOf(pool: Pool) {
  const { rows } = await pool.query(`SELECT 'api_key' AS kind, id, name FROM api_keys WHERE name = 'admin'`)
  return rows[0]
}

async function lastSeq(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ seq: number }>('SELECT seq FROM audit_head')
  return rows[0]?.seq ?? -1
}

/** All rows but those that say when somebody was seen last. */
async function everything(pool: Pool): Promise<Record<string, unknown>> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition
       AND relnamespace = 'public'::regnamespace AND relname NOT IN ('processes', 'idempotency_keys') ORDER BY 1`,
  )
  const found: Record<string, unknown> = {}
  for (const { name } of tables) {
    const { rows } = await pool.query(
      `SELECT coalesce(jsonb_agg(to_jsonb(t) - 'last_used_at' - 'last_seen_at' - 'seen_at' ORDER BY t::text), '[]') AS all FROM ${name} t`,
    )
    found[name] = rows[0]?.all
  }
  return found
}
