/**
 * Every counter and list of results agrees with the table in domain/delivery-result.ts: one campaign has deliveries of
 * every state and every code, in numbers that differ from state to state, and each statement that counts is asked.
 */
import { isDeepStrictEqual } from 'node:util'
import { expect, test } from 'vitest'
import { cancelBatches, recountCanceledBatches } from '../../src/campaigns/cancel-batches.ts'
import { pauseAutomatically } from '../../src/campaigns/pause-campaign.ts'
import { endAttempt, recountCanceled } from '../../src/dispatch/batch-store.ts'
import {
  CODE_NAMES,
  codesOf,
  countsOf,
  DELIVERY_CODES,
  DELIVERY_STATES,
  type DeliveryCode,
  type DeliveryState,
  NOT_SENT_STATES,
  STATE_NAMES,
} from '../../src/domain/delivery-result.ts'
import { closeCampaign } from '../../src/maintenance/close-campaigns.ts'
import { pauseWhenOnlyHeld } from '../../src/maintenance/held-batches.ts'
import { planCampaign } from '../../src/planning/plan-campaign.ts'
import { createLogger } from '../../src/process/logger.ts'
import type { DeviceResult } from '../../src/results/result-writer.ts'
import { startApp } from '../api/start-app.ts'
import { claimed, openWriter, PASS_ENDED } from '../support/claims.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'
import { until } from '../support/until.ts'

const log = createLogger('test', 'silent')
const NEVER = new AbortController().signal

/** Devices that get the code: as many as its place in the table, so that no two states have the same sum. */
const devicesWith = (code: DeliveryCode) => CODE_NAMES.indexOf(code) + 1
const countIn = (state: DeliveryState) => codesOf(state).reduce((sum, code) => sum + devicesWith(code), 0)
const TOTAL = STATE_NAMES.reduce((sum, state) => sum + countIn(state), 0)

/** Records one result for each device of a claimed batch, as a dispatcher would. */
async function recorded() {
  const api = await startApp()
  const { pool } = api
  const { deviceIds } = await createDevices(pool, TOTAL)
  const id = await createCampaign(pool, { state: 'sending', started_at: new Date() })
  await createBatches(pool, id, deviceIds, { state: 'queued', size: TOTAL })
  const claim = await claimed(pool, id)
  const writer = openWriter(pool)
  const recorder = writer.open(claim, { onFenced: () => {}, onFailed: () => {} })
  const left = [...deviceIds]
  const idsOf = Object.fromEntries(
    CODE_NAMES.map((code) => [code, left.splice(0, devicesWith(code))]),
  ) as Record<DeliveryCode, number[]>
  for (const code of CODE_NAMES) {
    const { state } = DELIVERY_CODES[code]
    for (const deviceId of idsOf[code]) {
      recorder.add({ deviceId, state, code, messageId: null, addressIsDead: 'no' } as DeviceResult)
    }
  }
  await recorder.flush()
  const columns = async () => {
    const { rows } = await pool.query(
      `SELECT ${STATE_NAMES.join(', ')} FROM batches WHERE campaign_id = $1`,
      [id],
    )
    return rows[0]
  }
  await until(async () => isDeepStrictEqual(await columns(), COLUMNS), {
    what: 'the running counts are raised',
  })
  const forget = () =>
    pool.query(
      `UPDATE batches SET ${STATE_NAMES.map((state) => `${state} = 0`).join(', ')}, first_result_at = NULL,
         last_result_at = NULL
       WHERE campaign_id = $1`,
      [id],
    )
  /** Whether the batch says when its first and its last result was recorded, as its rows do. */
  const hasTimes = async () => {
    const { rows } = await pool.query(
      `SELECT b.first_result_at = min(d.sent_at) AND b.last_result_at = max(d.sent_at) AS agree
       FROM batches b, deliveries d WHERE b.campaign_id = $1 AND d.campaign_id = $1
       GROUP BY b.first_result_at, b.last_result_at`,
      [id],
    )
    return rows[0].agree === true
  }
  await pool.query(
    `UPDATE deliveries SET sent_at = sent_at - interval '5 s' WHERE campaign_id = $1 AND device_id = $2`,
    [id, deviceIds[1]],
  )
  const get = async (path: string) => (await api.call('GET', `/v1/campaigns/${id}${path}`)).json
  return { api, pool, id, claim, idsOf, columns, forget, hasTimes, get }
}

