import { describe, expect, test } from 'vitest'
import { type BatchColumns, createBatches, createCampaign, createDevices } from '../../support/factories.ts'
import { until } from '../../support/until.ts'
import { allRows, CAMPAIGN, startApp } from '../start-app.ts'

const IN_AN_HOUR = new Date(Date.now() + 3_600_000).toISOString()

async function rowOf(
  pool: { query: (text: string, values: unknown[]) => Promise<{ rows: unknown[] }> },
  id: string,
) {
  // biome-ignore lint/suspicious/noExplicitAny: a row as it is
  return (await pool.query('SELECT * FROM campaigns WHERE id = $1', [id])).rows[0] as any
}

describe('making and reading campaigns', () => {
  test('a new campaign is a draft with defaults, at the address its Location names', async () => {
    const { call } = await startApp()
    const made = await call('POST', '/v1/campaigns', CAMPAIGN, { as: 'operator' })
    expect(made.status).toBe(201)
    expect(made.json).toMatchObject({
      ...CAMPAIGN,
      state: 'draft',
      guarantee: 'at_least_once',
      priority: 5,
      ratePerMinute: null,
      scheduledAt: null,
      version: 1,
      progress: {
        audience: 0,
        sent: 0,
        remaining: 0,
        isPlanned: false,
        batches: 0,
        batchesTried: 0,
        attempts: 0,
        ratePerSecond: null,
      },
    })
    const read = await call('GET', made.headers.location as string, undefined, { as: 'viewer' })
    expect(read.json).toEqual({ ...made.json, asOf: expect.any(String) })
    expect(read.headers.etag).toBe(made.headers.etag)
  })

  test('with a time to come it is scheduled; null makes it a draft again', async () => {
    const { call } = await startApp()
    const made = await call('POST', '/v1/campaigns', { ...CAMPAIGN, scheduledAt: IN_AN_HOUR })
    expect(made.json).toMatchObject({ state: 'scheduled', scheduledAt: IN_AN_HOUR })
    const changed = await call('PATCH', `/v1/campaigns/${made.json.id}`, { scheduledAt: null })
    expect(changed.json).toMatchObject({ state: 'draft', scheduledAt: null, version: 2 })
  })

  test('platform parts are stored in one spelling', async () => {
    const { call } = await startApp()
    const android = { collapse_key: 'sale', priority: 'high', ttl: '3600s' }
    const made = await call('POST', '/v1/campaigns', {
      ...CAMPAIGN,
      message: { ...CAMPAIGN.message, android },
    })
    expect(made.json.message.android).toEqual({ collapseKey: 'sale', priority: 'high', ttl: '3600s' })
  })

  test('a silent message is taken, and one that carries nothing is not', async () => {
    const { call } = await startApp()
    const made = await call('POST', '/v1/campaigns', { ...CAMPAIGN, message: { data: { type: 'sync' } } })
    expect(made.json.message).toEqual({ data: { type: 'sync' } })
    const empty = await call('POST', '/v1/campaigns', { ...CAMPAIGN, message: { android: { ttl: '60s' } } })
    expect(empty.json).toMatchObject({
      status: 400,
      code: 'invalid_message',
      errors: [{ field: '/message' }],
    })
    expect(empty.json.detail).toContain('nothing to send')
  })

  test('a placeholder is refused when a campaign is created and when it is edited, unless it is meant', async () => {
    const { call } = await startApp()
    const message = { body: 'Hi {{name}}' }
    const refused = { status: 400, code: 'message_has_placeholders', errors: [{ field: '/message/body' }] }
    expect((await call('POST', '/v1/campaigns', { ...CAMPAIGN, message })).json).toMatchObject(refused)
    const meant = { ...message, placeholders: 'literal' }
    const made = await call('POST', '/v1/campaigns', { ...CAMPAIGN, message: meant })
    expect(made.json.message).toEqual(meant)
    const path = `/v1/campaigns/${made.json.id}`
    expect((await call('PATCH', path, { message })).json).toMatchObject(refused)
    expect((await call('GET', path)).json.message).toEqual(meant)
  })

  test('a list is walked to its end without a gap or a repeat, newest first', async () => {
    const { call, pool } = await startApp()
    const ids: string[] = []
    for (let n = 0; n < 5; n += 1) ids.push(await createCampaign(pool))
    const seen: string[] = []
    let cursor: string | null = ''
    for (let page = 0; cursor !== null && page < 10; page += 1) {
      const { json } = await call('GET', `/v1/campaigns?limit=2${cursor && `&cursor=${cursor}`}`)
      seen.push(...json.data.map((campaign: { id: string }) => campaign.id))
      cursor = json.nextCursor
    }
    // Ids of the same millisecond have no order in time.
    expect(seen).toEqual(ids.toSorted().toReversed())
  })

  test('a cursor of another list or filter is refused', async () => {
    const { call, pool } = await startApp()
    await createCampaign(pool)
    await createCampaign(pool)
    const { json } = await call('GET', '/v1/campaigns?limit=1')
    const other = await call('GET', `/v1/campaigns?limit=1&state=draft&cursor=${json.nextCursor}`)
    expect(other.json).toMatchObject({ status: 400, code: 'invalid_cursor' })
  })

  test('an unchanged campaign answers 304, and progress changes its ETag', async () => {
    const { call, pool } = await startApp()
    const { deviceIds } = await createDevices(pool, 2)
    const id = await createCampaign(pool, { state: 'sending' })
    await createBatches(pool, id, deviceIds, { state: 'sending', attempt: 1 })
    const { headers, json } = await call('GET', `/v1/campaigns/${id}`)
    const same = await call('GET', `/v1/campaigns/${id}`, undefined, {
      headers: { 'if-none-match': `W/"x", ${headers.etag}` },
    })
    expect(same).toMatchObject({ status: 304, text: '' })
    // Read later, and the same: the time of reading is in the answer and not in the ETag.
    const later = await call('GET', `/v1/campaigns/${id}`)
    expect(Date.parse(later.json.asOf)).toBeGreaterThan(Date.parse(json.asOf))
    expect(later.headers.etag).toBe(headers.etag)
    await pool.query('UPDATE batches SET sent = 1 WHERE campaign_id = $1', [id])
    const moved = await call('GET', `/v1/campaigns/${id}`, undefined, {
      headers: { 'if-none-match': headers.etag as string },
    })
    expect(moved).toMatchObject({ status: 200, json: { progress: { sent: 1, remaining: 1 } } })
  })
})

