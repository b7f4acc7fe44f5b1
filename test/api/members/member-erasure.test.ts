/** What erasing a member removes, what stays, and what happens if something else is done at the same moment. */
import { randomUUIDv7 } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { redactAnswers } from '../../../src/access/redact-answers.ts'
import { storeDevices } from '../../../src/audience/device-store.ts'
import { eraseMember } from '../../../src/audience/erase-member.ts'
import { forgetMember } from '../../../src/campaigns/forget-member.ts'
import { checkDevice, type DeviceRow } from '../../../src/domain/device-row.ts'
import type { Pool } from '../../../src/postgres/pool.ts'
import { createBatches, createCampaign, createDevices } from '../../support/factories.ts'
import { tablesWith } from '../../support/find-text.ts'
import { until } from '../../support/until.ts'
import { CAMPAIGN, startApp, type TestApp } from '../start-app.ts'

const erase = (api: TestApp, id: string, as: 'admin' | 'operator' | 'viewer' = 'admin') =>
  api.call('DELETE', `/v1/members/${encodeURIComponent(id)}`, undefined, { as })
const ID = 'jane.doe@example.com'
const ADDRESS = 'address-of-jane:APA91bHPRgkF'
const register = (api: TestApp, address = ADDRESS, externalId = ID) =>
  api.call('PUT', `/v1/devices/${encodeURIComponent(address)}`, { externalId, platform: 'ios' })
const audienceOf = async (pool: Pool, id: string) =>
  (await pool.query('SELECT audience, version FROM campaigns WHERE id = $1', [id])).rows[0]
/** Far beyond any test. */
const NEVER = Number.POSITIVE_INFINITY

