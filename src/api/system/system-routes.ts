/** The state of the installation for its operators: processes, queue, rate limit, database, last errors. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ProcessRow, System } from '../../health/read-system.ts'
import { VERSION } from '../../process/version.ts'
import type { ProjectRateLimit } from '../../projects/rate-limit.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { type ProcessReply, SystemQuery, SystemReply } from './system-schemas.ts'

const ERRORS_SHOWN = 20
/** Processes without a heartbeat in the last minute are left out of figures for the last minute. */
const MINUTE_MS = 60_000

export function systemRoutes({ readSystem, queue }: RouteDeps): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/system',
      {
        config: { permission: 'system:read' },
        schema: {
          tags: ['operations'],
          summary: 'Every process, the queue, the rate limits, the database, and the last errors',
          querystring: SystemQuery,
          response: { 200: SystemReply },
        },
      },
      async (_request, reply) => {
        const system = await readSystem()
        reply.header('cache-control', 'no-store')
        return systemBody(system, queue.backend)
      },
    )
  }
}

function systemBody(
  { at, processes, queue, batches, oldestDueSeconds, rateLimits, database }: System,
  backend: SystemReply['queue']['backend'],
): SystemReply {
  const recent = processes.filter(({ seenAt }) => at.getTime() - seenAt.getTime() < MINUTE_MS)
  return {
    version: VERSION,
    at: at.toISOString(),
    processes: processes.map(processBody),
    queue: {
      backend,
      isReachable: queue !== null,
      ...(queue ?? { waiting: null, active: null, delayed: null, failed: null }),
    },
    batches,
    oldestDueSeconds,
    rateLimits: rateLimits.map((rateLimit) => rateLimitBody(rateLimit, recent)),
    database,
    errors: errorsOf(processes),
  }
}

function rateLimitBody(
  { projectId, project, messagesPerMinute, share, blockedUntil, rampUntil }: ProjectRateLimit,
  recent: readonly ProcessRow[],
): SystemReply['rateLimits'][number] {
  const figures = recent
    .flatMap((process) => process.figures.projects ?? [])
    .filter(({ id }) => id === projectId)
  return {
    project,
    messagesPerMinute,
    share,
    blockedUntil: blockedUntil?.toISOString() ?? null,
    rampUntil: rampUntil?.toISOString() ?? null,
    usedLastMinute: figures.reduce((sum, { usedLastMinute }) => sum + usedLastMinute, 0),
    deadTokensLastMinute: figures.reduce((sum, { deadTokensLastMinute }) => sum + deadTokensLastMinute, 0),
  }
}

function processBody({ figures, ...row }: ProcessRow): ProcessReply {
  const { id, role, host, pid, version, exitReason, isAlive } = row
  return {
    id,
    role,
    host,
    pid,
    version,
    startedAt: row.startedAt.toISOString(),
    seenAt: row.seenAt.toISOString(),
    stoppedAt: row.stoppedAt?.toISOString() ?? null,
    exitReason,
    isAlive,
    state: isAlive ? (figures.state ?? 'ok') : row.stoppedAt === null ? 'lost' : 'stopped',
    rssBytes: figures.rssBytes ?? null,
    rssLimitBytes: figures.rssLimitBytes ?? null,
    heapUsedBytes: figures.heapUsedBytes ?? null,
    heapLimitBytes: figures.heapLimitBytes ?? null,
    nativeBytes: figures.nativeBytes ?? null,
    eventLoopLagMs: figures.eventLoopLagMs ?? null,
    batchesInHand: figures.batchesInHand ?? null,
    messagesInFlight: figures.messagesInFlight ?? null,
    breakers: figures.projects?.map(({ name, breaker }) => ({ project: name, state: breaker })) ?? null,
    ratePerSecond: figures.ratePerSecond ?? null,
    pool: figures.pool ?? null,
  }
}

function errorsOf(processes: readonly ProcessRow[]): SystemReply['errors'] {
  return processes
    .flatMap(({ role, host, pid, figures }) =>
      (figures.errors ?? []).map((error) => ({ ...error, process: `${role}@${host}:${pid}` })),
    )
    .sort((one, other) => other.at.localeCompare(one.at))
    .slice(0, ERRORS_SHOWN)
    .map(({ at, process, message, code, campaignId }) => ({ at, process, message, code, campaignId }))
}
