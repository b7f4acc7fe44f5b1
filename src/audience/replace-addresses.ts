/**
 * A device gets a new address: its app has changed from a registration token to an installation id, or Firebase has given it
 * a new one. The device stays the same row, so that a batch that was planned before reaches it at its new address, once, and
 * its results stay with it. The old address stays as a row of its own, gone with `address_replaced`, so that a stale list
 * cannot bring it back to life beside the new one.
 *
 *   the new address is unknown      the device's row gets it, and a row is made for the old one
 *   it is a device already          the two rows swap addresses, and the other one is the gone one; see `whichStay`
 *   it has been replaced itself     only the app can say that it is back: with `replaces`, or an hour later, because until
 *                                   then it may be an old request that was late
 *
 * Which device it is says `replaces`; or the app's own `installationId`, in an import only of the same member; or the address
 * itself, because a registration token begins with the installation id of its app ("<fid>:APA91b…").
 */
import { type AddressKind, kindOf } from '../domain/address.ts'
import { DELIVERY_CODES } from '../domain/delivery-result.ts'
import type { DeviceRow } from '../domain/device-row.ts'
import type { Queryable } from '../postgres/pool.ts'

export const REPLACED = DELIVERY_CODES.address_replaced.number

/** A row of an import or a registration, and the member it is for. */
export interface Registering {
  row: DeviceRow
  memberId: number
}

export interface ReplaceOptions {
  projectId: number
  /** The app itself registers, and knows best which installation it is. */
  isApp: boolean
  /** True: the app registers an address that was replaced long ago; its device is at another one now. */
  isReturning: boolean
}

/** The device that gets the new address, and the device that has it now, if there is one. */
interface Found {
  /** Of the row, from 1. */
  place: number
  id: number
  address: string
  kind: AddressKind
  isGone: boolean
  newId: number | null
  newIsRetired: boolean | null
}

/** False: nothing in this row can say that its device had another address. */
export function mayReplace({ replaces, installationId, kind }: DeviceRow): boolean {
  return replaces !== null || installationId !== null || kind === 'fid'
}

/** Rows with one of these in common are about the same device, or may be. */
export function keysOf({ address, replaces, installationId }: DeviceRow): string[] {
  const keys = [address]
  if (replaces !== null) keys.push(replaces)
  if (installationId !== null) keys.push(`installation ${installationId}`)
  return keys
}

/**
 * Splits rows into parts in which no two are about the same device, so that each builds on those before it. Those that can
 * replace nothing come first: a token and the installation id that has followed it may be in one list, in any order.
 */
export function inTurns(all: readonly Registering[]): Registering[][] {
  const replacing = all.filter(({ row }) => mayReplace(row))
  if (replacing.length === 0) return [[...all]]
  const turns: Registering[][] = []
  const lastTurn = new Map<string, number>()
  for (const one of replacing) {
    const keys = keysOf(one.row)
    const turn = 1 + Math.max(...keys.map((key) => lastTurn.get(key) ?? -1))
    for (const key of keys) lastTurn.set(key, turn)
    turns[turn] ??= []
    turns[turn].push(one)
  }
  return replacing.length === all.length ? turns : [all.filter(({ row }) => !mayReplace(row)), ...turns]
}

/** Returns the rows whose device had another address until now. No two of the rows may be about one device. */
export async function replaceAddresses(
  tx: Queryable,
  part: readonly Registering[],
  options: ReplaceOptions,
): Promise<Set<Registering>> {
  const first = await find(tx, part, options)
  if (first.length === 0) return new Set()
  await lock(tx, part, first, options.projectId)
  // Another session may have replaced them while this one waited.
  const found = withoutRivals(await find(tx, part, options))
  const stay = await whichStay(tx, found)
  const moving = found.filter((one) => !stay.has(one))
  const swapped = moving.filter(({ newId }) => newId !== null)
  const rowOf = ({ place }: Found) => (part[place - 1] as Registering).row
  await give(tx, moving, swapped, rowOf)
  await retire(tx, [
    ...swapped.map((one) => ({ ...one, retiredId: one.newId, by: one.id })),
    ...[...stay].map((one) => ({ ...one, retiredId: one.id, by: one.newId })),
  ])
  await insertRetired(
    tx,
    moving.filter(({ newId }) => newId === null),
  )
  return new Set(found.map(({ place }) => part[place - 1] as Registering))
}

/** Rows that turn out to be about one device, which the rows themselves did not say: the last one counts. */
function withoutRivals(found: readonly Found[]): Found[] {
  const taken = new Set<number | null>([null])
  return found.toReversed().filter(({ id, newId }) => {
    if (taken.has(id) || (newId !== null && taken.has(newId))) return false
    taken.add(id).add(newId)
    return true
  })
}

