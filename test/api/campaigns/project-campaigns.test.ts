/** Campaigns of a project that is not the default one. The API cannot create them yet. */
import { expect, test } from 'vitest'
import { createBatches, createCampaign, createDevices, createShop } from '../../support/factories.ts'
import { startApp } from '../start-app.ts'

test('devices of other projects do not make an audience', async () => {
  const { call, pool } = await startApp()
  await createShop(pool)
  await createDevices(pool, 1)
  const id = await createCampaign(pool, { project_id: 2 })
  expect((await call('POST', `/v1/campaigns/${id}/send`)).json).toMatchObject({ code: 'audience_empty' })
})

test('a resend belongs to the project of the campaign it repeats', async () => {
  const { call, pool } = await startApp()
  await createDevices(pool, 1)
  const deviceIds = await createShop(pool)
  const origin = await createCampaign(pool, { project_id: 2, state: 'canceled', closed_at: new Date() })
  await createBatches(pool, origin, deviceIds, { state: 'canceled', canceled: 1 })
  const { status, json } = await call('POST', `/v1/campaigns/${origin}/resend`, { only: 'canceled' })
  expect(status).toBe(201)
  const { rows } = await pool.query('SELECT project_id FROM campaigns WHERE id = $1', [json.id])
  expect(rows).toEqual([{ project_id: 2 }])
})
