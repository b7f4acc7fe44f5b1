/** A list whose addresses FCM calls invalid: when that is the list's fault, and what pausing and going on do. */
import { expect, onTestFinished, test } from 'vitest'
import { AddressWatch, CONVINCING } from '../../src/dispatch/address-watch.ts'
import type { Outcome } from '../../src/domain/outcome.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { startApp } from '../api/start-app.ts'
import { attemptWith } from '../support/attempt-with.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'
import { fakeSender } from '../support/fake-sender.ts'
import { until } from '../support/until.ts'

const SENT: Outcome = { kind: 'sent', messageId: '1' }
const INVALID: Outcome = {
  kind: 'token_gone',
  code: 'invalid_address',
  isCertain: false,
  detail: 'The registration token is not a valid FCM registration token',
}
const REMOVED: Outcome = { kind: 'token_gone', code: 'unregistered', isCertain: true }

async function setup(
  devices: number,
  { size = 500, campaign = {} }: { size?: number; campaign?: object } = {},
) {
  const { pool, call } = await startApp()
  const { deviceIds } = await createDevices(pool, devices, { lastSeenAt: new Date(Date.now() - 60_000) })
  const id = await createCampaign(pool, { state: 'sending', ...campaign })
  await createBatches(pool, id, deviceIds, { size })
  return { pool, call, id, deviceIds }
}

/** One dispatcher after another takes the next batch, until the campaign does not send any more. */
async function dispatchAll(pool: Pool, id: string, answer: (token: string) => Outcome, batches = 10) {
  for (let seq = 0; seq < batches; seq++) await attemptWith(pool, id, answer, { seq })
}
const read = async (pool: Pool, id: string) =>
  (await pool.query('SELECT state, pause_reason, pause_detail FROM campaigns WHERE id = $1', [id])).rows[0]
const goneCount = async (pool: Pool) =>
  (await pool.query(`SELECT count(*)::int AS n FROM devices WHERE state = 'gone'`)).rows[0].n

test('a list of which every address is refused pauses the campaign, quotes FCM, and marks no device gone', async () => {
  const { pool, call, id } = await setup(CONVINCING)
  await attemptWith(pool, id, () => INVALID)
  const { json } = await call('GET', `/v1/campaigns/${id}`)
  expect(json).toMatchObject({ state: 'paused', pauseReason: 'addresses_refused' })
  expect(json.pauseDetail).toContain(`addresses of ${CONVINCING} devices`)
  expect(json.pauseDetail).toContain('FCM said: “The registration token is not a valid')
  expect(await goneCount(pool)).toBe(0)
})

test.each([1, CONVINCING - 1])('a campaign to %i devices has just failed', async (devices) => {
  const { pool, id } = await setup(devices)
  await attemptWith(pool, id, () => INVALID)
  expect(await read(pool, id)).toMatchObject({ state: 'sending', pause_reason: null })
  expect((await pool.query('SELECT state FROM batches')).rows).toEqual([{ state: 'done' }])
})

test('one that FCM accepts is enough: the list is right, and the refused ones are what they are called', async () => {
  const { pool, id, deviceIds } = await setup(60)
  await attemptWith(pool, id, (token) => (token === 'token-m60-1' ? SENT : INVALID))
  expect(await read(pool, id)).toMatchObject({ state: 'sending' })
  expect(await goneCount(pool)).toBe(deviceIds.length - 1)
})

test('a part of the list that is wrong, among others that were accepted, does not pause it', async () => {
  const { pool, id } = await setup(80, { size: 40 })
  await attemptWith(pool, id, () => SENT)
  await attemptWith(pool, id, () => INVALID, { seq: 1 })
  expect(await read(pool, id)).toMatchObject({ state: 'sending' })
})

test('removed apps are an old list, not a wrong one', async () => {
  const { pool, id } = await setup(100)
  let n = 0
  await attemptWith(pool, id, () => (n++ % 2 === 0 ? INVALID : REMOVED))
  expect(await read(pool, id)).toMatchObject({ state: 'sending' })
})

