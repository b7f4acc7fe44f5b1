/** The live channel: what a viewer sees, how it ends, what it costs, and that nothing of it is left. */
import { connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Pool } from '../../../src/postgres/pool.ts'
import { createBatches, createCampaign, createDevices } from '../../support/factories.ts'
import { until } from '../../support/until.ts'
import { addUser, signIn } from '../browser.ts'
import { startApp, type TestApp } from '../start-app.ts'
import { openDoor } from '../watch.ts'

const FAST = { lookEveryMs: 20, beatEveryMs: 30, staleAfterMs: 60_000 }

async function setup({ times = FAST, env = {} } = {}) {
  const api = await startApp(env, { liveTimes: times })
  const { deviceIds } = await createDevices(api.pool, 10)
  const id = await createCampaign(api.pool, { name: 'Sale', state: 'sending' })
  await createBatches(api.pool, id, deviceIds, { state: 'sending', attempt: 1, size: 5 })
  const { port, watch } = await openDoor(api)
  const record = (sent: number, where = '') =>
    api.pool.query(`UPDATE batches SET sent = $2 WHERE campaign_id = $1 ${where}`, [id, sent])
  const areOpen = (count: number) =>
    until(() => api.app.openStreams() === count, { what: `${count} streams are open` })
  return { api, id, port, watch, record, areOpen }
}

/** Counts the statements of a pool from now on: by name, and those of Prisma by their table. */
function countQueries(api: TestApp): Map<string, number> {
  const counts = new Map<string, number>()
  const { pool } = api
  const query = pool.query.bind(pool)
  pool.query = ((...args: [{ name?: string; text?: string } | string]) => {
    const { name: given, text = '' } = typeof args[0] === 'string' ? { text: args[0] } : args[0]
    const name = given ?? /FROM "public"\."(\w+)"/.exec(text)?.[1] ?? text
    counts.set(name, (counts.get(name) ?? 0) + 1)
    return query(...(args as unknown as Parameters<typeof query>))
  }) as typeof pool.query
  return counts
}

