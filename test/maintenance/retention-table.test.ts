/** The table of what is kept how long: each row is enforced, and the documents say the same. */
import { randomUUIDv7 } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { removeDeleted } from '../../src/campaigns/restore-campaign.ts'
import { loadConfig } from '../../src/config/config.ts'
import { KEPT, type Kept, type KeptName, retentionTable } from '../../src/domain/retention.ts'
import { cleanUp } from '../../src/maintenance/clean-up.ts'
import { ensureDeliveriesPartition } from '../../src/postgres/partitions.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { rewriteChain } from '../audit/rewrite-chain.ts'
import { testConfig, testEnv } from '../support/config.ts'
import { createTestDatabase } from '../support/database.ts'
import { createCampaign, createDevices } from '../support/factories.ts'

const SETTINGS = {
  deliveryRetentionMonths: 3,
  deviceStaleDays: 270,
  testRetentionDays: 60,
  auditRetentionDays: 90,
}
const TABLE = new Map(retentionTable(SETTINGS).map((row) => [row.what, row]))
const UNIT_MS = { months: 31 * 86_400_000, days: 86_400_000, hours: 3_600_000, minutes: 60_000 }

/** A row of each kind that was made at that time, which `count` counts. */
interface Case {
  make: (pool: Pool, at: Date) => Promise<unknown>
  count: string
}