test('small batches of several dispatchers are judged together', async () => {
  const { pool, id } = await setup(3 * 8, { size: 8 })
  await attemptWith(pool, id, () => INVALID)
  await attemptWith(pool, id, () => INVALID, { seq: 1 })
  expect(await read(pool, id)).toMatchObject({ state: 'sending' })
  await attemptWith(pool, id, () => INVALID, { seq: 2 })
  expect(await read(pool, id)).toMatchObject({ state: 'paused', pause_reason: 'addresses_refused' })
})

test('a slow campaign, which sends one message in each attempt, is judged by all of them', async () => {
  const { pool, id } = await setup(CONVINCING + 5, { campaign: { rate_per_minute: 1 } })
  for (let minute = 0; minute < CONVINCING; minute++) {
    expect(await read(pool, id)).toMatchObject({ state: 'sending' })
    await pool.query(`UPDATE rate_limits SET next_at = now() - interval '1 min'`)
    await attemptWith(pool, id, () => INVALID)
  }
  expect(await read(pool, id)).toMatchObject({ pause_reason: 'addresses_refused' })
})

test('the rest of a large batch is not sent to', async () => {
  const { pool, id } = await setup(500)
  const asked: string[] = []
  const sender = fakeSender(async ({ addresses }, { signal, report }) => {
    for (const [index, { address }] of addresses.entries()) {
      // As answers over a network: others arrive between two of them.
      await new Promise((resolve) => setImmediate(resolve))
      if (index === 2 * CONVINCING) await until(() => signal.aborted, { what: 'it is told to stop' })
      if (signal.aborted) return
      asked.push(address)
      report(index, INVALID)
    }
  })
  await attemptWith(pool, id, () => INVALID, { sender })
  expect(await read(pool, id)).toMatchObject({ pause_reason: 'addresses_refused' })
  expect(asked.length).toBeLessThan(500)
  const { rows } = await pool.query('SELECT state, failed FROM batches')
  expect(rows).toEqual([{ state: 'planned', failed: asked.length }])
})

test('resumed all the same, it goes on to the end and does not pause for this again', async () => {
  const { pool, call, id } = await setup(60, { size: 20 })
  await attemptWith(pool, id, () => INVALID)
  expect(await read(pool, id)).toMatchObject({ pause_reason: 'addresses_refused' })
  const resumed = await call('POST', `/v1/campaigns/${id}/resume`)
  expect(resumed.json).toMatchObject({ state: 'sending', pauseReason: null })
  await dispatchAll(pool, id, () => INVALID, 3)
  expect(await read(pool, id)).toMatchObject({ state: 'sending' })
  expect((await pool.query('SELECT DISTINCT state FROM batches')).rows).toEqual([{ state: 'done' }])
})

test('a dispatcher that still has a batch from before does not pause it again', async () => {
  const { pool, call, id } = await setup(40, { size: 20 })
  await attemptWith(pool, id, () => INVALID)
  let isResumed = false
  onTestFinished(() => expect(isResumed).toBe(true))
  // Claimed before the pause, judged after the resume: as if it had been claimed when the campaign was still judged.
  await pool.query(`UPDATE campaigns SET state = 'sending'`)
  await attemptWith(pool, id, () => INVALID, {
    seq: 1,
    sender: fakeSender(async ({ addresses }, { report }) => {
      await pool.query(`UPDATE campaigns SET state = 'paused'`)
      await call('POST', `/v1/campaigns/${id}/resume`)
      isResumed = true
      for (const index of addresses.keys()) report(index, INVALID)
    }),
  })
  expect(await read(pool, id)).toMatchObject({ state: 'sending' })
})

test('an attempt is suspicious while most answers call the address invalid and none accepts one', () => {
  const watch = new AddressWatch()
  const add = (state: 'sent' | 'failed' | 'skipped', code: string) => watch.add({ state, code } as never)
  expect(watch.isSuspicious).toBe(false)
  add('failed', 'invalid_address')
  add('skipped', 'opted_out')
  expect(watch.isSuspicious).toBe(true)
  add('failed', 'internal')
  expect(watch.isSuspicious).toBe(false)
  for (let i = 0; i < CONVINCING; i++) add('failed', 'invalid_address')
  expect([watch.isSuspicious, watch.isConvinced]).toEqual([true, true])
  add('sent', 'ok')
  expect([watch.isSuspicious, watch.isConvinced]).toEqual([false, false])
})
