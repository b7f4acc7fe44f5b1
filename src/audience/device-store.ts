/**
 * Devices and their members as rows. Registration of one device and import of millions are the same two
 * statements; safe to repeat, and two at once do not deadlock on new rows, because keys are taken in order.
 */

import { setTimeout as delay } from 'node:timers/promises'
import { inTransaction, isTransient, type Pool, type Queryable } from '../runtime/database.ts'
import { AppError } from '../runtime/errors.ts'
import type { DeviceRow } from './device-row.ts'

export interface StoredCounts {
  /** Tokens that were not known. */
  created: number
  /** Tokens that were known, under the same member. */
  updated: number
  /** Tokens that were known under another member, and are this one's now. */
  moved: number
}

export interface StoreOptions {
  /**
   * True when the app itself registers: that a device speaks proves that its token lives. An import is a copy of
   * what somebody else keeps, and a token that FCM has declared dead stays dead in it.
   */
  isAlive: boolean
}

/** Conflicts with another import of the same members solve themselves within a try or two. */
const TRIES = 5

/** Stores rows in one transaction of their own. Tokens must differ; see mergeByMember for members that repeat. */
export async function storeDevices(
  pool: Pool,
  rows: readonly DeviceRow[],
  options: StoreOptions,
): Promise<StoredCounts> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await inTransaction(pool, async (tx) => {
        await tx.query(BY_INDEX)
        await storeMembers(tx, mergeByMember(rows))
        return storeTokens(tx, rows, options)
      })
    } catch (error) {
      if (attempt >= TRIES || !isTransient(error)) throw error
      await delay(attempt * attempt * 20 * (0.5 + Math.random()))
    }
  }
}

/** Forgets one device. Its deliveries stay; a campaign that has it in hand records `skipped`. */
export async function deleteDevice(pool: Pool, token: string): Promise<void> {
  const { rowCount } = await pool.query('DELETE FROM devices WHERE token = $1', [token])
  if (rowCount === 0) {
    throw new AppError(
      'device_not_found',
      `There is no device with the token ending in "${token.slice(-8)}".`,
    )
  }
}

/** A member with several devices appears once; of each field the last one given counts. */
function mergeByMember(rows: readonly DeviceRow[]): DeviceRow[] {
  const members = new Map<string, DeviceRow>()
  for (const row of rows) {
    const seen = members.get(row.externalId)
    members.set(
      row.externalId,
      seen === undefined
        ? row
        : {
            ...row,
            locale: row.locale ?? seen.locale,
            timezone: row.timezone ?? seen.timezone,
            attributes: row.attributes ?? seen.attributes,
            optedOut: row.optedOut ?? seen.optedOut,
          },
    )
  }
  return [...members.values()]
}

async function storeMembers(tx: Queryable, members: readonly DeviceRow[]): Promise<void> {
  const values = [
    members.map((member) => member.externalId),
    members.map((member) => member.locale),
    members.map((member) => member.timezone),
    members.map((member) => member.attributes),
    members.map((member) => member.optedOut),
  ]
  const inserted = await tx.query({ name: 'members-insert', text: INSERT_MEMBERS, values })
  if (inserted.rowCount === members.length) return
  const saysMore = members.some(
    ({ locale, timezone, attributes, optedOut }) =>
      locale !== null || timezone !== null || attributes !== null || optedOut !== null,
  )
  if (saysMore) await tx.query({ name: 'members-update', text: UPDATE_MEMBERS, values })
}

async function storeTokens(
  tx: Queryable,
  rows: readonly DeviceRow[],
  { isAlive }: StoreOptions,
): Promise<StoredCounts> {
  const { rows: answer } = await tx.query<{ found: number; created: number; moved: number }>({
    name: 'devices-upsert',

    text: UPSERT_DEVICES,
    values: [
      rows.map((row) => row.token),
      rows.map((row) => row.platform),
      rows.map((row) => row.externalId),
      isAlive,
    ],
  })
  const { found, created, moved } = answer[0] ?? { found: 0, created: 0, moved: 0 }
  return { created, moved, updated: found - created - moved }
}

