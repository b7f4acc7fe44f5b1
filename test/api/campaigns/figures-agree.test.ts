/**
 * What the panels of a campaign's page say, of campaigns at the edges: the progress, the failures, the plot and the list of
 * results agree, and each says of which moment it is.
 */
import { randomUUIDv7 } from 'node:crypto'
import { expect, test } from 'vitest'
import { cancelBatches } from '../../../src/campaigns/cancel-batches.ts'
import type { Outcome } from '../../../src/domain/outcome.ts'
import { closeCampaign } from '../../../src/maintenance/close-campaigns.ts'
import { planCampaign } from '../../../src/planning/plan-campaign.ts'
import { createLogger } from '../../../src/process/logger.ts'
import { attemptWith } from '../../support/attempt-with.ts'
import { type CampaignColumns, createCampaign, createDevices } from '../../support/factories.ts'
import { startApp } from '../start-app.ts'

const log = createLogger('test', 'silent')
const DEVICES = 30

const SENT: Outcome = { kind: 'sent', messageId: '1' }
const UNREGISTERED: Outcome = { kind: 'token_gone', code: 'unregistered', isCertain: true }
const LOST: Outcome = { kind: 'in_doubt', code: 'answer_lost' }

async function setup({ devices = DEVICES, isOptedOut = false } = {}) {
  const api = await startApp()
  const { pool } = api
  await createDevices(pool, devices, {
    lastSeenAt: new Date(Date.now() - 60_000),
    ...(isOptedOut && { member: { opted_out_at: new Date() } }),
  })
  const plan = (id: string) =>
    planCampaign(
      { pool, batchSize: 10, pageBatches: 50, onPage: async () => {} },
      id,
      new AbortController().signal,
    )
  const run = async (columns: CampaignColumns, answer: (n: number) => Outcome, batches = 3) => {
    const id = await createCampaign(pool, { state: 'sending', started_at: new Date(), ...columns })
    await plan(id)
    let n = 0
    for (let seq = 0; seq < batches; seq++) await attemptWith(pool, id, () => answer(n++), { seq })
    return id
  }
  const get = async (id: string, path = '') => (await api.call('GET', `/v1/campaigns/${id}${path}`)).json

  /** The sums of all panels, as one object each; `canceled` only where a panel has it. */
  const panels = async (id: string) => {
    const { progress } = await get(id)
    const failures = await get(id, '/failures')
    const timeline = await get(id, '/timeline')
    const sumOf = (rows: Record<string, number>[], field: string) =>
      rows.reduce((sum, row) => sum + (row[field] ?? 0), 0)
    const notSent = (state: string) =>
      sumOf(
        failures.data.filter((row: { state: string }) => row.state === state),
        'count',
      )
    const listed: string[] = []
    for (let cursor = ''; ; ) {
      const page = await get(id, `/deliveries?limit=20${cursor}`)
      listed.push(...page.data.map(({ state }: { state: string }) => state))
      if (page.nextCursor === null) break
      cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`
    }
    const inList = (state: string) => listed.filter((each) => each === state).length
    const { failed, skipped, inDoubt, sent, canceled } = progress
    return {
      audience: [progress.audience, listed.length + progress.remaining],
      sent: [sent, sumOf(timeline.data, 'sent'), inList('sent')],
      failed: [failed, sumOf(timeline.data, 'failed'), inList('failed'), notSent('failed')],
      skipped: [skipped, sumOf(timeline.data, 'skipped'), inList('skipped'), notSent('skipped')],
      inDoubt: [inDoubt, sumOf(timeline.data, 'inDoubt'), inList('in_doubt'), notSent('in_doubt')],
      canceled: [canceled, inList('canceled')],
    }
  }
  return { ...api, plan, run, get, panels }
}

const all = <Panels extends Record<string, number[]>>(
  panels: Panels,
  expected: Partial<Record<keyof Panels, number>>,
) =>
  expect(panels).toEqual(
    Object.fromEntries(
      Object.entries(panels).map(([figure, values]) => [figure, values.map(() => expected[figure] ?? 0)]),
    ),
  )

test('all failed', async () => {
  const { pool, run, panels } = await setup()
  const id = await run({}, () => UNREGISTERED)
  expect(await closeCampaign(pool, id, log)).toBe(true)
  all(await panels(id), { audience: DEVICES, failed: DEVICES })
})

test('all skipped', async () => {
  const { pool, run, panels } = await setup()
  const id = await run({}, () => SENT, 0)
  await pool.query('UPDATE members SET opted_out_at = now()')
  for (let seq = 0; seq < 3; seq++) await attemptWith(pool, id, () => SENT, { seq })
  expect(await closeCampaign(pool, id, log)).toBe(true)
  all(await panels(id), { audience: DEVICES, skipped: DEVICES })
})

test('all in doubt', async () => {
  const { pool, run, panels } = await setup()
  const id = await run({ guarantee: 'at_most_once' }, () => LOST)
  expect(await closeCampaign(pool, id, log)).toBe(true)
  all(await panels(id), { audience: DEVICES, inDoubt: DEVICES })
})

test('resent: of both campaigns', async () => {
  const { pool, run, panels, plan } = await setup()
  const id = await run({}, (n) => (n % 3 === 0 ? UNREGISTERED : SENT))
  expect(await closeCampaign(pool, id, log)).toBe(true)
  await pool.query(`UPDATE devices SET state = 'active'`)
  const resend = randomUUIDv7()
  await createCampaign(pool, {
    id: resend,
    state: 'sending',
    resend_of: id,
    resend_only: 'failed',
    chain_id: id,
  })
  await plan(resend)
  await attemptWith(pool, resend, () => SENT)
  expect(await closeCampaign(pool, resend, log)).toBe(true)
  all(await panels(id), { audience: DEVICES, sent: 20, failed: 10 })
  all(await panels(resend), { audience: 10, sent: 10 })
})

test('canceled at once, and canceled in the middle', async () => {
  const { pool, run, panels } = await setup()
  for (const batches of [0, 1]) {
    const id = await run({}, () => UNREGISTERED, batches)
    await pool.query(`UPDATE campaigns SET state = 'canceled' WHERE id = $1`, [id])
    await cancelBatches(pool, id)
    expect(await closeCampaign(pool, id, log)).toBe(true)
    all(await panels(id), { audience: DEVICES, failed: batches * 10, canceled: DEVICES - batches * 10 })
    await pool.query(`UPDATE devices SET state = 'active'`)
  }
})

test('empty', async () => {
  const { run, panels } = await setup({ devices: 0 })
  all(await panels(await run({}, () => SENT, 0)), {})
})

test('each answer says of which moment it is, with and without figures in it', async () => {
  const { pool, run, get } = await setup()
  const draft = await createCampaign(pool)
  for (const id of [draft, await run({}, () => UNREGISTERED)]) {
    for (const path of ['', '/failures', '/timeline']) {
      const before = Date.now()
      const asOf = Date.parse((await get(id, path)).asOf)
      expect(asOf).toBeGreaterThanOrEqual(before - 1)
      expect(asOf).toBeLessThanOrEqual(Date.now() + 1)
    }
  }
})