async function find(
  tx: Queryable,
  part: readonly Registering[],
  { projectId, isApp, isReturning }: ReplaceOptions,
): Promise<Found[]> {
  const { rows } = await tx.query<Found>({
    name: 'devices-find-replaced',
    text: FIND,
    values: [
      part.map(({ row }) => row.address),
      part.map(({ row }) => row.kind),
      part.map(({ row }) => row.replaces),
      part.map(({ row }) => row.installationId),
      part.map(({ row }) => row.platform),
      part.map(({ memberId }) => memberId),
      projectId,
      isApp,
      isReturning,
    ],
  })
  return rows
}

/**
 * $1–$6 rows, $7 project, $8 whether the app registers, $9 whether it returns. An old address that was replaced before leads
 * to the device that has replaced it: a registration that comes twice finds that nothing is left to do.
 */
const FIND = `
SELECT t.place::int, o.id, o.address, o.kind, o.state = 'gone' AS "isGone",
  n.id AS "newId", coalesce(n.gone_code = ${REPLACED}, false) AS "newIsRetired"
FROM unnest($1::text[], $2::address_kind[], $3::text[], $4::text[], $5::platform[], $6::bigint[])
  WITH ORDINALITY AS t (address, kind, replaces, installation_id, platform, member_id, place)
CROSS JOIN LATERAL (
  SELECT coalesce(w.replaced_by, w.id) AS id FROM (
    SELECT id, replaced_by, state, last_seen_at, 1 AS way FROM devices
    WHERE address = t.replaces AND project_id = $7::smallint
    UNION ALL
    SELECT id, replaced_by, state, last_seen_at, 2 FROM devices
    WHERE installation_id = t.installation_id AND project_id = $7::smallint AND platform = t.platform
      AND address <> t.address AND ($8::boolean OR member_id = t.member_id)
    UNION ALL
    SELECT id, replaced_by, state, last_seen_at, 3 FROM devices
    WHERE t.kind = 'fid' AND address > t.address || ':' AND address < t.address || ';' AND project_id = $7::smallint
    UNION ALL
    SELECT id, replaced_by, state, last_seen_at, 4 FROM devices
    WHERE $9::boolean AND address = t.address AND project_id = $7::smallint AND replaced_by IS NOT NULL
  ) w ORDER BY way, state, last_seen_at DESC LIMIT 1
) known
JOIN devices o ON o.id = known.id AND o.address <> t.address AND o.gone_code IS DISTINCT FROM ${REPLACED}
LEFT JOIN devices n ON n.address = t.address AND n.project_id = $7::smallint
WHERE n.gone_code IS DISTINCT FROM ${REPLACED} OR ($8::boolean AND (t.replaces = o.address OR $9::boolean))
ORDER BY t.place`

/**
 * All devices that the rows are about, those that keep their addresses too, in the order in which an import updates them: two
 * imports of the same devices wait for each other, but not in a circle.
 */
async function lock(
  tx: Queryable,
  part: readonly Registering[],
  found: readonly Found[],
  projectId: number,
): Promise<void> {
  await tx.query({
    name: 'devices-lock',
    text: `SELECT FROM devices WHERE id = ANY($1::bigint[]) OR (address = ANY($2::text[]) AND project_id = $3::smallint)
           ORDER BY address FOR UPDATE`,
    values: [found.map(({ id }) => id), part.map(({ row }) => row.address), projectId],
  })
}

/**
 * The pairs in which the device that has the new address already stays as it is, and the one with the old address is the gone
 * one. That one has been gone before, so no campaign knows it; or the other one has got the message of a campaign that is
 * being sent, and under the old row the phone would get it again.
 */
async function whichStay(tx: Queryable, found: readonly Found[]): Promise<Set<Found>> {
  const pairs = found.filter(({ newId, newIsRetired }) => newId !== null && newIsRetired !== true)
  if (pairs.length === 0) return new Set()
  const { rows } = await tx.query<{ id: number }>({
    name: 'devices-reached',
    text: `SELECT DISTINCT d.id FROM campaigns c CROSS JOIN unnest($1::bigint[]) AS d (id)
           CROSS JOIN LATERAL (
             SELECT FROM deliveries WHERE campaign_id = c.id AND device_id = d.id LIMIT 1) x
           WHERE c.state IN ('sending', 'paused')`,
    values: [pairs.flatMap(({ id, newId }) => [id, newId])],
  })
  const reached = new Set(rows.map(({ id }) => id))
  return new Set(
    pairs.filter(({ id, newId, isGone }) => isGone || (reached.has(newId as number) && !reached.has(id))),
  )
}

