/** PATCH of a paused campaign, the versions of its message, and resending with a corrected one. */
import { describe, expect, test } from 'vitest'
import type { CampaignMessage } from '../../../src/domain/message.ts'
import { collapseIdOf } from '../../../src/push/push-message.ts'
import { attemptWith } from '../../support/attempt-with.ts'
import {
  type CampaignColumns,
  createBatches,
  createCampaign,
  createDevices,
} from '../../support/factories.ts'
import { fakeSender } from '../../support/fake-sender.ts'
import { allRows, startApp } from '../start-app.ts'

const OLD = { title: 'Hello', body: 'World' }
const NEW: CampaignMessage = { title: 'Corrected', body: 'Now right', data: { screen: 'sale' } }

async function paused(columns: CampaignColumns = {}, devices = 2) {
  const { call, pool, ...app } = await startApp()
  const { deviceIds } = await createDevices(pool, devices)
  const id = await createCampaign(pool, { state: 'paused', pause_reason: 'by_operator', ...columns })
  await createBatches(pool, id, deviceIds)
  return { ...app, call, pool, id, url: `/v1/campaigns/${id}`, deviceIds }
}

describe('PATCH /v1/campaigns/{id} of a paused campaign', () => {
  test('corrects the message, keeps the one before, and says who did it', async () => {
    const { call, url } = await paused()
    const before = await call('GET', `${url}/messages`, undefined, { as: 'viewer' })
    expect(before.json.data).toMatchObject([{ version: 1, message: OLD, createdByName: null }])
    const answer = await call('PATCH', url, { message: NEW }, { as: 'operator' })
    expect(answer.status).toBe(200)
    expect(answer.json).toMatchObject({ state: 'paused', message: NEW, messageVersion: 2, version: 2 })
    expect(answer.headers.etag).toMatch(/^"2-/)
    const { json } = await call('GET', `${url}/messages`)
    expect(json.data).toMatchObject([
      { version: 1, message: OLD },
      { version: 2, message: NEW, createdByName: 'operator' },
    ])
    await call('PATCH', url, { message: OLD })
    const again = await call('GET', `${url}/messages`)
    expect(again.json.data.map((each: { version: number }) => each.version)).toEqual([1, 2, 3])
  })

  test('of a message that FCM refuses lets it be resumed; before, resuming is refused and says what to do', async () => {
    const { call, url, pool } = await paused({
      pause_reason: 'message_refused',
      pause_detail: 'FCM said: “no”',
    })
    const before = await allRows(pool)
    const refused = await call('POST', `${url}/resume`)
    expect(refused).toMatchObject({ status: 409, json: { code: 'message_needs_correction' } })
    expect(refused.json.detail).toContain(`PATCH ${url}`)
    expect(await allRows(pool)).toEqual(before)
    const corrected = await call('PATCH', url, { message: NEW })
    expect(corrected.json).toMatchObject({ state: 'paused', pauseReason: 'message_corrected' })
    expect(corrected.json.pauseDetail).toContain('version 2')
    expect((await call('POST', `${url}/resume`)).json).toMatchObject({ state: 'sending', pauseReason: null })
  })

  test('again says which version it has now', async () => {
    const { call, url } = await paused({ pause_reason: 'message_refused' })
    await call('PATCH', url, { message: NEW })
    const { json } = await call('PATCH', url, { message: { ...NEW, title: 'Better' } })
    expect(json).toMatchObject({ pauseReason: 'message_corrected', messageVersion: 3 })
    expect(json.pauseDetail).toContain('version 3')
  })

  test('does not make another reason go away', async () => {
    const { call, url } = await paused({ pause_reason: 'credential_refused', pause_detail: 'The key.' })
    const { json } = await call('PATCH', url, { message: NEW })
    expect(json).toMatchObject({ pauseReason: 'credential_refused', pauseDetail: 'The key.' })
  })

  test('with the message that it has changes nothing, and does not let it be resumed', async () => {
    const { call, url, pool } = await paused({ pause_reason: 'message_refused' })
    const before = await allRows(pool)
    const { status, json } = await call('PATCH', url, { message: OLD })
    expect([status, json.messageVersion]).toEqual([200, 1])
    expect(await allRows(pool)).toEqual(before)
    expect((await call('POST', `${url}/resume`)).status).toBe(409)
  })

  test('of two people at once lets one through, and tells the other what has changed', async () => {
    const { call, url } = await paused()
    const { etag = '' } = (await call('GET', url)).headers
    const change = (title: string) =>
      call('PATCH', url, { message: { ...NEW, title } }, { headers: { 'if-match': etag } })
    const answers = await Promise.all([change('Ada'), change('Bob')])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412])
    const loser = answers.find(({ status }) => status === 412)
    expect(loser?.json).toMatchObject({ code: 'version_conflict' })
    expect(loser?.json.detail).toContain(`Its message is version 2: GET ${url}/messages`)
    expect((await call('GET', `${url}/messages`)).json.data).toHaveLength(2)
  })

  test.each([
    ['anything else', { message: NEW, name: 'x' }],
    ['the audience', { audience: { all: true } }],
    ['the time', { scheduledAt: null }],
  ])('refuses to change %s', async (_, body) => {
    const { call, url, pool } = await paused()
    const before = await allRows(pool)
    const { status, json } = await call('PATCH', url, body)
    expect([status, json.code]).toEqual([409, 'campaign_not_editable'])
    expect(json.detail).toContain('only its message can be corrected')
    expect(await allRows(pool)).toEqual(before)
  })

  test('refuses what FCM would refuse, with the field, as when it is created', async () => {
    const { call, url } = await paused()
    const { status, json } = await call('PATCH', url, { message: { ...NEW, link: 'http://x.example' } })
    expect([status, json.code]).toEqual([400, 'invalid_message'])
    expect(json.errors[0].field).toBe('/message/link')
  })

  test.each([
    ['sending', 'Pause it'],
    ['finished', 'resend with "message"'],
    ['canceled', 'resend with "message"'],
  ] as const)('refuses it for one that is %s', async (state, words) => {
    const { call, url } = await paused({ state, pause_reason: null })
    const { status, json } = await call('PATCH', url, { message: NEW })
    expect([status, json.code]).toEqual([409, 'campaign_not_editable'])
    expect(json.detail).toContain(words)
  })

  test('of a draft makes no version: nobody was sent the text before', async () => {
    const { call, url, pool } = await paused({ state: 'draft', pause_reason: null })
    expect((await call('PATCH', url, { message: NEW })).json).toMatchObject({
      message: NEW,
      messageVersion: 1,
    })
    expect((await pool.query('SELECT FROM campaign_messages')).rowCount).toBe(0)
  })

  test('is refused to a viewer, for a campaign that is not there, and after too many', async () => {
    const { call, url, id, pool } = await paused({ message_version: 100 })
    expect((await call('PATCH', url, { message: NEW }, { as: 'viewer' })).status).toBe(403)
    expect((await call('PATCH', url, { message: NEW })).json).toMatchObject({ code: 'campaign_not_editable' })
    await pool.query('DELETE FROM campaigns')
    expect((await call('PATCH', url, { message: NEW })).json).toMatchObject({ code: 'campaign_not_found' })
    expect((await call('GET', `/v1/campaigns/${id}/messages`)).json).toMatchObject({
      code: 'campaign_not_found',
    })
  })
})

