/** Nobody sends to more devices than they know of. */
import { randomUUIDv7 } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { countDevices } from '../../../src/audience/count-audience.ts'
import { checkConfirmed } from '../../../src/campaigns/confirm-audience.ts'
import { createCampaign as makeCampaign, type NewCampaign } from '../../../src/campaigns/create-campaign.ts'
import { sendCampaign } from '../../../src/campaigns/send-campaign.ts'
import { UNRESTRICTED } from '../../../src/domain/send-rules.ts'
import { log } from '../../support/attempt-with.ts'
import { createBatches, createCampaign, createDevices } from '../../support/factories.ts'
import { LAW } from '../../support/law.ts'
import { until } from '../../support/until.ts'
import { allRows, CAMPAIGN, startApp, type TestApp } from '../start-app.ts'

const IN_AN_HOUR = new Date(Date.now() + 3_600_000).toISOString()
const DEVICES = 200

let api: TestApp
let deviceIds: number[]

beforeAll(async () => {
  let close = async () => {}
  api = await startApp({ CONFIRM_AUDIENCE_ABOVE: 50 }, {}, (closing) => {
    close = closing
  })
  ;({ deviceIds } = await createDevices(api.pool, DEVICES))
  await createDevices(api.pool, 1, { state: 'gone' })
  afterAll(() => close())
})
beforeEach(() => api.pool.query('TRUNCATE campaigns CASCADE'))

const few = { externalIds: ['m1', 'm2'] }

/** Each way to set devices going, to all of them. */
const WAYS: [string, (confirmed: object) => Promise<{ method: string; url: string; body: object }>][] = [
  [
    'send',
    async (confirmed) => {
      const id = await createCampaign(api.pool)
      return { method: 'POST', url: `/v1/campaigns/${id}/send`, body: confirmed }
    },
  ],
  [
    'create with a time',
    async (confirmed) => {
      const body = { ...CAMPAIGN, scheduledAt: IN_AN_HOUR, ...confirmed }
      return { method: 'POST', url: '/v1/campaigns', body }
    },
  ],
  [
    'give a draft its time',
    async (confirmed) => {
      const id = await createCampaign(api.pool)
      return { method: 'PATCH', url: `/v1/campaigns/${id}`, body: { scheduledAt: IN_AN_HOUR, ...confirmed } }
    },
  ],
  [
    'give a scheduled campaign another audience',
    async (confirmed) => {
      const id = await createCampaign(api.pool, {
        state: 'scheduled',
        scheduled_at: new Date(IN_AN_HOUR),
        audience: few,
      })
      return { method: 'PATCH', url: `/v1/campaigns/${id}`, body: { audience: { all: true }, ...confirmed } }
    },
  ],
  [
    'resend',
    async (confirmed) => {
      const id = await createCampaign(api.pool, { state: 'canceled', closed_at: new Date() })
      await createBatches(api.pool, id, deviceIds, { state: 'canceled', canceled: DEVICES })
      return { method: 'POST', url: `/v1/campaigns/${id}/resend`, body: { only: 'canceled', ...confirmed } }
    },
  ],
]

describe.each(WAYS)('%s', (_name, way) => {
  test.each([
    ['without a number', {}, 428, 'audience_not_confirmed'],
    ['with the number of a smaller audience', { confirmAudience: 2 }, 409, 'audience_changed'],
    ['with 2 % too few', { confirmAudience: 196 }, 409, 'audience_changed'],
    ['with 2 % too many', { confirmAudience: 204 }, 409, 'audience_changed'],
  ])('%s is refused, with the number', async (_what, confirmed, status, code) => {
    const { method, url, body } = await way(confirmed)
    const before = await allRows(api.pool)
    const { json } = await api.call(method, url, body)
    expect(json).toMatchObject({ status, code, audience: DEVICES, errors: [{ field: '/confirmAudience' }] })
    expect(json.detail).toContain(`"confirmAudience": ${DEVICES}`)
    expect(await allRows(api.pool)).toEqual(before)
  })

  test.each([DEVICES, 199, 201])('with %i, which is within one percent, is done', async (confirmAudience) => {
    const { method, url, body } = await way({ confirmAudience })
    expect((await api.call(method, url, body)).status).toBeLessThan(300)
  })
})

test.each([
  ['text', { confirmAudience: '200' }],
  ['negative', { confirmAudience: -1 }],
  ['broken', { confirmAudience: 1.5 }],
  ['too large', { confirmAudience: 1e12 }],
])('a number that is %s is refused', async (_what, body) => {
  const id = await createCampaign(api.pool)
  const { json } = await api.call('POST', `/v1/campaigns/${id}/send`, body)
  expect(json).toMatchObject({ status: 400, errors: [{ field: '/confirmAudience' }] })
})

test('few devices need no number, but one that is given must be right', async () => {
  const id = await createCampaign(api.pool, { audience: few })
  const wrong = await api.call('POST', `/v1/campaigns/${id}/send`, { confirmAudience: 3 })
  expect(wrong.json).toMatchObject({ code: 'audience_changed', audience: 2 })
  expect((await api.call('POST', `/v1/campaigns/${id}/send`)).status).toBe(200)
})