describe('what a viewer sees', () => {
  test('the campaign at once, as GET gives it without its audience, and again after every change', async () => {
    const { api, id, watch, record } = await setup()
    const viewer = watch(id)
    await until(() => viewer.events.length === 1, { what: 'the first event is there' })
    expect(viewer.status).toBe(200)
    expect(viewer.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    expect(viewer.headers['x-request-id']).toBeDefined()
    const got = await api.call('GET', `/v1/campaigns/${id}?whole=false`)
    const data = { ...got.json, asOf: expect.any(String) }
    expect(viewer.events[0]).toEqual({ event: 'campaign', id: got.headers.etag, data })

    await record(3)
    await until(() => viewer.events.length === 2, { what: 'the change is there' })
    expect(viewer.last?.data.progress.sent).toBe(6)
    expect(viewer.last?.id).not.toBe(viewer.events[0]?.id)
    await api.call('POST', `/v1/campaigns/${id}/pause`)
    await until(() => viewer.last?.data.state === 'paused', { what: 'the pause is there' })
  })

  test('nothing but heartbeats while nothing changes', async () => {
    const { api, id, watch } = await setup()
    const counts = countQueries(api)
    const viewer = watch(id)
    await until(() => viewer.beats >= 5 && (counts.get('read-campaigns') ?? 0) > 3, {
      what: 'five heartbeats are there, and the campaign was looked at more than three times',
    })
    expect(viewer.events).toHaveLength(1)
  })

  test('no repeat of what Last-Event-ID says it has', async () => {
    const { api, id, watch, record } = await setup()
    const { headers } = await api.call('GET', `/v1/campaigns/${id}`)
    const viewer = watch(id, { 'last-event-id': headers.etag as string })
    await until(() => viewer.beats >= 3, { what: 'heartbeats are there' })
    expect(viewer.events).toHaveLength(0)
    await record(1)
    await until(() => viewer.events.length === 1, { what: 'the change is there' })
    const older = watch(id, { 'last-event-id': headers.etag as string })
    await until(() => older.events.length === 1, { what: 'who has an older one gets the current one' })
  })

  test.each(['closed', 'deleted'])('the end, when the campaign is %s', async (reason) => {
    const { api, id, watch, areOpen } = await setup()
    const viewer = watch(id)
    await until(() => viewer.events.length === 1, { what: 'the first event is there' })
    await api.pool.query(
      reason === 'closed'
        ? `UPDATE campaigns SET state = 'finished', closed_at = now() WHERE id = $1`
        : `UPDATE campaigns SET state = 'draft', deleted_at = now() WHERE id = $1`,
      [id],
    )
    await until(() => viewer.isOver, { what: 'the stream is over' })
    expect(viewer.isBroken).toBe(false)
    expect(viewer.last).toMatchObject({ event: 'end', data: { reason } })
    if (reason === 'closed') expect(viewer.events.at(-2)?.data.state).toBe('finished')
    await areOpen(0)
  })

  test('of a campaign that is closed already, all there is; a browser that comes again is sent away', async () => {
    const { api, watch, areOpen } = await setup()
    const id = await createCampaign(api.pool, { state: 'finished', closed_at: new Date() })
    const viewer = watch(id)
    await until(() => viewer.isOver, { what: 'the stream is over' })
    expect(viewer.events.map(({ event }) => event)).toEqual(['campaign', 'end'])
    const again = watch(id, { 'last-event-id': viewer.events[0]?.id as string })
    await until(() => again.isOver, { what: 'the second stream is over' })
    expect(again.status).toBe(204)
    await areOpen(0)
  })

  test('only what came after it, when a look had begun before', async () => {
    const { api, id, watch, record } = await setup({ times: { ...FAST, lookEveryMs: 1 } })
    const first = watch(id)
    await until(() => first.events.length === 1, { what: 'the first viewer is there' })
    for (let sent = 1; sent <= 5; sent += 1) {
      await record(sent)
      const viewer = watch(id)
      await until(() => viewer.beats > 0 && viewer.events.length > 0, { what: 'the viewer sees it' })
      expect(viewer.events.map(({ data }) => data.progress.sent)).toEqual([2 * sent])
    }
    expect(api.app.openStreams()).toBe(6)
  })
})

describe('who may watch', () => {
  test.each([
    ['a campaign that is not there', '01990000-0000-7000-8000-000000000000', {}, 404, 'campaign_not_found'],
    ['an id that is none', '17', {}, 400, 'invalid_request'],
    ['without a key', '01990000-0000-7000-8000-000000000000', { authorization: '' }, 401, 'invalid_api_key'],
  ])('%s is refused', async (_what, id, headers, status, code) => {
    const { watch, areOpen } = await setup()
    const viewer = watch(id, headers)
    await until(() => viewer.isOver, { what: 'the answer is there' })
    expect(viewer.status).toBe(status)
    expect(JSON.parse(viewer.text).code).toBe(code)
    await areOpen(0)
  })

  test('a key that is revoked ends its streams and no others', async () => {
    const { api, id, watch, areOpen } = await setup()
    const viewer = watch(id)
    const admin = watch(id, { authorization: `Bearer ${api.keys.admin}` })
    await areOpen(2)
    await api.pool.query(`UPDATE api_keys SET revoked_at = now() WHERE role = 'viewer'`)
    await until(() => viewer.isOver, { what: 'the stream of the revoked key is over' })
    expect(viewer.last).toMatchObject({ event: 'end', data: { reason: 'access_ended' } })
    await areOpen(1)
    expect(admin.isOver).toBe(false)
  })

  test.each([
    ['is ended', (pool: Pool) => pool.query('DELETE FROM sessions')],
    [
      'has been idle too long',
      (pool: Pool) => pool.query(`UPDATE sessions SET seen_at = now() - interval '13 hours'`),
    ],
    ['is a week old', (pool: Pool) => pool.query('UPDATE sessions SET expires_at = now()')],
    ['is of a user who is disabled', (pool: Pool) => pool.query('UPDATE users SET disabled_at = now()')],
  ])('a session that %s ends its streams', async (_what, endIt) => {
    const { api, id, watch, areOpen } = await setup()
    await addUser(api.prisma, 'ada', 'viewer')
    const { cookie } = await signIn(api.app, { name: 'ada' })
    const ada = watch(id, { authorization: null, cookie })
    const ofAKey = watch(id)
    await until(() => ada.beats > 2, { what: 'ada watches' })
    await endIt(api.pool)
    await until(() => ada.isOver, { what: 'the stream of the session is over' })
    expect(ada.last).toMatchObject({ event: 'end', data: { reason: 'access_ended' } })
    await areOpen(1)
    expect(ofAKey.isOver).toBe(false)
  })

  test('more than EVENT_STREAMS are told to come later; a place that is left is free', async () => {
    const { id, watch, areOpen } = await setup({ env: { EVENT_STREAMS: 2 } })
    const first = watch(id)
    watch(id)
    await areOpen(2)
    const third = watch(id)
    await until(() => third.isOver, { what: 'the third is answered' })
    expect(third.status).toBe(503)
    expect(third.headers['retry-after']).toBe('30')
    expect(JSON.parse(third.text)).toMatchObject({ code: 'too_many_streams' })
    first.request.destroy()
    await areOpen(1)
    watch(id)
    await areOpen(2)
  })

  test('HEAD is not a stream', async () => {
    const { api, id } = await setup()
    expect((await api.call('HEAD', `/v1/campaigns/${id}/events`)).status).toBe(405)
  })
})

describe('what it costs and leaves', () => {
  test('fifty viewers of two campaigns cost one query a look, and none when they have gone', async () => {
    const { api, id, watch, record, areOpen } = await setup()
    const other = await createCampaign(api.pool, { state: 'paused' })
    const viewers = Array.from({ length: 50 }, (_, n) => watch(n % 2 ? id : other))
    await until(() => viewers.every(({ events }) => events.length === 1), { what: 'everybody sees it' })
    await record(4)
    const counts = countQueries(api)
    const ofTheFirst = viewers.filter((_, n) => n % 2)
    await until(() => ofTheFirst.every(({ events }) => events.length === 2), { what: 'all see the change' })
    const looks = () => counts.get('read-campaigns') ?? 0
    await until(() => looks() >= 10, { what: 'ten looks were taken' })
    // Nothing but looks, and now and then one check of all keys with their old secrets and one of all sessions.
    expect([...counts.keys()].sort()).toEqual([
      'api_key_old_secrets',
      'api_keys',
      'read-campaigns',
      'sessions',
    ])
    // Of fifty viewers, not fifty at a time. Checks have a clock of their own, and may be more than looks on a busy machine.
    expect(counts.get('api_keys')).toBeLessThanOrEqual(2 * looks())
    expect(viewers.every(({ events }, n) => events.length === (n % 2 ? 2 : 1))).toBe(true)

    // Abruptly, as when a laptop is closed.
    for (const { request } of viewers) request.destroy()
    await areOpen(0)
    const after = looks()
    await api.call('GET', `/v1/campaigns/${id}`)
    expect(looks() - after).toBeLessThanOrEqual(2)
    const settled = looks()
    for (let n = 0; n < 5; n += 1) await api.call('GET', '/v1/campaigns')
    expect(looks()).toBe(settled)
  })

  test('whoever leaves while the answer is looked up is not counted', async () => {
    const { api, id, watch, areOpen } = await setup()
    const blocker = await api.pool.connect()
    try {
      await blocker.query('BEGIN; LOCK TABLE batches IN ACCESS EXCLUSIVE MODE')
      const viewer = watch(id)
      await areOpen(1)
      viewer.request.destroy()
      // The server has to have seen it before the answer is there.
      await until(() => new Promise((yes) => api.app.server.getConnections((_, count) => yes(count === 0))), {
        what: 'the connection is gone',
      })
    } finally {
      await blocker.query('ROLLBACK')
      blocker.release()
    }
    await areOpen(0)
  })

  test('a reader that does not read is dropped, and the others go on', async () => {
    const { api, port, watch, record, areOpen } = await setup()
    // A megabyte an event, so that what the kernel holds is soon full.
    const id = await createCampaign(api.pool, {
      state: 'sending',
      message: { title: 'Sale', body: 'x'.repeat(1_000_000) },
    })
    const good = watch(id)
    const stuck = connect(port, '127.0.0.1')
    onTestFinished(() => void stuck.destroy())
    stuck.pause()
    stuck.write(
      `GET /v1/campaigns/${id}/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${api.keys.viewer}\r\n\r\n`,
    )
    await areOpen(2)
    await until(
      async () => {
        await api.pool.query('UPDATE campaigns SET priority = priority % 9 + 1 WHERE id = $1', [id])
        return api.app.openStreams() === 1
      },
      { what: 'the stuck reader is dropped' },
    )
    await record(1)
    const seen = good.events.length
    await api.pool.query('UPDATE campaigns SET priority = priority % 9 + 1 WHERE id = $1', [id])
    await until(() => good.events.length > seen, { what: 'the good reader goes on' })
  })

  test('the API stops with streams open, and viewers are free to come again', async () => {
    const { api, id, watch } = await setup()
    const viewers = Array.from({ length: 20 }, () => watch(id))
    await until(() => viewers.every(({ events }) => events.length === 1), { what: 'everybody sees it' })
    await api.app.close()
    await until(() => viewers.every(({ isOver }) => isOver), { what: 'every stream is over' })
    expect(viewers.every(({ isBroken }) => !isBroken)).toBe(true)
    // No `end`: a browser connects again by itself, to a process that goes on.
    expect(viewers.every(({ events }) => events.length === 1)).toBe(true)
    expect(api.app.openStreams()).toBe(0)
  })

  test('streams end when the database does not answer, instead of standing still', async () => {
    const { api, id, watch, areOpen } = await setup({ times: { ...FAST, staleAfterMs: 2_000 } })
    const viewer = watch(id)
    await until(() => viewer.beats > 2, { what: 'it beats' })
    const blocker = await api.pool.connect()
    try {
      await blocker.query('BEGIN; LOCK TABLE batches IN ACCESS EXCLUSIVE MODE')
      await until(() => viewer.isOver, { what: 'the stream is over' })
      expect(viewer.events.map(({ event }) => event)).toEqual(['campaign'])
      await areOpen(0)
    } finally {
      await blocker.query('ROLLBACK')
      blocker.release()
    }
  })
})

describe('polling', () => {
  test.each([
    ['?whole=false', 'read-campaigns'],
    ['', 'read-whole-campaign'],
  ])(
    'by many at once costs a read at a time, and nobody gets what was before they asked: %s',
    async (query, statement) => {
      const { api, id } = await setup({ env: { HTTP_SLOTS: 100 } })
      const blocker = await api.pool.connect()
      const counts = countQueries(api)
      const polls: Promise<{ json: { progress: { sent: number } } }>[] = []
      const poll = () => polls.push(api.call('GET', `/v1/campaigns/${id}${query}`))
      try {
        await blocker.query('BEGIN; LOCK TABLE batches IN ACCESS EXCLUSIVE MODE')
        poll()
        await until(() => counts.get(statement) === 1, { what: 'the first read has begun' })
        await blocker.query('UPDATE batches SET sent = 5 WHERE campaign_id = $1', [id])
        for (let n = 0; n < 30; n += 1) poll()
      } finally {
        await blocker.query('COMMIT')
        blocker.release()
      }
      const answers = await Promise.all(polls)
      expect(answers.slice(1).every(({ json }) => json.progress.sent === 10)).toBe(true)
      expect(counts.get(statement)).toBeLessThanOrEqual(3)
    },
  )
})