describe('POST /v1/campaigns/{id}/resend with a message', () => {
  async function closed(
    failed: readonly (readonly [code: number, version: number | null])[],
    columns: CampaignColumns = {},
  ) {
    const { call, pool } = await startApp()
    const { deviceIds } = await createDevices(pool, failed.length + 1)
    const id = await createCampaign(pool, { state: 'finished', closed_at: new Date(), ...columns })
    await createBatches(pool, id, deviceIds, { state: 'done', sent: 1, failed: failed.length })
    await pool.query(
      `INSERT INTO deliveries (campaign_id, device_id, state, code, attempt, message_version)
       SELECT $1, d, CASE WHEN c = 0 THEN 1 ELSE 2 END, c, 1, v FROM unnest($2::bigint[], $3::int[], $4::int[]) AS r (d, c, v)`,
      [id, deviceIds, [...failed.map(([code]) => code), 0], [...failed.map(([, version]) => version), null]],
    )
    return { call, pool, id, url: `/v1/campaigns/${id}/resend` }
  }

  test('sends the corrected one to exactly the failed, which replaces the first on their screens', async () => {
    const { call, pool, id, url } = await closed([[4, null]])
    const made = await call('POST', url, { only: 'failed', message: NEW }, { as: 'operator' })
    expect(made.status).toBe(201)
    expect(made.json).toMatchObject({ message: NEW, messageVersion: 1, resendOf: id })
    expect((await call('GET', `/v1/campaigns/${id}`)).json.message).toEqual(OLD)
    // Its plan, as the planner makes it.
    const sent: unknown[] = []
    const { rows } = await pool.query('SELECT id FROM devices ORDER BY id LIMIT 1')
    await createBatches(pool, made.json.id, [rows[0].id])
    await attemptWith(pool, made.json.id, () => ({ kind: 'sent', messageId: '1' }), {
      sender: fakeSender(async ({ message, addresses }, { report }) => {
        sent.push([message.content.title, message.collapseId, addresses.map((to) => to.address)])
        report(0, { kind: 'sent', messageId: '1' })
      }),
    })
    expect(sent).toEqual([['Corrected', collapseIdOf(id), ['token-m1-1']]])
  })

  test('is refused unchanged when FCM refused nothing but the message', async () => {
    // Removed apps are out of reach anyway.
    const { call, pool, url } = await closed([
      [4, null],
      [1, null],
    ])
    const before = await allRows(pool)
    for (const body of [{ only: 'failed' }, { only: 'failed', message: OLD }]) {
      const { status, json } = await call('POST', url, body)
      expect([status, json.code]).toEqual([409, 'message_needs_correction'])
      expect(json.detail).toContain('Resend with "message"')
    }
    expect(await allRows(pool)).toEqual(before)
  })

  test.each([
    [
      'others failed for other reasons',
      [
        [4, null],
        [8, null],
      ],
      {},
      {},
    ],
    ['those that failed had an earlier version', [[4, null]], { message_version: 2 }, {}],
    // They are active again, and named: the message was never refused.
    ['all that failed had removed the app, and are back', [[1, null]], {}, { codes: ['unregistered'] }],
    [
      'others of those that are named failed for other reasons',
      [
        [4, null],
        [8, null],
      ],
      {},
      { codes: ['invalid_payload', 'unavailable'] },
    ],
  ] as const)('needs no correction when %s', async (_, failed, columns, named) => {
    const { call, url } = await closed(failed, columns)
    expect((await call('POST', url, { only: 'failed', ...named })).status).toBe(201)
  })

  test('is refused unchanged when of those that are named FCM refused nothing but the message', async () => {
    const { call, url } = await closed([
      [4, null],
      [8, null],
    ])
    const { json } = await call('POST', url, { only: 'failed', codes: ['invalid_payload'] })
    expect(json).toMatchObject({ code: 'message_needs_correction' })
  })

  /** Paused because of its message, and canceled: nobody has got it, and more are left than have failed. */
  async function canceledAfter(refused: number, sent: number) {
    const { call, pool } = await startApp()
    const { deviceIds } = await createDevices(pool, refused + sent + 5)
    const id = await createCampaign(pool, { state: 'canceled', closed_at: new Date() })
    await createBatches(pool, id, deviceIds, { state: 'canceled', failed: refused, sent, canceled: 5 })
    await pool.query(
      `INSERT INTO deliveries (campaign_id, device_id, state, code, attempt)
       SELECT $1, d, CASE WHEN n <= $3 THEN 2 ELSE 1 END, CASE WHEN n <= $3 THEN 4 ELSE 0 END, 1
       FROM unnest($2::bigint[]) WITH ORDINALITY AS r (d, n) WHERE n <= $3 + $4`,
      [id, deviceIds, refused, sent],
    )
    const url = `/v1/campaigns/${id}/resend`
    return {
      call,
      again: (message?: object) => call('POST', url, { only: 'canceled', ...(message && { message }) }),
    }
  }

  test('is refused unchanged for the canceled too, if FCM refused it for all it was sent to', async () => {
    const { again } = await canceledAfter(20, 0)
    for (const message of [undefined, OLD]) {
      expect((await again(message)).json).toMatchObject({ code: 'message_needs_correction' })
    }
    expect((await again(NEW)).json).toMatchObject({ state: 'sending', message: NEW })
  })

  test.each([
    ['some have got it', 20, 1],
    ['too few have failed to tell', 19, 0],
  ])('goes to the canceled unchanged when %s', async (_, refused, sent) => {
    const { again } = await canceledAfter(refused, sent)
    expect((await again()).status).toBe(201)
  })

  test('is checked as any message', async () => {
    const { call, url } = await closed([[8, null]])
    const { status, json } = await call('POST', url, {
      only: 'failed',
      message: { ...NEW, imageUrl: 'ftp://x' },
    })
    expect([status, json.code]).toEqual([400, 'invalid_message'])
  })
})

