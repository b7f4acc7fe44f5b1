import { describe, expect, test } from 'vitest'
import { pauseCampaign } from '../../../src/campaigns/pause-campaign.ts'
import {
  type CampaignColumns,
  createBatches,
  createCampaign,
  createDevices,
  totalsOf,
} from '../../support/factories.ts'
import { startApp, type TestApp } from '../start-app.ts'

const HOUR = 3_600_000
const ago = (hours: number) => new Date(Date.now() - hours * HOUR)

type Counts = Parameters<typeof totalsOf>[0]
function closed(counts: Counts, columns: CampaignColumns = {}): CampaignColumns {
  const totals = totalsOf(counts)
  const audience_size = Number(totals.audience)
  return { state: 'finished', closed_at: ago(1), started_at: ago(1), audience_size, totals, ...columns }
}

const overview = async (api: TestApp, zone = 'UTC') =>
  (await api.call('GET', `/v1/overview?timezone=${encodeURIComponent(zone)}`)).json

describe('the overview', () => {
  test('has what runs, the last started first, and what is next, in order', async () => {
    const api = await startApp()
    const { deviceIds } = await createDevices(api.pool, 3)
    const running = await createCampaign(api.pool, { name: 'running', state: 'sending', started_at: ago(2) })
    await createBatches(api.pool, running, deviceIds, { state: 'done', sent: 2, failed: 1 })
    await createCampaign(api.pool, { name: 'paused', state: 'paused', started_at: ago(1) })
    await createCampaign(api.pool, { name: 'later', state: 'scheduled', scheduled_at: ago(-9) })
    await createCampaign(api.pool, { name: 'soon', state: 'scheduled', scheduled_at: ago(-1) })
    await createCampaign(api.pool, {
      name: 'deleted',
      state: 'scheduled',
      scheduled_at: ago(-1),
      deleted_at: ago(0),
    })
    await createCampaign(api.pool, closed({ sent: 1 }))
    const json = await overview(api)
    expect(json.running).toMatchObject([{ name: 'paused' }, { name: 'running', progress: { sent: 2 } }])
    expect(json.next.map(({ name }: { name: string }) => name)).toEqual(['soon', 'later'])
    expect(Math.abs(Date.parse(json.asOf) - Date.now())).toBeLessThan(60_000)
  })

  test('has the next run of each schedule that is no campaign yet, in order', async () => {
    const api = await startApp()
    const make = async (name: string, rule: object) =>
      (
        await api.call('POST', '/v1/schedules', {
          ...{ name, message: { title: 'x' }, audience: { all: true }, rule, timezone: 'UTC' },
        })
      ).json
    const monthly = await make('monthly', { every: 'month', day: 'last', at: '23:59' })
    const daily = await make('daily', { every: 'day', at: '20:00' })
    const paused = await make('paused', { every: 'day', at: '20:00' })
    await api.pool.query(`UPDATE schedules SET state = 'paused' WHERE id = $1`, [paused.id])
    await api.pool.query(`UPDATE schedules SET next_at = next_at + interval '40 days' WHERE id = $1`, [
      monthly.id,
    ])
    const { nextRuns } = await overview(api)
    expect(nextRuns).toMatchObject([
      { scheduleId: daily.id, name: 'daily', at: daily.nextRuns[0].at },
      { name: 'monthly' },
    ])
  })

  test('counts the days of the zone, by when a campaign was started; one that runs with its progress now', async () => {
    const api = await startApp()
    const { deviceIds } = await createDevices(api.pool, 2)
    const today = new Date().toISOString().slice(0, 10)
    const midnight = new Date(`${today}T00:00:00Z`)
    const before = new Date(midnight.getTime() - 1)
    const counts = { sent: 5, failed: 2, skipped: 1, in_doubt: 1, canceled: 1 }
    await createCampaign(api.pool, closed(counts, { started_at: before, archived_at: ago(0) }))
    await createCampaign(api.pool, closed({ sent: 9 }, { started_at: ago(24 * 40) }))
    const running = await createCampaign(api.pool, { state: 'sending', started_at: midnight })
    await createBatches(api.pool, running, deviceIds, { state: 'done', sent: 1, failed: 1 })
    const { days, yesterday } = await overview(api)
    expect(days).toHaveLength(30)
    expect(days[29]).toEqual({
      ...{ day: today, campaigns: 1, sent: 1, failed: 1 },
      ...{ skipped: 0, inDoubt: 0, canceled: 0 },
    })
    const expected = { campaigns: 1, sent: 5, failed: 2, skipped: 1, inDoubt: 1, canceled: 1 }
    expect(yesterday).toEqual(expected)
    expect(days[28]).toEqual({ day: before.toISOString().slice(0, 10), ...expected })
    expect(days[0]).toMatchObject({ campaigns: 0, sent: 0 })
    // There, both were on one day: midnight in UTC is no midnight.
    const seoul = await overview(api, 'Asia/Seoul')
    expect(seoul.days.map(({ campaigns }: { campaigns: number }) => campaigns)).toContain(2)
  })

  test('refuses what is no time zone, with what to do', async () => {
    const api = await startApp()
    const { json } = await api.call('GET', '/v1/overview?timezone=Mars/Olympus')
    expect(json).toMatchObject({
      status: 400,
      code: 'invalid_request',
      detail:
        'timezone is "Mars/Olympus", which is no time zone. Give a name as IANA lists it, such as "Asia/Seoul" or "UTC".',
    })
  })

  test('names what needs a person, once each, newest first', async () => {
    const api = await startApp()
    const { pool } = api
    const many: [string, CampaignColumns][] = [
      ['paused', { state: 'paused', pause_reason: 'too_many_errors', paused_at: ago(0.5) }],
      ['mismatch', { state: 'canceled', pause_reason: 'counts_mismatch', updated_at: ago(2) }],
      ['nothing sent', closed({ failed: 3, in_doubt: 1 }, { closed_at: ago(3) })],
      ['all skipped', closed({ skipped: 3 }, { closed_at: ago(4) })],
      ['a tenth', closed({ sent: 9, failed: 1, skipped: 90 }, { closed_at: ago(5) })],
      ['in doubt', closed({ sent: 99, in_doubt: 1 }, { closed_at: ago(6) })],
      ['all in doubt', closed({ in_doubt: 2 }, { closed_at: ago(7) })],
    ]
    for (const [name, columns] of many) await createCampaign(pool, { name, ...columns })
    const fine: CampaignColumns[] = [
      { state: 'paused', pause_reason: 'by_operator' },
      { state: 'paused', pause_reason: 'too_many_errors', cancel_at: ago(-1) },
      closed({ sent: 91, failed: 9 }),
      closed({ failed: 3 }, { closed_at: ago(24 * 7 + 1) }),
      closed({ failed: 3 }, { archived_at: ago(0) }),
      closed({ canceled: 3 }, { state: 'canceled' }),
    ]
    for (const columns of fine) await createCampaign(pool, { name: 'fine', ...columns })
    const resent = await createCampaign(pool, closed({ failed: 3 }))
    await createCampaign(pool, {
      ...closed({ sent: 3 }),
      resend_of: resent,
      resend_only: 'failed',
      chain_id: resent,
    })
    const { attention } = await overview(api)
    expect(attention.map(({ name, kind }: { name: string; kind: string }) => [name, kind])).toEqual([
      ['paused', 'paused'],
      ['mismatch', 'counts_mismatch'],
      ['nothing sent', 'all_failed'],
      ['all skipped', 'all_failed'],
      ['a tenth', 'many_failed'],
      ['in doubt', 'in_doubt'],
      ['all in doubt', 'in_doubt'],
    ])
    expect(attention[0]).toMatchObject({ pauseReason: 'too_many_errors' })
    expect(attention[4]).toMatchObject({ failed: 1, audience: 100 })
    expect(attention[4]).not.toHaveProperty('pauseReason')
  })
})