const uuid7At = (at: Date) => {
  const hex = at.getTime().toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${randomUUIDv7().slice(-12)}`
}

const session = (pool: Pool, createdAt: Date, seenAt: Date) =>
  pool.query(
    `WITH u AS (INSERT INTO users (id, name, password_hash, role) VALUES ($1::uuid, $1::uuid::text, '', 'viewer') RETURNING id)
     INSERT INTO sessions (hash, id, user_id, created_at, seen_at, expires_at)
     SELECT convert_to(id::text, 'UTF8'), id, id, $2, $3, $2::timestamptz + interval '7 days' FROM u`,
    [randomUUIDv7(), createdAt, seenAt],
  )

const CASES: Record<KeptName, Case | string> = {
  campaigns: 'for ever',
  members: 'for ever',
  images: 'for ever: files, of which messages that were sent show the address',
  results: {
    make: async (pool, at) => {
      const id = uuid7At(at)
      await ensureDeliveriesPartition(pool, id)
      const values = [id, Math.floor(Math.random() * 1e9)]
      await pool.query(
        'INSERT INTO deliveries (campaign_id, device_id, state, code, attempt) VALUES ($1, $2, 1, 0, 1)',
        values,
      )
    },
    count: 'SELECT count(*) FROM deliveries',
  },
  gone_devices: {
    make: async (pool, at) => {
      // As old as the oldest results that are left.
      await ensureDeliveriesPartition(pool, uuid7At(new Date(Date.now() - 3 * UNIT_MS.months)))
      const { deviceIds } = await createDevices(pool, 1, { state: 'gone' })
      await pool.query('UPDATE devices SET gone_at = $1 WHERE id = ANY($2)', [at, deviceIds])
    },
    count: 'SELECT count(*) FROM devices',
  },
  unseen_devices: {
    make: (pool, at) => createDevices(pool, 1, { lastSeenAt: at }),
    count: `SELECT count(*) FROM devices WHERE state = 'active'`,
  },
  member_uses: {
    make: async (pool, at) => {
      const { memberIds } = await createDevices(pool, 1)
      await pool.query(
        `INSERT INTO member_uses (member_id, campaign_ids, device_ids, used_at, in_doubt)
         VALUES ($1, ARRAY[$2::uuid], '{1}', ARRAY[$3::timestamptz], '{false}')`,
        [memberIds[0], randomUUIDv7(), at],
      )
    },
    count: 'SELECT count(*) FROM member_uses',
  },
  deleted_campaigns: {
    make: (pool, at) => createCampaign(pool, { deleted_at: at }),
    count: 'SELECT count(*) FROM campaigns',
  },
  tests: {
    make: async (pool, at) =>
      pool.query(
        `INSERT INTO test_sends (id, campaign_id, campaign_version, message_version, message_hash, is_validation, sent_at, sent_by, size,
           recipients) VALUES ($1, $2, 1, 1, '', false, $3, $1, 1, '[]')`,
        [randomUUIDv7(), await createCampaign(pool), at],
      ),
    count: 'SELECT count(*) FROM test_sends',
  },
  audit: {
    make: async (pool, at) => {
      await pool.query(
        `INSERT INTO audit_events (actor_kind, actor_name, deed, subject_kind, detail) VALUES ('process', 'x', 'y', 'z', '{}')`,
      )
      await rewriteChain(
        pool,
        `UPDATE audit_events SET at = '${at.toISOString()}' WHERE seq = (SELECT max(seq) FROM audit_events)`,
      )
    },
    count: `SELECT count(*) FROM audit_events WHERE deed = 'y'`,
  },
  sessions: {
    make: (pool, at) => session(pool, at, new Date()),
    count: 'SELECT count(*) FROM sessions',
  },
  idle_sessions: {
    make: (pool, at) => session(pool, new Date(), at),
    count: 'SELECT count(*) FROM sessions',
  },
  old_secrets: {
    make: (pool, endsAt) =>
      pool.query(
        `WITH k AS (INSERT INTO api_keys (id, name, prefix, hash, role) VALUES ($1, 'k', $1::uuid::text, '', 'viewer') RETURNING id)
         INSERT INTO api_key_old_secrets (prefix, hash, api_key_id, ends_at) SELECT 'old-' || id, '', id, $2 FROM k`,
        [randomUUIDv7(), endsAt],
      ),
    count: 'SELECT count(*) FROM api_key_old_secrets',
  },
  idempotency_keys: {
    make: (pool, at) =>
      pool.query(
        `INSERT INTO idempotency_keys (caller_id, key, fingerprint, subject_id, created_at) VALUES ($1, 'k', '', $1, $2)`,
        [randomUUIDv7(), at],
      ),
    count: 'SELECT count(*) FROM idempotency_keys',
  },
  heartbeats: {
    make: (pool, at) =>
      pool.query(
        `INSERT INTO processes (id, role, host, pid, version, seen_at) VALUES ($1, 'api', 'h', 1, '1', $2)`,
        [randomUUIDv7(), at],
      ),
    count: 'SELECT count(*) FROM processes',
  },
}

test.each(KEPT.filter((what) => typeof CASES[what] !== 'string'))(
  '%s are kept as long as the table says, and no longer',
  async (what) => {
    const { make, count } = CASES[what] as Case
    const { amount, unit } = TABLE.get(what) as Kept
    if (amount === null) throw new Error(`${what} has a case and is kept for ever`)
    const { pool } = await createTestDatabase()
    const kept = amount * UNIT_MS[unit]
    // A month of results is dropped as a whole, and the audit log is cut once a day.
    const margin = unit === 'months' ? 2 * UNIT_MS.months : what === 'audit' ? 2 * UNIT_MS.days : 30_000
    await make(pool, new Date(Date.now() - kept - margin))
    await make(pool, new Date(Date.now() - kept + margin))
    await cleanUp(pool, SETTINGS)
    await removeDeleted(pool)
    const { rows } = await pool.query(count)
    expect(rows[0].count).toBe(1)
  },
)

test('what is kept for ever is kept for ever', () => {
  const forEver = KEPT.filter((what) => TABLE.get(what)?.amount === null)
  expect(forEver).toEqual(KEPT.filter((what) => typeof CASES[what] === 'string'))
  const byDefault = retentionTable(testConfig().maintenance)
  expect(byDefault.filter(({ amount }) => amount === null).map(({ what }) => what)).toEqual([
    'campaigns',
    'members',
    'results',
    'gone_devices',
    'images',
  ])
})

test.each(['0', '29'])('AUDIT_RETENTION_DAYS=%s is refused', (days) => {
  expect(() => loadConfig(testEnv({ AUDIT_RETENTION_DAYS: days }))).toThrow('AUDIT_RETENTION_DAYS')
})

test('the documents have the same table', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8')
  const section = page.slice(page.indexOf('## What is kept how long'))
  const rows = [...section.matchAll(/^\| `(\w+)` \|.*\| (.+) \|$/gm)].map(([, what, kept]) => [what, kept])
  const words = ({ amount, unit, variable }: Kept) => {
    const duration = amount === null ? 'for ever' : `${amount} ${unit}`
    return variable === null ? duration : `\`${variable}\`: ${duration}`
  }
  expect(rows).toEqual(retentionTable(testConfig().maintenance).map((row) => [row.what, words(row)]))
})
