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
 * Which device it is: see find-replaced.ts.
 */
import { kindOf } from '../domain/address.ts'
import type { DeviceRow } from '../domain/device-row.ts'
import type { Queryable } from '../postgres/pool.ts'
import {
  type Found,
  findReplaced,
  lockReplaced,
  REPLACED,
  type Registering,
  type ReplaceOptions,
} from './find-replaced.ts'

interface Replaced {
  /** Rows whose device had another address until now. */
  replacing: ReadonlySet<Registering>
  /** Rows that are about the device of another row, which the rows themselves did not say: they come after it. */
  later: ReadonlySet<Registering>
}

export async function replaceAddresses(
  tx: Queryable,
  part: readonly Registering[],
  options: ReplaceOptions,
): Promise<Replaced> {
  const first = await findReplaced(tx, part, options)
  if (first.length === 0) return { replacing: new Set(), later: new Set() }
  await lockReplaced(tx, part, first, options.projectId)
  // Another session may have replaced them while this one waited.
  const { found, rivals } = apart(await findReplaced(tx, part, options))
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
  const rowsOf = (each: readonly Found[]) => new Set(each.map(({ place }) => part[place - 1] as Registering))
  return { replacing: rowsOf(found), later: rowsOf(rivals) }
}

/** Of those about one device, the first one is found. The others take their turns after it, so that the last one counts. */
function apart(all: readonly Found[]): { found: Found[]; rivals: Found[] } {
  const taken = new Set<number>()
  const found: Found[] = []
  const rivals: Found[] = []
  for (const one of all) {
    const ids = one.newId === null ? [one.id] : [one.id, one.newId]
    if (ids.some((id) => taken.has(id))) rivals.push(one)
    else found.push(one)
    for (const id of ids) taken.add(id)
  }
  return { found, rivals }
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
 * one. Call it when the new ones are stored. Another session may store an old address meanwhile: then it fails, or returns
 * false, and the next try finds what there is to replace.
 */
export async function retireUnknown(
  tx: Queryable,
  part: readonly Registering[],
  projectId: number,
): Promise<boolean> {
  const replacing = part.filter(({ row }) => row.replaces !== null)
  if (replacing.length === 0) return true
  const { rows } = await tx.query<{ missed: number }>({
    name: 'devices-retire-unknown',
    text: `WITH t AS MATERIALIZED (
             SELECT d.*, t.replaces, t.replaces_kind, o.id AS old_id, o.gone_code AS old_code
             FROM unnest($1::text[], $2::text[], $3::address_kind[]) AS t (new_address, replaces, replaces_kind)
             JOIN devices d ON d.address = t.new_address AND d.project_id = $4::smallint AND d.gone_code IS DISTINCT FROM ${REPLACED}
             LEFT JOIN devices o ON o.address = t.replaces AND o.project_id = $4::smallint
           ), retired AS (
             INSERT INTO devices (project_id, member_id, address, kind, platform, state, gone_at, gone_code, replaced_by)
             SELECT project_id, member_id, replaces, replaces_kind, platform, 'gone', now(), ${REPLACED}, id
             FROM t WHERE old_id IS NULL ORDER BY replaces)
           SELECT count(*) AS missed FROM t WHERE old_id <> id AND old_code IS DISTINCT FROM ${REPLACED}`,
    values: [
      replacing.map(({ row }) => row.address),
      replacing.map(({ row }) => row.replaces),
      replacing.map(({ row }) => kindOf(row.replaces as string)),
      projectId,
    ],
  })
  return rows[0]?.missed === 0
}
