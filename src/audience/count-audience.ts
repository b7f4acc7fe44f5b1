/**
 * Counts an audience before it is sent to: the devices that the planner would take now, by the same condition, and those
 * of them whose member has not opted out. It reads every matching device, so its duration is limited: an estimate that
 * takes minutes is of no use, and would slow the sending down.
 */
import { type Audience, PLATFORMS, type Platform } from '../domain/campaign.ts'
import { AppError } from '../domain/errors.ts'
import { inTransaction, type Pool } from '../postgres/pool.ts'
import { audiencePredicate } from './audience-predicate.ts'

interface DeviceCount {
  devices: number
  reachable: number
}

export interface AudienceCount extends DeviceCount {
  members: number
  byPlatform: Record<Platform, DeviceCount>
  countedAt: Date
}

interface Row {
  /** Null in the row that counts members. */
  platform: Platform | null
  devices: number
  reachable: number
  members: number
  at: Date
}

export async function countAudience(
  pool: Pool,
  projectId: number,
  audience: Audience,
  timeoutMs: number,
): Promise<AudienceCount> {
  const { sql, values } = audiencePredicate(projectId, audience)
  const { rows } = await inTransaction(
    pool,
    (tx) => tx.query<Row>(count(sql), values),
    `SET LOCAL statement_timeout = ${Math.round(timeoutMs)}`,
  ).catch((error: unknown) => {
    throw isTimeout(error) ? tooSlow(timeoutMs, error) : error
  })
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
    members: ofMembers?.members ?? 0,
    byPlatform,
    countedAt: ofMembers?.at ?? new Date(),
  }
}

/**
 * Returns one row for each platform and one for members, by one statement, so that they are consistent. count(DISTINCT …)
 * would be shorter but takes 1.7 times as long: PostgreSQL sorts for it, in one process, and runs this in parallel.
 */
const count = (condition: string) => `
SELECT d.platform, count(*) AS devices, count(*) FILTER (WHERE m.opted_out_at IS NULL) AS reachable,
  NULL::bigint AS members, now() AS at
FROM devices d JOIN members m ON m.id = d.member_id
WHERE d.state = 'active' AND (${condition})
GROUP BY d.platform
UNION ALL
SELECT NULL, NULL, NULL, count(*), now() FROM members m
WHERE EXISTS (SELECT FROM devices d WHERE d.member_id = m.id AND d.state = 'active' AND (${condition}))`

/** SQLSTATE query_canceled. */
function isTimeout(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === '57014'
}

function tooSlow(timeoutMs: number, cause: unknown): AppError {
  return new AppError(
    'count_too_slow',
    `Counting this audience takes longer than ${timeoutMs / 1000} s and was stopped; nothing was changed. The campaign can be sent without the number, and shows it once it is planned. Narrow the audience, or try again when the database is less busy.`,
    { retryAfterSeconds: 30, cause },
  )
}