describe('after the erasure', () => {
  test('nothing in the whole database holds the id or the address, and the counts stay', async () => {
    const api = await startApp()
    const { pool } = api
    await createDevices(pool, 3)
    await register(api)
    await api.call('PATCH', `/v1/members/${ID}`, { attributes: { mail: ID }, optedOut: true })
    const { rows } = await pool.query('SELECT id FROM devices WHERE address = $1', [ADDRESS])
    const past = await createCampaign(pool, {
      state: 'finished',
      closed_at: new Date(),
      audience: { externalIds: ['m1', ID] },
    })
    await createBatches(pool, past, [rows[0].id], { state: 'done', sent: 1 })
    await pool.query(
      `INSERT INTO deliveries (campaign_id, device_id, state, code, attempt) VALUES ($1, $2, 1, 0, 1)`,
      [past, rows[0].id],
    )
    const key = { 'idempotency-key': 'k1' }
    const body = { ...CAMPAIGN, audience: { externalIds: ['m1', ID, 'm2'] } }
    const draft = await api.call('POST', '/v1/campaigns', body, { headers: key })
    await api.call(
      'POST',
      '/v1/devices/import',
      `address,externalId,platform\n${ADDRESS},${ID},windows\n"${ADDRESS}",${ID},"ios\n`,
      { headers: { 'content-type': 'text/csv', 'idempotency-key': 'k2' } },
    )
    for (const text of [ID, ADDRESS]) expect((await tablesWith(pool, text)).length, text).toBeGreaterThan(0)
    expect(await tablesWith(pool, ID)).toContain('idempotency_keys')

    const answer = await erase(api, ID)
    expect(answer).toMatchObject({ status: 200, json: { devices: 1, campaigns: 2 } })
    for (const text of [ID, ADDRESS, 'jane']) expect(await tablesWith(pool, text), text).toEqual([])

    expect((await api.call('GET', `/v1/members/${ID}`)).json.code).toBe('member_not_found')
    expect((await api.call('GET', `/v1/campaigns/${past}`)).json.progress).toMatchObject({
      audience: 1,
      sent: 1,
    })
    const list = await api.call('GET', `/v1/campaigns/${past}/deliveries`)
    expect(list.json.data).toMatchObject([{ externalId: null, address: null, platform: null, state: 'sent' }])
    const attempts = await api.call('GET', `/v1/campaigns/${past}/devices/${rows[0].id}/attempts`)
    expect(attempts.json.data).toMatchObject([{ state: 'sent' }])
    const csv = await api.call('GET', `/v1/campaigns/${past}/deliveries.csv?addresses=full`)
    expect(csv.text.split('\r\n')[1]).toMatch(/^\d+,,,,,sent,/)
    // A repeat of the request whose answer is gone still creates no second campaign.
    const repeat = await api.app.inject({
      method: 'POST',
      url: '/v1/campaigns',
      headers: { ...key, authorization: `Bearer ${api.keys.admin}` },
      payload: body,
    })
    expect(repeat.statusCode).toBe(201)
    expect(repeat.headers.location).toBe(`/v1/campaigns/${draft.json.id}`)
    expect(repeat.json().detail).toContain('erased')
  })

  test('a list whose only member is erased is a list of nobody, and is not sent', async () => {
    const api = await startApp()
    await createDevices(api.pool, 2)
    const { json: draft } = await api.call('POST', '/v1/campaigns', {
      ...CAMPAIGN,
      audience: { externalIds: ['m1'] },
    })
    await erase(api, 'm1')
    const { json } = await api.call('GET', `/v1/campaigns/${draft.id}`)
    expect(json.audience).toEqual({ externalIds: [] })
    const sent = await api.call('POST', `/v1/campaigns/${draft.id}/send`)
    expect(sent.json).toMatchObject({ status: 409, code: 'audience_empty' })
    const count = await api.call('POST', '/v1/audiences/count', { audience: { externalIds: ['m1'] } })
    expect(count.json.devices).toBe(0)
  })

  test('what is typed in a draft that is not finished loses it, and the draft counts once', async () => {
    const api = await startApp()
    await register(api)
    const typed = { audience: { kind: 'externalIds', externalIds: `m1\n${ID}\nm2\n` }, testers: ID }
    const draft = await api.call(
      'POST',
      '/v1/campaigns',
      { unfinished: typed, audience: { externalIds: ['m1', ID] } },
      { headers: { 'idempotency-key': 'k1' } },
    )
    const other = await createCampaign(api.pool, { unfinished: { title: `To ${ID}, and others` } })
    expect((await erase(api, ID)).json).toEqual({ devices: 1, campaigns: 1 })
    expect((await api.call('GET', `/v1/campaigns/${draft.json.id}`)).json).toMatchObject({
      unfinished: { audience: { externalIds: 'm1\nm2\n' }, testers: '' },
      audience: { externalIds: ['m1'] },
      version: 2,
    })
    // A sentence is what somebody says, as in a message.
    expect((await api.call('GET', `/v1/campaigns/${other}`)).json.version).toBe(1)
    const { rows } = await api.pool.query('SELECT body FROM idempotency_keys')
    expect(rows[0].body).toContain('erased')
  })

  test('in a line of an answer that is kept, it is found although the line begins with a letter', async () => {
    const { pool, prisma } = await startApp()
    const bodies = ['m1\nm2', 'm1\tm2', 'm3\n', 'xm2'].map((text) => JSON.stringify({ unfinished: { text } }))
    bodies.push(JSON.stringify({ detail: bodies[0] }))
    await pool.query(
      `INSERT INTO idempotency_keys (caller_id, key, fingerprint, subject_id, status, body)
       SELECT $1, b, '', $1, 200, b FROM unnest($2::text[]) AS b`,
      [randomUUIDv7(), bodies],
    )
    expect(await redactAnswers(prisma, ['m2'], NEVER)).toEqual({ answers: 3, isDone: true })
  })

  test('whoever has the draft open cannot write the member into it again by saving', async () => {
    const api = await startApp()
    await createDevices(api.pool, 2)
    const audience = { externalIds: ['m1', 'm2'] }
    const draft = await api.call('POST', '/v1/campaigns', { ...CAMPAIGN, audience })
    await erase(api, 'm1')
    const saved = await api.call(
      'PATCH',
      `/v1/campaigns/${draft.json.id}`,
      { audience },
      {
        headers: { 'if-match': draft.headers.etag ?? '' },
      },
    )
    expect(saved.json.code).toBe('version_conflict')
  })

  test('a schedule does not make another campaign that names the member', async () => {
    const api = await startApp()
    await createDevices(api.pool, 2)
    const made = await api.call('POST', '/v1/schedules', {
      name: 'Daily',
      message: { title: 'x' },
      audience: { externalIds: ['m1', 'm2'] },
      rule: { every: 'day', at: '12:00' },
      timezone: 'UTC',
    })
    expect(made.status).toBe(201)
    await forgetMember(api.pool, 'm1', NEVER)
    const { json } = await api.call('GET', `/v1/schedules/${made.json.id}`)
    expect(json).toMatchObject({ audience: { externalIds: ['m2'] }, version: 2 })
  })

  test('a campaign on its way keeps its version, one that names others is not touched', async () => {
    const { pool } = await startApp()
    await createDevices(pool, 2)
    const sending = await createCampaign(pool, { state: 'sending', audience: { externalIds: ['m1', 'm2'] } })
    const other = await createCampaign(pool, { audience: { externalIds: ['m10', 'm2'] } })
    const filter = await createCampaign(pool, {
      audience: { filter: { attributes: { externalIds: ['m1'] } } },
    })
    expect(await forgetMember(pool, 'm1', NEVER)).toEqual({ campaigns: 1, isDone: true })
    expect(await audienceOf(pool, sending)).toEqual({ audience: { externalIds: ['m2'] }, version: 1 })
    expect(await audienceOf(pool, other)).toEqual({ audience: { externalIds: ['m10', 'm2'] }, version: 1 })
    expect((await audienceOf(pool, filter)).version).toBe(1)
  })

  test('the same id is a member of its own, without anything of before', async () => {
    const api = await startApp()
    await register(api)
    await api.call('PATCH', `/v1/members/${ID}`, { optedOut: true, attributes: { a: 1 } })
    await erase(api, ID)
    await register(api)
    expect((await api.call('GET', `/v1/members/${ID}`)).json).toMatchObject({
      optedOut: false,
      attributes: {},
      consentAt: null,
      editedAt: null,
    })
    expect((await api.call('GET', `/v1/members/${ID}/deliveries`)).json.data).toEqual([])
  })
})

