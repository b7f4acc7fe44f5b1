import { describe, expect, onTestFinished, test } from 'vitest'
import { startFakeFcm } from '../../../testing/fake-fcm/fake-fcm.ts'
import { tokenFor } from '../../../testing/fake-fcm/token.ts'
import { createCampaign, createDevices, createShop } from '../../support/factories.ts'
import { fakeSender } from '../../support/fake-sender.ts'
import { allRows, startApp } from '../start-app.ts'

async function withFcm() {
  const fcm = await startFakeFcm()
  onTestFinished(() => fcm.close())
  const api = await startApp({ FCM_ENDPOINT: fcm.origin, FCM_CA_FILE: fcm.caFile })
  return { ...api, fcm }
}

describe('a test send', () => {
  test('goes to tokens and members, answers for each, and changes nothing of the campaign', async () => {
    const { call, pool, fcm } = await withFcm()
    const { deviceIds } = await createDevices(pool, 1, { perMember: 2 })
    await createDevices(pool, 1, { member: { opted_out_at: new Date() } })
    const live = tokenFor(1)
    const dead = tokenFor(2, { kind: 'dead' })
    await pool.query('UPDATE devices SET address = $2 WHERE id = $1', [deviceIds[0], live])
    await pool.query('UPDATE devices SET address = $2 WHERE id = $1', [deviceIds[1], dead])
    const id = await createCampaign(pool)
    const before = await allRows(pool)
    const stranger = tokenFor(3)
    const answer = await call('POST', `/v1/campaigns/${id}/test`, {
      addresses: [{ address: stranger }],
      externalIds: ['m1', 'm2', 'nobody'],
    })
    expect(answer.status).toBe(200)
    const { json: campaign } = await call('GET', `/v1/campaigns/${id}`)
    const { version, messageVersion, messageHash } = campaign
    expect(answer.json).toMatchObject({ version, messageVersion, messageHash })
    const find = (part: object) => expect(answer.json.data).toContainEqual(expect.objectContaining(part))
    find({
      address: stranger.slice(-8),
      externalId: null,
      outcome: 'sent',
      code: 'ok',
      messageId: expect.any(String),
    })
    find({ address: live.slice(-8), externalId: 'm1', outcome: 'sent' })
    find({
      address: dead.slice(-8),
      externalId: 'm1',
      outcome: 'token_gone',
      code: 'unregistered',
      messageId: null,
    })
    find({ address: null, externalId: 'm2', outcome: 'skipped', code: 'opted_out' })
    find({ address: null, externalId: 'nobody', outcome: 'no_device', code: null })
    expect(answer.json.data).toHaveLength(5)
    expect(answer.text).not.toContain(live)
    expect([live, stranger].map((token) => fcm.acceptedCount(token))).toEqual([1, 1])
    expect(await allRows(pool)).toEqual(before)
    expect((await pool.query('SELECT 1 FROM deliveries')).rowCount).toBe(0)
  })

  test('quotes no address, whatever FCM says of it', async () => {
    const { call, pool } = await startApp(
      {},
      {
        openSender: () =>
          fakeSender(async ({ addresses }, { report }) => {
            const detail = `FCM answered 403 and said: may not send to ${addresses[0]?.address}`
            report(0, { kind: 'blocked', code: 'credential_refused', detail })
          }),
      },
    )
    const id = await createCampaign(pool)
    const address = 'an-address-of-nobody-123'
    const answer = await call('POST', `/v1/campaigns/${id}/test`, { addresses: [{ address }] })
    expect(answer.json.data[0].meaning).toContain('may not send to [address]')
    expect(answer.text).not.toContain(address)
  })

  test('with validateOnly reaches nobody', async () => {
    const { call, pool, fcm } = await withFcm()
    const id = await createCampaign(pool)
    const token = tokenFor(1)
    const answer = await call('POST', `/v1/campaigns/${id}/test`, {
      addresses: [{ address: token }],
      validateOnly: true,
    })
    expect(answer.json.data).toMatchObject([{ outcome: 'sent' }])
    expect(fcm.stats()).toMatchObject({ accepted: 0, validated: 1 })
  })

  test('of another project goes through that project, to the devices that the member has in it', async () => {
    const { call, pool, fcm } = await withFcm()
    const { deviceIds } = await createDevices(pool, 1, { perMember: 2 })
    const [, second] = await createShop(pool)
    const [mine, shops] = [tokenFor(1), tokenFor(2)]
    await pool.query('UPDATE devices SET address = $2 WHERE id = $1', [deviceIds[0], mine])
    await pool.query('UPDATE devices SET address = $2 WHERE id = $1', [second, shops])
    await pool.query(`DELETE FROM devices WHERE id NOT IN ($1, $2)`, [deviceIds[0], second])
    await pool.query(`UPDATE projects SET fcm_project_id = 'shop-1' WHERE id = 2`)
    fcm.configure({ project: 'shop-1' })
    const id = await createCampaign(pool, { project_id: 2 })
    const { json } = await call('POST', `/v1/campaigns/${id}/test`, { externalIds: ['m1'] })
    expect(json.data).toMatchObject([{ address: shops.slice(-8), outcome: 'sent' }])
    expect(fcm.acceptedCount(mine)).toBe(0)
  })

  test('of a project whose settings cannot be used says why', async () => {
    const { call, pool } = await withFcm()
    await createShop(pool)
    await pool.query(`UPDATE projects SET credentials_file = '/nowhere' WHERE id = 2`)
    const id = await createCampaign(pool, { project_id: 2 })
    const { status, json } = await call('POST', `/v1/campaigns/${id}/test`, {
      addresses: [{ address: tokenFor(1) }],
    })
    expect([status, json.code]).toEqual([409, 'project_misconfigured'])
    expect(json.detail).toContain('Project "shop" cannot send: credentials_file')
  })

  test('with FCM away says so for each token, in the words of a delivery', async () => {
    const { call, pool } = await startApp()
    const id = await createCampaign(pool)
    const answer = await call('POST', `/v1/campaigns/${id}/test`, { addresses: [{ address: tokenFor(1) }] })
    expect(answer.json.data).toMatchObject([
      { outcome: 'retry_later', code: 'connection_failed', messageId: null },
    ])
  })
})
