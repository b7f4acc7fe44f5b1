/**
 * No reply grows with what is stored: each reading route is asked for the most it gives, over rows that are as large as the
 * API lets them become. A list that grew without bound has ended a process of 512 MB.
 */
import { expect, test } from 'vitest'
import { MOST_NAMED } from '../../../src/api/campaigns/content-schemas.ts'
import { summarizeAudience } from '../../../src/domain/audience-summary.ts'
import type { Audience } from '../../../src/domain/campaign.ts'
import { createBatches, createCampaign, createDevices } from '../../support/factories.ts'
import { CAMPAIGN, startApp, type TestApp } from '../start-app.ts'
import { openDoor } from '../watch.ts'

/** Of a page, and of all that is no page. Bytes. */
const MOST = 1_100_000
/** One campaign or schedule as a whole: its audience, what is typed in it and its message, each at most a body. */
const MOST_WHOLE = 2_500_000
/** What a deed answers: nothing of it grows with the audience. */
const MOST_OF_A_DEED = 30_000

/** 979 KB in JSON. */
const MEMBERS = Array.from({ length: MOST_NAMED }, (_, i) => `m${String(i).padStart(94, '0')}`)
const NAMED = { externalIds: MEMBERS }
/** As large as FCM takes it, with different texts for each platform. */
const MESSAGE = {
  title: 'T'.repeat(100),
  body: '\u{1f514}'.repeat(400),
  data: { one: '"'.repeat(500) },
  android: { data: { two: '\\'.repeat(1_500) } },
  apns: { payload: { aps: { alert: { title: 'x', body: 'y'.repeat(1_800) } } } },
  webpush: { data: { three: '"'.repeat(1_500) } },
}

const IDS = {
  campaign: '01900000-0000-7000-8000-000000000001',
  closed: '',
  draft: '',
  schedule: '',
}

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

/** Every route that is read, with what makes its answer large. Event streams and downloads are streams. */
const ASKED: Record<string, () => string> = {
  '/v1/overview': () => '',
  '/v1/notices': () => '',
  '/v1/calendar': () => `?from=${inDays(-20)}&to=${inDays(41)}`,
  '/v1/campaigns': () => '?limit=500',
  '/v1/campaigns/counts': () => '',
  '/v1/campaigns/choices': () => '',
  '/v1/campaigns/{id}': () => IDS.draft,
  '/v1/campaigns/{id}/messages': () => IDS.draft,
  '/v1/campaigns/{id}/resend-options': () => IDS.closed,
  '/v1/campaigns/{id}/zones': () => IDS.campaign,
  '/v1/campaigns/{id}/deliveries': () => `${IDS.campaign}?limit=500`,
  '/v1/campaigns/{id}/tests': () => `${IDS.campaign}?limit=500`,
  '/v1/campaigns/{id}/timeline': () => IDS.campaign,
  '/v1/campaigns/{id}/failures': () => IDS.campaign,
  '/v1/campaigns/{id}/devices/{deviceId}/attempts': () => IDS.campaign,
  '/v1/schedules': () => '?limit=500',
  '/v1/schedules/{id}': () => IDS.schedule,
  '/v1/schedules/{id}/runs': () => `${IDS.schedule}?limit=500`,
  '/v1/members': () => '?limit=500',
  '/v1/members/{externalId}': () => 'm1',
  '/v1/members/{externalId}/deliveries': () => 'm1?limit=500',
  '/v1/consents/due': () => '?limit=500',
  '/v1/consents/due/counts': () => '',
  '/v1/audit-events': () => '?limit=500',
  '/v1/system': () => '',
  '/v1/session': () => '',
  '/v1/users': () => '?limit=500',
  '/v1/api-keys': () => '?limit=200',
  '/v1/sessions': () => '',
  '/v1/session/second-factor': () => '',
  '/v1/openapi.json': () => '',
}
const STREAMS = [
  '/v1/audit-events.csv',
  '/v1/campaigns/{id}/events',
  '/v1/campaigns/{id}/deliveries.csv',
  '/v1/consents/due.csv',
  '/v1/devices/export',
]