describe('changing and deleting', () => {
  test('If-Match with the ETag that was read lets a change through, an older one does not', async () => {
    const { call, pool } = await startApp()
    const id = await createCampaign(pool)
    const first = (await call('GET', `/v1/campaigns/${id}`)).headers.etag as string
    const changed = await call(
      'PATCH',
      `/v1/campaigns/${id}`,
      { name: 'new' },
      { headers: { 'if-match': first } },
    )
    expect(changed).toMatchObject({ status: 200, json: { name: 'new', version: 2 } })
    const before = await allRows(pool)
    for (const [method, body] of [
      ['PATCH', { name: 'newer' }],
      ['DELETE', undefined],
    ] as const) {
      const late = await call(method, `/v1/campaigns/${id}`, body, { headers: { 'if-match': first } })
      expect(late.json).toMatchObject({ status: 412, code: 'version_conflict' })
    }
    expect(await allRows(pool)).toEqual(before)
  })

  test.each([{ audience: { externalIds: ['m1'] } }, { scheduledAt: IN_AN_HOUR }, { scheduledAt: null }])(
    'a campaign planned ahead is planned anew after %j',
    async (changes) => {
      const { call, pool } = await startApp()
      const { deviceIds } = await createDevices(pool, 3)
      const id = await createCampaign(pool, {
        state: 'scheduled',
        scheduled_at: new Date(Date.now() + 60_000),
      })
      await createBatches(pool, id, deviceIds)
      expect((await call('PATCH', `/v1/campaigns/${id}`, changes)).status).toBe(200)
      expect(await rowOf(pool, id)).toMatchObject({
        plan_cursor: 0,
        is_planned: false,
        frozen_through_id: null,
        planned_batches: 0,
        audience_size: 0,
      })
      expect((await pool.query('SELECT 1 FROM batches')).rowCount).toBe(0)
    },
  )

  test('a change of the name leaves the plan alone', async () => {
    const { call, pool } = await startApp()
    const { deviceIds } = await createDevices(pool, 3)
    const id = await createCampaign(pool, { state: 'scheduled', scheduled_at: new Date(Date.now() + 60_000) })
    await createBatches(pool, id, deviceIds)
    await call('PATCH', `/v1/campaigns/${id}`, { name: 'renamed' })
    expect(await rowOf(pool, id)).toMatchObject({ is_planned: true, audience_size: 3 })
    expect((await pool.query('SELECT 1 FROM batches')).rowCount).toBe(1)
  })

  test.each(['sending', 'paused', 'canceled', 'finished'] as const)(
    'a campaign that is %s can be neither changed nor deleted',
    async (state) => {
      const { call, pool } = await startApp()
      const id = await createCampaign(pool, { state })
      const before = await allRows(pool)
      for (const method of ['PATCH', 'DELETE']) {
        const answer = await call(
          method,
          `/v1/campaigns/${id}`,
          method === 'PATCH' ? { name: 'x' } : undefined,
        )
        expect(answer.json).toMatchObject({ status: 409, code: 'campaign_not_editable' })
        expect(answer.json.detail).toContain(`"${state}"`)
      }
      expect(await allRows(pool)).toEqual(before)
    },
  )

  test('a draft is deleted', async () => {
    const { call, pool } = await startApp()
    const id = await createCampaign(pool)
    expect((await call('DELETE', `/v1/campaigns/${id}`)).status).toBe(204)
    expect((await call('GET', `/v1/campaigns/${id}`)).json.code).toBe('campaign_not_found')
  })
})