describe('erasing', () => {
  test('an id that is nobody is a 404; one that only campaigns name is taken out of them', async () => {
    const api = await startApp()
    expect((await erase(api, 'nobody')).json).toMatchObject({ status: 404, code: 'member_not_found' })
    await createCampaign(api.pool, { audience: { externalIds: ['nobody'] } })
    expect((await erase(api, 'nobody')).json).toEqual({ devices: 0, campaigns: 1 })
    expect((await erase(api, 'nobody')).status).toBe(404)
  })

  test('is for admins', async () => {
    const api = await startApp()
    await createDevices(api.pool, 1)
    for (const as of ['viewer', 'operator'] as const) {
      expect((await erase(api, 'm1', as)).json.code).toBe('missing_permission')
    }
    expect((await api.call('GET', '/v1/members/m1')).status).toBe(200)
  })

  test('takes the devices of all projects', async () => {
    const api = await startApp()
    await register(api)
    await api.pool.query(`INSERT INTO projects (id, name) VALUES (2, 'shop')`)
    await api.pool.query(
      `INSERT INTO devices (project_id, member_id, address, platform) SELECT 2, id, 'shop-jane', 'web' FROM members`,
    )
    expect((await erase(api, ID)).json).toEqual({ devices: 2, campaigns: 0 })
    expect(await tablesWith(api.pool, 'shop-jane')).toEqual([])
  })

  test.each([
    ['a quote and a backslash', `a"b\\c`],
    ['percent and underscore', '100%_sure'],
    ['what an expression would mean', '.*(x|y)+$[a]'],
    ['letters beyond ASCII', '김철수 😀'],
  ])('an id with %s is found in answers and audiences', async (_what, id) => {
    const { pool, prisma } = await startApp()
    const campaign = await createCampaign(pool, { audience: { externalIds: [id, 'm2'] } })
    await pool.query(
      `INSERT INTO idempotency_keys (caller_id, key, fingerprint, subject_id, status, body)
       SELECT $1, k, '', $1, 200, b FROM unnest($2::text[], $3::text[]) AS t (k, b)`,
      [
        randomUUIDv7(),
        ['plain', 'nested', 'other'],
        [
          JSON.stringify({ externalIds: [id] }),
          JSON.stringify({ reason: `externalId is ${JSON.stringify(id)}; expected another` }),
          JSON.stringify({ externalId: `x${id}`.replaceAll(/[^x]/g, 'y') }),
        ],
      ],
    )
    expect(await redactAnswers(prisma, [id], NEVER)).toEqual({ answers: 2, isDone: true })
    await forgetMember(pool, id, NEVER)
    expect((await audienceOf(pool, campaign)).audience).toEqual({ externalIds: ['m2'] })
  })

  test('an id that is a part of another word is not found in it', async () => {
    const { pool, prisma } = await startApp()
    const bodies = ['{"id":"m10"}', '{"id":"xm1"}', '{"id":"m1"}']
    await pool.query(
      `INSERT INTO idempotency_keys (caller_id, key, fingerprint, subject_id, status, body)
       SELECT $1, b, '', $1, 200, b FROM unnest($2::text[]) AS b`,
      [randomUUIDv7(), bodies],
    )
    expect(await redactAnswers(prisma, ['m1'], NEVER)).toEqual({ answers: 1, isDone: true })
  })

  test('many answers and many campaigns are done in parts; what the time does not suffice for, a repeat does', async () => {
    const { pool, prisma } = await startApp()
    await pool.query(
      `INSERT INTO idempotency_keys (caller_id, key, fingerprint, subject_id, status, body, created_at)
       SELECT $1, n::text, '', $1, 200, '"m1"', now() - n * interval '1 ms' FROM generate_series(1, 4500) n`,
      [randomUUIDv7()],
    )
    expect(await redactAnswers(prisma, ['m1'], 0)).toEqual({ answers: 2000, isDone: false })
    expect(await redactAnswers(prisma, ['m1'], NEVER)).toEqual({ answers: 2500, isDone: true })
    for (let n = 0; n < 60; n += 1) await createCampaign(pool, { audience: { externalIds: ['m1'] } })
    expect(await forgetMember(pool, 'm1', 0)).toEqual({ campaigns: 25, isDone: false })
    expect(await forgetMember(pool, 'm1', NEVER)).toEqual({ campaigns: 35, isDone: true })
  })

  test('many drafts are done in parts as well', async () => {
    const { pool } = await startApp()
    for (let n = 0; n < 25; n += 1) await createCampaign(pool, { unfinished: { ids: 'm2\nm1' } })
    expect(await forgetMember(pool, 'm1', 0)).toEqual({ campaigns: 10, isDone: false })
    expect(await forgetMember(pool, 'm1', NEVER)).toEqual({ campaigns: 15, isDone: true })
  })

  test('the campaigns that name a member are found by an index', async () => {
    const { pool } = await startApp()
    await pool.query(
      `INSERT INTO campaigns (id, name, message, audience)
       SELECT gen_random_uuid(), 'c', '{}', jsonb_build_object('externalIds', jsonb_build_array('m' || n)) FROM generate_series(1, 3000) n`,
    )
    await pool.query('ANALYZE campaigns')
    const { rows } = await pool.query(
      `EXPLAIN SELECT id FROM campaigns WHERE audience ? 'externalIds'
         AND (audience -> 'externalIds') @> to_jsonb(ARRAY['m7'::text])`,
    )
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('campaigns_named_idx')
  })
})