describe('notices', () => {
  test('tell of what finished, was canceled or paused itself, with figures, newest first', async () => {
    const api = await startApp()
    const { pool } = api
    const { deviceIds } = await createDevices(pool, 3)
    await createCampaign(pool, { name: 'finished', ...closed({ sent: 8, failed: 2 }, { closed_at: ago(1) }) })
    await createCampaign(pool, {
      name: 'canceled',
      ...closed({ canceled: 4 }, { state: 'canceled', closed_at: ago(2) }),
    })
    const paused = await createCampaign(pool, {
      ...{ name: 'paused', state: 'paused', pause_reason: 'message_refused', paused_at: ago(0.5) },
    })
    await createBatches(pool, paused, deviceIds, { state: 'done', sent: 1, failed: 2 })
    await createCampaign(pool, { name: 'old', ...closed({ sent: 1 }, { closed_at: ago(24 * 7 + 1) }) })
    const operated = await createCampaign(pool, { name: 'by a person', state: 'sending' })
    await pauseCampaign({ pool }, operated)
    const { json } = await api.call('GET', '/v1/notices')
    expect(json.data).toMatchObject([
      ...[
        {
          name: 'paused',
          kind: 'paused_itself',
          pauseReason: 'message_refused',
          sent: 1,
          failed: 2,
          audience: 3,
        },
      ],
      ...[
        {
          name: 'finished',
          kind: 'finished',
          pauseReason: null,
          sent: 8,
          failed: 2,
          skipped: 0,
          inDoubt: 0,
          audience: 10,
        },
      ],
      ...[{ name: 'canceled', kind: 'canceled', sent: 0, failed: 0, audience: 4 }],
    ])
    const ids = json.data.map(({ id }: { id: string }) => id)
    expect(new Set(ids).size).toBe(3)
    expect((await api.call('GET', '/v1/notices')).json.data.map(({ id }: { id: string }) => id)).toEqual(ids)
    await pool.query('DELETE FROM batches')
    await pool.query('DELETE FROM campaigns')
    const { json: none } = await api.call('GET', '/v1/notices')
    expect(none).toEqual({ asOf: expect.stringMatching(/Z$/), data: [] })
  })

  test('are fifty at most', async () => {
    const api = await startApp()
    for (let n = 0; n < 55; n += 1) {
      await createCampaign(api.pool, {
        name: `c${n}`,
        ...closed({ sent: 1 }, { closed_at: ago(1 + n / 100) }),
      })
    }
    const { json } = await api.call('GET', '/v1/notices')
    expect(json.data).toHaveLength(50)
    expect(json.data[0].name).toBe('c0')
  })
})

test('a pause has its time, and a resume takes it away', async () => {
  const api = await startApp()
  await createDevices(api.pool, 1)
  const id = await createCampaign(api.pool, { state: 'sending' })
  const paused = await api.call('POST', `/v1/campaigns/${id}/pause`)
  expect(Math.abs(Date.parse(paused.json.pausedAt) - Date.now())).toBeLessThan(60_000)
  const headers = { 'if-match': paused.headers.etag ?? '' }
  const resumed = await api.call('POST', `/v1/campaigns/${id}/resume`, undefined, { headers })
  expect(resumed.json).toMatchObject({ state: 'sending', pausedAt: null })
})
