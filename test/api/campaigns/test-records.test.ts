/** Who sent which test to whom is known, a test uses quota as any message does, and nobody is tested on against their will. */
import { describe, expect, test } from 'vitest'
import { forgetInTests, pruneTests } from '../../../src/campaigns/test-records.ts'
import { type Budget, reserve } from '../../../src/projects/rate-limit.ts'
import { createCampaign, createDevices } from '../../support/factories.ts'
import { fakeSender } from '../../support/fake-sender.ts'
import { until } from '../../support/until.ts'
import { startApp } from '../start-app.ts'

/** FCM accepts everything; `leftAt`: when each message was handed over. */
async function setup(env: Record<string, string | number | null> = {}) {
  const leftAt: number[] = []
  const openSender = () =>
    fakeSender(async ({ addresses }, { report, mayStart }) => {
      for (const [index] of addresses.entries()) {
        if (mayStart?.() === false) continue
        leftAt.push(performance.now())
        report(index, { kind: 'sent', messageId: `m-${leftAt.length}` })
      }
    })
  const api = await startApp({ TEST_MESSAGES_PER_CALLER: 1_000, ...env }, { openSender })
  const id = await createCampaign(api.pool)
  const url = `/v1/campaigns/${id}/test`
  const addresses = (n: number) => Array.from({ length: n }, (_, i) => ({ address: `nobody-${i}` }))
  return { ...api, id, url, addresses, leftAt }
}

describe('the record of tests', () => {
  test('says who, when, which text, to whom, and what FCM answered; newest first', async () => {
    const { call, pool, id, url } = await setup()
    await createDevices(pool, 1)
    const first = await call('POST', url, { externalIds: ['m1', 'nobody'] }, { as: 'operator' })
    expect(first.status).toBe(200)
    await call('POST', url, { addresses: [{ address: 'of-a-stranger-1' }], validateOnly: true })
    const { json } = await call('GET', `/v1/campaigns/${id}/tests`, undefined, { as: 'viewer' })
    const { messageHash, version } = (await call('GET', `/v1/campaigns/${id}`)).json
    expect(json.data).toMatchObject([
      {
        sentByName: 'admin',
        validateOnly: true,
        devices: 1,
        data: [{ address: 'ranger-1', outcome: 'sent' }],
      },
      { id: first.json.id, sentByName: 'operator', validateOnly: false, devices: 1, messageHash, version },
    ])
    expect(json.data[1].data).toEqual(first.json.data)
    expect(Date.now() - Date.parse(json.data[1].sentAt)).toBeLessThan(60_000)
    const page = await call('GET', `/v1/campaigns/${id}/tests?limit=1`)
    const next = await call('GET', `/v1/campaigns/${id}/tests?limit=1&cursor=${page.json.nextCursor}`)
    expect([...page.json.data, ...next.json.data]).toEqual(json.data)
    expect(next.json.nextCursor).toBeNull()
  })

  test('is there before a message leaves, and stays without an answer if the process ends then', async () => {
    let seen: unknown
    const { call, pool } = await startApp(
      {},
      {
        openSender: () =>
          fakeSender(async (_batch, { report }) => {
            seen = (await pool.query('SELECT recipients, answers FROM test_sends')).rows
            report(0, { kind: 'sent', messageId: 'x' })
          }),
      },
    )
    const id = await createCampaign(pool)
    await call('POST', `/v1/campaigns/${id}/test`, { addresses: [{ address: 'of-a-stranger-1' }] })
    const recipients = [{ externalId: null, address: 'ranger-1', kind: 'token' }]
    expect(seen).toEqual([{ recipients, answers: null }])
    await pool.query('UPDATE test_sends SET answers = NULL')
    const { json } = await call('GET', `/v1/campaigns/${id}/tests`)
    expect(json.data[0].data).toMatchObject([{ address: 'ranger-1', outcome: 'unknown' }])
  })

  test('says that nothing was sent when FCM could not be reached at all', async () => {
    const openSender = () => fakeSender(() => Promise.reject(new Error('no token')))
    const { call, pool } = await startApp({}, { openSender })
    const id = await createCampaign(pool)
    const { status, json } = await call('POST', `/v1/campaigns/${id}/test`, {
      addresses: [{ address: 'a'.repeat(20) }],
    })
    expect([status, json.code]).toEqual([502, 'fcm_not_reachable'])
    const tests = (await call('GET', `/v1/campaigns/${id}/tests`)).json
    expect(tests.data).toMatchObject([{ failure: 'fcm_not_reachable', data: [{ outcome: 'not_sent' }] }])
  })

  test('names an erased member no more, also when the answer comes afterwards', async () => {
    const erased: number[] = []
    const api = await startApp(
      {},
      {
        openSender: () =>
          fakeSender(async ({ addresses }, { report }) => {
            erased.push((await api.call('DELETE', '/v1/members/m1')).status)
            for (const [index] of addresses.entries()) report(index, { kind: 'sent', messageId: 'x' })
          }),
      },
    )
    const { call, pool } = api
    const id = await createCampaign(pool)
    await createDevices(pool, 2)
    await call('POST', `/v1/campaigns/${id}/test`, { externalIds: ['m1', 'm2'] })
    expect(erased).toEqual([200])
    const { json, text } = await call('GET', `/v1/campaigns/${id}/tests`)
    expect(json.data[0].data.map((one: { externalId: string | null }) => one.externalId)).toEqual([
      null,
      'm2',
    ])
    expect(json.data[0].data[0]).toMatchObject({ address: null, outcome: 'sent' })
    expect(text).not.toContain('m1')
    await forgetInTests(pool, 'm2')
    expect((await call('GET', `/v1/campaigns/${id}/tests`)).text).not.toContain('"m2"')
  })

  test('is deleted after its days and not before', async () => {
    const { call, pool, url, addresses } = await setup()
    await call('POST', url, { addresses: addresses(1) })
    await call('POST', url, { addresses: addresses(1) })
    await pool.query(
      `UPDATE test_sends SET sent_at = now() - interval '365 days 1 minute' WHERE id = (SELECT min(id::text)::uuid FROM test_sends)`,
    )
    expect(await pruneTests(pool, 365, 100)).toBe(1)
    expect(await pruneTests(pool, 365, 100)).toBe(0)
    expect((await pool.query('SELECT FROM test_sends')).rowCount).toBe(1)
  })
})

