/** What the whole installation is doing, as GET /v1/system tells it. */
import Type, { type Static } from 'typebox'
import { BREAKER_STATES, RUNNING_STATES } from '../../health/process-health.ts'
import { Exact, Id, Nullable, OneOf, Time } from '../http/common-schemas.ts'

export const SystemQuery = Exact({})

/** `lost`: it has not been heard of for ten seconds and never said that it ends. */
export const PROCESS_STATES = [...RUNNING_STATES, 'stopped', 'lost'] as const

const PoolReply = Type.Object(
  {
    size: Type.Integer({ description: 'DATABASE_POOL_SIZE' }),
    open: Type.Integer(),
    idle: Type.Integer(),
    waiting: Type.Integer({ description: 'Statements that wait for a connection' }),
  },
  { description: 'Connections to PostgreSQL of one process' },
)

const BreakerReplies = Type.Array(
  Type.Object({ project: Type.String({ description: 'Its name' }), state: OneOf(BREAKER_STATES) }),
  { description: 'Circuit breakers of the projects that a dispatcher has sent for' },
)

export const ProcessReply = Type.Object({
  id: Id,
  role: Type.String({ description: 'api, planner, dispatcher, maintenance' }),
  host: Type.String(),
  pid: Type.Integer(),
  version: Type.String(),
  startedAt: Time,
  seenAt: Time,
  stoppedAt: Nullable(Time),
  exitReason: Nullable(
    Type.String({ description: 'Why it has ended; null while it lives, or when it could not say' }),
  ),
  isAlive: Type.Boolean({ description: 'Heard of within ten seconds, and not ended' }),
  state: OneOf(PROCESS_STATES, {
    description:
      'memory_high: takes no more work until there is room; draining: is stopping; lost: not heard of, and never said that it ends',
  }),
  rssBytes: Nullable(Type.Integer()),
  rssLimitBytes: Nullable(Type.Integer({ description: 'null: nobody limits it' })),
  heapUsedBytes: Nullable(Type.Integer()),
  heapLimitBytes: Nullable(Type.Integer()),
  nativeBytes: Nullable(Type.Integer({ description: 'Memory V8 does not account for' })),
  eventLoopLagMs: Nullable(
    Type.Number({ description: 'How late timers were, 99th per cent of two seconds' }),
  ),
  batchesInHand: Nullable(Type.Integer({ description: 'Of a dispatcher, as are the next three' })),
  messagesInFlight: Nullable(Type.Integer({ description: 'Handed to FCM and not answered' })),
  breakers: Type.Unsafe<Static<typeof BreakerReplies> | null>({ anyOf: [BreakerReplies, { type: 'null' }] }),
  ratePerSecond: Nullable(Type.Integer({ description: 'Results a second, over the last ten' })),
  pool: Type.Unsafe<Static<typeof PoolReply> | null>({ anyOf: [PoolReply, { type: 'null' }] }),
})

export const SystemReply = Type.Object({
  version: Type.String({ description: 'Of the API that answers' }),
  at: Time,
  processes: Type.Array(ProcessReply, {
    description: 'Those that live, then the last that ended within the hour',
  }),
  queue: Type.Object({
    backend: OneOf(['redis', 'postgresql']),
    isReachable: Type.Boolean(),
    waiting: Nullable(Type.Integer()),
    active: Nullable(Type.Integer()),
    delayed: Nullable(Type.Integer()),
    failed: Nullable(Type.Integer()),
  }),
  batches: Type.Object({ planned: Type.Integer(), queued: Type.Integer(), sending: Type.Integer() }),
  oldestDueSeconds: Nullable(
    Type.Number({
      description:
        'For how long the oldest thing that should be moving has not: a scheduled campaign, a resend, a batch on the queue',
    }),
  ),
  rateLimits: Type.Array(
    Type.Object({
      project: Type.String({ description: 'Its name' }),
      messagesPerMinute: Nullable(
        Type.Integer({ description: 'Of the project, or FCM_MESSAGES_PER_MINUTE; null: unlimited' }),
      ),
      share: Type.Number({ description: 'Of the full rate; below 1 after a 429 from FCM' }),
      blockedUntil: Nullable(Time),
      rampUntil: Nullable(Time),
      usedLastMinute: Type.Integer({ description: 'Messages that count against FCM’s quota' }),
      deadTokensLastMinute: Type.Integer(),
    }),
    { description: 'One of each project, the default project first' },
  ),
  database: Type.Object({
    latencyMs: Type.Number({ description: 'Of one small statement' }),
    connections: Type.Integer({ description: 'To this database, of everybody' }),
    maxConnections: Type.Integer({ description: 'Of the server' }),
    pool: PoolReply,
  }),
  errors: Type.Array(
    Type.Object({
      at: Time,
      process: Type.String({ description: 'role@host:pid' }),
      message: Type.String(),
      code: Nullable(Type.String()),
      campaignId: Nullable(Id),
    }),
    { description: 'The last 20 errors that processes have logged, newest first' },
  ),
})

export type SystemReply = Static<typeof SystemReply>
export type ProcessReply = Static<typeof ProcessReply>
