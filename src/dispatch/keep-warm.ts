/**
 * Before a scheduled campaign starts, or a further zone of one at local times, its project's lane is open, its access token fresh and its connections open, in every
 * dispatcher: the first message does not wait for a token and a TLS handshake, which take a second where FCM is far away.
 */
import type { Pool } from '../postgres/pool.ts'
import type { Logger } from '../process/logger.ts'
import { type Repeated, repeat } from '../process/repeat.ts'
import type { ProjectLanes } from './project-lanes.ts'

/** Longer than the request timeout: a token service that hangs once has answered by then. */
const AHEAD_SECONDS = 15
/** Connections that FCM closes meanwhile are opened again. */
const LOOK_MS = 1_000

/** Looks until it is stopped. */
export function keepWarm(pool: Pool, lanes: Pick<ProjectLanes, 'open'>, log: Logger): Repeated {
  return repeat('warming up for scheduled campaigns', LOOK_MS, () => warmUp(pool, lanes), log)
}

/** A zone whose instant is near. After a failover those that wait have an attempt: an index each. */
const SOON = `SELECT FROM batches b WHERE b.campaign_id = c.id AND b.state = 'planned'
  AND b.zones IS NOT NULL AND b.send_at BETWEEN now() AND now() + make_interval(secs => ${AHEAD_SECONDS})`

/** Safe to repeat. A project that cannot be used holds no other up; the first failure is thrown at the end. */
export async function warmUp(pool: Pool, lanes: Pick<ProjectLanes, 'open'>): Promise<void> {
  const { rows } = await pool.query<{ projectId: number }>({
    name: 'warm-up-projects',
    text: `SELECT DISTINCT project_id AS "projectId" FROM campaigns
           WHERE state = 'scheduled' AND closed_at IS NULL AND deleted_at IS NULL AND cancel_at IS NULL
             AND scheduled_at <= now() + make_interval(secs => ${AHEAD_SECONDS})
           UNION
           SELECT project_id FROM campaigns c
           WHERE state = 'sending' AND closed_at IS NULL AND local_at IS NOT NULL
             AND (EXISTS (${SOON} AND b.attempt = 0) OR EXISTS (${SOON} AND b.attempt > 0 AND b.turn = 0))`,
  })
  const warmed = await Promise.allSettled(
    rows.map(async ({ projectId }) => (await lanes.open(projectId)).sender.warmUp()),
  )
  for (const one of warmed) if (one.status === 'rejected') throw one.reason
}