describe('at the same moment as an import of the member', () => {
  const row = (externalId = 'm1', address = 'new-address') =>
    checkDevice({ address, externalId, platform: 'android' }) as DeviceRow

  /** Runs `act` in between, when the statement is about to be executed the first time. */
  function before(pool: Pool, name: string, act: () => Promise<unknown>): void {
    let isDone = false
    pool.on('acquire', (client) => {
      const query = client.query.bind(client) as (...args: unknown[]) => unknown
      client.query = (async (...args: [{ name?: string }]) => {
        if (args[0]?.name === name && !isDone) {
          isDone = true
          await act()
        }
        return query(...args)
      }) as unknown as typeof client.query
    })
  }

  test('that has found the member and not stored the device yet: it makes a new one', async () => {
    const { pool } = await startApp()
    await createDevices(pool, 1, { member: { attributes: { a: 1 }, opted_out_at: new Date() } })
    let erased: unknown
    before(pool, 'devices-store', async () => {
      erased = await eraseMember(pool, 'm1')
    })
    const stored = await storeDevices(pool, [row()], {
      projectId: 1,
      isAlive: false,
      optOuts: 'keep',
      source: 'import',
      by: null,
    })
    expect(erased).toEqual({ wasKnown: true, devices: 1, addresses: ['token-m1-1'] })
    expect(stored).toMatchObject({ created: 1 })
    const { rows } = await pool.query(
      'SELECT m.attributes, m.opted_out_at, d.address FROM members m JOIN devices d ON d.member_id = m.id',
    )
    expect(rows).toEqual([{ attributes: {}, opted_out_at: null, address: 'new-address' }])
  })

  test('that has stored the device and not committed it yet: it is erased too', async () => {
    const { pool } = await startApp()
    const { memberIds } = await createDevices(pool, 1)
    const client = await pool.connect()
    await client.query('BEGIN')
    await client.query(
      `INSERT INTO devices (member_id, address, platform) VALUES ($1, 'new-address', 'web')`,
      [memberIds[0]],
    )
    const erasing = eraseMember(pool, 'm1')
    await until(
      async () =>
        (
          await pool.query(
            `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
          )
        ).rowCount === 1,
      { what: 'the erasure waits for the import' },
    )
    await client.query('COMMIT')
    client.release()
    await erasing
    const { rows } = await pool.query(
      'SELECT (SELECT count(*) FROM members) AS members, count(*) AS devices FROM devices',
    )
    expect(rows).toEqual([{ members: 0, devices: 0 }])
  })

  test('again and again, with registrations and results: nothing fails, nothing is left half', async () => {
    const { pool } = await startApp()
    const rows = Array.from({ length: 40 }, (_, n) => row(`m${n % 5}`, `address-${n}`))
    const store = () =>
      storeDevices(pool, rows, {
        projectId: 1,
        isAlive: true,
        optOuts: 'keep',
        source: 'registration',
        by: null,
      })
    await store()
    const markGone = () =>
      pool.query(
        `UPDATE devices SET state = 'gone' WHERE id IN (SELECT id FROM devices ORDER BY id DESC FOR UPDATE)`,
      )
    for (let round = 0; round < 10; round += 1) {
      await Promise.all([
        store(),
        eraseMember(pool, 'm1'),
        store(),
        eraseMember(pool, 'm2'),
        // A deadlock is its own business: whoever writes results tries again.
        markGone().catch(() => {}),
      ])
    }
    const { rows: left } = await pool.query(
      'SELECT count(*) AS n FROM members m WHERE NOT EXISTS (SELECT FROM devices d WHERE d.member_id = m.id)',
    )
    expect(left).toEqual([{ n: 0 }])
  })
})