async function setup(): Promise<TestApp> {
  const api = await startApp()
  const { deviceIds } = await createDevices(api.pool, 600)
  await createDevices(api.pool, 1, { perMember: 300 })
  IDS.campaign = await createCampaign(api.pool, { state: 'sending', audience: NAMED, message: MESSAGE })
  await createBatches(api.pool, IDS.campaign, deviceIds, { state: 'queued' })
  IDS.closed = await createCampaign(api.pool, {
    state: 'finished',
    closed_at: new Date(),
    audience: NAMED,
    message: MESSAGE,
  })
  for (let i = 0; i < 60; i += 1) {
    const form = { format: 1, typed: 'x'.repeat(900_000) }
    IDS.draft = await createCampaign(api.pool, { audience: NAMED, message: MESSAGE, unfinished: form })
  }
  await api.pool.query(
    `INSERT INTO campaigns (id, name, message, audience, tags, state, scheduled_at)
     SELECT gen_random_uuid(), repeat('n', 200), $1, $2, ARRAY['a', 'b'], 'scheduled', now() + n * interval '1 hour'
     FROM generate_series(1, 500) n`,
    [JSON.stringify(MESSAGE), JSON.stringify({ all: true })],
  )
  await api.pool.query(
    `WITH k AS (
       INSERT INTO api_keys (id, name, prefix, hash, role, permissions, allowed_addresses)
       SELECT gen_random_uuid(), repeat('U0001f511', 50), 'cari_' || lpad(n::text, 8, '0'), '', 'admin', '{campaigns:read}',
         (SELECT array_agg(repeat('f', 46) || '/128') FROM generate_series(1, 50))
       FROM generate_series(1, 200) n RETURNING id, prefix)
     INSERT INTO api_key_old_secrets (prefix, hash, api_key_id, ends_at, last_used_at)
     SELECT prefix || n, '', id, now() + interval '1 day', now() FROM k, generate_series(1, 5) n`,
  )
  const recipient = { externalId: 'm'.repeat(2_000), address: 'a'.repeat(8), kind: 'token' }
  const answer = { outcome: 'rejected', code: 'invalid_payload', fcmSaid: 'x'.repeat(300), messageId: null }
  await api.pool.query(
    `INSERT INTO test_sends (id, campaign_id, campaign_version, message_version, message_hash, is_validation, sent_by, size, recipients, answers)
     SELECT gen_random_uuid(), $1, 1, 1, 'h', false, gen_random_uuid(), 100, $2, $3 FROM generate_series(1, 40)`,
    [
      IDS.campaign,
      JSON.stringify(Array.from({ length: 140 }, () => recipient)),
      JSON.stringify(Array.from({ length: 140 }, () => answer)),
    ],
  )
  const made = await api.call('POST', '/v1/schedules', {
    name: 'Daily',
    message: MESSAGE,
    audience: NAMED,
    rule: { every: 'day', at: '20:00' },
    timezone: 'Asia/Seoul',
  })
  expect(made.status).toBe(201)
  IDS.schedule = made.json.id
  return api
}

test('every reading route is bounded in bytes, whatever is stored', { timeout: 120_000 }, async () => {
  const api = await setup()
  const { paths } = (await api.call('GET', '/v1/openapi.json')).json
  const read = Object.keys(paths).filter((path) => paths[path].get !== undefined && path.startsWith('/v1/'))
  expect([...Object.keys(ASKED), ...STREAMS].sort()).toEqual(expect.arrayContaining(read.sort()))

  const sizes: Record<string, number> = {}
  for (const [path, given] of Object.entries(ASKED)) {
    const [id = '', query] = given().split('?')
    const url =
      path.replace(/\{\w+\}/, id).replace('{deviceId}', '1') + (query === undefined ? '' : `?${query}`)
    const { status, text } = await api.call('GET', url)
    expect([path, status]).toEqual([path, path.startsWith('/v1/session') ? 401 : 200])
    sizes[path] = Buffer.byteLength(text)
  }
  const tooLarge = Object.entries(sizes).filter(([path, bytes]) =>
    ['/v1/campaigns/{id}', '/v1/schedules/{id}'].includes(path) ? bytes > MOST_WHOLE : bytes > MOST,
  )
  expect(tooLarge).toEqual([])
  // It is large because it was asked for, and without that it is not.
  expect(sizes['/v1/campaigns/{id}']).toBeGreaterThan(1_800_000)
  for (const url of [`/v1/campaigns/${IDS.draft}`, `/v1/schedules/${IDS.schedule}`]) {
    const { text } = await api.call('GET', `${url}?whole=false`)
    expect(Buffer.byteLength(text)).toBeLessThan(MOST_OF_A_DEED)
  }
})

