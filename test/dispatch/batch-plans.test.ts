/**
 * The plans of the dispatcher's hot statements, made when they are most misleading: all tables empty, and known to
 * be. Named statements keep such a plan for as long as a minute into a campaign.
 */
import { expect, onTestFinished, test } from 'vitest'
import { endAttempt, loadDevices } from '../../src/dispatch/batch-store.ts'
import { openPool } from '../../src/postgres/pool.ts'
import { createLogger } from '../../src/process/logger.ts'
import { claimed, PASS_ENDED, recorderOf } from '../support/claims.ts'
import { testConfig } from '../support/config.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'

/** A connection's first executions are planned each by itself; the plan that stays is made after them. */
const USES = 8

test('rows are looked up by key even if the plan was made on empty tables', async () => {
  const database = await createTestDatabase()
  await database.pool.query('ANALYZE')
  const { database: config } = testConfig({ DATABASE_URL: database.url })
  const log = createLogger('test', 'silent')
  const pool = openPool({ ...config, poolSize: 1 }, 'test', log, { byKeyOnly: true })
  onTestFinished(() => pool.end())
  const { deviceIds } = await createDevices(pool, USES)
  const campaignId = await createCampaign(pool, { state: 'sending' })
  await createBatches(pool, campaignId, deviceIds, { state: 'queued', size: 1 })

  for (let seq = 0; seq < USES; seq++) {
    const claim = await claimed(pool, campaignId, seq)
    const [device] = await loadDevices(pool, claim)
    const recorder = recorderOf(pool, claim)
    recorder.add({
      deviceId: device?.id ?? 0,
      state: 'sent',
      code: 'ok',
      messageId: 'x',
      addressIsDead: 'no',
    })
    await recorder.flush()
    await endAttempt(pool, claim, PASS_ENDED)
  }

  for (const name of ['batch-claim', 'batch-devices', 'results-record-new', 'batch-end']) {
    const parameters = await pool.query<{ types: string[] }>(
      'SELECT parameter_types::text[] AS types FROM pg_prepared_statements WHERE name = $1',
      [name],
    )
    const nulls = parameters.rows[0]?.types.map((type) => `NULL::${type}`).join(', ')
    const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`EXPLAIN EXECUTE "${name}"(${nulls})`)
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    expect(plan, name).toContain('$1')
    expect(plan, name).not.toMatch(/Seq Scan|Hash Join|Merge Join/)
    // Both columns of the key, not all deliveries of the campaign.
    for (const condition of plan.match(/Index Cond: \(+campaign_id = \$1\).*/g) ?? []) {
      expect(condition, `${name}\n${plan}`).toMatch(/device_id = |seq = /)
    }
  }
})