/**
 * The first import of an installation meets empty tables without statistics, for which PostgreSQL would plan to read
 * them whole; it would keep to that plan while they grow. Every look-up here is by a unique key.
 */
const BY_INDEX =
  'SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off'

const MEMBER_INPUT = `unnest($1::text[], $2::text[], $3::text[], $4::jsonb[], $5::boolean[])
  AS t (external_id, locale, timezone, attributes, opted_out)`

/** Only members that are new. Known ones are not touched here, so importing a file again writes next to nothing. */
const INSERT_MEMBERS = `
INSERT INTO members (external_id, locale, timezone, attributes, opted_out_at)
SELECT external_id, nullif(locale, ''), nullif(timezone, ''), coalesce(attributes, '{}'),
  CASE WHEN opted_out THEN now() END
FROM ${MEMBER_INPUT} ORDER BY external_id
ON CONFLICT (external_id) DO NOTHING`

/** Only members of whom something else is said than is known. The first opt-out keeps its date. */
const UPDATE_MEMBERS = `
UPDATE members m SET
  locale = CASE WHEN t.locale IS NULL THEN m.locale ELSE nullif(t.locale, '') END,
  timezone = CASE WHEN t.timezone IS NULL THEN m.timezone ELSE nullif(t.timezone, '') END,
  attributes = coalesce(t.attributes, m.attributes),
  opted_out_at = CASE WHEN t.opted_out IS NULL THEN m.opted_out_at
                      WHEN t.opted_out THEN coalesce(m.opted_out_at, now()) END,
  updated_at = now()
FROM ${MEMBER_INPUT}
WHERE m.external_id = t.external_id AND (
  (t.locale IS NOT NULL AND m.locale IS DISTINCT FROM nullif(t.locale, ''))
  OR (t.timezone IS NOT NULL AND m.timezone IS DISTINCT FROM nullif(t.timezone, ''))
  OR (t.attributes IS NOT NULL AND m.attributes <> t.attributes)
  OR (t.opted_out IS NOT NULL AND t.opted_out <> (m.opted_out_at IS NOT NULL)))`

/**
 * $1 tokens, $2 platforms, $3 external ids, $4 whether the devices have shown to be alive. A device under a new
 * member has registered there, so it lives. `last_seen_at` of an import moves once a day, and a row about which
 * nothing new is said is left out, because ON CONFLICT would lock it, and write for that.
 */
const UPSERT_DEVICES = `
WITH input AS MATERIALIZED (
  SELECT t.token, t.platform, m.id AS member_id, d.member_id AS known_member_id,
    d.platform = t.platform AND d.last_seen_at >= now() - interval '1 day' AS is_fresh
  FROM unnest($1::text[], $2::platform[], $3::text[]) AS t (token, platform, external_id)
  JOIN members m ON m.external_id = t.external_id
  LEFT JOIN devices d ON d.token = t.token
), written AS (
  INSERT INTO devices AS d (member_id, token, platform)
  SELECT member_id, token, platform FROM input
  WHERE $4 OR known_member_id IS DISTINCT FROM member_id OR NOT is_fresh
  ORDER BY token
  ON CONFLICT (token) DO UPDATE SET
    member_id = excluded.member_id, platform = excluded.platform, last_seen_at = now(),
    state = CASE WHEN $4 OR d.member_id <> excluded.member_id THEN 'active' ELSE d.state END,
    gone_at = CASE WHEN $4 OR d.member_id <> excluded.member_id THEN NULL ELSE d.gone_at END,
    gone_code = CASE WHEN $4 OR d.member_id <> excluded.member_id THEN NULL ELSE d.gone_code END
  RETURNING d.xmax = 0 AS is_new
)
SELECT count(*) AS found, count(*) FILTER (WHERE known_member_id <> member_id) AS moved,
  (SELECT count(*) FROM written WHERE is_new) AS created
FROM input`