const COLUMNS = Object.fromEntries(STATE_NAMES.map((state) => [state, countIn(state)]))
const COUNTS = countsOf(countIn)

test('the numbers of states and codes in the database are the ones documented', async () => {
  const { pool, id } = await recorded()
  const { rows } = await pool.query(
    'SELECT state, count(*) AS count FROM deliveries WHERE campaign_id = $1 GROUP BY state ORDER BY state',
    [id],
  )
  expect(rows).toEqual([
    { state: 1, count: countIn('sent') },
    { state: 2, count: countIn('failed') },
    { state: 3, count: countIn('skipped') },
    { state: 4, count: countIn('in_doubt') },
  ])
  const index = await pool.query(
    `SELECT pg_get_expr(indpred, indrelid) AS predicate FROM pg_index WHERE indexrelid = 'deliveries_not_sent_idx'::regclass`,
  )
  expect(index.rows).toEqual([{ predicate: `(state <> ${DELIVERY_STATES.sent.number})` }])
})

test('recording and ending an attempt count every state', async () => {
  const { pool, claim, columns, forget, hasTimes } = await recorded()
  await forget()
  expect(await endAttempt(pool, claim, PASS_ENDED)).toBe('done')
  expect(await columns()).toEqual(COLUMNS)
  expect(await hasTimes()).toBe(true)
})

test('canceling and recounting count every state', async () => {
  const { pool, id, claim, columns, forget, hasTimes } = await recorded()
  await pool.query(`UPDATE campaigns SET state = 'canceled' WHERE id = $1`, [id])
  await pool.query(`UPDATE batches SET state = 'planned' WHERE campaign_id = $1`, [id])
  await forget()
  await cancelBatches(pool, id)
  expect(await columns()).toEqual(COLUMNS)
  expect(await hasTimes()).toBe(true)
  await forget()
  await recountCanceled(pool, claim)
  expect(await columns()).toEqual(COLUMNS)
  expect(await hasTimes()).toBe(true)
  await forget()
  await pool.query('UPDATE batches SET canceled = 1 WHERE campaign_id = $1', [id])
  expect(await recountCanceledBatches(pool, id)).toBe(1)
  expect(await columns()).toEqual(COLUMNS)
  expect(await hasTimes()).toBe(true)
})

test('progress, timeline, failures, lists and the CSV file show every state and code', async () => {
  const { api, id, idsOf, get } = await recorded()
  const { progress } = await get('')
  expect(progress).toMatchObject({ ...COUNTS, audience: TOTAL, canceled: 0, remaining: 0 })

  const { data: buckets } = await get('/timeline')
  const inTimeline = countsOf((state) =>
    // biome-ignore lint/suspicious/noExplicitAny: buckets as the API gives them
    buckets.reduce((sum: number, bucket: any) => sum + bucket[DELIVERY_STATES[state].count], 0),
  )
  expect(inTimeline).toEqual(COUNTS)

  const { data: failures } = await get('/failures')
  const counted = (rows: { state: string; code: string; count: number }[]) =>
    new Map(rows.map(({ state, code, count }) => [`${state} ${code}`, count]))
  expect(counted(failures)).toEqual(
    counted(
      NOT_SENT_STATES.flatMap((state) =>
        codesOf(state).map((code) => ({ state, code, count: devicesWith(code) })),
      ),
    ),
  )

  const { text } = await api.call('GET', `/v1/campaigns/${id}/deliveries.csv`)
  const lines = text.trimEnd().split('\r\n').slice(1)
  for (const code of CODE_NAMES) {
    const { state, meaning } = DELIVERY_CODES[code]
    const expected = idsOf[code].map(String)
    const inFile = lines.map((line) => line.split(',')).filter((line) => line[6] === code)
    expect(inFile.map(([deviceId]) => deviceId)).toEqual(expected)
    expect(inFile.every((line) => line[5] === state)).toBe(true)
    if (state === 'sent') continue
    const { data } = await get(`/deliveries?state=${state}&code=${code}`)
    expect(data.map(({ deviceId }: { deviceId: string }) => deviceId)).toEqual(expected)
    expect(data[0]).toMatchObject({ state, code, meaning })
    const member = `m${expected[0]}`
    const named = await get(`/deliveries?member=${member}&state=${state}&code=${code}`)
    expect(named.data).toMatchObject([{ deviceId: expected[0], state, code }])
  }
  expect(lines).toHaveLength(TOTAL)
  for (const state of STATE_NAMES) {
    const { data } = await get(`/deliveries?state=${state}&limit=500`)
    expect(data).toHaveLength(countIn(state))
  }
})

