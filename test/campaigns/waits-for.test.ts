import { expect, test } from 'vitest'
import { campaignBody } from '../../src/api/campaigns/campaign-body.ts'
import { readCampaign } from '../../src/campaigns/read-campaigns.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'

async function setup() {
  const { pool } = await createTestDatabase()
  const { deviceIds } = await createDevices(pool, 20)
  /** `batches`: what is written into all of its rows. */
  const add = async (columns: object, batches = `state = 'queued'`) => {
    const id = await createCampaign(pool, { state: 'sending', is_planned: true, ...columns })
    await createBatches(pool, id, deviceIds, { size: 10 })
    await pool.query(`UPDATE batches SET ${batches} WHERE campaign_id = $1`, [id])
    return id
  }
  return { pool, add, waitsFor: async (id: string) => campaignBody(await readCampaign(pool, id)).waitsFor }
}

async function saysDispatcher(pool: Pool, project: object, seenSecondsAgo = 0): Promise<void> {
  await pool.query('DELETE FROM processes')
  await pool.query(
    `INSERT INTO processes (id, role, host, pid, version, figures, seen_at)
     VALUES ($1, 'dispatcher', 'here', 1, '0', $2, now() - make_interval(secs => $3))`,
    [
      crypto.randomUUID(),
      JSON.stringify({ projects: [{ id: 1, breaker: 'closed', ...project }] }),
      seenSecondsAgo,
    ],
  )
}

test('a campaign waits for a more urgent one of its project as long as that has batches on the queue', async () => {
  const { pool, add, waitsFor } = await setup()
  const usual = await add({ priority: 5 })
  const urgent = await add({ priority: 1, name: 'Doors' })
  await add({ priority: 4, name: 'less urgent' })
  expect(await waitsFor(usual)).toEqual({ kind: 'campaign', id: urgent, name: 'Doors', until: null })
  expect(await waitsFor(urgent)).toBeNull()
  await pool.query(`UPDATE batches SET state = 'sending' WHERE campaign_id = $1`, [urgent])
  expect((await waitsFor(usual))?.name).toBe('less urgent')
  await pool.query(`UPDATE batches SET state = 'sending' WHERE campaign_id = $1`, [usual])
  expect((await waitsFor(usual))?.name).toBe('less urgent')
})

test('one that has nothing to send yet waits for nobody, and one with a rate of its own for no other campaign', async () => {
  const { pool, add, waitsFor } = await setup()
  await add({ priority: 1 })
  await saysDispatcher(pool, { limitedBy: { by: 'quota', figure: 1 } })
  expect(await waitsFor(await add({}, `state = 'planned'`))).toBeNull()
  expect((await waitsFor(await add({ rate_per_minute: 20 })))?.kind).toBe('project_rate')
})

test('not for an equal one, one of another project, one with a rate of its own, or one that is paused', async () => {
  const { pool, add, waitsFor } = await setup()
  await pool.query(`INSERT INTO projects (id, name) VALUES (2, 'other')`)
  const usual = await add({ priority: 5 })
  for (const columns of [
    { priority: 5 },
    { priority: 1, project_id: 2 },
    { priority: 1, rate_per_minute: 20 },
    { priority: 1, state: 'paused' },
  ]) {
    await add(columns)
  }
  expect(await waitsFor(usual)).toBeNull()
})

test('its own rate, while that is used up', async () => {
  const { pool, add, waitsFor } = await setup()
  const id = await add({ rate_per_minute: 20 })
  await add({ priority: 1 })
  expect(await waitsFor(id)).toBeNull()
  await pool.query(`INSERT INTO rate_limits (key, next_at) VALUES ($1, now() + interval '3 s')`, [
    `campaign:${id}`,
  ])
  expect(await waitsFor(id)).toEqual({ kind: 'own_rate', id: null, name: null, until: null })
  await pool.query('UPDATE rate_limits SET next_at = now()')
  expect(await waitsFor(id)).toBeNull()
})

test('the rate limit of its project, while a dispatcher that is alive says so', async () => {
  const { pool, add, waitsFor } = await setup()
  const id = await add({})
  await saysDispatcher(pool, { limitedBy: { by: 'quota', figure: 1 } })
  expect((await waitsFor(id))?.kind).toBe('project_rate')
  await saysDispatcher(pool, { limitedBy: { by: 'quota', figure: 1 } }, 60)
  expect(await waitsFor(id)).toBeNull()
  await saysDispatcher(pool, { id: 7, limitedBy: { by: 'quota', figure: 1 } })
  expect(await waitsFor(id)).toBeNull()
  await saysDispatcher(pool, { limitedBy: null })
  expect(await waitsFor(id)).toBeNull()
})

test('FCM: until the time that it has asked for, or while it does not answer', async () => {
  const { pool, add, waitsFor } = await setup()
  const id = await add({})
  await saysDispatcher(pool, { breaker: 'open' })
  expect(await waitsFor(id)).toEqual({ kind: 'fcm', id: null, name: null, until: null })
  await pool.query(
    `INSERT INTO rate_limits (key, blocked_until) VALUES ('project:1', '2999-01-02 03:04:05+00')`,
  )
  expect(await waitsFor(id)).toEqual({ kind: 'fcm', id: null, name: null, until: '2999-01-02T03:04:05.000Z' })
  await saysDispatcher(pool, { breaker: 'closed' })
  await pool.query('UPDATE rate_limits SET blocked_until = now()')
  expect(await waitsFor(id)).toBeNull()
})

test('a time, when all that is left is tried again later', async () => {
  const { pool, add, waitsFor } = await setup()
  const id = await add({}, `state = 'planned', attempt = 1, not_before = '2999-01-02 03:04:05+00'`)
  expect(await waitsFor(id)).toEqual({
    kind: 'time',
    id: null,
    name: null,
    until: '2999-01-02T03:04:05.000Z',
  })
  await pool.query('UPDATE batches SET attempt = 0, not_before = NULL WHERE campaign_id = $1 AND seq = 0', [
    id,
  ])
  expect(await waitsFor(id)).toBeNull()
  // Due, or held for an operator: that is said elsewhere.
  for (const notBefore of ['-infinity', 'infinity']) {
    await pool.query('UPDATE batches SET attempt = 1, not_before = $2 WHERE campaign_id = $1', [
      id,
      notBefore,
    ])
    expect(await waitsFor(id)).toBeNull()
  }
})

test.each(['draft', 'scheduled', 'paused', 'canceled', 'finished'] as const)(
  'a campaign that is %s waits for nothing here',
  async (state) => {
    const { pool, add, waitsFor } = await setup()
    await add({ priority: 1 })
    await saysDispatcher(pool, { breaker: 'open', limitedBy: { by: 'quota', figure: 1 } })
    expect(await waitsFor(await add({ state }))).toBeNull()
  },
)

test('nor does one whose results are being counted', async () => {
  const { pool, add, waitsFor } = await setup()
  await saysDispatcher(pool, { breaker: 'open' })
  const id = await add({})
  expect((await waitsFor(id))?.kind).toBe('fcm')
  await pool.query(`UPDATE campaigns SET closing = '{}' WHERE id = $1`, [id])
  expect(await waitsFor(id)).toBeNull()
})
