import { describe, expect, test } from 'vitest'
import { cleanUp } from '../../src/maintenance/clean-up.ts'
import { createdAtOf, dropOldPartitions, ensureDeliveriesPartition } from '../../src/postgres/partitions.ts'
import { createTestDatabase } from '../support/database.ts'
import { createCampaign, createDevices } from '../support/factories.ts'

const DAY_MS = 86_400_000

/** A UUIDv7 made at that instant. */
function idAt(at: number): string {
  const hex = at.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

async function partitions(pool: Awaited<ReturnType<typeof createTestDatabase>>['pool']): Promise<string[]> {
  const { rows } = await pool.query(
    `SELECT c.relname AS name FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
     WHERE inhparent = 'deliveries'::regclass ORDER BY 1`,
  )
  return rows.map(({ name }) => name)
}

describe('cleanup', () => {
  test('tells a campaign’s month from its id, and a row lands in that month’s partition', async () => {
    const { pool } = await createTestDatabase()
    const at = Date.UTC(2027, 0, 31, 23, 59, 59, 999)
    expect(createdAtOf(idAt(at)).getTime()).toBe(at)
    for (const instant of [at, at + 1]) {
      await ensureDeliveriesPartition(pool, idAt(instant))
      await pool.query(
        'INSERT INTO deliveries (campaign_id, device_id, state, code, attempt) VALUES ($1, 1, 1, 0, 1)',
        [idAt(instant)],
      )
    }
    const { rows } = await pool.query('SELECT tableoid::regclass::text AS part FROM deliveries ORDER BY 1')
    expect(rows.map(({ part }) => part)).toEqual(['deliveries_2027_01', 'deliveries_2027_02'])
  })

  test('makes a partition once, however many ask at the same time', async () => {
    const { pool } = await createTestDatabase()
    const id = idAt(Date.UTC(2028, 5, 1))
    await Promise.all(Array.from({ length: 4 }, () => ensureDeliveriesPartition(pool, id)))
    expect(await partitions(pool)).toContain('deliveries_2028_06')
  })

  test('drops whole months past retention and no others; none by default', async () => {
    const { pool } = await createTestDatabase()
    await ensureDeliveriesPartition(pool, idAt(Date.now() - 120 * DAY_MS))
    const before = await partitions(pool)
    expect(await dropOldPartitions(pool, 0)).toEqual([])
    expect(await dropOldPartitions(pool, 2)).toEqual([before[0]])
    expect(await partitions(pool)).toEqual(before.slice(1))
  })

  test('retires devices that FCM has forgotten, and forgets old idempotency keys and processes', async () => {
    const { pool } = await createTestDatabase()
    await createDevices(pool, 3, { lastSeenAt: new Date(Date.now() - 271 * DAY_MS) })
    await createDevices(pool, 2, { lastSeenAt: new Date(Date.now() - 269 * DAY_MS) })
    const id = await createCampaign(pool)
    for (const [key, hours] of [
      ['old', 25],
      ['young', 23],
    ] as const) {
      await pool.query(
        `INSERT INTO idempotency_keys (caller_id, key, fingerprint, subject_id, created_at)
         VALUES ($1, $2, '', $1, now() - make_interval(hours => $3))`,
        [id, key, hours],
      )
    }
    await pool.query(
      `INSERT INTO processes (id, role, host, pid, version, seen_at)
       VALUES ($1, 'api', 'h', 1, '1', now() - interval '25 h')`,
      [id],
    )
    expect(await cleanUp(pool, { deviceStaleDays: 270, deliveryRetentionMonths: 0 })).toEqual({
      droppedPartitions: [],
      retiredDevices: 3,
      deletedDevices: 0,
      deletedIdempotencyKeys: 1,
      deletedProcesses: 1,
      deletedSessions: 0,
    })
    const { rows } = await pool.query(
      `SELECT count(*) AS gone FROM devices WHERE state = 'gone' AND gone_code = 1`,
    )
    expect(rows[0].gone).toBe(3)
  })
})
