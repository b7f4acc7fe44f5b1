/**
 * Counts an audience before it is sent to: the devices that the planner would take now, by the same condition, and those
 * of them whose member has not opted out. It reads every matching device, so its duration is limited: an estimate that
 * takes minutes is of no use, and would slow the sending down.
 */
import type { QueryResultRow } from 'pg'
import { type Audience, PLATFORMS, type Platform } from '../domain/campaign.ts'
import { AppError } from '../domain/errors.ts'
import { inTransaction, type Pool } from '../postgres/pool.ts'
import { audiencePredicate } from './audience-predicate.ts'

interface DeviceCount {
  devices: number
  reachable: number
}

interface ConsentCount {
  /** Of the reachable: those whose member consents to advertising, and those whose member consents to it at night too. */
  withConsent: number
  withNightConsent: number
}

export interface AudienceCount extends DeviceCount, ConsentCount {
  members: number
  byPlatform: Record<Platform, DeviceCount>
  /** Of the named ids, in any number: no member has them. A message to them is lost without a word. */
  unknown: number
  /** The first of them, in the order in which they were named. */
  unknownIds: string[]
  countedAt: Date
}

interface Row extends ConsentCount {
  /** Null in the row that counts members. */
  platform: Platform | null
  devices: number
  reachable: number
  members: number
  at: Date
  unknown: number
  unknownIds: string[]
}

/** A person looks at them one by one. */
const MAX_UNKNOWN_IDS = 100

export async function countAudience(
  pool: Pool,
  projectId: number,
  audience: Audience,
  timeoutMs: number,
): Promise<AudienceCount> {
  const { sql, values } = audiencePredicate(projectId, audience)
  const text = count(sql, 'externalIds' in audience ? UNKNOWN_IDS : NO_IDS)
  const rows = await inTime<Row>(pool, text, values, timeoutMs)
  const byPlatform = {} as Record<Platform, DeviceCount>
  for (const platform of PLATFORMS) {
    const { devices = 0, reachable = 0 } = rows.find((row) => row.platform === platform) ?? {}
    byPlatform[platform] = { devices, reachable }
  }
  const ofMembers = rows.find(({ platform }) => platform === null)
  const { android, ios, web } = byPlatform
  return {
    devices: android.devices + ios.devices + web.devices,
    reachable: android.reachable + ios.reachable + web.reachable,
    withConsent: sumOf(rows, 'withConsent'),
    withNightConsent: sumOf(rows, 'withNightConsent'),
    members: ofMembers?.members ?? 0,
    byPlatform,
    unknown: ofMembers?.unknown ?? 0,
    unknownIds: ofMembers?.unknownIds ?? [],
    countedAt: ofMembers?.at ?? new Date(),
  }
}

function sumOf(rows: readonly Row[], name: keyof ConsentCount): number {
  return rows.reduce((sum, row) => sum + row[name], 0)
}

const MAY_ADVERTISE = 'm.opted_out_at IS NULL AND m.marketing_consent_at IS NOT NULL'

/**
 * Returns one row for each platform and one for members, by one statement, so that they are consistent. count(DISTINCT …)
 * would be shorter but takes 1.7 times as long: PostgreSQL sorts for it, in one process, and runs this in parallel.
 */
const count = (condition: string, unknownIds: string) => `
SELECT d.platform, count(*) AS devices, count(*) FILTER (WHERE m.opted_out_at IS NULL) AS reachable,
  count(*) FILTER (WHERE ${MAY_ADVERTISE}) AS "withConsent",
  count(*) FILTER (WHERE ${MAY_ADVERTISE} AND m.night_consent_at IS NOT NULL) AS "withNightConsent",
  NULL::bigint AS members, now() AS at, 0 AS unknown,
  NULL::text[] AS "unknownIds"
FROM devices d JOIN members m ON m.id = d.member_id
WHERE d.state = 'active' AND (${condition})
GROUP BY d.platform
UNION ALL
SELECT NULL, NULL, NULL, 0, 0, n.members, now(), u.total, u.first FROM (
  SELECT count(*) AS members FROM members m
  WHERE EXISTS (SELECT FROM devices d WHERE d.member_id = m.id AND d.state = 'active' AND (${condition}))) n, (
  ${unknownIds}) u`

/** $2: the ids, as the predicate has them. Looked up one by one: for a join PostgreSQL may read all members. */
const UNKNOWN_IDS = `
  SELECT count(*)::int AS total, coalesce((array_agg(id ORDER BY place))[1:${MAX_UNKNOWN_IDS}], '{}') AS first
  FROM (SELECT id, min(place) AS place FROM unnest($2::text[]) WITH ORDINALITY AS i (id, place) GROUP BY id) i
  LEFT JOIN LATERAL (SELECT true AS is_known FROM members WHERE external_id = i.id LIMIT 1) m ON true
  WHERE m.is_known IS NULL`
const NO_IDS = `SELECT 0 AS total, '{}'::text[] AS first`

/**
 * The same number of devices and nothing else, for a campaign that is about to be sent: of everybody it is found in an index
 * alone, of ten million devices in a second.
 */
export async function countDevices(
  pool: Pool,
  projectId: number,
  audience: Audience,
  timeoutMs: number,
): Promise<number> {
  const { sql, values, usesMembers } = audiencePredicate(projectId, audience)
  const [row] = await inTime<{ devices: number }>(
    pool,
    `SELECT count(*) AS devices FROM devices d ${usesMembers ? 'JOIN members m ON m.id = d.member_id' : ''}
     WHERE d.state = 'active' AND (${sql})`,
    values,
    timeoutMs,
  )
  return row?.devices ?? 0
}

/** Throws `count_too_slow` instead of going on for longer. */
export async function inTime<T extends QueryResultRow>(
  pool: Pool,
  text: string,
  values: unknown[],
  timeoutMs: number,
): Promise<T[]> {
  const { rows } = await inTransaction(
    pool,
    (tx) => tx.query<T>(text, values),
    `SET LOCAL statement_timeout = ${Math.round(timeoutMs)}`,
  ).catch((error: unknown) => {
    throw isTimeout(error) ? tooSlow(timeoutMs, error) : error
  })
  return rows
}

/** SQLSTATE query_canceled. */
function isTimeout(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === '57014'
}

function tooSlow(timeoutMs: number, cause: unknown): AppError {
  return new AppError(
    'count_too_slow',
    `Counting this audience takes longer than ${timeoutMs / 1000} s and was stopped; nothing was changed. Narrow the audience, or try again when the database is less busy.`,
    { retryAfterSeconds: 30, cause },
  )
}
