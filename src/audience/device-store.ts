/**
 * Stores devices and their members. Registration of one device and import of millions use the same statements. Safe to call
 * repeatedly; two calls at once do not deadlock, because rows are locked and keys inserted in order.
 *
 * An address belongs to one device in each project: registered in a second project it is a second device.
 *
 * What revives a device that is gone: its app registering, because an app proves by it that its address is valid. Not an
 * import, which is a copy of another system's data, unless it was asked to; and not a registration that says `optedOut: true`,
 * because that may come from anywhere: a page to unsubscribe, a person at a desk. An address that was replaced stays gone
 * whatever a list says; see replace-addresses.ts.
 */
import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { fidOfToken } from '../domain/address.ts'
import type { DeviceRow, MemberRow } from '../domain/device-row.ts'
import { AppError } from '../domain/errors.ts'
import { inTransaction, isTransient, type Pool, type Queryable } from '../postgres/pool.ts'
import { inTurns, mayReplace, REPLACED, type Registering } from './find-replaced.ts'
import { replaceAddresses, retireUnknown } from './replace-addresses.ts'
import { type ConsentOptions, storeMembers } from './store-members.ts'

/** Each row is counted once, in one of the first five. */
export interface StoredCounts {
  /** New addresses. */
  created: number
  /** Known addresses of the same member. */
  updated: number
  /** Known addresses that belonged to another member until now. */
  moved: number
  /** New addresses of devices that had another one until now. */
  replaced: number
  /** Addresses that were replaced by another one, and stay so. */
  retired: number
  /** Rows that would have lifted an opt-out, and did not. */
  optOutsKept: number
}

export const NO_COUNTS: Readonly<StoredCounts> = {
  created: 0,
  updated: 0,
  moved: 0,
  replaced: 0,
  retired: 0,
  optOutsKept: 0,
}

export const COUNT_NAMES = Object.keys(NO_COUNTS) as readonly (keyof StoredCounts)[]

export interface StoreOptions extends ConsentOptions {
  projectId: number
  /** True: the addresses are valid, also those that FCM has declared dead. */
  isAlive: boolean
}

/** After a conflict with another import of the same members, a second or third try nearly always succeeds. */
const TRIES = 5

/**
 * Stores rows in one transaction. Addresses must differ. A caller that stores several chunks at once must not overlap chunks
 * with an address or a member in common: which of them takes precedence would be random.
 */
export async function storeDevices(
  pool: Pool,
  rows: readonly DeviceRow[],
  options: StoreOptions,
): Promise<StoredCounts> {
  const settings = options.source === 'registration' ? BY_INDEX + rows.map(oneAtATime).join('') : BY_INDEX
  return await storeInTransaction(pool, (tx) => storeAll(tx, rows, options), settings)
}

/** Stores what a list says about members whose devices cannot be used. Returns the opt-outs that were not lifted. */
export async function storeMembersOnly(
  pool: Pool,
  rows: readonly MemberRow[],
  options: ConsentOptions,
): Promise<number> {
  const { optOutsKept } = await storeInTransaction(pool, (tx) => storeMembers(tx, rows, options), BY_INDEX)
  return optOutsKept
}

async function storeInTransaction<T>(
  pool: Pool,
  store: (tx: Queryable) => Promise<T>,
  settings: string,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await inTransaction(pool, store, settings)
    } catch (error) {
      if (attempt >= TRIES || !(isTransient(error) || isTaken(error) || error instanceof ChangedMeanwhile))
        throw error
      await delay(attempt * attempt * 20 * (0.5 + Math.random()))
    }
  }
}

/** A device was deleted, or got another address, after it had been looked up. The next try finds what there is then. */
class ChangedMeanwhile extends Error {}

/**
 * SQLSTATE unique_violation: another session has stored one of the keys since it was looked up, and the next try finds it.
 * foreign_key_violation: a member has been erased since, and the next try makes a new one.
 */
function isTaken(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return code === '23505' || code === '23503'
}

/** Deletes one device. Its deliveries stay; a campaign that is about to send to it records `skipped`. */
export async function deleteDevice(pool: Pool, projectId: number, address: string): Promise<void> {
  const { rowCount } = await pool.query('DELETE FROM devices WHERE address = $1 AND project_id = $2', [
    address,
    projectId,
  ])
  if (rowCount === 0) {
    throw new AppError(
      'device_not_found',
      `There is no device with the address ending in "${address.slice(-8)}".`,
    )
  }
}

