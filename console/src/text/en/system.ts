/** The state of the installation. */
import type { SystemReply } from '../../../../src/api/system/system-schemas.ts'
import type { KeptName, RetentionUnit } from '../../../../src/domain/retention.ts'
import { format } from './format.ts'

type Process = SystemReply['processes'][number]
type Sender = NonNullable<Process['senders']>[number]

export const systemText = {
  title: 'System',
  version: (version: string) => `Carillon ${version}`,
  asOf: (clock: string) => `As of ${clock}`,
  every: (seconds: string) => `refreshed every ${seconds}`,
  pause: 'Pause refresh',
  resume: 'Resume refresh',
  paused: 'refresh paused',

  health: 'Health',
  healthy: 'All systems operational',
  unknownSince: (clock: string) => `The state since ${clock} is not known`,
  issueCount: (n: number) => (n === 1 ? '1 issue' : `${format.number(n)} issues`),
  issues: {
    noDispatcher: 'No dispatcher is running. No messages are sent until one starts.',
    noPlanner:
      'No planner is running. New campaigns are not split into batches, and so not sent, until one starts.',
    noMaintenance:
      'No maintenance process is running. Scheduled campaigns do not start and stuck batches are not recovered until one starts.',
    queue: 'The queue is unreachable. Batches in progress are sent; new batches wait.',
    blocked: (clock: string) => `FCM has asked to wait until ${clock}. No messages are sent before then.`,
    slowed: (share: string) =>
      `FCM has asked to slow down. The rate limit is at ${share} and recovers automatically.`,
    breaker: (process: string) =>
      `${process} has stopped sending because FCM is not responding. It retries automatically.`,
    memory: (process: string) => `${process} is low on memory and takes no new work until memory is freed.`,
    lost: (process: string) => `${process} stopped reporting without shutting down cleanly.`,
    overdue: (duration: string) => `Work that is due has been waiting for ${duration}.`,
  },
  ofProject: (project: string, sentence: string) => `Project ${project}: ${sentence}`,

  processes: 'Processes',
  states: {
    ok: 'Running',
    draining: 'Shutting down',
    memory_high: 'Low memory',
    stopped: 'Stopped',
    lost: 'Lost',
  } as Record<Process['state'], string>,
  fcmConnection: 'FCM connection',
  fcmConnections: { closed: 'OK', open: 'not responding', half_open: 'recovering' } as Record<
    NonNullable<Process['breakers']>[number]['state'],
    string
  >,
  inFlight: (n: number, limit: number) => `${format.number(n)} of ${format.number(limit)} requests in flight`,
  limitedBy: {
    memory: (share: number) => `Limited by memory: ${format.percent(share, 1)} used`,
    fcm_down: () => 'Waiting for FCM to respond again',
    quota: (used: number) =>
      `Limited by the quota: ${format.number(used)} messages from this process in the last minute`,
    postgresql: (ms: number) => `Limited by PostgreSQL: ${format.rate(ms)} ms to write a chunk of results`,
    dispatch_concurrency: (most: number) => `Limited by DISPATCH_CONCURRENCY: ${format.number(most)}`,
    cpu: (share: number) => `Limited by CPU: ${format.percent(share, 1)} in use`,
    fcm_latency: (ms: number) => `Limited by FCM latency: ${format.rate(ms)} ms`,
    campaign_rate: () => 'Limited by the rate set for its campaigns',
    dispatch_batches: (most: number) => `Limited by DISPATCH_BATCHES: ${format.number(most)}`,
    nothing_to_send: () => 'Nothing to send',
  } as Record<NonNullable<Sender['limitedBy']>, (figure: number) => string>,
  memory: 'Memory',
  memoryOf: (used: string, limit: string) => `${used} of ${limit}`,
  inProgress: (batches: number, messages: number) =>
    `${batches === 1 ? '1 batch' : `${format.number(batches)} batches`}, ${messages === 1 ? '1 message' : `${format.number(messages)} messages`} in flight`,
  rate: (rate: number) => `${format.rate(rate)}/s`,
  eventLoopDelay: 'Event loop delay',
  runningFor: 'Uptime',
  ranFor: 'Ran for',
  endedAt: (time: string) => `Stopped ${time}`,
  seenAt: (time: string) => `Last heartbeat ${time}`,
  ended: 'Stopped in the last hour',
  noProcesses: 'No process has reported yet.',
  roles: { api: 'API', planner: 'Planner', dispatcher: 'Dispatcher', maintenance: 'Maintenance' } as Record<
    string,
    string
  >,

  rateLimit: 'Rate limit and quota',
  used: 'Used in the last minute',
  usedOf: (used: number, all: number) => `${format.number(used)} of ${format.number(all)} messages`,
  usedUnlimited: (used: number) => `${format.number(used)} messages, no limit set`,
  deadAddresses: 'To expired addresses',
  deadShare: (n: number, share: string) => `${format.number(n)} (${share})`,
  deadAddressesHint: 'These count towards the FCM quota. Nothing is sent to expired addresses a second time.',
  currentRate: 'Rate limit',
  fullRate: 'Full',
  shareOfFullRate: (share: string) => `${share} of the full rate`,
  ramp: (clock: string) => `Ramping up, full at ${clock}`,

  queue: 'Queue',
  planned: 'Batches planned',
  queued: 'Batches queued',
  sending: 'Batches sending',
  oldest: 'Oldest due',
  nothingDue: 'Nothing is waiting',
  queueBackend: 'Backend',
  backend: { redis: 'Redis', postgresql: 'PostgreSQL' },
  reachable: 'Connected',
  unreachable: 'Unreachable',
  jobs: (waiting: number, active: number) =>
    `${format.number(waiting)} ${waiting === 1 ? 'job' : 'jobs'} waiting, ${format.number(active)} active`,

  database: 'Database',
  latency: 'Latency',
  ms: (n: string) => `${n} ms`,
  connections: 'Connections',
  connectionsOf: (n: number, max: number) => `${format.number(n)} of ${format.number(max)}`,

  retention: 'What is kept how long',
  kept: {
    campaigns: 'Campaigns with messages and counts',
    members: 'Members, until they are erased',
    results: 'Results of single devices',
    gone_devices: 'Devices with expired addresses',
    unseen_devices: 'Devices that do not report, until they count as expired',
    member_uses: 'What frequency caps count by',
    deleted_campaigns: 'Deleted campaigns, to be restored',
    tests: 'Who sent which test to whom, and what FCM answered',
    audit: 'Activity',
    sessions: 'Sessions',
    idle_sessions: 'Sessions that nobody uses',
    old_secrets: 'Secrets of API keys that a rotation has replaced, after their end',
    idempotency_keys: 'Answers to repeated requests, and what imports rejected',
    heartbeats: 'Heartbeats of ended processes',
    images: 'Uploaded images',
  } satisfies Record<KeptName, string>,
  forEver: 'for ever',
  units: {
    months: (n: number) => (n === 1 ? '1 month' : `${format.number(n)} months`),
    days: (n: number) => (n === 1 ? '1 day' : `${format.number(n)} days`),
    hours: (n: number) => (n === 1 ? '1 hour' : `${format.number(n)} hours`),
    minutes: (n: number) => (n === 1 ? '1 minute' : `${format.number(n)} minutes`),
  } satisfies Record<RetentionUnit, (n: number) => string>,

  errors: 'Recent errors',
  noErrors: 'No errors have been logged.',
  campaign: 'Campaign',
}
