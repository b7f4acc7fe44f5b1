/**
 * Reads the state of the whole installation: the processes, the queue, unfinished batches, the rate limit and the
 * database. Every open console asks for it, so the result is cached for a second.
 */

import type { Config } from '../config/config.ts'
import type { Pool } from '../postgres/pool.ts'
import { within } from '../process/within.ts'
import { type ProjectRateLimit, readProjectRateLimits } from '../projects/rate-limit.ts'
import type { JobQueue, QueueCounts } from '../queue/job-queue.ts'
import { type DeviceCounts, deviceCounter } from './count-devices.ts'
import { type PoolHealth, type ProcessHealth, poolHealth } from './process-health.ts'

export interface ProcessRow {
  id: string
  role: string
  host: string
  pid: number
  version: string
  startedAt: Date
  seenAt: Date
  stoppedAt: Date | null
  exitReason: string | null
  isAlive: boolean
  /** Fields may be missing if the process runs another version. */
  figures: Partial<ProcessHealth>
}

export interface System {
  at: Date
  processes: ProcessRow[]
  queue: QueueCounts | null
  batches: { planned: number; queued: number; sending: number }
  /** Seconds by which the oldest waiting work is overdue: a scheduled campaign, a retry, a queued batch. */
  oldestDueSeconds: number | null
  /** Of every project, the default project first. */
  rateLimits: ProjectRateLimit[]
  /** Projects with a campaign that waits for its own rate now. */
  ratedProjects: ReadonlySet<number>
  /** Active ones; null if they could not be counted. */
  devices: DeviceCounts | null
  database: { latencyMs: number; connections: number; maxConnections: number; pool: PoolHealth }
}

export interface SystemDeps {
  pool: Pool
  queue: JobQueue
  environment: Config['fcm']
}

const QUEUE_TIMEOUT_MS = 2_000
const CACHE_MS = 1_000

export function systemReader(deps: SystemDeps): () => Promise<System> {
  const countDevices = deviceCounter(deps.pool)
  let reading: Promise<System> | undefined
  let until = 0
  return () => {
    if (reading === undefined || performance.now() >= until) {
      until = Number.POSITIVE_INFINITY
      reading = readSystem(deps, countDevices).finally(() => {
        until = performance.now() + CACHE_MS
      })
      // A failed read is not cached.
      reading.catch(() => {
        until = 0
      })
    }
    return reading
  }
}

async function readSystem(
  { pool, queue, environment }: SystemDeps,
  countDevices: () => Promise<DeviceCounts>,
): Promise<System> {
  const [counts, processes, moving, rateLimits, rated, devices, database] = await Promise.all([
    within(QUEUE_TIMEOUT_MS, queue.counts()).catch(() => null),
    pool.query<ProcessRow>({ name: 'system-processes', text: PROCESSES }),
    pool.query<Moving>({ name: 'system-moving', text: MOVING }),
    readProjectRateLimits(pool, environment),
    pool.query<{ projectId: number }>({ name: 'system-rated', text: RATED }),
    countDevices().catch(() => null),
    readDatabase(pool),
  ])
  const { planned = 0, queued = 0, sending = 0, oldestDueSeconds = null } = moving.rows[0] ?? {}
  return {
    at: new Date(),
    processes: processes.rows,
    queue: counts,
    batches: { planned, queued, sending },
    oldestDueSeconds,
    rateLimits,
    ratedProjects: new Set(rated.rows.map(({ projectId }) => projectId)),
    devices,
    database,
  }
}

interface Moving {
  planned: number
  queued: number
  sending: number
  oldestDueSeconds: number | null
}

async function readDatabase(pool: Pool): Promise<System['database']> {
  const askedAt = performance.now()
  const { rows } = await pool.query<{ connections: number; maxConnections: number }>({
    name: 'system-connections',
    text: `SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS connections,
             current_setting('max_connections')::int AS "maxConnections"`,
  })
  const { connections = 0, maxConnections = 0 } = rows[0] ?? {}
  const latencyMs = Math.round((performance.now() - askedAt) * 10) / 10
  return { latencyMs, connections, maxConnections, pool: poolHealth(pool) }
}

/**
 * Takes nothing. Returns the running processes and the last that ended, so that a process which ends repeatedly is
 * visible. A process without a heartbeat for 10 s (four missed ones) is not alive. Changes nothing.
 */
const PROCESSES = `
WITH known AS (
  SELECT *, stopped_at IS NULL AND seen_at > now() - interval '10 s' AS is_alive FROM processes
)
SELECT id, role, host, pid, version, started_at AS "startedAt", seen_at AS "seenAt", stopped_at AS "stoppedAt",
  exit_reason AS "exitReason", is_alive AS "isAlive", figures
FROM (
  (SELECT * FROM known WHERE is_alive ORDER BY seen_at DESC LIMIT 200)
  UNION ALL
  (SELECT * FROM known WHERE NOT is_alive AND seen_at > now() - interval '1 hour' ORDER BY seen_at DESC LIMIT 20)
) p
ORDER BY is_alive DESC, role, started_at`

/**
 * Takes nothing. Returns the projects with a campaign whose own rate is used up until some moment to come. Changes nothing.
 * A batch that would have to wait for long is released, so no dispatcher knows that it waits.
 */
const RATED = `
SELECT DISTINCT c.project_id AS "projectId"
FROM campaigns c JOIN rate_limits r ON r.key = 'campaign:' || c.id
WHERE c.closed_at IS NULL AND c.state = 'sending' AND r.next_at > now()`

/** Takes nothing; returns `Moving`; changes nothing. Reads only the partial indexes of unfinished batches: closed campaigns cost nothing. */
const MOVING = `
WITH open AS (
  SELECT id, state, scheduled_at, cancel_at FROM campaigns
  WHERE closed_at IS NULL AND state IN ('scheduled', 'sending', 'paused', 'canceled') AND deleted_at IS NULL
), moving AS (
  SELECT state, queued_at FROM batches
  WHERE campaign_id IN (SELECT id FROM open) AND state IN ('queued', 'sending')
)
SELECT
  (SELECT count(*) FROM batches WHERE campaign_id IN (SELECT id FROM open) AND state = 'planned' AND attempt = 0)
    + (SELECT count(*) FROM batches WHERE campaign_id IN (SELECT id FROM open) AND state = 'planned' AND attempt > 0)
    AS planned,
  (SELECT count(*) FROM moving WHERE state = 'queued') AS queued,
  (SELECT count(*) FROM moving WHERE state = 'sending') AS sending,
  extract(epoch FROM now() - least(
    (SELECT min(scheduled_at) FROM open WHERE state = 'scheduled' AND scheduled_at <= now() AND cancel_at IS NULL),
    (SELECT min(queued_at) FROM moving WHERE state = 'queued'),
    (SELECT min(not_before) FROM batches WHERE state = 'planned' AND attempt > 0 AND not_before <= now()
       AND campaign_id IN (SELECT id FROM open WHERE state = 'sending'))
  ))::float8 AS "oldestDueSeconds"`
