import { expect, test } from 'vitest'
import { createCampaign } from '../../support/factories.ts'
import { CAMPAIGN, startApp } from '../start-app.ts'

test.each([
  ['a part of the name, whatever its letters', 'SALE', ['Winter sale', 'Sale of 50%', 'Pre-Sale']],
  ['letters beyond ASCII', 'ÄPFEL', ['Äpfel & Birnen']],
  ['a percent sign as itself', '50%', ['Sale of 50%']],
  ['an underscore as itself', '_', ['a_b']],
  ['nothing', 'nobody', []],
])('campaigns are found by %s', async (_what, search, names) => {
  const api = await startApp()
  for (const name of ['Winter sale', 'Sale of 50%', 'Spring', 'Pre-Sale', 'Äpfel & Birnen', 'a_b']) {
    await createCampaign(api.pool, { name })
  }
  const { json } = await api.call('GET', `/v1/campaigns?search=${encodeURIComponent(search)}`)
  expect(json.data.map(({ name }: { name: string }) => name)).toEqual(names.toReversed())
})

test('a search goes on over its pages, together with a state', async () => {
  const api = await startApp()
  for (let n = 0; n < 7; n += 1) {
    await createCampaign(api.pool, { name: `sale ${n}`, state: n % 2 ? 'paused' : 'draft' })
    await createCampaign(api.pool, { name: `other ${n}`, state: 'draft' })
  }
  const first = await api.call('GET', '/v1/campaigns?search=sale&state=draft&limit=3')
  const { nextCursor } = first.json
  const rest = await api.call('GET', `/v1/campaigns?search=sale&state=draft&limit=3&cursor=${nextCursor}`)
  const names = [...first.json.data, ...rest.json.data].map(({ name }) => name)
  expect(names).toEqual(['sale 6', 'sale 4', 'sale 2', 'sale 0'])
  const other = await api.call('GET', `/v1/campaigns?search=other&state=draft&cursor=${nextCursor}`)
  expect(other.json).toMatchObject({ status: 400, code: 'invalid_cursor' })
})

test('a campaign says who made it', async () => {
  const api = await startApp()
  const { json: made } = await api.call('POST', '/v1/campaigns', CAMPAIGN, { as: 'operator' })
  expect(made.createdByName).toBe('operator')
  const nobodys = await createCampaign(api.pool)
  expect((await api.call('GET', `/v1/campaigns/${nobodys}`)).json).toMatchObject({
    createdBy: null,
    createdByName: null,
  })
})