test('a page that is too large ends early, and the next one goes on after it', {
  timeout: 120_000,
}, async () => {
  const api = await setup()
  const seen: string[] = []
  const pages: number[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const url = `/v1/campaigns?limit=500${cursor === '' ? '' : `&cursor=${cursor}`}`
    const { json, text } = await api.call('GET', url)
    expect(Buffer.byteLength(text)).toBeLessThan(MOST)
    seen.push(...json.data.map(({ id }: { id: string }) => id))
    pages.push(json.data.length)
    cursor = json.nextCursor
  }
  expect(seen).toHaveLength(562)
  expect(new Set(seen).size).toBe(562)
  expect(pages[0]).toBeLessThan(500)
})

test('a deed on a large campaign answers, and stores for its key, no audience', async () => {
  const api = await startApp()
  const id = await createCampaign(api.pool, { state: 'sending', audience: NAMED, message: MESSAGE })
  for (const deed of ['pause', 'cancel']) {
    const headers = { 'idempotency-key': deed }
    const { status, text } = await api.call('POST', `/v1/campaigns/${id}/${deed}`, undefined, { headers })
    expect(status).toBe(200)
    expect(Buffer.byteLength(text)).toBeLessThan(MOST_OF_A_DEED)
  }
  const { json: schedule } = await api.call('POST', '/v1/schedules', {
    name: 'Daily',
    message: MESSAGE,
    audience: NAMED,
    rule: { every: 'day', at: '20:00' },
    timezone: 'Asia/Seoul',
  })
  const headers = { 'idempotency-key': 'end', 'if-match': `"${schedule.version}"` }
  const ended = await api.call('POST', `/v1/schedules/${schedule.id}/end`, undefined, { headers })
  expect(ended.status).toBe(200)
  const { rows } = await api.pool.query('SELECT max(octet_length(body)) AS most FROM idempotency_keys')
  expect(rows[0].most).toBeLessThan(MOST_OF_A_DEED)
})

test('an event says to how many it goes, and not to whom', async () => {
  const api = await startApp({}, { liveTimes: { lookEveryMs: 20, beatEveryMs: 30, staleAfterMs: 60_000 } })
  const id = await createCampaign(api.pool, { state: 'sending', audience: NAMED })
  const { watch } = await openDoor(api)
  const viewer = watch(id)
  await expect.poll(() => viewer.events.length).toBe(1)
  expect(viewer.text.length).toBeLessThan(MOST_OF_A_DEED)
  expect(viewer.last?.data.audienceSummary).toEqual({ kind: 'members', members: 10_000 })
  // Both tell a client whether it has the campaign already.
  const whole = await api.call('GET', `/v1/campaigns/${id}`)
  expect([whole.headers.etag, whole.json.audience]).toEqual([viewer.last?.id, NAMED])
  const again = { headers: { 'if-none-match': String(whole.headers.etag) } }
  expect((await api.call('GET', `/v1/campaigns/${id}`, undefined, again)).status).toBe(304)
})

const AUDIENCES: [string, Audience][] = [
  ['everybody', { all: true }],
  ['members', { externalIds: ['m1', 'm2'] }],
  ['nobody, since all are erased', { externalIds: [] }],
  [
    'a filter',
    { filter: { platforms: ['ios'], locales: ['ko'], attributes: { vip: true }, seenWithinDays: 3 } },
  ],
  ['a filter that is too long', { filter: { attributes: { text: 'x'.repeat(2_000) } } }],
]
test.each(AUDIENCES)('PostgreSQL and the code summarize %s alike', async (_, audience) => {
  const api = await startApp()
  const id = await createCampaign(api.pool, { audience })
  const { json } = await api.call('GET', `/v1/campaigns/${id}?whole=false`)
  expect(json.audienceSummary).toEqual(summarizeAudience(audience))
})

test('a draft without an audience has no summary', async () => {
  const api = await startApp()
  const { json } = await api.call('POST', '/v1/campaigns', { name: CAMPAIGN.name })
  expect([json.audienceSummary, json.isUnfinished]).toEqual([null, false])
})