test('GET …/deliveries.csv and the history of a device say which version it was sent', async () => {
  const { call, pool, url, id, deviceIds } = await paused({ state: 'finished', message_version: 2 })
  const insert = (device: number | undefined, version: number | null) =>
    pool.query(
      `INSERT INTO deliveries (campaign_id, device_id, state, code, attempt, message_version) VALUES ($1, $2, 1, 0, 1, $3)`,
      [id, device, version],
    )
  await insert(deviceIds[0], null)
  await insert(deviceIds[1], 2)
  const { text } = await call('GET', `${url}/deliveries.csv`)
  const [head = '', ...lines] = text
    .trim()
    .split('\r\n')
    .map((line) => line.split(','))
  const column = (head as string[]).indexOf('messageVersion')
  expect(lines.map((line) => line[column])).toEqual(['1', '2'])
  const history = await call('GET', `${url}/devices/${deviceIds[1]}/attempts`)
  expect(history.json.data).toMatchObject([{ messageVersion: 2 }])
  const ofMember = await call('GET', '/v1/members/m1/deliveries')
  expect(ofMember.json.data).toMatchObject([{ messageVersion: 1 }])
  const named = await call('GET', `${url}/deliveries?member=m2`)
  expect(named.json.data).toMatchObject([{ messageVersion: 2 }])
})
