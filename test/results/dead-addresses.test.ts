/** Campaigns to the same devices find the same dead addresses at the same time. */
import { expect, onTestFinished, test } from 'vitest'
import { openPool, type Pool } from '../../src/postgres/pool.ts'
import { createLogger } from '../../src/process/logger.ts'
import { claimed, openWriter } from '../support/claims.ts'
import { testConfig } from '../support/config.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'
import { until } from '../support/until.ts'

test('chunks with the same dead addresses in different orders do not wait for each other in a circle', async () => {
  const { pool, url } = await createTestDatabase()
  // Otherwise PostgreSQL walks the few devices there are, in their own order.
  await createDevices(pool, 5_000)
  await pool.query('VACUUM ANALYZE devices')
  const log = createLogger('test', 'silent')
  // As a dispatcher's.
  const keyed = openPool(testConfig({ DATABASE_URL: url }).database, 'under-test', log, { byKeyOnly: true })
  onTestFinished(() => keyed.end())
  const { deviceIds } = await createDevices(pool, 3, { lastSeenAt: new Date(Date.now() - 60_000) })
  const failures: string[] = []
  const recorderOf = async (order: number[]) => {
    const campaignId = await createCampaign(pool, { state: 'sending' })
    await createBatches(pool, campaignId, deviceIds, { state: 'queued' })
    const claim = await claimed(pool, campaignId)
    const query = async (statement: never) => {
      try {
        return await keyed.query(statement)
      } catch (error) {
        failures.push((error as Error).message)
        throw error
      }
    }
    const recorder = openWriter({ query } as unknown as Pool).open(claim, {
      onFenced: () => {},
      onFailed: () => {},
    })
    for (const index of order) {
      recorder.add({
        deviceId: deviceIds[index] as number,
        state: 'failed',
        code: 'unregistered',
        messageId: null,
        addressIsDead: 'yes',
      })
    }
    return recorder
  }
  // Whoever has marked its first device waits for the one in the middle, until both wait, or are done without it.
  const middle = await pool.connect()
  await middle.query('BEGIN')
  await middle.query('SELECT FROM devices WHERE id = $1 FOR UPDATE', [deviceIds[1]])
  let done = 0
  const flushes = [await recorderOf([0, 1, 2]), await recorderOf([2, 1, 0])].map((recorder) =>
    recorder.flush().finally(() => done++),
  )
  const waiting = `SELECT count(*) AS n FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO deliveries%'`
  await until(async () => (await pool.query(waiting)).rows[0].n + done === 2, {
    what: 'both wait, or are done',
  })
  await middle.query('COMMIT')
  middle.release()
  await Promise.all(flushes)
  expect(failures).toEqual([])
  const { rows } = await pool.query('SELECT count(*) AS n FROM deliveries')
  expect(rows[0].n).toBe(6)
})
