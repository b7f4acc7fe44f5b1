/** The state of the installation for its operators: processes, queue, rate limit, database, last errors. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Config } from '../../config/config.ts'
import { retentionTable } from '../../domain/retention.ts'
import type { LimitedBy } from '../../health/limit-watch.ts'
import type { ProjectHealth } from '../../health/process-health.ts'
import type { ProcessRow, System } from '../../health/read-system.ts'
import { VERSION } from '../../process/version.ts'
import type { ProjectRateLimit } from '../../projects/rate-limit.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { type ProcessReply, SystemQuery, SystemReply } from './system-schemas.ts'

const ERRORS_SHOWN = 20
/** Processes without a heartbeat in the last minute are left out of figures for the last minute. */
const MINUTE_MS = 60_000

export function systemRoutes({ readSystem, queue, config }: RouteDeps): FastifyPluginAsyncTypebox {
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
        return {
          ...systemBody(system, queue.backend, config.sendRules),
          retention: retentionTable(config.maintenance),
        }
      },
    )
  }
}

function systemBody(
  system: System,
  backend: SystemReply['queue']['backend'],
  { night, zone: defaultZone, advertiser, caps }: Config['sendRules'],
): Omit<SystemReply, 'retention'> {
  const { at, processes, queue, batches, oldestDueSeconds, rateLimits, devices, database } = system
  const recent = processes.filter(({ seenAt }) => at.getTime() - seenAt.getTime() < MINUTE_MS)
  return {
    version: VERSION,
    at: at.toISOString(),
    processes: processes.map((process) => processBody(process, system)),
    queue: {
      backend,
      isReachable: queue !== null,
      ...(queue ?? { waiting: null, active: null, delayed: null, failed: null }),
    },
    batches,
    oldestDueSeconds,
    sendRules: {
      night,
      defaultZone,
      advertiser,
      caps: caps.map(({ name, limit }) => ({ window: name, limit })),
    },
    rateLimits: rateLimits.map((rateLimit) => rateLimitBody(rateLimit, recent)),
    devices,
    database,
    errors: errorsOf(processes),
  }
}

function rateLimitBody(
  { projectId, project, messagesPerMinute, share, blockedUntil, rampSeconds, rampUntil }: ProjectRateLimit,
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
    rampSeconds,
    rampUntil: rampUntil?.toISOString() ?? null,
    usedLastMinute: figures.reduce((sum, { usedLastMinute }) => sum + usedLastMinute, 0),
    deadAddressesLastMinute: figures.reduce(
      (sum, { deadAddressesLastMinute }) => sum + deadAddressesLastMinute,
      0,
    ),
  }
}

function processBody({ figures, ...row }: ProcessRow, system: System): ProcessReply {
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
    senders: figures.projects?.map((project) => senderBody(project, system)) ?? null,
    ratePerSecond: figures.ratePerSecond ?? null,
    pool: figures.pool ?? null,
  }
}

type SenderReply = NonNullable<ProcessReply['senders']>[number]

/** A dispatcher of another version does not report all of this. */
function senderBody(project: Partial<ProjectHealth>, system: System): SenderReply {
  const { name = '', limit = 0, mostInFlight = 0, inFlight = 0, latencyMs, baseLatencyMs } = project
  const limitedBy = limitOf(project, system)
  return {
    project: name,
    ...{ limit, mostInFlight, inFlight },
    latencyMs: tenths(latencyMs),
    baseLatencyMs: tenths(baseLatencyMs),
    limitedBy: limitedBy?.by ?? null,
    figure: limitedBy?.figure ?? null,
  }
}

/** A dispatcher with nothing in hand does not know about batches that were released to wait for a rate. */
function limitOf(
  { id, limitedBy, usedLastMinute = 0 }: Partial<ProjectHealth>,
  { at, rateLimits, ratedProjects }: System,
): LimitedBy | null {
  if (limitedBy?.by !== 'nothing_to_send' || id === undefined) return limitedBy ?? null
  const { blockedUntil = null } = rateLimits.find(({ projectId }) => projectId === id) ?? {}
  if (blockedUntil !== null && blockedUntil > at) return { by: 'quota', figure: usedLastMinute }
  return ratedProjects.has(id) ? { by: 'campaign_rate', figure: 0 } : limitedBy
}

function tenths(value: number | null | undefined): number | null {
  return value == null ? null : Math.round(value * 10) / 10
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