describe('the quota of tests', () => {
  const budget: Budget = { key: 'project:1', perMinute: 60, rampSeconds: 0, catchUpSeconds: 0 }

  test('of tests at once no more leave than the quota of a minute allows; the others are told when', async () => {
    const { call, pool, url, addresses, leftAt } = await setup({ FCM_MESSAGES_PER_MINUTE: 60 })
    const began = performance.now()
    const all = await Promise.all(
      Array.from({ length: 12 }, () => call('POST', url, { addresses: addresses(3) })),
    )
    const lasted = (performance.now() - began) / 1000
    // One a second, and the one that leaves at once.
    expect(leftAt.length).toBeGreaterThan(0)
    expect(leftAt.length).toBeLessThanOrEqual(Math.ceil(lasted) + 1)
    const refused = all.filter(({ status }) => status !== 200)
    expect(refused.length).toBeGreaterThan(8)
    for (const { status, json, headers } of refused) {
      expect([status, json.code]).toEqual([429, 'quota_used_up'])
      expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1)
    }
    // A test that was refused was none.
    expect((await pool.query('SELECT FROM test_sends')).rowCount).toBe(12 - refused.length)
    const { rows } = await pool.query(
      `SELECT e.detail ->> 'testId' AS id, t.id AS known FROM audit_events e LEFT JOIN test_sends t ON t.id::text = e.detail ->> 'testId'
       WHERE e.deed = 'campaign.tested'`,
    )
    expect(rows).toHaveLength(12 - refused.length)
    for (const { id, known } of rows) expect(known).toBe(id)
    // One after the other, and not together.
    const gaps = leftAt.slice(1).map((at, index) => at - (leftAt[index] as number))
    expect(Math.min(...gaps)).toBeGreaterThan(800)
  }, 30_000)

  test('what a campaign has reserved is not there for a test, and the other way round', async () => {
    const { call, pool, url, addresses } = await setup({ FCM_MESSAGES_PER_MINUTE: 60 })
    await reserve(pool, budget, 1, 0)
    await reserve(pool, budget, 9, 1e9)
    const refused = await call('POST', url, { addresses: addresses(1) })
    expect([refused.status, refused.json.code]).toEqual([429, 'quota_used_up'])
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(7)
    await pool.query('UPDATE rate_limits SET next_at = now()')
    expect((await call('POST', url, { addresses: addresses(2) })).status).toBe(200)
    const { waitMs } = await reserve(pool, budget, 1, 1e9)
    // The second of the two left a second later, and the next one leaves a second after that.
    expect(waitMs).toBeGreaterThan(500)
  })

  test('a test that the quota has no room for says how many devices it has room for', async () => {
    const { call, url, addresses } = await setup({ FCM_MESSAGES_PER_MINUTE: 60 })
    const { status, json } = await call('POST', url, { addresses: addresses(4) })
    expect([status, json.code]).toEqual([400, 'invalid_request'])
    expect(json.detail).toContain('at most 3')
  })

  test('a 429 of FCM slows down all that the project sends', async () => {
    const openSender = () =>
      fakeSender(async (_batch, { report }) =>
        report(0, { kind: 'retry_later', code: 'quota_exceeded', scope: 'project', afterMs: 30_000 }),
      )
    const { call, pool } = await startApp({}, { openSender })
    const id = await createCampaign(pool)
    await call('POST', `/v1/campaigns/${id}/test`, { addresses: [{ address: 'a'.repeat(20) }] })
    const { isGranted, waitMs } = await reserve(pool, { ...budget, perMinute: 600_000 }, 1, 2_000)
    expect(isGranted).toBe(false)
    expect(waitMs).toBeGreaterThan(20_000)
  })
})

