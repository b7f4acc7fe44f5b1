/**
 * Stores devices and their members. Registration of one device and import of millions use the same two statements. Safe to
 * call repeatedly; two calls at once do not deadlock on new rows, because keys are inserted in order.
 *
 * A token belongs to one device in each project: registered in a second project it is a second device.
 */

import { setTimeout as delay } from 'node:timers/promises'
import type { DeviceRow, MemberRow } from '../domain/device-row.ts'
import { AppError } from '../domain/errors.ts'
import { inTransaction, isTransient, type Pool, type Queryable } from '../postgres/pool.ts'

export interface StoredCounts {
  /** New tokens. */
  created: number
  /** Known tokens of the same member. */
  updated: number
  /** Known tokens that belonged to another member until now. */
  moved: number
  /** Devices that have got a new address. */
  replaced: number
  /** Rows that would have lifted an opt-out, and did not. */
  optOutsKept: number
}

export interface StoreOptions {
  projectId: number
  /**
   * True when the app itself registers, which proves that its token is valid. An import is a copy of another system's
   * data: in it, a token that FCM has declared dead stays dead.
   */
  isAlive: boolean
  /** Whether a row may lift an opt-out that was made before. */
  optOuts: 'keep' | 'replace'
  source: 'registration' | 'import'
  /** The user or key. */
  by: string | null
}

/** After a conflict with another import of the same members, a second or third try nearly always succeeds. */
const TRIES = 5

/**
 * Stores rows in one transaction. Tokens must differ. A caller that stores several chunks at once must not overlap chunks
 * with a token or a member in common: which of them takes precedence would be random.
 */
export async function storeDevices(
  pool: Pool,
  rows: readonly DeviceRow[],
  options: StoreOptions,
): Promise<StoredCounts> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await inTransaction(
        pool,
        async (tx) => storeTokens(tx, rows, await storeMembers(tx, rows), options),
        BY_INDEX,
      )
    } catch (error) {
      if (attempt >= TRIES || !(isTransient(error) || isTaken(error) || error instanceof DeletedMeanwhile))
        throw error
      await delay(attempt * attempt * 20 * (0.5 + Math.random()))
    }
  }
}

/** Stores what a list says about members whose devices cannot be used. */
export async function storeMembersOnly(
  pool: Pool,
  rows: readonly MemberRow[],
  _options: StoreOptions,
): Promise<void> {
  if (rows.length === 0) return
  await inTransaction(pool, async (tx) => void (await storeMembers(tx, rows)), BY_INDEX)
}

/** A device was deleted after it had been looked up. The next try creates it. */
class DeletedMeanwhile extends Error {}

/** SQLSTATE unique_violation: another session has stored one of the keys since it was looked up. The next try finds it. */
function isTaken(error: unknown): boolean {
  return (error as { code?: unknown }).code === '23505'
}

/** Deletes one device. Its deliveries stay; a campaign that is about to send to it records `skipped`. */
export async function deleteDevice(pool: Pool, projectId: number, token: string): Promise<void> {
  const { rowCount } = await pool.query('DELETE FROM devices WHERE token = $1 AND project_id = $2', [
    token,
    projectId,
  ])
  if (rowCount === 0) {
    throw new AppError(
      'device_not_found',
      `There is no device with the token ending in "${token.slice(-8)}".`,
    )
  }
}

/** Returns the member id of each row. A member with several devices is stored once, with the last value of each field. */
async function storeMembers(tx: Queryable, rows: readonly MemberRow[]): Promise<number[]> {
  const places = new Map<string, number>()
  const members: MemberRow[] = []
  const placeOf = rows.map((row) => {
    const place = places.get(row.externalId)
    if (place === undefined) {
      places.set(row.externalId, members.length)
      return members.push(row) - 1
    }
    const seen = members[place] as MemberRow
    members[place] = {
      ...row,
      locale: row.locale ?? seen.locale,
      timezone: row.timezone ?? seen.timezone,
      attributes: row.attributes ?? seen.attributes,
      optedOut: row.optedOut ?? seen.optedOut,
    }
    return place
  })
  const { rows: answer } = await tx.query<{ ids: number[] }>({
    name: 'members-store',
    text: STORE_MEMBERS,
    values: [
      members.map((member) => member.externalId),
      members.map((member) => member.locale),
      members.map((member) => member.timezone),
      members.map((member) => member.attributes),
      members.map((member) => member.optedOut),
    ],
  })
  const ids = answer[0]?.ids ?? []
  return placeOf.map((place) => ids[place] as number)
}