/** What is known of the new address (that FCM has declared it dead) comes with it. */
async function give(
  tx: Queryable,
  moving: readonly Found[],
  swapped: readonly Found[],
  rowOf: (one: Found) => DeviceRow,
): Promise<void> {
  if (moving.length === 0) return
  const newIds = swapped.map(({ newId }) => newId)
  if (newIds.length > 0) {
    // No two rows may have one address, not even within a statement. No address contains a space.
    await tx.query({
      name: 'devices-set-aside',
      text: `UPDATE devices SET address = 'given away by ' || id WHERE id = ANY($1::bigint[])`,
      values: [newIds],
    })
  }
  await tx.query({
    name: 'devices-give-address',
    text: `WITH given AS MATERIALIZED (
             SELECT t.*, coalesce(n.state, 'active') AS state, n.gone_at, n.gone_code
             FROM unnest($1::bigint[], $2::text[], $3::address_kind[], $4::bigint[]) AS t (id, address, kind, new_id)
             LEFT JOIN devices n ON n.id = t.new_id AND n.gone_code IS DISTINCT FROM ${REPLACED})
           UPDATE devices d SET address = g.address, kind = g.kind, last_seen_at = now(),
             state = g.state, gone_at = g.gone_at, gone_code = g.gone_code, replaced_by = NULL
           FROM (SELECT * FROM given ORDER BY address) g WHERE d.id = g.id`,
    values: [
      moving.map(({ id }) => id),
      moving.map((one) => rowOf(one).address),
      moving.map((one) => rowOf(one).kind),
      moving.map(({ newId }) => newId),
    ],
  })
}

async function retire(
  tx: Queryable,
  retired: readonly (Found & { retiredId: number | null; by: number | null })[],
): Promise<void> {
  if (retired.length === 0) return
  await tx.query({
    name: 'devices-retire',
    text: `UPDATE devices d SET address = t.address, kind = t.kind, installation_id = NULL,
             state = 'gone', gone_at = now(), gone_code = ${REPLACED}, replaced_by = t.by
           FROM unnest($1::bigint[], $2::text[], $3::address_kind[], $4::bigint[]) AS t (id, address, kind, by)
           WHERE d.id = t.id`,
    values: [
      retired.map(({ retiredId }) => retiredId),
      retired.map(({ address }) => address),
      retired.map(({ kind }) => kind),
      retired.map(({ by }) => by),
    ],
  })
}

async function insertRetired(tx: Queryable, moved: readonly Found[]): Promise<void> {
  if (moved.length === 0) return
  await tx.query({
    name: 'devices-insert-retired',
    text: `INSERT INTO devices (project_id, member_id, address, kind, platform, state, gone_at, gone_code, replaced_by)
           SELECT d.project_id, d.member_id, t.address, t.kind, d.platform, 'gone', now(), ${REPLACED}, d.id
           FROM unnest($1::bigint[], $2::text[], $3::address_kind[]) AS t (id, address, kind)
           JOIN devices d ON d.id = t.id ORDER BY t.address`,
    values: [moved.map(({ id }) => id), moved.map(({ address }) => address), moved.map(({ kind }) => kind)],
  })
}

/**
 * An old address that is not known gets its row too, so that a list that is imported later does not bring it in beside the new
 * one. Call it when the new ones are stored.
 */
export async function retireUnknown(
  tx: Queryable,
  part: readonly Registering[],
  projectId: number,
): Promise<void> {
  const replacing = part.filter(({ row }) => row.replaces !== null)
  if (replacing.length === 0) return
  await tx.query({
    name: 'devices-retire-unknown',
    text: `INSERT INTO devices (project_id, member_id, address, kind, platform, state, gone_at, gone_code, replaced_by)
           SELECT d.project_id, d.member_id, t.replaces, t.kind, d.platform, 'gone', now(), ${REPLACED}, d.id
           FROM unnest($1::text[], $2::text[], $3::address_kind[]) AS t (address, replaces, kind)
           JOIN devices d ON d.address = t.address AND d.project_id = $4::smallint AND d.gone_code IS DISTINCT FROM ${REPLACED}
           WHERE NOT EXISTS (SELECT FROM devices WHERE address = t.replaces AND project_id = $4::smallint)
           ORDER BY t.replaces ON CONFLICT DO NOTHING`,
    values: [
      replacing.map(({ row }) => row.address),
      replacing.map(({ row }) => row.replaces),
      replacing.map(({ row }) => kindOf(row.replaces as string)),
      projectId,
    ],
  })
}
