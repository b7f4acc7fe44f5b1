/** Counts the devices of an audience by the time zones of their members, as they are stored: for a campaign at local times. */
import type { Audience } from '../domain/campaign.ts'
import type { Pool } from '../postgres/pool.ts'
import { audiencePredicate } from './audience-predicate.ts'
import { inTime } from './count-audience.ts'

export interface ZoneCount {
  /** Null: not known. */
  zone: string | null
  devices: number
}

/** The frequent first. */
export async function countZones(
  pool: Pool,
  projectId: number,
  audience: Audience,
  timeoutMs: number,
): Promise<ZoneCount[]> {
  const { sql, values } = audiencePredicate(projectId, audience)
  return await inTime<ZoneCount>(
    pool,
    `SELECT m.timezone AS zone, count(*)::int AS devices FROM devices d JOIN members m ON m.id = d.member_id
     WHERE d.state = 'active' AND (${sql}) GROUP BY m.timezone ORDER BY devices DESC, zone LIMIT ${MOST_ZONES}`,
    values,
    timeoutMs,
  )
}

/** IANA has fewer than six hundred names. */
const MOST_ZONES = 5_000
