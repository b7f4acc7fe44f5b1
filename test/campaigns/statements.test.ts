/** What each call about a campaign asks PostgreSQL: only what it needs, and the campaign it returns is read once. */
import { expect, test } from 'vitest'
import { CAMPAIGN, startApp } from '../api/start-app.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'
import { recordStatements } from '../support/record-statements.ts'
import { versionOf } from '../support/seen.ts'

/** What is noted of every deed, at the end of its transaction. */
const NOTED = ['campaign-facts', 'audit-note']
const IN_AN_HOUR = new Date(Date.now() + 3_600_000)

async function setup() {
  const { call, pool } = await startApp()
  const { deviceIds } = await createDevices(pool, 2)
  const closed = await createCampaign(pool, { state: 'canceled', closed_at: new Date() })
  await createBatches(pool, closed, deviceIds, { state: 'canceled', canceled: 2 })
  const statements = recordStatements(pool)
  const statementsOf = async (method: string, url: string, body?: object) => {
    const version = await versionOf(pool, url.split('/')[3] ?? null)
    statements.length = 0
    const { status } = await call(method, url, body, { version })
    // The key ring reads a key again every few seconds.
    return [status, ...statements.filter((name) => name !== 'SELECT api_keys' && name !== 'UPDATE api_keys')]
  }
  return { pool, closed, statementsOf }
}

test('create, read, edit and delete', async () => {
  const { pool, statementsOf } = await setup()
  const id = await createCampaign(pool, { state: 'scheduled', scheduled_at: IN_AN_HOUR })
  const url = `/v1/campaigns/${id}`
  expect(await statementsOf('POST', '/v1/campaigns', CAMPAIGN)).toEqual([
    201,
    'campaign-create',
    ...NOTED,
    'read-whole-campaign',
  ])
  expect(await statementsOf('GET', url)).toEqual([200, 'read-whole-campaign'])
  expect(await statementsOf('PATCH', url, { name: 'new' })).toEqual([
    200,
    'campaign-look',
    'campaign-facts',
    'campaign-edit',
    ...NOTED,
    'read-whole-campaign',
  ])
  expect(await statementsOf('PATCH', url, { audience: { all: true } })).toEqual([
    200,
    'campaign-look',
    'SELECT devices',
    'campaign-facts',
    'campaign-edit',
    'campaign-edit-unplan',
    ...NOTED,
    'read-whole-campaign',
  ])
  expect(await statementsOf('DELETE', url)).toEqual([204, 'campaign-delete', ...NOTED])
  expect(await statementsOf('POST', `${url}/restore`)).toEqual([
    200,
    'campaign-restore',
    ...NOTED,
    'read-campaigns',
  ])
})

test('test, send, pause, resume and cancel', async () => {
  const { pool, statementsOf } = await setup()
  const url = `/v1/campaigns/${await createCampaign(pool)}`
  expect(await statementsOf('POST', `${url}/test`, { externalIds: ['nobody'] })).toEqual([
    200,
    'SELECT campaigns',
    'SELECT members',
  ])
  expect(await statementsOf('POST', `${url}/send`)).toEqual([
    200,
    'SELECT campaigns',
    'SELECT devices',
    'SELECT devices',
    'campaign-send',
    ...NOTED,
    'read-campaigns',
  ])
  expect(await statementsOf('POST', `${url}/pause`)).toEqual([
    200,
    'campaign-pause',
    'campaign-dequeue',
    ...NOTED,
    'read-campaigns',
    'campaign-in-flight',
  ])
  expect(await statementsOf('POST', `${url}/resume`)).toEqual([
    200,
    'campaign-resume',
    'ensure-partition',
    'campaign-resume-batches',
    ...NOTED,
    'read-campaigns',
  ])
  expect(await statementsOf('POST', `${url}/cancel`)).toEqual([
    200,
    'campaign-cancel',
    'campaign-cancel-fresh',
    'campaign-cancel-launched',
    'campaign-cancel-attempted',
    ...NOTED,
    'read-campaigns',
    'campaign-in-flight',
  ])
})

test('cancel for now, and keep', async () => {
  const { pool, statementsOf } = await setup()
  const url = `/v1/campaigns/${await createCampaign(pool, { state: 'sending' })}`
  expect(await statementsOf('POST', `${url}/cancel`, { undoSeconds: 60 })).toEqual([
    200,
    'campaign-begin-cancel',
    'campaign-dequeue',
    ...NOTED,
    'read-campaigns',
    'campaign-in-flight',
  ])
  expect(await statementsOf('POST', `${url}/keep`)).toEqual([
    200,
    'campaign-keep',
    'campaign-facts',
    'campaign-resume-batches',
    'audit-note',
    'read-campaigns',
  ])
})

test('resend', async () => {
  const { closed, statementsOf } = await setup()
  expect(await statementsOf('POST', `/v1/campaigns/${closed}/resend`, { only: 'canceled' })).toEqual([
    201,
    'keep-partition',
    'resend-lock',
    'resend-repeated',
    'resend-remains-canceled',
    'resend-earlier',
    'SELECT batches',
    'campaign-resend',
    ...NOTED,
    'read-campaigns',
  ])
})
