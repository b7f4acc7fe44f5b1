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
    expect(
      await cleanUp(pool, {
        auditRetentionDays: 730,
        testRetentionDays: 0,
        deviceStaleDays: 270,
        deliveryRetentionMonths: 0,
      }),
    ).toEqual({
      droppedPartitions: [],
      deletedAuditEvents: 0,
      deletedOldSecrets: 0,
      forgottenUses: 0,
      retiredDevices: 3,
      deletedDevices: 0,
      deletedIdempotencyKeys: 1,
      deletedProcesses: 1,
      deletedSessions: 0,
      deletedTests: 0,
    })
    const { rows } = await pool.query(
      `SELECT count(*) AS gone FROM devices WHERE state = 'gone' AND gone_code = 1`,
    )
    expect(rows[0].gone).toBe(3)
  })

  test('a step that fails does not keep the others from running, and is reported', async () => {
    const { pool } = await createTestDatabase()
    await createDevices(pool, 3, { lastSeenAt: new Date(Date.now() - 271 * DAY_MS) })
    await pool.query('DROP TABLE sessions, processes')
    await ensureDeliveriesPartition(pool, idAt(Date.now() - 120 * DAY_MS))
    const before = await partitions(pool)
    const options = {
      auditRetentionDays: 730,
      testRetentionDays: 0,
      deviceStaleDays: 270,
      deliveryRetentionMonths: 1,
    }
    await expect(cleanUp(pool, options)).rejects.toThrow('relation "processes" does not exist')
    expect(await partitions(pool)).toEqual(before.slice(1))
    expect((await pool.query(`SELECT count(*) AS n FROM devices WHERE state = 'gone'`)).rows[0].n).toBe(3)
  })

  test('a partition that is in use does not keep the next from being dropped', async () => {
    const { pool } = await createTestDatabase()
    const old = [idAt(Date.now() - 180 * DAY_MS), idAt(Date.now() - 120 * DAY_MS)]
    for (const id of old) await ensureDeliveriesPartition(pool, id)
    const [first, second] = await partitions(pool)
    const reader = await pool.connect()
    await reader.query('BEGIN')
    await reader.query(`SELECT FROM ${first}`)
    await expect(dropOldPartitions(pool, 1)).rejects.toThrow('lock timeout')
    expect(await partitions(pool)).toContain(first)
    expect(await partitions(pool)).not.toContain(second)
    await reader.query('COMMIT')
    reader.release()
  })

  test('deletes devices that are gone for longer than results are kept, and no others', async () => {
    const { pool } = await createTestDatabase()
    const { deviceIds } = await createDevices(pool, 4, { state: 'gone' })
    await createDevices(pool, 1)
    const goneAt = async (index: number, at: number) =>
      await pool.query('UPDATE devices SET gone_at = $2 WHERE id = $1', [deviceIds[index], new Date(at)])
    const now = new Date()
    const thisMonth = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1)
    await ensureDeliveriesPartition(pool, idAt(thisMonth - 62 * DAY_MS))
    await goneAt(0, thisMonth - 100 * DAY_MS)
    await goneAt(1, thisMonth - 1)
    await goneAt(2, thisMonth)
    const ids = async () => (await pool.query('SELECT id FROM devices ORDER BY id')).rows.map(({ id }) => id)
    const all = await ids()
    const options = {
      auditRetentionDays: 730,
      testRetentionDays: 0,
      deviceStaleDays: 0,
      deliveryRetentionMonths: 0,
    }
    expect(await cleanUp(pool, options)).toMatchObject({ deletedDevices: 0 })
    expect(await ids()).toEqual(all)
    // Two months: the partition of the month before last is kept, and the device that was gone before it is not.
    expect(await cleanUp(pool, { ...options, deliveryRetentionMonths: 3 })).toMatchObject({
      deletedDevices: 1,
    })
    expect(await ids()).toEqual(all.slice(1))
    expect(await cleanUp(pool, { ...options, deliveryRetentionMonths: 1 })).toMatchObject({
      deletedDevices: 1,
    })
    expect(await ids()).toEqual(all.slice(2))
  })

  test('what it looks for in large tables is found by an index', async () => {
    const { pool } = await createTestDatabase()
    await createDevices(pool, 200)
    await pool.query(
      `INSERT INTO devices (member_id, address, platform, state, gone_at, last_seen_at)
       SELECT m.id, 'more-' || m.id || '-' || n, 'web', CASE WHEN n % 10 = 0 THEN 'gone' ELSE 'active' END::device_state,
         CASE WHEN n % 10 = 0 THEN now() END, now() - make_interval(hours => n) FROM members m, generate_series(1, 50) n`,
    )
    await pool.query(
      `INSERT INTO idempotency_keys (caller_id, key, fingerprint, subject_id)
       SELECT gen_random_uuid(), n::text, '', gen_random_uuid() FROM generate_series(1, 5000) n`,
    )
    await pool.query('VACUUM ANALYZE')
    const scans = async () => {
      await pool.query('SELECT pg_stat_force_next_flush()')
      const { rows } = await pool.query<{ read: number }>(
        `SELECT seq_tup_read::int8 AS read FROM pg_stat_user_tables
         WHERE relname IN ('devices', 'idempotency_keys') ORDER BY relname`,
      )
      return rows.map(({ read }) => read)
    }
    const before = await scans()
    await cleanUp(pool, {
      auditRetentionDays: 730,
      testRetentionDays: 0,
      deviceStaleDays: 270,
      deliveryRetentionMonths: 1,
    })
    expect(await scans()).toEqual(before)
  })
})