async function storeTokens(
  tx: Queryable,
  rows: readonly DeviceRow[],
  memberIds: readonly number[],
  { projectId, isAlive }: StoreOptions,
): Promise<StoredCounts> {
  const { rows: answer } = await tx.query<
    Pick<StoredCounts, 'created' | 'updated' | 'moved'> & { lost: number }
  >({
    name: 'devices-store',
    text: STORE_DEVICES,
    values: [rows.map((row) => row.address), rows.map((row) => row.platform), memberIds, isAlive, projectId],
  })
  const { lost = 0, ...counts } = answer[0] ?? { created: 0, updated: 0, moved: 0 }
  if (lost > 0) throw new DeletedMeanwhile()
  return { ...counts, replaced: 0, optOutsKept: 0 }
}

/**
 * During the first import of an installation the tables are empty and have no statistics. PostgreSQL would plan to read
 * them completely, and keep that plan while they grow. Every look-up here is by a unique key.
 */
const BY_INDEX =
  'SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off'

/*
 * Both statements look up each key once, insert missing rows, and update rows with new values. With ON CONFLICT each key
 * would be looked up two or three times, which takes PostgreSQL a third longer.
 */

/**
 * $1–$5 members. A member without new values is not updated, so importing a file again writes next to nothing. The
 * date of the first opt-out is kept.
 */
const STORE_MEMBERS = `
WITH member AS MATERIALIZED (
  SELECT t.*, coalesce(m.id, nextval('members_id_seq')) AS id, m.id IS NULL AS is_new,
    (t.locale IS NOT NULL AND m.locale IS DISTINCT FROM nullif(t.locale, ''))
    OR (t.timezone IS NOT NULL AND m.timezone IS DISTINCT FROM nullif(t.timezone, ''))
    OR (t.attributes IS NOT NULL AND m.attributes <> t.attributes)
    OR (t.opted_out IS NOT NULL AND t.opted_out <> (m.opted_out_at IS NOT NULL)) AS is_changed
  FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[], $5::boolean[])
    WITH ORDINALITY AS t (external_id, locale, timezone, attributes, opted_out, place)
  LEFT JOIN members m ON m.external_id = t.external_id
), created AS (
  INSERT INTO members (id, external_id, locale, timezone, attributes, opted_out_at)
  SELECT id, external_id, nullif(locale, ''), nullif(timezone, ''), coalesce(attributes, '{}'),
    CASE WHEN opted_out THEN now() END
  FROM member WHERE is_new ORDER BY external_id
), changed AS (
  UPDATE members m SET
    locale = CASE WHEN t.locale IS NULL THEN m.locale ELSE nullif(t.locale, '') END,
    timezone = CASE WHEN t.timezone IS NULL THEN m.timezone ELSE nullif(t.timezone, '') END,
    attributes = coalesce(t.attributes, m.attributes),
    opted_out_at = CASE WHEN t.opted_out IS NULL THEN m.opted_out_at
                        WHEN t.opted_out THEN coalesce(m.opted_out_at, now()) END
  FROM (SELECT * FROM member WHERE is_changed AND NOT is_new ORDER BY external_id) t WHERE m.id = t.id
)
SELECT array_agg(id ORDER BY place) AS ids FROM member`

/**
 * $1 tokens, $2 platforms, $3 members, $4 whether the tokens are known to be valid, $5 project. A device with a new member
 * has registered there, so its token is valid. An import updates `last_seen_at` once a day at most, and does not touch
 * rows without new values.
 */
const STORE_DEVICES = `
WITH device AS MATERIALIZED (
  SELECT t.*, d.id, d.member_id AS known_member_id,
    $4 OR d.member_id <> t.member_id OR d.platform <> t.platform OR d.last_seen_at < now() - interval '24 hours' AS is_news
  FROM unnest($1::text[], $2::platform[], $3::bigint[]) AS t (token, platform, member_id)
  LEFT JOIN devices d ON d.token = t.token AND d.project_id = $5::smallint
), created AS (
  INSERT INTO devices (project_id, member_id, token, platform)
  SELECT $5::smallint, member_id, token, platform FROM device WHERE id IS NULL ORDER BY token
), changed AS (
  UPDATE devices d SET
    member_id = t.member_id, platform = t.platform, last_seen_at = now(),
    state = CASE WHEN $4 OR d.member_id <> t.member_id THEN 'active' ELSE d.state END,
    gone_at = CASE WHEN $4 OR d.member_id <> t.member_id THEN NULL ELSE d.gone_at END,
    gone_code = CASE WHEN $4 OR d.member_id <> t.member_id THEN NULL ELSE d.gone_code END
  FROM (SELECT * FROM device WHERE id IS NOT NULL AND is_news ORDER BY token) t WHERE d.id = t.id
  RETURNING d.id
)
SELECT count(*) FILTER (WHERE id IS NOT NULL AND is_news) - (SELECT count(*) FROM changed) AS lost,
  count(*) FILTER (WHERE id IS NULL) AS created, count(*) FILTER (WHERE known_member_id = member_id) AS updated,
  count(*) FILTER (WHERE known_member_id <> member_id) AS moved
FROM device`