async function storeAll(
  tx: Queryable,
  rows: readonly DeviceRow[],
  options: StoreOptions,
): Promise<StoredCounts> {
  const { ids, optOutsKept } = await storeMembers(tx, rows, options)
  const counts = { ...NO_COUNTS, optOutsKept }
  for (const part of inTurns(rows.map((row, index) => ({ row, memberId: ids[index] as number })))) {
    await storePart(tx, part, options, counts)
  }
  return counts
}

/** Adds to `counts`. */
async function storePart(
  tx: Queryable,
  part: readonly Registering[],
  options: StoreOptions,
  counts: StoredCounts,
): Promise<void> {
  const { projectId, source } = options
  const isApp = source === 'registration'
  const canReplace = part.some(({ row }) => mayReplace(row))
  const { replacing, later } = canReplace
    ? await replaceAddresses(tx, part, { projectId, isApp, isReturning: false })
    : NOTHING_REPLACED
  const now = later.size === 0 ? part : part.filter((one) => !later.has(one))
  const { returning, ...stored } = await storeAddresses(tx, now, options, replacing, false)
  add(counts, { ...stored, replaced: replacing.size })
  if (returning.length > 0) {
    const back = returning.map((place) => now[place - 1] as Registering)
    // Only the app comes back, and it registers one address at a time.
    const { replacing: moved } = await replaceAddresses(tx, back, { projectId, isApp, isReturning: true })
    const { returning: _, ...rest } = await storeAddresses(tx, back, options, moved, true)
    add(counts, { ...rest, replaced: moved.size })
  }
  if (canReplace && !(await retireUnknown(tx, now, projectId))) throw new ChangedMeanwhile()
  if (later.size > 0) await storePart(tx, [...later], options, counts)
}

const NOTHING_REPLACED = { replacing: new Set<Registering>(), later: new Set<Registering>() }

function add(counts: StoredCounts, more: Omit<StoredCounts, 'optOutsKept'>): void {
  counts.created += more.created
  counts.updated += more.updated
  counts.moved += more.moved
  counts.replaced += more.replaced
  counts.retired += more.retired
}

interface StoredAddresses extends Pick<StoredCounts, 'created' | 'updated' | 'moved' | 'retired'> {
  /** Places of rows whose address was replaced so long ago that their app must be back at it. Nothing was stored of them. */
  returning: number[]
}

/** `isBack`: addresses that were replaced are valid again. */
async function storeAddresses(
  tx: Queryable,
  part: readonly Registering[],
  { projectId, isAlive, source }: StoreOptions,
  replacing: ReadonlySet<Registering>,
  isBack: boolean,
): Promise<StoredAddresses> {
  const { rows: answer } = await tx.query<StoredAddresses & { lost: number }>({
    name: 'devices-store',
    text: STORE_DEVICES,
    values: [
      part.map(({ row }) => row.address),
      part.map(({ row }) => row.platform),
      part.map(({ memberId }) => memberId),
      isAlive,
      projectId,
      part.map(({ row }) => row.kind),
      part.map(({ row }) => row.installationId),
      part.map(({ row }) => row.lastSeenAt),
      part.map(({ row }) => row.optedOut === true),
      part.map((one) => replacing.has(one)),
      source === 'registration',
      isBack,
      part.map(({ row }) => (row.kind === 'token' ? fidOfToken(row.address) : null)),
    ],
  })
  const { lost = 0, ...stored } = answer[0] ?? { created: 0, updated: 0, moved: 0, retired: 0, returning: [] }
  if (lost > 0) throw new ChangedMeanwhile()
  return stored
}

/**
 * During the first import of an installation the tables are empty and have no statistics. PostgreSQL would plan to read
 * them completely, or to keep all of them in memory and search that for each row, and keep that plan while they grow. Every
 * look-up here is by a unique key.
 */
const BY_INDEX =
  'SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_material = off'

/**
 * Registrations of one installation wait for each other: two new addresses of it that come at once would not see each other,
 * and both would be sent to. Not those of an import, whose rows are too many to lock; the app's next start puts that right.
 */
function oneAtATime({ address, replaces, installationId }: DeviceRow): string {
  const names = new Set(
    [address, fidOfToken(address), replaces, installationId].filter((name) => name !== null),
  )
  return [...names]
    .map((name) => createHash('sha256').update(`registration ${name}`).digest().readBigInt64BE())
    .sort((a, b) => (a < b ? -1 : 1))
    .map((key) => `; SELECT pg_advisory_xact_lock(${key})`)
    .join('')
}

/*
 * This and the statement in store-members.ts look up each key once, insert missing rows, and update rows with new values. With
 * ON CONFLICT each key would be looked up two or three times, which takes PostgreSQL a third longer.
 */

