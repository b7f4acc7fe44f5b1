import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { renewWindow } from '../../../src/campaigns/campaign-viewers.ts'
import type { Role } from '../../../src/domain/permissions.ts'
import { createCampaign } from '../../support/factories.ts'
import { startApp, type TestApp } from '../start-app.ts'

async function setup() {
  const api = await startApp()
  const id = await createCampaign(api.pool)
  return { api, id, url: `/v1/campaigns/${id}/presence` }
}

const renew = (api: TestApp, url: string, as: Role, windowId: string, isEditing = false) =>
  api.call('PUT', url, { windowId, isEditing }, { as })

/** As if the rows had been renewed so long ago. */
const age = (api: TestApp, seconds: number, windowId: string) =>
  api.pool.query(
    'UPDATE campaign_viewers SET seen_at = now() - make_interval(secs => $1) WHERE window_id = $2',
    [seconds, windowId],
  )

test('each window sees the others: who, since when, whether they edit, whether it is oneself', async () => {
  const { api, url } = await setup()
  const [mine, second, theirs] = [randomUUID(), randomUUID(), randomUUID()]
  expect((await renew(api, url, 'viewer', mine)).json).toEqual({ others: [] })
  await renew(api, url, 'viewer', second)
  const { json } = await renew(api, url, 'operator', theirs, true)
  expect(json.others).toEqual([
    { name: 'viewer', isEditing: false, openedAt: expect.stringMatching(/Z$/), isYou: false },
    { name: 'viewer', isEditing: false, openedAt: expect.any(String), isYou: false },
  ])
  const { json: now } = await renew(api, url, 'viewer', mine)
  expect(now.others).toMatchObject([
    { name: 'viewer', isYou: true },
    { name: 'operator', isEditing: true, isYou: false },
  ])
  await renew(api, url, 'operator', theirs, false)
  expect((await renew(api, url, 'viewer', mine)).json.others[1]).toMatchObject({ isEditing: false })
})

test('a window that is closed, or silent for 25 s, is not shown; after 60 s its row is gone, the own one is not', async () => {
  const { api, url } = await setup()
  const [mine, closed, silent, old] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()]
  for (const windowId of [closed, silent, old]) await renew(api, url, 'operator', windowId)
  const { json: before } = await renew(api, url, 'viewer', mine)
  expect(before.others).toHaveLength(3)
  expect((await api.call('DELETE', `${url}/${closed}`, undefined, { as: 'operator' })).status).toBe(204)
  await age(api, 26, silent)
  await age(api, 61, old)
  await age(api, 3_600, mine)
  expect((await renew(api, url, 'viewer', mine)).json.others).toEqual([])
  const { rows } = await api.pool.query('SELECT window_id FROM campaign_viewers')
  expect(rows.map(({ window_id }) => window_id).sort()).toEqual([mine, silent].sort())
})

test("nobody closes or takes over another one's window", async () => {
  const { api, url } = await setup()
  const windowId = randomUUID()
  await renew(api, url, 'operator', windowId, true)
  expect((await api.call('DELETE', `${url}/${windowId}`, undefined, { as: 'viewer' })).status).toBe(204)
  await renew(api, url, 'viewer', windowId)
  const { json } = await renew(api, url, 'admin', randomUUID())
  expect(json.others).toMatchObject([{ name: 'operator', isEditing: true }])
})

test('nobody fills the table: the 101st window of a campaign is not recorded, and still sees the others', async () => {
  const { api, url, id } = await setup()
  const first = randomUUID()
  await renew(api, url, 'operator', first)
  await api.pool.query(
    `INSERT INTO campaign_viewers (campaign_id, window_id, viewer_id, is_editing)
     SELECT $1, gen_random_uuid(), viewer_id, false FROM campaign_viewers, generate_series(1, 99)`,
    [id],
  )
  const count = async () =>
    (await api.pool.query('SELECT count(*)::int AS n FROM campaign_viewers')).rows[0].n
  expect((await renew(api, url, 'viewer', randomUUID())).json.others).toHaveLength(100)
  expect(await count()).toBe(100)
  await renew(api, url, 'operator', first, true)
  expect((await renew(api, url, 'viewer', randomUUID())).json.others).toContainEqual(
    expect.objectContaining({ isEditing: true }),
  )
})

test('one viewer takes ten places at most, and leaves the others to others', async () => {
  const { api, url } = await setup()
  const windows = Array.from({ length: 12 }, () => randomUUID())
  for (const windowId of windows) await renew(api, url, 'viewer', windowId)
  expect((await renew(api, url, 'operator', randomUUID())).json.others).toHaveLength(10)
  expect((await renew(api, url, 'viewer', windows[0] as string)).json.others).toContainEqual(
    expect.objectContaining({ name: 'operator' }),
  )
})

test('a campaign that is not there has no windows', async () => {
  const { api, url, id } = await setup()
  await api.pool.query('UPDATE campaigns SET deleted_at = now()')
  const { json } = await renew(api, url, 'viewer', randomUUID())
  expect(json).toMatchObject({ status: 404, code: 'campaign_not_found' })
  expect((await api.pool.query('SELECT FROM campaign_viewers')).rowCount).toBe(0)
  const bad = await api.call('PUT', `/v1/campaigns/${id}/presence`, { windowId: 'x', isEditing: true })
  expect(bad.status).toBe(400)
})

test('any number of windows renew and prune at once', async () => {
  const { api, id } = await setup()
  const windows = Array.from({ length: 30 }, () => randomUUID())
  const renewAll = () =>
    Promise.all(
      windows.map((windowId) =>
        renewWindow(api.pool, { campaignId: id, windowId, viewerId: randomUUID() }, false),
      ),
    )
  await renewAll()
  await api.pool.query(
    `UPDATE campaign_viewers SET seen_at = now() - interval '90 seconds', window_id = gen_random_uuid()`,
  )
  await renewAll()
  expect((await api.pool.query('SELECT FROM campaign_viewers')).rowCount).toBe(30)
})
