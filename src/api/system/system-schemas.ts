/** Schemas of GET /v1/system: the state of the whole installation. */
import Type, { type Static } from 'typebox'
import { KEPT, RETENTION_UNITS } from '../../domain/retention.ts'
import { LIMITS } from '../../health/limit-watch.ts'
import { BREAKER_STATES, RUNNING_STATES } from '../../health/process-health.ts'
import { Exact, Id, Nullable, OneOf, Time } from '../http/common-schemas.ts'

export const SystemQuery = Exact({})

/** `lost`: no heartbeat for ten seconds, and no report that it ended. */
const PROCESS_STATES = [...RUNNING_STATES, 'stopped', 'lost'] as const

const PoolReply = Type.Object(
  {
    size: Type.Integer({ description: 'DATABASE_POOL_SIZE' }),
    open: Type.Integer(),
    idle: Type.Integer(),
    waiting: Type.Integer({ description: 'Statements that are waiting for a connection' }),
  },
  { description: 'PostgreSQL connections of one process' },
)

const BreakerReplies = Type.Array(
  Type.Object({ project: Type.String({ description: 'Its name' }), state: OneOf(BREAKER_STATES) }),
  { description: 'Circuit breakers of the projects that a dispatcher has sent for' },
)

const SenderReplies = Type.Array(
  Type.Object({
    project: Type.String({ description: 'Its name' }),
    limit: Type.Integer({
      description: 'Requests that may be in flight now, as the dispatcher found from latency and answers',
    }),
    mostInFlight: Type.Integer({ description: 'DISPATCH_CONCURRENCY, which the limit never exceeds' }),
    inFlight: Type.Integer({ description: 'Requests that FCM has not answered' }),
    latencyMs: Nullable(Type.Number({ description: 'Mean time from a request to its answer, now' })),
    baseLatencyMs: Nullable(
      Type.Number({
        description: 'The same without a queue, as far as is known: what the limit is derived from',
      }),
    ),
    limitedBy: Nullable(
      OneOf(LIMITS, {
        description:
          'What limits the rate now. fcm_latency: more requests in flight would only wait longer; dispatch_concurrency and dispatch_batches: the bounds of those variables; fcm_down: the circuit breaker is not closed; campaign_rate: ratePerMinute of its campaigns',
      }),
    ),
    figure: Nullable(
      Type.Number({
        description:
          'Measured for limitedBy. memory, cpu: share in use; quota: messages in the last minute; postgresql: ms to write a chunk of results; fcm_latency: ms; campaign_rate: batches in hand that wait; dispatch_…: the bound',
      }),
    ),
  }),
  { description: 'What a dispatcher has found, for each project that it has sent for' },
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
    Type.String({
      description: 'Why the process ended; null while it runs, or if it could not report a reason',
    }),
  ),
  isAlive: Type.Boolean({ description: 'Sent a heartbeat within the last ten seconds, and has not ended' }),
  state: OneOf(PROCESS_STATES, {
    description:
      'memory_high: takes no new work until memory use has fallen; draining: is stopping; lost: no heartbeat, and no report that it ended',
  }),
  rssBytes: Nullable(Type.Integer()),
  rssLimitBytes: Nullable(Type.Integer({ description: 'null: no limit' })),
  heapUsedBytes: Nullable(Type.Integer()),
  heapLimitBytes: Nullable(Type.Integer()),
  nativeBytes: Nullable(Type.Integer({ description: 'Memory outside V8' })),
  eventLoopLagMs: Nullable(
    Type.Number({ description: '99th percentile of the event loop delay over two seconds' }),
  ),
  batchesInHand: Nullable(Type.Integer({ description: 'Of a dispatcher, as are the next four' })),
  messagesInFlight: Nullable(Type.Integer({ description: 'Handed to FCM and not answered' })),
  breakers: Type.Unsafe<Static<typeof BreakerReplies> | null>({ anyOf: [BreakerReplies, { type: 'null' }] }),
  senders: Type.Unsafe<Static<typeof SenderReplies> | null>({ anyOf: [SenderReplies, { type: 'null' }] }),
  ratePerSecond: Nullable(Type.Integer({ description: 'Results a second, over the last ten' })),
  pool: Type.Unsafe<Static<typeof PoolReply> | null>({ anyOf: [PoolReply, { type: 'null' }] }),
})

export const SystemReply = Type.Object({
  version: Type.String({ description: 'Version of the API process that answers' }),
  at: Time,
  processes: Type.Array(ProcessReply, {
    description: 'Running processes, then the last that ended within an hour',
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
        'By how much the oldest waiting work is overdue: a scheduled campaign, a retry, a queued batch',
    }),
  ),
  retention: Type.Array(
    Type.Object({
      what: OneOf(KEPT),
      amount: Nullable(Type.Integer({ description: 'null: for ever' })),
      unit: OneOf(RETENTION_UNITS),
      variable: Nullable(Type.String({ description: 'The environment variable that says so' })),
    }),
    { description: 'What is kept how long' },
  ),
  sendRules: Type.Object(
    {
      night: Type.Object({ from: Type.String(), until: Type.String() }),
      defaultZone: Type.String({ description: 'DEFAULT_TIMEZONE' }),
      advertiser: Nullable(Type.Object({ name: Type.String(), optOutHint: Type.String() })),
      caps: Type.Array(Type.Object({ window: Type.String(), limit: Type.Integer() }), {
        description: 'CAPS: how many campaigns a member may get; empty: any number',
      }),
    },
    {
      description: 'As the environment of this API process says: NIGHT_FROM, NIGHT_UNTIL, ADVERTISER_…, CAPS',
    },
  ),
  rateLimits: Type.Array(
    Type.Object({
      project: Type.String({ description: 'Its name' }),
      messagesPerMinute: Nullable(
        Type.Integer({ description: 'Of the project, or FCM_MESSAGES_PER_MINUTE; null: unlimited' }),
      ),
      share: Type.Number({ description: 'Of the full rate; below 1 after a 429 from FCM' }),
      blockedUntil: Nullable(Time),
      rampSeconds: Type.Integer({ description: 'FCM_RAMP_SECONDS: from idle to the full rate' }),
      rampUntil: Nullable(Time),
      usedLastMinute: Type.Integer({ description: 'Messages that count against FCM’s quota' }),
      deadAddressesLastMinute: Type.Integer(),
    }),
    { description: 'One of each project, the default project first' },
  ),
  devices: Nullable(
    Type.Object(
      {
        token: Type.Integer({ description: 'With a registration token' }),
        fid: Type.Integer({ description: 'With a Firebase installation id' }),
        isEstimate: Type.Boolean({
          description: 'Projected from a sample, right to about one percentage point',
        }),
      },
      { description: 'Active devices, read once a minute; null if they could not be counted' },
    ),
  ),
  database: Type.Object({
    latencyMs: Type.Number({ description: 'Of one short statement' }),
    connections: Type.Integer({
      description: 'All connections to this database, including those of other programs',
    }),
    maxConnections: Type.Integer({ description: 'max_connections of the server' }),
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
    { description: 'The last 20 errors logged by processes, newest first' },
  ),
})

export type SystemReply = Static<typeof SystemReply>
export type ProcessReply = Static<typeof ProcessReply>
