/** What a dispatcher does about a failover when it is told to stop at the same time. The rest: test/postgres/timeline.test.ts. */
import { expect, onTestFinished, test } from 'vitest'
import { restoreAfterFailovers } from '../../src/dispatch/restore-results.ts'
import { databaseFailedOver } from '../../src/process/operator-events.ts'
import { RecentResults } from '../../src/results/recent-results.ts'
import { log } from '../support/attempt-with.ts'
import { createTestDatabase } from '../support/database.ts'
import { createCampaign, createDevices } from '../support/factories.ts'

const DISPATCHER = '01a22700-0000-7000-8000-000000000001'

test('a dispatcher that stops after a failover has written its results again first', async () => {
  const { pool } = await createTestDatabase()
  const { deviceIds } = await createDevices(pool, 6)
  const id = await createCampaign(pool, { state: 'paused' })
  const recent = new RecentResults()
  recent.add(
    { campaignId: id, attempt: 1, messageVersion: 1 },
    deviceIds.map((deviceId) => ({
      deviceId,
      state: 'sent',
      code: 'ok',
      messageId: 'm',
      addressIsDead: 'no',
    })),
  )
  const giveUp = new AbortController()
  onTestFinished(() => giveUp.abort())
  const attempt = {}
  const inHand = new Set<unknown>([attempt])
  const stop = restoreAfterFailovers({
    processId: DISPATCHER,
    pool,
    recent,
    countsUses: true,
    inHand,
    giveUp: giveUp.signal,
    log,
  })
  await pool.query(
    `INSERT INTO database_timelines (timeline, is_synchronous, was_synchronous) VALUES (77, false, false)`,
  )
  databaseFailedOver.publish({ timeline: 77 })
  inHand.delete(attempt)
  await stop()
  // Its row says from now on that it has stopped: maintenance does not wait for a report of it.
  expect((await pool.query('SELECT missing FROM failover_reports')).rows).toEqual([{ missing: 6 }])
  expect((await pool.query('SELECT FROM deliveries')).rowCount).toBe(6)
  expect((await pool.query('SELECT FROM member_uses')).rowCount).toBe(6)
})
