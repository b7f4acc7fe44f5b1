import { expect, onTestFinished, test } from 'vitest'
import { pauseAutomatically } from '../../src/campaigns/pause-campaign.ts'
import { FcmBreaker } from '../../src/dispatch/fcm-breaker.ts'
import { NO_DISPATCH } from '../../src/health/process-health.ts'
import { watchProcess } from '../../src/health/watch-process.ts'
import { closeCampaign } from '../../src/maintenance/close-campaigns.ts'
import type { ProcessContext } from '../../src/process/lifecycle.ts'
import { createLogger } from '../../src/process/logger.ts'
import { breakerOpened, campaignFinished, campaignPaused } from '../../src/process/operator-events.ts'
import { RecentErrors } from '../../src/process/recent-errors.ts'
import { findFreePort } from '../../testing/servers/free-port.ts'
import { testConfig } from '../support/config.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'
import { until } from '../support/until.ts'
import { series } from './series.ts'
import { someProject } from './some-health.ts'
import { startWebhook } from './webhook.ts'

const log = createLogger('test', 'silent')

async function setup(env: Record<string, string | number>) {
  const { pool, url } = await createTestDatabase()
  const steps: (() => unknown)[] = []
  let reason: string | null = null
  const context: ProcessContext = {
    role: 'dispatcher',
    config: testConfig({ DATABASE_URL: url, ...env }),
    log,
    recentErrors: new RecentErrors(),
    onStop: (_what, step) => void steps.push(() => step(new AbortController().signal)),
    ready: () => {},
    stop: (why) => {
      reason = why
    },
    stopReason: () => reason,
  }
  const end = async () => {
    for (const step of steps.splice(0).reverse()) await step()
  }
  onTestFinished(end)
  const watch = await watchProcess(context, pool, { isWorker: true })
  return { pool, watch, context, end }
}

test('a campaign that pauses itself is an alert, once, and one that cannot is none', async () => {
  const webhook = await startWebhook()
  const { pool, end } = await setup({ ALERT_WEBHOOK_URL: webhook.url })
  const campaignId = await createCampaign(pool, { name: 'Spring sale', state: 'sending' })
  expect(await pauseAutomatically(pool, campaignId, 'too_many_errors', 'Half of it failed.')).toBe(true)
  expect(await pauseAutomatically(pool, campaignId, 'too_many_errors', 'Half of it failed.')).toBe(false)
  await end()
  expect(webhook.alerts).toMatchObject([
    {
      alert: 'campaign_paused',
      text: 'The campaign "Spring sale" has paused itself: Half of it failed.',
      campaignId,
      name: 'Spring sale',
      reason: 'too_many_errors',
      detail: 'Half of it failed.',
    },
  ])
  expect([campaignPaused.hasSubscribers, breakerOpened.hasSubscribers]).toEqual([false, false])
})

test('a campaign that finishes is an alert with figures and its page, once; a canceled one is none', async () => {
  const webhook = await startWebhook()
  const { pool, end } = await setup({
    ALERT_WEBHOOK_URL: webhook.url,
    PUBLIC_URL: 'https://push.example.com',
  })
  const { deviceIds } = await createDevices(pool, 4)
  const campaignId = await createCampaign(pool, { name: 'Spring sale', state: 'sending' })
  const canceled = await createCampaign(pool, { state: 'canceled' })
  for (const id of [campaignId, canceled]) {
    await createBatches(pool, id, deviceIds, { state: 'done', sent: 2, failed: 1, in_doubt: 1 })
    await pool.query(
      `INSERT INTO deliveries (campaign_id, device_id, state, code, attempt)
       SELECT $1, d, (ARRAY[1, 1, 2, 4])[n], 0, 1 FROM unnest($2::bigint[]) WITH ORDINALITY AS u (d, n)`,
      [id, deviceIds],
    )
  }
  const closed = await Promise.all([1, 2].map(() => closeCampaign(pool, campaignId, log)))
  expect(closed.filter(Boolean)).toHaveLength(1)
  expect(await closeCampaign(pool, canceled, log)).toBe(true)
  await end()
  const url = `https://push.example.com/campaigns/${campaignId}`
  const figures = { audience: 4, sent: 2, failed: 1, skipped: 0, inDoubt: 1, canceled: 0 }
  expect(webhook.alerts).toMatchObject([
    {
      alert: 'campaign_finished',
      text: `The campaign "Spring sale" has finished. Of 4 devices: 2 sent, 1 failed, 1 in doubt. ${url}`,
      campaignId,
      name: 'Spring sale',
      url,
      ...figures,
    },
  ])
  expect(campaignFinished.hasSubscribers).toBe(false)
})

test('a breaker that opens is an alert', async () => {
  const webhook = await startWebhook()
  const { end } = await setup({ ALERT_WEBHOOK_URL: webhook.url })
  const breaker = new FcmBreaker({ project: 'shop', faults: 1, waitMs: 60_000, log })
  await breaker.attempt(async () => {
    breaker.isDownAfter({ kind: 'retry_later', code: 'unavailable', scope: 'device' })
  })
  expect(breaker.state).toBe('open')
  await end()
  expect(webhook.alerts).toMatchObject([
    { alert: 'breaker_open', project: 'shop', process: { role: 'dispatcher' } },
  ])
})

test('with METRICS_PORT, what the process does can be asked for there, until it has ended', async () => {
  const port = await findFreePort()
  const { watch, context, end } = await setup({ METRICS_PORT: port, MEMORY_LIMIT_MB: 1_000_000 })
  await watch.addDispatchHealth(() => ({ ...NO_DISPATCH, batchesInHand: 3 }))
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`)
  const text = await (await get('/metrics')).text()
  expect(text).toContain('carillon_batches_in_hand{role="dispatcher"} 3')
  expect(series(text)).toMatchObject({
    carillon_memory_step: 0,
    carillon_memory_limit_bytes: 1_000_000 * 1024 ** 2,
  })
  expect((await get('/health/ready')).status).toBe(200)
  context.stop('SIGTERM')
  expect(await (await get('/health/ready')).json()).toEqual({ status: 'stopping: SIGTERM' })
  await end()
  await expect(get('/metrics')).rejects.toThrow()
})

test('its row says how it is, what it has logged, and why it has ended', async () => {
  const projects = [someProject({ usedLastMinute: 9, deadAddressesLastMinute: 1 })]
  const { pool, watch, context, end } = await setup({})
  await watch.addDispatchHealth(() => ({ ...NO_DISPATCH, batchesInHand: 2, messagesInFlight: 40, projects }))
  context.recentErrors.add([{ campaignId: null }, 'something failed'])
  const row = async () => (await pool.query('SELECT * FROM processes')).rows[0]
  await until(async () => (await row())?.figures.batchesInHand === 2, { what: 'it has told of its batches' })
  const { figures, role } = await row()
  expect(role).toBe('dispatcher')
  expect(figures).toMatchObject({ state: 'ok', messagesInFlight: 40, projects })
  expect(figures.errors).toMatchObject([{ message: 'something failed' }])
  expect(figures.rssBytes).toBeGreaterThan(figures.nativeBytes)
  context.stop('SIGTERM')
  await end()
  expect(await row()).toMatchObject({ exit_reason: 'SIGTERM', figures: { state: 'draining' } })
})
