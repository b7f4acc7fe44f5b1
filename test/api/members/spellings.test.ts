/** A registration takes ids and addresses in spellings that people cannot tell apart; so does whatever names them later. */
import { expect, test } from 'vitest'
import { createCampaign } from '../../support/factories.ts'
import { startApp } from '../start-app.ts'

const ID = '김\u00e9'
/** Decomposed, with a zero-width space, a no-break space and a blank at the end. */
const SPELLED = `${ID.normalize('NFD')}\u200b\u00a0 `
const url = (path: string) => `/v1/${path.replace('ID', encodeURIComponent(SPELLED))}`

test('a member is found, opted out and erased under the spelling that registered it', async () => {
  const api = await startApp()
  const campaign = await createCampaign(api.pool, { state: 'sending' })
  await api.call('PUT', '/v1/devices/a-token-1234', { externalId: SPELLED, platform: 'ios' })
  expect((await api.call('GET', url('members/ID'))).json).toMatchObject({ externalId: ID })
  expect((await api.call('GET', url('members?search=ID'))).json.data).toMatchObject([{ externalId: ID }])
  expect((await api.call('PATCH', url('members/ID'), { optedOut: true })).json).toMatchObject({
    externalId: ID,
    optedOut: true,
  })
  expect((await api.call('GET', url('members/ID/deliveries'))).status).toBe(200)
  await api.pool.query(
    `INSERT INTO deliveries (campaign_id, device_id, state, code, attempt) SELECT $1, id, 1, 0, 1 FROM devices`,
    [campaign],
  )
  for (const filter of ['member=ID', 'address=a-token-1234%E2%80%8B%20']) {
    const { json } = await api.call('GET', url(`campaigns/${campaign}/deliveries?${filter}`))
    expect(json.data).toMatchObject([{ externalId: ID }])
    const csv = await api.call('GET', url(`campaigns/${campaign}/deliveries.csv?${filter}`))
    expect(csv.text.trimEnd().split('\r\n')).toHaveLength(2)
  }
  const tested = await api.call('POST', `/v1/campaigns/${campaign}/test`, { externalIds: [SPELLED] })
  expect(tested.json.data).toMatchObject([{ externalId: ID, outcome: 'skipped', code: 'opted_out' }])
  expect((await api.call('DELETE', '/v1/devices/%20a-token-1234%E2%80%8B')).status).toBe(204)
  expect((await api.call('DELETE', url('members/ID'))).status).toBe(200)
})