describe('sending, pausing, resuming, canceling', () => {
  test('send starts a campaign and puts its plan on the queue', async () => {
    const { call, pool, queue } = await startApp()
    await createDevices(pool, 1)
    const id = await createCampaign(pool)
    const sent = await call('POST', `/v1/campaigns/${id}/send`, undefined, { as: 'operator' })
    expect(sent).toMatchObject({ status: 200, json: { state: 'sending', version: 2 } })
    expect(sent.json.startedAt).not.toBeNull()
    expect(await queue.size()).toBe(1)
  })

  test('a campaign planned ahead is enqueued at once', async () => {
    const { call, pool, queue } = await startApp()
    const { deviceIds } = await createDevices(pool, 3)
    const id = await createCampaign(pool, { state: 'scheduled', scheduled_at: new Date(Date.now() + 60_000) })
    await createBatches(pool, id, deviceIds, { size: 1 })
    await call('POST', `/v1/campaigns/${id}/send`)
    expect((await pool.query(`SELECT 1 FROM batches WHERE state = 'queued'`)).rowCount).toBe(3)
    expect(await queue.size()).toBe(3)
  })

  test('an empty JSON body on an action is taken as none', async () => {
    const { call, pool } = await startApp()
    await createDevices(pool, 1)
    const id = await createCampaign(pool)
    const headers = { 'content-type': 'application/json' }
    expect((await call('POST', `/v1/campaigns/${id}/send`, '', { headers })).status).toBe(200)
    expect((await call('POST', `/v1/campaigns/${id}/pause`, {})).status).toBe(200)
  })

  test.each([
    { audience: { all: true as const }, devices: 'gone' as const },
    { audience: { externalIds: ['nobody'] }, devices: 'active' as const },
    { audience: { filter: { platforms: ['ios' as const] } }, devices: 'active' as const },
  ])(
    'an audience that matches nobody is refused: $audience, devices $devices',
    async ({ audience, devices }) => {
      const { call, pool, queue } = await startApp()
      await createDevices(pool, 2, { state: devices })
      const id = await createCampaign(pool, { audience })
      const before = await allRows(pool)
      const answer = await call('POST', `/v1/campaigns/${id}/send`)
      expect(answer.json).toMatchObject({ status: 409, code: 'audience_empty' })
      expect(answer.json.detail).toContain(JSON.stringify(audience))
      expect(await allRows(pool)).toEqual(before)
      expect(await queue.size()).toBe(0)
    },
  )

  test('of many sends at once one starts it, and the others are told', async () => {
    const { call, pool } = await startApp()
    await createDevices(pool, 1)
    const id = await createCampaign(pool)
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => call('POST', `/v1/campaigns/${id}/send`, undefined, { version: 1 })),
    )
    const codes = answers.map(({ status, json }) => json.code ?? status).sort()
    expect(codes).toEqual([200, ...Array(7).fill('version_conflict')])
    expect(await rowOf(pool, id)).toMatchObject({ state: 'sending', version: 2 })
  })

  test.each([
    ['send', 'finished', 'campaign_not_sendable'],
    ['send', 'canceled', 'campaign_not_sendable'],
    ['send', 'paused', 'campaign_not_sendable'],
    ['send', 'sending', 'campaign_already_sending'],
    ['pause', 'finished', 'campaign_not_pausable'],
    ['pause', 'draft', 'campaign_not_pausable'],
    ['pause', 'paused', 'campaign_not_pausable'],
    ['resume', 'sending', 'campaign_not_resumable'],
    ['resume', 'canceled', 'campaign_not_resumable'],
    ['cancel', 'finished', 'campaign_not_cancelable'],
    ['cancel', 'draft', 'campaign_not_cancelable'],
    ['cancel', 'canceled', 'campaign_not_cancelable'],
  ] as const)('%s of a campaign that is %s → %s, and nothing changes', async (action, state, code) => {
    const { call, pool, queue } = await startApp()
    const { deviceIds } = await createDevices(pool, 1)
    const id = await createCampaign(pool, { state })
    await createBatches(pool, id, deviceIds, { state: 'queued' })
    const before = await allRows(pool)
    const answer = await call('POST', `/v1/campaigns/${id}/${action}`)
    expect(answer.json).toMatchObject({ status: 409, code })
    expect(answer.json.detail).toContain(id)
    expect(answer.json.detail).toContain(`"${state}"`)
    expect(await allRows(pool)).toEqual(before)
    expect(await queue.size()).toBe(0)
  })

  test('pause takes batches off the queue and says what may still leave', async () => {
    const { call, pool } = await startApp()
    const { deviceIds } = await createDevices(pool, 20)
    const id = await createCampaign(pool, { state: 'sending' })
    const sending = { state: 'sending', attempt: 1 } as const
    await createBatches(pool, id, deviceIds.slice(0, 10), sending)
    await createBatches(pool, id, deviceIds.slice(10), { size: 5, state: 'queued' })
    for (const device of deviceIds.slice(0, 4)) {
      await pool.query(
        'INSERT INTO deliveries (campaign_id, device_id, state, code, attempt) VALUES ($1, $2, 1, 0, 1)',
        [id, device],
      )
    }
    const answer = await call('POST', `/v1/campaigns/${id}/pause`)
    expect(answer.json).toMatchObject({ state: 'paused', pauseReason: 'by_operator', inFlight: 6 })
    const { rows } = await pool.query('SELECT state FROM batches ORDER BY seq')
    expect(rows.map(({ state }) => state)).toEqual(['sending', 'planned', 'planned'])
  })

  test('resume clears the reason and puts batches on the queue again', async () => {
    const { call, pool, queue } = await startApp()
    const { deviceIds } = await createDevices(pool, 2)
    const id = await createCampaign(pool, {
      state: 'paused',
      pause_reason: 'credential_refused',
      pause_detail: 'FCM rejected the server’s credential.',
    })
    await createBatches(pool, id, deviceIds, { size: 1 })
    const answer = await call('POST', `/v1/campaigns/${id}/resume`)
    expect(answer.json).toMatchObject({ state: 'sending', pauseReason: null, pauseDetail: null })
    expect(await queue.size()).toBe(2)
  })

  test('cancel closes waiting batches with counts from rows, and leaves those in hand', async () => {
    const { call, pool } = await startApp()
    const { deviceIds } = await createDevices(pool, 16)
    const id = await createCampaign(pool, { state: 'sending' })
    await createBatches(pool, id, deviceIds.slice(0, 4), { state: 'done', attempt: 1, sent: 4 })
    await createBatches(pool, id, deviceIds.slice(4, 8), { state: 'sending', attempt: 1 })
    await createBatches(pool, id, deviceIds.slice(8, 12), {
      state: 'planned',
      attempt: 1,
      not_before: new Date(),
    })
    await createBatches(pool, id, deviceIds.slice(12), { state: 'queued' })
    const results = deviceIds.slice(8, 11)
    for (const [index, device] of results.entries()) {
      await pool.query(
        'INSERT INTO deliveries (campaign_id, device_id, state, code, attempt) VALUES ($1, $2, $3, 0, 1)',
        [id, device, index + 1],
      )
    }
    const answer = await call('POST', `/v1/campaigns/${id}/cancel`)
    expect(answer.json).toMatchObject({ state: 'canceled', closedAt: null, inFlight: 4 })
    expect(answer.json.progress).toMatchObject({
      audience: 16,
      sent: 5,
      failed: 1,
      skipped: 1,
      canceled: 5,
      remaining: 4,
    })
    const { rows } = await pool.query('SELECT state FROM batches ORDER BY seq')
    expect(rows.map(({ state }) => state)).toEqual(['done', 'sending', 'canceled', 'canceled'])
  })

  test('a campaign nobody has begun to plan is canceled and closed at once', async () => {
    const { call, pool, queue } = await startApp()
    const id = await createCampaign(pool, { state: 'scheduled', scheduled_at: new Date(Date.now() + 60_000) })
    const answer = await call('POST', `/v1/campaigns/${id}/cancel`)
    expect(answer.json).toMatchObject({ state: 'canceled', progress: { isPlanned: true, audience: 0 } })
    expect(answer.json.closedAt).not.toBeNull()
    expect(await queue.size()).toBe(0)
  })

  test('a campaign canceled in mid-plan is planned to its end', async () => {
    const { call, pool, queue } = await startApp()
    const { deviceIds } = await createDevices(pool, 4)
    const id = await createCampaign(pool, { state: 'sending' })
    await createBatches(pool, id, deviceIds.slice(0, 2))
    await pool.query('UPDATE campaigns SET is_planned = false, frozen_through_id = $2 WHERE id = $1', [
      id,
      deviceIds[3],
    ])
    const answer = await call('POST', `/v1/campaigns/${id}/cancel`)
    expect(answer.json).toMatchObject({ closedAt: null, progress: { isPlanned: false, canceled: 2 } })
    expect(await queue.size()).toBe(1)
  })

  test('with the queue away, everything is done in PostgreSQL all the same', async () => {
    const away = () => Promise.reject(new Error('the queue is away'))
    const queue = {
      backend: 'redis' as const,
      addPlanJob: away,
      addBatchJobs: away,
      findWaiting: away,
      size: away,
      counts: away,
      ping: away,
      close: async () => {},
    }
    const { call, pool } = await startApp({}, { queue })
    const { deviceIds } = await createDevices(pool, 2)
    const id = await createCampaign(pool)
    expect((await call('POST', `/v1/campaigns/${id}/send`)).json).toMatchObject({ state: 'sending' })
    await createBatches(pool, id, deviceIds)
    expect((await call('POST', `/v1/campaigns/${id}/pause`)).json).toMatchObject({ state: 'paused' })
    expect((await call('POST', `/v1/campaigns/${id}/resume`)).json).toMatchObject({ state: 'sending' })
    expect((await call('POST', `/v1/campaigns/${id}/cancel`)).json).toMatchObject({ state: 'canceled' })
    const ready = await call('GET', '/health/ready')
    expect(ready).toMatchObject({ status: 200, json: { status: 'degraded', queue: 'unreachable' } })
  })

  test('a cancel and a pause at once leave one of the two states and no batch on the queue', async () => {
    const { call, pool } = await startApp()
    const { deviceIds } = await createDevices(pool, 50)
    const id = await createCampaign(pool, { state: 'sending' })
    await createBatches(pool, id, deviceIds, { size: 1, state: 'queued' })
    const answers = await Promise.all(
      ['cancel', 'pause', 'cancel', 'pause'].map((action) => call('POST', `/v1/campaigns/${id}/${action}`)),
    )
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true)
    await until(async () => (await rowOf(pool, id)).state === 'canceled', {
      what: 'the cancel has won in the end',
    })
    expect((await pool.query(`SELECT 1 FROM batches WHERE state <> 'canceled'`)).rowCount).toBe(0)
  })
})