test('what changes neither time nor audience of a scheduled campaign needs no number', async () => {
  const id = await createCampaign(api.pool, { state: 'scheduled', scheduled_at: new Date(IN_AN_HOUR) })
  const url = `/v1/campaigns/${id}`
  expect((await api.call('PATCH', url, { name: 'Renamed', message: { title: 'New' } })).status).toBe(200)
  expect((await api.call('PATCH', url, { scheduledAt: null, audience: { all: true } })).status).toBe(200)
})

test('a repeat of a creation finds the campaign, whatever has become of its audience and its time', async () => {
  const guard = { above: 1, countDevices: async () => 200 }
  const campaign: NewCampaign = {
    id: randomUUIDv7(),
    projectId: 1,
    ...CAMPAIGN,
    audience: { all: true },
    unfinished: null,
    tags: [],
    guarantee: 'at_least_once',
    priority: 5,
    ratePerMinute: null,
    latestStartMinutes: 60,
    ...UNRESTRICTED,
    scheduledAt: new Date(IN_AN_HOUR),
    confirmAudience: 200,
    createdBy: null,
  }
  const made = await makeCampaign({ pool: api.pool, guard, law: LAW }, campaign)
  guard.countDevices = async () => 300
  const again = await makeCampaign({ pool: api.pool, guard, law: LAW }, campaign)
  expect(again).toMatchObject({ id: made.id, version: made.version, state: 'scheduled' })
})

test('the audience cannot be counted in time: nothing is sent, and it says what to do', async () => {
  const id = await createCampaign(api.pool)
  const before = await allRows(api.pool)
  const blocker = await api.pool.connect()
  let tooSlow: unknown
  try {
    await blocker.query('BEGIN; LOCK TABLE devices IN ACCESS EXCLUSIVE MODE')
    tooSlow = await countDevices(api.pool, 1, { all: true }, 100).catch((error: unknown) => error)
  } finally {
    await blocker.query('ROLLBACK')
    blocker.release()
  }
  const guard = { above: 50, countDevices: () => Promise.reject(tooSlow) }
  const action = { pool: api.pool, queue: api.queue, log, watermark: 1, guard }
  for (const confirmAudience of [undefined, DEVICES]) {
    const sending = sendCampaign(action, id, { version: 1, confirmAudience, by: null })
    await expect(sending).rejects.toMatchObject({
      code: 'count_too_slow',
      message: expect.stringContaining('CONFIRM_AUDIENCE_ABOVE=unlimited'),
    })
  }
  expect(await allRows(api.pool)).toEqual(before)
  // Where nobody is asked, nothing is counted.
  const unasked = { ...action, guard: { ...guard, above: Number.POSITIVE_INFINITY } }
  expect(await sendCampaign(unasked, id, { version: 1, by: null })).toMatchObject({ state: 'sending' })
})

test.each([
  ['POST', '/send', undefined],
  ['PATCH', '', { scheduledAt: IN_AN_HOUR }],
] as const)('an edit while the audience is counted, %s…%s: nothing is sent', async (method, path, body) => {
  const id = await createCampaign(api.pool, { audience: few })
  const blocker = await api.pool.connect()
  try {
    await blocker.query('BEGIN; LOCK TABLE devices IN ACCESS EXCLUSIVE MODE')
    const sending = api.call(method, `/v1/campaigns/${id}${path}`, body, { version: 1 })
    await until(async () => (await api.pool.query(WAITING)).rows.length > 0, { what: 'it is counted' })
    const edited = await api.call('PATCH', `/v1/campaigns/${id}`, { audience: { all: true } }, { version: 1 })
    expect(edited.status).toBe(200)
    await blocker.query('ROLLBACK')
    expect((await sending).json).toMatchObject({
      status: 412,
      current: { state: 'draft', audience: { all: true } },
    })
  } finally {
    await blocker.query('ROLLBACK')
    blocker.release()
  }
})
const WAITING = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`

describe('CONFIRM_AUDIENCE_ABOVE', () => {
  test.each([
    ['0 asks for every number', 0, 1, 428],
    ['a number asks above it', 2, 2, 200],
    ['unlimited never asks', 'unlimited', 3, 200],
  ])('%s', async (_what, above, devices, status) => {
    const other = await startApp({ CONFIRM_AUDIENCE_ABOVE: above })
    await createDevices(other.pool, devices)
    const id = await createCampaign(other.pool)
    expect((await other.call('POST', `/v1/campaigns/${id}/send`)).status).toBe(status)
  })
})

test.each([
  [200, 201, true],
  [200, 202, true],
  [200, 203, false],
  [200, 198, true],
  [200, 197, false],
  [51_805, 2, false],
  [2, 51_805, false],
  [1, 2, false],
  [0, 0, true],
  [0, 1, false],
])('%i confirmed, %i now', (confirmed, now, isFine) => {
  const check = () => checkConfirmed(now, confirmed, 1_000)
  if (isFine) expect(check).not.toThrow()
  else expect(check).toThrow()
})