test('a code with another state finds nothing, and a code without a state of its index is refused', async () => {
  const { api, id, get } = await recorded()
  for (const state of NOT_SENT_STATES) {
    const other = CODE_NAMES.filter((code) => DELIVERY_CODES[code].state !== state)
    for (const code of other) expect((await get(`/deliveries?state=${state}&code=${code}`)).data).toEqual([])
  }
  for (const query of ['code=ok', 'state=sent&code=ok', 'state=canceled&code=opted_out']) {
    const answer = await api.call('GET', `/v1/campaigns/${id}/deliveries?${query}`)
    expect(answer.json).toMatchObject({ status: 400, code: 'invalid_request' })
  }
})

test('closing compares every state', async () => {
  const { pool, id, claim, get } = await recorded()
  await endAttempt(pool, claim, PASS_ENDED)
  for (const state of STATE_NAMES) {
    await pool.query(`UPDATE batches SET ${state} = ${state} + 1 WHERE campaign_id = $1`, [id])
    expect(await closeCampaign(pool, id, log), state).toBe(false)
    const { pauseReason, pauseDetail } = await get('')
    expect(pauseReason, state).toBe('counts_mismatch')
    expect(pauseDetail).toContain(`"${state}":${countIn(state) + 1}`)
    expect(pauseDetail).toContain(`"${state}":${countIn(state)}`)
    await pool.query(`UPDATE batches SET ${state} = ${state} - 1 WHERE campaign_id = $1`, [id])
    await pool.query(`UPDATE campaigns SET state = 'sending', pause_reason = NULL WHERE id = $1`, [id])
  }
  expect(await closeCampaign(pool, id, log)).toBe(true)
  expect((await get('')).state).toBe('finished')
})

test.each(['failed', 'in_doubt'] as const)(
  'a resend to the %s has the devices of every code',
  async (only) => {
    const { pool, id, idsOf } = await recorded()
    const resend = await createCampaign(pool, { state: 'sending', resend_of: id, resend_only: only })
    await planCampaign({ pool, batchSize: 7, pageBatches: 2, onPage: async () => {} }, resend, NEVER)
    const { rows } = await pool.query<{ device_ids: number[] }>(
      'SELECT device_ids FROM batches WHERE campaign_id = $1 ORDER BY seq',
      [resend],
    )
    expect(rows.flatMap((row) => row.device_ids)).toEqual(codesOf(only).flatMap((code) => idsOf[code]))
  },
)

test('devices that wait for a halted platform are those without a result of any state', async () => {
  const { pool, id, get } = await recorded()
  await pool.query(
    `UPDATE batches SET state = 'planned', not_before = 'infinity', size = size + 3 WHERE campaign_id = $1`,
    [id],
  )
  expect(await pauseWhenOnlyHeld(pool, id, ['ios'])).toBe(true)
  expect((await get('')).pauseDetail).toContain('3 devices (ios) are waiting')
  expect(await pauseAutomatically(pool, id, 'too_many_errors', '')).toBe(false)
})