describe('the limit of a caller', () => {
  test('counts the messages of a minute over all calls, and of nobody else', async () => {
    const { call, pool, url, addresses, leftAt } = await setup({ TEST_MESSAGES_PER_CALLER: 25 })
    const all = await Promise.all(
      Array.from({ length: 8 }, () => call('POST', url, { addresses: addresses(10) })),
    )
    expect(all.map(({ status }) => status).sort()).toEqual([200, 200, ...Array(6).fill(429)])
    expect(leftAt).toHaveLength(20)
    const [refused] = all.filter(({ status }) => status === 429)
    expect(refused?.json.code).toBe('too_many_tests')
    const seconds = Number(refused?.headers['retry-after'])
    expect(seconds).toBeGreaterThan(50)
    expect(seconds).toBeLessThanOrEqual(60)
    expect((await call('POST', url, { addresses: addresses(5) })).status).toBe(200)
    expect((await call('POST', url, { addresses: addresses(10) }, { as: 'operator' })).status).toBe(200)
    await pool.query(`UPDATE test_sends SET sent_at = sent_at - interval '61 s'`)
    expect((await call('POST', url, { addresses: addresses(20) })).status).toBe(200)
  })

  test('a test that nobody gets counts as well: the records of one caller do not grow without end', async () => {
    const { call, pool, url } = await setup({ TEST_MESSAGES_PER_CALLER: 2 })
    const nobody = { externalIds: ['nobody'] }
    const statuses = []
    for (let i = 0; i < 3; i += 1) statuses.push((await call('POST', url, nobody)).status)
    expect(statuses).toEqual([200, 200, 429])
    expect((await pool.query('SELECT FROM test_sends')).rowCount).toBe(2)
  })
})

