/**
 * Which device a row is about that has another address by now. It says so by
 *
 *   `replaces`         the address the device had. One that was replaced itself leads on to the device that has replaced it,
 *                      but only of the same member: one value on every row of a list would make one device of all people
 *   `installationId`   the app's own name for the phone; in an import only of the same member
 *   the address        a registration token begins with the installation id of its app ("<fid>:APA91b…")
 */
import type { AddressKind } from '../domain/address.ts'
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
export interface Found {
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

/** Rows of a list with one of these in common are about the same device, or may be. */
export function keysOf({ address, replaces, installationId, externalId }: DeviceRow): string[] {
  const keys = [address]
  if (replaces !== null) keys.push(replaces)
  if (installationId !== null) keys.push(`installation ${installationId} of ${externalId}`)
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

export async function findReplaced(
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

/** More addresses than one device ever goes through at once; and rows that point at each other end somewhere. */
const MOST_STEPS = 100

/**
 * $1–$6 rows, $7 project, $8 whether the app registers, $9 whether it returns. An old address that was replaced before leads
 * to the device that has replaced it: a registration that comes twice finds that nothing is left to do. A list does not bring
 * back the token of an installation id because both have the same name for the phone.
 */
const FIND = `
SELECT t.place::int, o.id, o.address, o.kind, o.state = 'gone' AS "isGone",
  n.id AS "newId", coalesce(n.gone_code = ${REPLACED}, false) AS "newIsRetired"
FROM unnest($1::text[], $2::address_kind[], $3::text[], $4::text[], $5::platform[], $6::bigint[])
  WITH ORDINALITY AS t (address, kind, replaces, installation_id, platform, member_id, place)
CROSS JOIN LATERAL (
  SELECT * FROM (
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
CROSS JOIN LATERAL (
  WITH RECURSIVE led AS (
    SELECT known.id, known.replaced_by, 0 AS steps
    UNION ALL
    SELECT d.id, d.replaced_by, led.steps + 1 FROM led JOIN devices d ON d.id = led.replaced_by
    WHERE led.steps < ${MOST_STEPS}
  ) SELECT id, steps FROM led ORDER BY steps DESC LIMIT 1
) last
JOIN devices o ON o.id = last.id AND o.address <> t.address AND o.gone_code IS DISTINCT FROM ${REPLACED}
LEFT JOIN devices n ON n.address = t.address AND n.project_id = $7::smallint
WHERE (n.gone_code IS DISTINCT FROM ${REPLACED} OR ($8::boolean AND (t.replaces = o.address OR $9::boolean)))
  AND (known.way <> 1 OR last.steps = 0 OR o.member_id = t.member_id)
  AND (known.way <> 2 OR $8::boolean OR NOT starts_with(t.address, o.address || ':'))
ORDER BY t.place`

/**
 * All devices that the rows are about, those that keep their addresses too, in the order in which an import updates them: two
 * imports of the same devices wait for each other, but not in a circle.
 */
export async function lockReplaced(
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
