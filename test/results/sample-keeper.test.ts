/** What FCM said is kept once for each code of a campaign, apart from the results. */
import { expect, onTestFinished, test } from 'vitest'
import type { Outcome } from '../../src/domain/outcome.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { createLogger } from '../../src/process/logger.ts'
import { readSamples, SampleKeeper } from '../../src/results/sample-keeper.ts'
import { startApp } from '../api/start-app.ts'
import { attemptWith } from '../support/attempt-with.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'
import { recordStatements } from '../support/record-statements.ts'

const log = createLogger('test', 'silent')

async function setup() {
  const { pool } = await createTestDatabase()
  const campaignId = await createCampaign(pool, { state: 'sending' })
  const keeper = new SampleKeeper(pool, log)
  onTestFinished(() => keeper.settled())
  return { pool, campaignId, keeper }
}

test('the first answer of each code stays; a dispatcher asks PostgreSQL once for each', async () => {
  const { pool, campaignId, keeper } = await setup()
  const statements = recordStatements(pool)
  const first = { campaignId, messageVersion: 1 }
  for (let n = 0; n < 500; n++) keeper.keep(first, 'internal', `trouble ${n}`)
  keeper.keep(first, 'unavailable', 'come again')
  await keeper.settled()
  expect(statements).toEqual(['sample-keep', 'sample-keep'])
  const another = new SampleKeeper(pool, log)
  another.keep(first, 'internal', 'of another dispatcher')
  await another.settled()
  expect([...(await readSamples(pool, campaignId))]).toEqual([
    ['unavailable', 'come again'],
    ['internal', 'trouble 0'],
  ])
})

test('of a corrected message it is kept anew, and what a dispatcher with the one before adds is not', async () => {
  const { pool, campaignId, keeper } = await setup()
  keeper.keep({ campaignId, messageVersion: 1 }, 'invalid_payload', 'the first')
  await keeper.settled()
  keeper.keep({ campaignId, messageVersion: 2 }, 'invalid_payload', 'the second')
  await keeper.settled()
  const late = new SampleKeeper(pool, log)
  late.keep({ campaignId, messageVersion: 1 }, 'invalid_payload', 'late')
  await late.settled()
  expect((await readSamples(pool, campaignId)).get('invalid_payload')).toBe('the second')
})

test('what could not be written is written with the next answer, and sending never hears of it', async () => {
  const { campaignId } = await setup()
  let asked = 0
  const pool = { query: () => (++asked === 1 ? Promise.reject(new Error('away')) : Promise.resolve()) }
  const keeper = new SampleKeeper(pool as unknown as Pool, log)
  for (let n = 0; n < 3; n++) {
    keeper.keep({ campaignId, messageVersion: 1 }, 'internal', 'x')
    await keeper.settled()
  }
  expect(asked).toBe(2)
})

test('it remembers a bounded number of codes', async () => {
  let asked = 0
  const pool = { query: async () => void asked++ }
  const keeper = new SampleKeeper(pool as unknown as Pool, log)
  const keep = (n: number) => keeper.keep({ campaignId: `c${n}`, messageVersion: 1 }, 'internal', 'x')
  for (let n = 0; n < 1_001; n++) keep(n)
  keep(0)
  await keeper.settled()
  // The first was forgotten with all others, and is asked for again.
  expect(asked).toBe(1_002)
})

test('a campaign that was deleted meanwhile is no error, and takes its samples with it', async () => {
  const { pool, campaignId, keeper } = await setup()
  keeper.keep({ campaignId, messageVersion: 1 }, 'internal', 'x')
  await keeper.settled()
  await pool.query('DELETE FROM campaigns')
  keeper.keep({ campaignId, messageVersion: 1 }, 'unavailable', 'x')
  await keeper.settled()
  expect((await pool.query('SELECT FROM campaign_samples')).rowCount).toBe(0)
})

test('an answer of FCM reaches the failures of the campaign, without the address of the device', async () => {
  const { pool, call } = await startApp()
  const { deviceIds } = await createDevices(pool, 3)
  const id = await createCampaign(pool, { state: 'sending' })
  await createBatches(pool, id, deviceIds)
  await attemptWith(pool, id, (token): Outcome => {
    if (token === 'token-m3-1') return { kind: 'sent', messageId: '1' }
    return { kind: 'rejected', code: 'sender_id_mismatch', detail: `SenderId mismatch for "${token}"` }
  })
  const { json } = await call('GET', `/v1/campaigns/${id}/failures`, undefined, { as: 'viewer' })
  expect(json.data).toMatchObject([
    { code: 'sender_id_mismatch', count: 2, fcmSaid: 'SenderId mismatch for "[address]"' },
  ])
})
