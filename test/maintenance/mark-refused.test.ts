/** Addresses that FCM has called invalid, where the attempt that met them had nothing accepted: seen through the API. */
import { expect, test } from 'vitest'
import type { Outcome } from '../../src/domain/outcome.ts'
import { closeCampaign, closeSettled } from '../../src/maintenance/close-campaigns.ts'
import { markRefusedAddresses } from '../../src/maintenance/mark-refused.ts'
import { createLogger } from '../../src/process/logger.ts'
import { startApp } from '../api/start-app.ts'
import { attemptWith } from '../support/attempt-with.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'

const log = createLogger('test', 'silent')
const SENT: Outcome = { kind: 'sent', messageId: '1' }
const INVALID: Outcome = { kind: 'token_gone', code: 'invalid_address', isCertain: false }

/** m1 and m2 alone in a batch, both refused; m3 and m4 in the next one, answered as given. */
async function refused(second: Outcome) {
  const api = await startApp()
  const { pool } = api
  const { deviceIds } = await createDevices(pool, 4, { lastSeenAt: new Date(Date.now() - 60_000) })
  const id = await createCampaign(pool, { state: 'sending', started_at: new Date() })
  await createBatches(pool, id, deviceIds, { size: 2 })
  await attemptWith(pool, id, () => INVALID)
  await attemptWith(pool, id, () => second, { seq: 1 })
  const gone = async () => {
    const { rows } = await pool.query(`SELECT id, gone_code FROM devices WHERE state = 'gone' ORDER BY id`)
    return rows
  }
  return { ...api, id, deviceIds, gone }
}

test('are gone when the campaign is closed, in every figure and list', async () => {
  const { pool, id, gone, call, deviceIds } = await refused(SENT)
  expect(await gone()).toEqual([])
  expect(await closeCampaign(pool, id, log)).toBe(true)
  expect(await gone()).toEqual(deviceIds.slice(0, 2).map((each) => ({ id: each, gone_code: 2 })))
  const { json } = await call('POST', '/v1/audiences/count', { audience: { all: true } })
  expect(json).toMatchObject({ devices: 2, reachable: 2 })
  const { json: member } = await call('GET', '/v1/members/m1')
  expect(member.deviceList).toMatchObject([{ state: 'gone', goneCode: 'invalid_address' }])
  const { text } = await call('GET', '/v1/devices/export?state=gone&code=invalid_address')
  expect(text.trim().split('\n')).toHaveLength(3)
  const tested = await call('POST', `/v1/campaigns/${await createCampaign(pool)}/test`, {
    externalIds: ['m1'],
  })
  expect(tested.json.data).toMatchObject([{ outcome: 'no_device' }])
})

test('stay active where FCM has accepted nothing: the list is wrong, and not each address', async () => {
  const { pool, id, gone } = await refused(INVALID)
  expect(await closeCampaign(pool, id, log)).toBe(true)
  expect(await gone()).toEqual([])
})

test.each([
  ['more are called invalid than accepted', `UPDATE batches SET sent = 1 WHERE seq = 1`],
  ['the campaign has paused for them', `UPDATE campaigns SET judges_addresses = false`],
])('stay active where %s: FCM may have been wrong for a while', async (_why, change) => {
  const { pool, id, gone } = await refused(SENT)
  await pool.query(change)
  await markRefusedAddresses(pool, id)
  expect(await gone()).toEqual([])
})

test('stay active where the app has registered again since; and all parts are looked at', async () => {
  const { pool, id, gone, deviceIds } = await refused(SENT)
  await pool.query(`UPDATE devices SET last_seen_at = now() WHERE id = $1`, [deviceIds[0]])
  await markRefusedAddresses(pool, id, { part: 1 })
  expect(await gone()).toMatchObject([{ id: deviceIds[1] }])
})

test('a process that is told to stop stops between two parts, and leaves the rest and the closing to the next', async () => {
  const { pool, id, gone } = await refused(SENT)
  const stopping = new AbortController()
  const query = async (statement: { name?: string }) => {
    const result = await pool.query(statement as never)
    if (statement.name === 'maintenance-mark-refused') stopping.abort()
    return result
  }
  const stops = new Proxy(pool, {
    get: (target, key) => (key === 'query' ? query : Reflect.get(target, key)),
  })
  await markRefusedAddresses(stops, id, { signal: stopping.signal, part: 1 })
  expect(await gone()).toHaveLength(1)
  await closeSettled(pool, log, stopping.signal)
  expect((await pool.query('SELECT closed_at FROM campaigns')).rows).toEqual([{ closed_at: null }])
  expect(await closeCampaign(pool, id, log)).toBe(true)
  expect(await gone()).toHaveLength(2)
})
