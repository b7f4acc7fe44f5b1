import { randomUUIDv7 } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { countAtCap } from '../../../src/audience/count-at-cap.ts'
import { countAudience } from '../../../src/audience/count-audience.ts'
import type { Audience } from '../../../src/domain/campaign.ts'
import { CapClock, type CapRule, parseCaps } from '../../../src/domain/caps.ts'
import { startOfDay, wallOf } from '../../../src/domain/zoned-time.ts'
import { planCampaign } from '../../../src/planning/plan-campaign.ts'
import { createCampaign, createDevices, createShop } from '../../support/factories.ts'
import { until } from '../../support/until.ts'
import { allRows, startApp, type TestApp } from '../start-app.ts'

const WAITING = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`

const count = async (api: TestApp, audience: unknown) =>
  api.call('POST', '/v1/audiences/count', { audience }, { as: 'viewer' })

/** m1–m4 with two androids each, m5–m7 with an iPhone (m6 and m7 opted out), m8 gone, m9 a German on the web. */
async function everybody(api: TestApp): Promise<void> {
  await createDevices(api.pool, 4, { perMember: 2, member: { attributes: { plan: 'gold' } } })
  await createDevices(api.pool, 1, { platform: 'ios' })
  await createDevices(api.pool, 2, { platform: 'ios', member: { opted_out_at: new Date() } })
  await createDevices(api.pool, 1, { state: 'gone' })
  await createDevices(api.pool, 1, { platform: 'web', member: { locale: 'de-AT' } })
}

async function plannedDevices(api: TestApp, audience: Audience): Promise<number> {
  const id = await createCampaign(api.pool, { state: 'sending', audience })
  const deps = { pool: api.pool, batchSize: 500, pageBatches: 50, onPage: async () => {} }
  await planCampaign(deps, id, new AbortController().signal)
  const { rows } = await api.pool.query('SELECT audience_size FROM campaigns WHERE id = $1', [id])
  return rows[0].audience_size
}

const none = { devices: 0, reachable: 0 }

describe('POST /v1/audiences/count', () => {
  test('counts devices, those who can be reached, and members, and leaves out the gone', async () => {
    const api = await startApp()
    await everybody(api)
    const { status, json } = await count(api, { all: true })
    expect(status).toBe(200)
    expect(json).toEqual({
      devices: 12,
      reachable: 10,
      withConsent: 0,
      withNightConsent: 0,
      atCap: { devices: 0, withConsent: 0 },
      members: 8,
      byPlatform: {
        android: { devices: 8, reachable: 8 },
        ios: { devices: 3, reachable: 1 },
        web: { devices: 1, reachable: 1 },
      },
      unknown: 0,
      unknownIds: [],
      confirmAbove: 1000,
      countedAt: expect.stringMatching(/Z$/),
    })
  })

  test.each<[string, Audience, number]>([
    ['everybody', { all: true }, 12],
    ['named members, one of them twice and one unknown', { externalIds: ['m1', 'm1', 'm6', 'nobody'] }, 3],
    ['a platform', { filter: { platforms: ['ios'] } }, 3],
    ['a language in another spelling', { filter: { locales: ['DE'] } }, 1],
    ['attributes', { filter: { attributes: { plan: 'gold' } } }, 8],
    ['nobody', { filter: { attributes: { plan: 'none' } } }, 0],
    ['those who were gone', { externalIds: ['m8'] }, 0],
  ])('%s: the number is the one that is planned', async (_what, audience, devices) => {
    const api = await startApp()
    await everybody(api)
    const { json } = await count(api, audience)
    expect(json.devices).toBe(devices)
    const canonical =
      'filter' in audience && audience.filter.locales ? { filter: { locales: ['de'] } } : audience
    expect(await plannedDevices(api, canonical)).toBe(devices)
  })

  test('counts those who consent to advertising, and at night, of all who can be reached', async () => {
    const api = await startApp()
    await everybody(api)
    await api.pool.query(
      `UPDATE members SET marketing_consent_at = now(), marketing_said_at = now(),
         night_consent_at = CASE WHEN external_id IN ('m1', 'm7') THEN now() END
       WHERE external_id IN ('m1', 'm2', 'm5', 'm6', 'm7', 'm8')`,
    )
    await api.pool.query(`UPDATE members SET night_consent_at = now() WHERE external_id = 'm9'`)
    // Two devices each of m1 and m2, and that of m5; m6 and m7 have opted out.
    expect((await count(api, { all: true })).json).toMatchObject({ withConsent: 5, withNightConsent: 2 })
  })

  test('ids that no member has are named, each once, in the order and spelling in which they are looked up', async () => {
    const api = await startApp()
    await everybody(api)
    const spelled = `\u200b${'김é'.normalize('NFD')} `
    const externalIds = ['nobody', 'm1', 'M2', 'nobody', 'm8', spelled, 'm3 ']
    const { json } = await count(api, { externalIds })
    expect(json).toMatchObject({ members: 2, unknown: 3, unknownIds: ['nobody', 'M2', '김é'] })
    // Registered under another spelling of the same id, it is known.
    await api.call('PUT', '/v1/devices/a-token-1234', { externalId: '김é', platform: 'ios' })
    expect((await count(api, { externalIds })).json).toMatchObject({ members: 3, unknown: 2 })
  })

  test('of ten thousand unknown ids it names the first hundred, and counts all', async () => {
    const api = await startApp()
    await createDevices(api.pool, 3)
    const externalIds = ['m1', ...Array.from({ length: 9_999 }, (_, n) => `nobody-${n}`)]
    const { json } = await count(api, { externalIds })
    expect(json).toMatchObject({ devices: 1, unknown: 9_999 })
    expect(json.unknownIds).toEqual(externalIds.slice(1, 101))
  })

  test('devices of other projects are not counted', async () => {
    const api = await startApp()
    await createDevices(api.pool, 2)
    await createShop(api.pool)
    await api.pool.query(`DELETE FROM devices WHERE project_id = 1 AND address = 'token-m2-1'`)
    expect((await count(api, { all: true })).json).toMatchObject({ devices: 1, reachable: 1, members: 1 })
  })

  test('nobody is zero everywhere', async () => {
    const api = await startApp()
    const { json } = await count(api, { all: true })
    expect(json).toMatchObject({
      ...none,
      members: 0,
      byPlatform: { android: none, ios: none, web: none },
    })
  })

  test('is given up after its time, with what to do, and leaves the connection as it was', async () => {
    const api = await startApp()
    await createDevices(api.pool, 20)
    const blocker = await api.pool.connect()
    try {
      await blocker.query('BEGIN; LOCK TABLE devices IN ACCESS EXCLUSIVE MODE')
      await expect(countAudience(api.pool, 1, { all: true }, 100)).rejects.toMatchObject({
        code: 'count_too_slow',
        status: 503,
        retryAfterSeconds: 30,
      })
    } finally {
      await blocker.query('ROLLBACK')
      blocker.release()
    }
    const { rows } = await api.pool.query('SHOW statement_timeout')
    expect(rows[0].statement_timeout).not.toBe('100ms')
  })

  test('the same audience is counted once for all who ask, and of others so many at a time', async () => {
    const api = await startApp({ HTTP_SLOTS: 100 })
    await createDevices(api.pool, 3)
    const blocker = await api.pool.connect()
    const same: ReturnType<typeof count>[] = []
    const others: ReturnType<typeof count>[] = []
    try {
      await blocker.query('BEGIN; LOCK TABLE devices IN ACCESS EXCLUSIVE MODE')
      same.push(count(api, { all: true }))
      // It has its place, and those that ask the same need none, however late they come.
      await until(async () => (await api.pool.query(WAITING)).rows.length > 0, { what: 'one is counting' })
      for (let n = 1; n < 20; n += 1) same.push(count(api, { all: true }))
      for (let n = 0; n < 15; n += 1) others.push(count(api, { externalIds: [`m${n}`] }))
      const refused = await Promise.race(others)
      expect(refused.json).toMatchObject({ status: 429, code: 'overloaded' })
      expect(refused.json.detail).toContain('are being counted')
      expect(refused.headers['retry-after']).toBe('5')
    } finally {
      await blocker.query('ROLLBACK')
      blocker.release()
    }
    expect((await Promise.all(same)).map(({ json }) => json.devices)).toEqual(Array(20).fill(3))
    const counted = (await Promise.all(others)).filter(({ status }) => status === 200)
    expect(counted.length).toBeGreaterThan(5)
  })

  test.each([
    ['no audience', {}, '/audience'],
    ['two audiences', { audience: { all: true, externalIds: ['a'] } }, '/audience'],
    ['a filter that says nothing', { audience: { filter: {} } }, '/audience/filter'],
    ['a locale that is none', { audience: { filter: { locales: ['x!'] } } }, '/audience/filter/locales/0'],
    ['a field it does not know', { audience: { all: true }, name: 'x' }, '/name'],
  ])('refuses %s and changes nothing', async (_what, body, field) => {
    const api = await startApp()
    await everybody(api)
    const before = await allRows(api.pool)
    const { json } = await api.call('POST', '/v1/audiences/count', body)
    expect(json).toMatchObject({ status: 400, code: 'invalid_request' })
    expect(json.errors[0].field).toBe(field)
    expect(await allRows(api.pool)).toEqual(before)
  })
})

describe('devices whose member has reached a cap', () => {
  const now = Date.now()
  const ago = (hours: number) => new Date(now - hours * 3_600_000)
  const use = (api: TestApp, member: string, at: Date[], campaigns = at.map(() => randomUUIDv7())) =>
    api.pool.query(
      `INSERT INTO member_uses (member_id, campaign_ids, device_ids, used_at, in_doubt)
       SELECT id, $2::uuid[], $4::bigint[], $3::timestamptz[], $5::boolean[] FROM members WHERE external_id = $1`,
      [member, campaigns, at, at.map(() => 1), at.map(() => false)],
    )
  const atCap = async (api: TestApp, audience: Audience = { all: true }) =>
    (await count(api, audience)).json.atCap

  test('are counted by campaigns in each window, of the audience, if they can be reached', async () => {
    const api = await startApp({ CAPS: 'rolling_24h:2,rolling_7d:3' })
    await everybody(api)
    const twice = randomUUIDv7()
    // m1 is at the first cap, m2 has one campaign on two devices, m3 is at the second cap, m6 has opted out, m9 is long past.
    await use(api, 'm1', [ago(1), ago(23)])
    await use(api, 'm2', [ago(1), ago(1)], [twice, twice])
    await use(api, 'm3', [ago(1), ago(30), ago(160)])
    await use(api, 'm4', [ago(1), ago(25), ago(169)])
    await use(api, 'm6', [ago(1), ago(2)])
    await use(api, 'm9', [ago(200), ago(201), ago(202)])
    expect(await atCap(api)).toEqual({ devices: 4, withConsent: 0 })
    await api.pool.query(`UPDATE members SET marketing_consent_at = now() WHERE external_id = 'm3'`)
    expect(await atCap(api, { externalIds: ['m3', 'm4', 'm6'] })).toEqual({ devices: 2, withConsent: 2 })
    expect(await atCap(api, { filter: { platforms: ['web'] } })).toEqual({ devices: 0, withConsent: 0 })
  })

  test('are counted by the calendar of each member, of an unknown zone by that of the default', async () => {
    const api = await startApp({ CAPS: 'day:1', DEFAULT_TIMEZONE: 'Etc/GMT-14' })
    await createDevices(api.pool, 4)
    const zones = ['Etc/GMT+12', 'Etc/GMT-14', null, 'Mars/Olympus']
    for (const [n, zone] of zones.entries()) {
      await api.pool.query('UPDATE members SET timezone = $2 WHERE external_id = $1', [`m${n + 1}`, zone])
    }
    // Their days are 26 hours apart: this instant is yesterday for the first exactly when it is more than a day ago.
    const midnight = (zone: string) => startOfDay(wallOf(new Date(), zone).slice(0, 10), zone).getTime()
    const [west, east] = [midnight('Etc/GMT+12'), midnight('Etc/GMT-14')]
    for (const n of [1, 2, 3, 4]) await use(api, `m${n}`, [new Date(Math.max(west, east))])
    expect(await atCap(api)).toEqual({ devices: 4, withConsent: 0 })
    await api.pool.query('UPDATE member_uses SET used_at = $1', [[new Date(Math.max(west, east) - 1)]])
    expect((await atCap(api)).devices).toBe(west > east ? 3 : 1)
  })

  test('are not known if that takes too long; the rest of the count is there', async () => {
    const api = await startApp({ CAPS: 'day:1' })
    await everybody(api)
    await expect(
      countAtCap(api.pool, 1, { all: true }, 100, new CapClock(parseCaps('day:1') as CapRule[], 'UTC')),
    ).resolves.toEqual({ devices: 0, withConsent: 0 })
    const held = await api.pool.connect()
    try {
      await held.query('BEGIN; LOCK TABLE member_uses')
      const { json } = await count(api, { all: true })
      expect([json.devices, json.atCap]).toEqual([12, null])
    } finally {
      await held.query('ROLLBACK')
      held.release()
    }
  }, 30_000)
})
