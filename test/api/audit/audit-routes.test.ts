/** The audit log as it is read: what it says of a send, filters, pages, the CSV, and who may read it. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { checkChain } from '../../../src/audit/check-chain.ts'
import { startDueCampaigns } from '../../../src/campaigns/start-due-campaigns.ts'
import { completeCancel } from '../../../src/campaigns/undo-cancel.ts'
import { ROLES } from '../../../src/domain/permissions.ts'
import { createLogger } from '../../../src/process/logger.ts'
import { createCampaign, createDevices } from '../../support/factories.ts'
import { until } from '../../support/until.ts'
import { addUser, openBrowser, PASSWORD, signIn } from '../browser.ts'
import { CAMPAIGN, startApp, type TestApp } from '../start-app.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

async function eventsOf(api: TestApp, query = '') {
  const { status, json } = await api.call('GET', `/v1/audit-events?${query}`)
  expect(status).toBe(200)
  return json.data
}

describe('who sent this, to how many, and what did they see', () => {
  test('is said by the event of the send', async () => {
    const api = await startApp({ CONFIRM_AUDIENCE_ABOVE: 1 })
    await createDevices(api.pool, 3)
    const { json: draft } = await api.call('POST', '/v1/campaigns', CAMPAIGN, { as: 'operator' })
    const url = `/v1/campaigns/${draft.id}`
    const { json: edited } = await api.call(
      'PATCH',
      url,
      { message: { title: 'Sale', body: 'Today' } },
      { as: 'operator' },
    )
    const sent = await api.call('POST', `${url}/send`, { confirmAudience: 3 }, { as: 'operator' })
    expect(sent.status).toBe(200)

    const [send, edit, create] = await eventsOf(api, `subjectKind=campaign&subject=${draft.id}`)
    expect([create.deed, edit.deed, send.deed]).toEqual([
      'campaign.created',
      'campaign.edited',
      'campaign.sent',
    ])
    expect(send).toMatchObject({
      actor: { kind: 'api_key', name: 'operator' },
      subject: { kind: 'campaign', id: draft.id, name: CAMPAIGN.name },
      address: '127.0.0.1',
      requestId: sent.headers['x-request-id'],
      detail: {
        seenVersion: edited.version,
        devices: 3,
        confirmedDevices: 3,
        audience: { kind: 'all' },
        messageHash: edited.messageHash,
      },
    })
    expect(edit.detail).toMatchObject({
      fields: ['message'],
      before: { messageHash: draft.messageHash },
      messageHash: edited.messageHash,
    })
    expect(sent.json).toMatchObject({ sentByName: 'operator', changedByName: 'operator' })
  })

  test('also of what was scheduled: who did that, and that its time has come, or was missed', async () => {
    const api = await startApp()
    await createDevices(api.pool, 1)
    const scheduledAt = new Date(Date.now() + 3_600_000).toISOString()
    const ids: string[] = []
    for (let i = 0; i < 2; i++) {
      const { json } = await api.call(
        'POST',
        '/v1/campaigns',
        { ...CAMPAIGN, scheduledAt },
        { as: 'operator' },
      )
      ids.push(json.id)
    }
    await api.pool.query(`UPDATE campaigns SET scheduled_at = now() - interval '1 s' WHERE id = $1`, [ids[0]])
    await api.pool.query(`UPDATE campaigns SET scheduled_at = now() - interval '1 day' WHERE id = $1`, [
      ids[1],
    ])
    await startDueCampaigns({
      pool: api.pool,
      queue: api.queue,
      watermark: 10,
      log: createLogger('test', 'silent'),
    })
    const [started] = await eventsOf(api, `subject=${ids[0]}`)
    expect(started).toMatchObject({
      deed: 'campaign.started',
      actor: { kind: 'process', id: null },
      detail: {
        scheduledByName: 'operator',
        audience: { kind: 'all' },
        messageHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    })
    const [missed, scheduled] = await eventsOf(api, `subject=${ids[1]}`)
    expect([missed.deed, missed.actor.kind]).toEqual(['campaign.missed', 'process'])
    expect(scheduled).toMatchObject({
      deed: 'campaign.scheduled',
      actor: { name: 'operator' },
      detail: { scheduledAt },
    })
  })

  test('a start or a miss whose event cannot be written does not happen', async () => {
    const api = await startApp()
    for (const ago of ['1 s', '1 day']) {
      const id = await createCampaign(api.pool, { state: 'scheduled', scheduled_at: new Date() })
      await api.pool.query(`UPDATE campaigns SET scheduled_at = now() - $2::interval WHERE id = $1`, [
        id,
        ago,
      ])
    }
    const canceled = await createCampaign(api.pool, { state: 'paused', cancel_at: new Date(0) })
    await api.pool.query(`
      CREATE FUNCTION refuse_events() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no event today'; END $$;
      CREATE TRIGGER refuse_events BEFORE INSERT ON audit_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_events()`)
    const deps = { pool: api.pool, queue: api.queue, watermark: 10, log: createLogger('test', 'silent') }
    await expect(startDueCampaigns(deps)).rejects.toThrow('no event today')
    await expect(completeCancel(deps, canceled)).rejects.toThrow('no event today')
    const { rows } = await api.pool.query('SELECT state FROM campaigns ORDER BY id')
    expect(rows.map(({ state }) => state)).toEqual(['scheduled', 'scheduled', 'paused'])
  })
})

test('the log is filtered by actor, deed, subject and time, and by the id of a member who is named nowhere', async () => {
  const api = await startApp()
  await createDevices(api.pool, 2)
  await api.call('PATCH', '/v1/members/m1', { optedOut: true }, { as: 'operator' })
  await api.call('DELETE', '/v1/members/m1')
  const before = new Date().toISOString()
  await api.call('PATCH', '/v1/members/m2', { locale: 'ko' }, { as: 'operator' })

  const ofMember = await eventsOf(api, 'member=m1')
  expect(ofMember.map(({ deed }: { deed: string }) => deed)).toEqual(['member.erased', 'member.changed'])
  expect(ofMember[1].subject).toEqual({ kind: 'member', id: sha256('m1'), name: null })
  expect(ofMember[1].detail).toEqual({
    fields: ['optedOut'],
    stateBefore: expect.any(String),
    stateAfter: expect.any(String),
  })
  expect(ofMember[1].detail.stateAfter).not.toBe(ofMember[1].detail.stateBefore)
  const { actor } = ofMember[1]
  expect(await eventsOf(api, `actor=${actor.id}&deed=member.changed`)).toHaveLength(2)
  expect(await eventsOf(api, `actor=${actor.id}&from=${before}`)).toHaveLength(1)
  expect(await eventsOf(api, `actor=${actor.id}&to=${before}`)).toHaveLength(1)
  expect(await eventsOf(api, 'deed=member.erased&actorKind=user')).toEqual([])
  const refused = await api.call('GET', '/v1/audit-events?deed=everything')
  expect(refused.json).toMatchObject({ status: 400, code: 'invalid_request' })
})

test('an id that is no member is taken out of audiences with an event, and an erasure of nothing has none', async () => {
  const api = await startApp()
  await createCampaign(api.pool, { audience: { externalIds: ['left-over'] } })
  const { json } = await api.call('DELETE', '/v1/members/left-over')
  expect(json).toEqual({ devices: 0, campaigns: 1 })
  const [event, ...more] = await eventsOf(api, 'member=left-over')
  expect(event).toMatchObject({
    deed: 'member.taken_out',
    actor: { name: 'admin' },
    detail: { campaigns: 1 },
  })
  expect(more).toEqual([])
  expect((await api.call('DELETE', '/v1/members/left-over')).status).toBe(404)
  expect(await eventsOf(api, 'member=left-over')).toHaveLength(1)
})

test('pages go on where the last one ended, whatever is written meanwhile', async () => {
  const api = await startApp()
  for (let i = 0; i < 5; i++) await api.call('POST', '/v1/campaigns', { name: `${i}` })
  const seen: number[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const more: string = cursor === '' ? '' : `&cursor=${cursor}`
    const { json } = await api.call('GET', `/v1/audit-events?deed=campaign.created&limit=2${more}`)
    seen.push(...json.data.map(({ seq }: { seq: number }) => seq))
    cursor = json.nextCursor
    if (seen.length < 6) await api.call('POST', '/v1/campaigns', { name: 'meanwhile' })
  }
  expect(seen).toHaveLength(5)
  expect(seen).toEqual(seen.toSorted((a, b) => b - a))
  const { json } = await api.call('GET', '/v1/audit-events?limit=1')
  const other = await api.call('GET', `/v1/audit-events?deed=campaign.sent&cursor=${json.nextCursor}`)
  expect(other.json.code).toBe('invalid_cursor')
})

test('the CSV has all of it, and no cell that a spreadsheet would run', async () => {
  const api = await startApp()
  await api.call('POST', '/v1/users', { name: '=cmd|calc', role: 'viewer', password: PASSWORD })
  const sheet = await api.call('GET', '/v1/audit-events.csv?deed=user.created&escape=spreadsheet')
  const [head, row = ''] = sheet.text.split('\r\n')
  expect(head).toBe(
    'seq,at,actorKind,actorId,actorName,deed,subjectKind,subjectId,subjectName,detail,address,requestId,previousHash,hash',
  )
  expect(row).toContain(",'=cmd|calc,")
  expect(row).not.toContain(',=cmd')
  const raw = await api.call('GET', '/v1/audit-events.csv?escape=none')
  expect(raw.text.trimEnd().split('\r\n')).toHaveLength(1 + (await checkChain(api.pool)).events)
})

test('an auditor may read it', async () => {
  const api = await startApp()
  for (const url of ['/v1/audit-events', '/v1/audit-events.csv']) {
    expect((await api.call('GET', url, undefined, { as: 'auditor' })).status).toBe(200)
  }
})

const OTHERS = ROLES.filter((role) => role !== 'admin' && role !== 'auditor')
test.each(OTHERS)('a %s may not read it', async (as) => {
  const api = await startApp()
  for (const url of ['/v1/audit-events', '/v1/audit-events.csv']) {
    const { json } = await api.call('GET', url, undefined, { as })
    expect(json).toMatchObject({ status: 403, code: 'missing_permission' })
  }
})

describe('a sign-in that is refused', () => {
  test('is noted with whose name it was, not with what was typed, and not without end', async () => {
    const api = await startApp()
    const { id } = await addUser(api.prisma, 'ada')
    const attempt = async (name: string) => {
      const given = { name, password: 'not the right one' }
      expect((await openBrowser(api.app).call('POST', '/v1/session', given)).statusCode).toBeGreaterThan(400)
    }
    const refused = async () => await eventsOf(api, 'deed=session.refused')
    // No more than the throttle lets through.
    for (let i = 0; i < 8; i++) await attempt('ada')
    for (let i = 0; i < 12; i++) await attempt(`typed-by-mistake-${i}`)
    await until(async () => (await refused()).length === 18, { what: '8 and 10 are noted' })
    const events = await refused()
    expect(events.filter((each: { subject: { id: string } }) => each.subject.id === id)).toHaveLength(8)
    expect(events.at(-1)).toMatchObject({
      actor: { kind: 'process' },
      subject: { kind: 'user', id, name: 'ada' },
      address: '127.0.0.1',
      detail: { why: 'wrong_password' },
    })
    expect(events[0]).toMatchObject({
      subject: { id: null },
      detail: { why: 'unknown_name', nextAreNotNotedForAnHour: true },
    })
    expect(JSON.stringify(events)).not.toMatch(/typed-by-mistake|not the right/)
  })
  test('is noted for a wrong code, and for what was wrong in an open session', async () => {
    const api = await startApp()
    await addUser(api.prisma, 'ada')
    const browser = await signIn(api.app, { name: 'ada' })
    await browser.call('POST', '/v1/session/second-factor')
    await browser.call('POST', '/v1/session/second-factor/confirm', { code: 'wrong1' })
    await browser.call('POST', '/v1/session/confirm', { password: 'not the right one' })
    await browser.call('POST', '/v1/session/confirm', { code: 'wrong2' })
    await api.pool.query(`UPDATE users SET totp_on_at = now(), totp_step = 1 WHERE name = 'ada'`)
    const given = { name: 'ada', password: PASSWORD, code: 'wrong3' }
    expect((await openBrowser(api.app).call('POST', '/v1/session', given)).statusCode).toBe(401)
    const refused = async () => await eventsOf(api, 'deed=session.refused')
    await until(async () => (await refused()).length === 4, { what: 'all four are noted' })
    const events: { subject: { name: string }; detail: { why: string } }[] = await refused()
    expect(events.map(({ subject, detail }) => [subject.name, detail.why])).toEqual([
      ['ada', 'wrong_code'],
      ['ada', 'wrong_own_code'],
      ['ada', 'wrong_own_password'],
      ['ada', 'wrong_own_code'],
    ])
    expect(JSON.stringify(events)).not.toMatch(/wrong[123]|not the right/)
  })
})