describe('progress', () => {
  test('sums the batches, and rates what came in the last ten seconds', async () => {
    const { call, pool } = await startApp()
    const { deviceIds } = await createDevices(pool, 100)
    const id = await createCampaign(pool, { state: 'sending' })
    const ago = (seconds: number) => new Date(Date.now() - seconds * 1000)
    const done = { state: 'done', attempt: 1 } as const
    await createBatches(pool, id, deviceIds.slice(0, 20), {
      ...done,
      sent: 20,
      first_result_at: ago(60),
      last_result_at: ago(50),
    })
    // Half of its time is within the last ten seconds.
    await createBatches(pool, id, deviceIds.slice(20, 60), {
      ...done,
      sent: 38,
      failed: 2,
      first_result_at: ago(18),
      last_result_at: ago(2),
    })
    await createBatches(pool, id, deviceIds.slice(60))
    // Once more at the last moment: the window moves on with the clock, and 40 / 16 results leave it each second.
    await pool.query(
      `UPDATE batches SET first_result_at = now() - interval '18 s', last_result_at = now() - interval '2 s' WHERE sent = 38`,
    )
    const askedAt = performance.now()
    const { progress } = (await call('GET', `/v1/campaigns/${id}`)).json
    const slowest = Math.max(0, 20 - ((performance.now() - askedAt) / 1000) * (40 / 16)) / 10
    expect(progress).toMatchObject({ audience: 100, sent: 58, failed: 2, remaining: 40, isPlanned: true })
    expect(progress.ratePerSecond).toBeGreaterThan(slowest - 0.3)
    expect(progress.ratePerSecond).toBeLessThan(2.2)
    expect(progress.etaSeconds).toBeGreaterThanOrEqual(18)
    expect(progress.etaSeconds).toBeLessThanOrEqual(40 / slowest + 4)
    await pool.query(`UPDATE campaigns SET state = 'paused'`)
    expect((await call('GET', `/v1/campaigns/${id}`)).json.progress).toMatchObject({
      ratePerSecond: null,
      etaSeconds: null,
    })
  })

  test('counts the batches that were tried, and every attempt that counts', async () => {
    const { call, pool } = await startApp()
    const { deviceIds } = await createDevices(pool, 90)
    const id = await createCampaign(pool, { state: 'sending' })
    const batch = (n: number, columns: BatchColumns) =>
      createBatches(pool, id, deviceIds.slice(n * 10, n * 10 + 10), columns)
    const progress = async () => {
      const { json, headers } = await call('GET', `/v1/campaigns/${id}`)
      return { ...json.progress, etag: headers.etag }
    }
    await batch(0, { state: 'planned' })
    await batch(1, { state: 'done', attempt: 1, sent: 10 })
    await batch(2, { state: 'done', attempt: 3, spent: 2, sent: 10 })
    await batch(3, { state: 'done', attempt: 4, spent: 1, sent: 10 })
    await batch(4, { state: 'planned', attempt: 1, spent: 1 })
    // Tried, although a pause took it back: some devices have their result.
    await batch(5, { state: 'planned', attempt: 1, sent: 4 })
    await batch(6, { state: 'sending', attempt: 2, spent: 1, sent: 7 })
    await batch(7, { state: 'canceled', canceled: 10 })
    const before = await progress()
    expect(before).toMatchObject({ batches: 8, batchesTried: 6, attempts: 9 })

    // Waiting for the rate limit changes nothing that is shown, and so not the ETag.
    const [seq] = await batch(8, { state: 'planned' })
    const waiting = await progress()
    await pool.query(`UPDATE batches SET state = 'sending', attempt = 1 WHERE seq = $1`, [seq])
    expect(await progress()).toEqual(waiting)
    await pool.query(`UPDATE batches SET state = 'planned' WHERE seq = $1`, [seq])
    expect(await progress()).toEqual(waiting)
    expect(waiting).toMatchObject({ batches: 9, batchesTried: 6, attempts: 9 })
  })
})