describe('whom a test is not sent to', () => {
  test('who has opted out, by id and by address, and is named; with validateOnly everybody is validated', async () => {
    const { call, pool, url, leftAt } = await setup()
    await createDevices(pool, 1, { member: { opted_out_at: new Date() } })
    const both = { externalIds: ['m1'], addresses: [{ address: 'token-m1-1' }] }
    const { json } = await call('POST', url, both)
    expect(json.data).toMatchObject([
      { externalId: 'm1', address: 'en-m1-1'.padStart(8, 'k'), outcome: 'skipped', code: 'opted_out' },
      { externalId: 'm1', outcome: 'skipped', code: 'opted_out' },
    ])
    expect(leftAt).toHaveLength(0)
    const validated = await call('POST', url, { ...both, validateOnly: true })
    expect(validated.json.data).toMatchObject([{ externalId: 'm1', outcome: 'sent' }])
  })

  test('of an advertisement, who has not consented to advertising; the night is not asked for', async () => {
    const { call, pool, url, id, leftAt } = await setup()
    await createDevices(pool, 3)
    await pool.query(`UPDATE members SET marketing_consent_at = now() WHERE external_id = 'm1'`)
    const everybody = {
      externalIds: ['m1', 'm2'],
      addresses: [{ address: 'token-m3-1' }, { address: 'of-a-stranger' }],
    }
    const service = await call('POST', url, everybody)
    expect(service.json.data.map((one: { outcome: string }) => one.outcome)).toEqual(Array(4).fill('sent'))
    const advertiser = JSON.stringify({ name: 'Shop', optOutHint: 'Settings' })
    await pool.query(`UPDATE campaigns SET kind = 'advertising', advertiser = $2 WHERE id = $1`, [
      id,
      advertiser,
    ])
    const { json } = await call('POST', url, everybody)
    const outcomes = json.data.map((one: { externalId: string; code: string }) => [one.externalId, one.code])
    expect(outcomes).toEqual([
      ['m3', 'no_consent'],
      ['m2', 'no_consent'],
      [null, 'ok'],
      ['m1', 'ok'],
    ])
    expect(leftAt).toHaveLength(6)
  })
})

describe('which campaigns can be tested', () => {
  test.each([
    ['finished', { state: 'finished', closed_at: new Date() }],
    ['canceled', { state: 'canceled', closed_at: new Date() }],
    ['being canceled', { state: 'paused', cancel_at: new Date(Date.now() + 60_000) }],
  ] as const)('not one that is %s', async (_what, columns) => {
    const { call, pool, addresses, leftAt } = await setup()
    const over = await createCampaign(pool, columns)
    const { status, json } = await call('POST', `/v1/campaigns/${over}/test`, { addresses: addresses(1) })
    expect([status, json.code]).toEqual([409, 'campaign_not_testable'])
    expect(leftAt).toHaveLength(0)
    expect((await pool.query('SELECT FROM test_sends')).rowCount).toBe(0)
  })

  test.each(['draft', 'scheduled', 'sending', 'paused'] as const)('one that is %s', async (state) => {
    const { call, pool, addresses } = await setup()
    const id = await createCampaign(pool, { state, scheduled_at: new Date(Date.now() + 3_600_000) })
    expect((await call('POST', `/v1/campaigns/${id}/test`, { addresses: addresses(1) })).status).toBe(200)
  })

  test('one that was edited after it was seen is refused when it is recorded, too', async () => {
    const { call, pool, id, url, addresses, leftAt } = await setup()
    const held = await pool.connect()
    try {
      const { rows } = await pool.query(`SELECT id FROM api_keys WHERE name = 'admin'`)
      await held.query('BEGIN')
      await held.query(`SELECT pg_advisory_xact_lock(hashtextextended('carillon.test.' || $1, 0))`, [
        rows[0].id,
      ])
      const answer = call('POST', url, { addresses: addresses(1) })
      await until(
        async () =>
          (await held.query(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`)).rowCount ===
          1,
        { what: 'the test waits for the lock of its caller' },
      )
      await held.query('UPDATE campaigns SET version = version + 1 WHERE id = $1', [id])
      await held.query('COMMIT')
      expect((await answer).json.code).toBe('version_conflict')
      expect(leftAt).toHaveLength(0)
    } finally {
      held.release()
    }
  })
})