/**
 * $1–$3 addresses, platforms, members; $4 whether the addresses are known to be valid; $5 project; $6–$9 kinds, installation
 * ids, times when they were last seen, whether the row says "opted out"; $10 whether its device had another address until now;
 * $11 whether the app registers; $12 whether addresses that were replaced are valid again; $13 installation ids that tokens
 * begin with.
 *
 * A token that comes after its app has registered with the installation id was replaced before anybody heard of it.
 * A device with a new member has registered there, so its address is valid. An import updates `last_seen_at` once a day at
 * most, and does not touch rows without new values. An installation id is never taken for a token again: a row that says no
 * kind has it by its form.
 */
const STORE_DEVICES = `
WITH device AS MATERIALIZED (
  SELECT t.*, d.id, d.member_id AS known_member_id, coalesce(d.gone_code = ${REPLACED}, false) AND NOT $12::boolean AS is_retired,
    $11::boolean AND $4 AND NOT t.opts_out AND coalesce(d.gone_code = ${REPLACED}, false) AND (
      d.gone_at < now() - interval '1 hour' OR NOT EXISTS (SELECT FROM devices r WHERE r.id = d.replaced_by)) AS is_back,
    CASE WHEN d.id IS NULL AND t.fid IS NOT NULL THEN (
      SELECT CASE WHEN f.state = 'active' THEN f.id END FROM devices f WHERE f.address = t.fid AND f.project_id = $5::smallint
    ) END AS follower,
    ($4 OR d.member_id <> t.member_id) AND NOT t.opts_out AS revives,
    $4 OR d.member_id <> t.member_id OR d.platform <> t.platform OR d.kind < t.kind
      OR d.installation_id IS DISTINCT FROM coalesce(t.installation_id, d.installation_id)
      OR d.last_seen_at < coalesce(t.last_seen_at, now()) - interval '24 hours' AS is_news
  FROM unnest($1::text[], $2::platform[], $3::bigint[], $6::address_kind[], $7::text[], $8::timestamptz[], $9::boolean[],
      $10::boolean[], $13::text[]) WITH ORDINALITY
    AS t (address, platform, member_id, kind, installation_id, last_seen_at, opts_out, is_replacing, fid, place)
  LEFT JOIN devices d ON d.address = t.address AND d.project_id = $5::smallint
), created AS (
  INSERT INTO devices (project_id, member_id, address, kind, installation_id, platform, last_seen_at,
    state, gone_at, gone_code, replaced_by)
  SELECT $5::smallint, member_id, address, kind, CASE WHEN follower IS NULL THEN installation_id END, platform,
    coalesce(least(last_seen_at, now()), now()), CASE WHEN follower IS NULL THEN 'active' ELSE 'gone' END::device_state,
    CASE WHEN follower IS NOT NULL THEN now() END, CASE WHEN follower IS NOT NULL THEN ${REPLACED} END, follower
  FROM device WHERE id IS NULL ORDER BY address COLLATE "C"
), changed AS (
  UPDATE devices d SET
    member_id = t.member_id, platform = t.platform, kind = greatest(d.kind, t.kind),
    installation_id = coalesce(t.installation_id, d.installation_id),
    last_seen_at = CASE WHEN t.last_seen_at IS NULL THEN now() ELSE greatest(d.last_seen_at, least(t.last_seen_at, now())) END,
    state = CASE WHEN t.revives THEN 'active' ELSE d.state END,
    gone_at = CASE WHEN t.revives THEN NULL ELSE d.gone_at END,
    gone_code = CASE WHEN t.revives THEN NULL ELSE d.gone_code END,
    replaced_by = CASE WHEN t.revives THEN NULL ELSE d.replaced_by END
  FROM (SELECT * FROM device WHERE id IS NOT NULL AND is_news AND NOT is_retired ORDER BY address COLLATE "C") t
  WHERE d.id = t.id AND d.address = t.address
  RETURNING d.id
)
SELECT count(*) FILTER (WHERE id IS NOT NULL AND is_news AND NOT is_retired) - (SELECT count(*) FROM changed) AS lost,
  count(*) FILTER (WHERE id IS NULL AND follower IS NULL) AS created,
  count(*) FILTER (WHERE known_member_id = member_id AND NOT is_retired AND NOT is_replacing) AS updated,
  count(*) FILTER (WHERE known_member_id <> member_id AND NOT is_retired AND NOT is_replacing) AS moved,
  count(*) FILTER (WHERE (is_retired AND NOT is_back) OR follower IS NOT NULL) AS retired,
  coalesce(array_agg(place::int) FILTER (WHERE is_retired AND is_back), '{}') AS returning
FROM device`
