/** How the installation is. */
import type { SystemReply } from '../../../../src/api/system/system-schemas.ts'
import { format } from './format.ts'

type Process = SystemReply['processes'][number]

export const systemText = {
  title: 'System',
  version: (version: string) => `Carillon ${version}`,
  asOf: (clock: string) => `As of ${clock}`,
  every: (seconds: string) => `refreshed every ${seconds}`,
  pause: 'Pause refreshing',
  goOn: 'Go on refreshing',
  paused: 'Refreshing is paused',

  health: 'Health',
  well: 'All is well',
  troubles: (n: number) => (n === 1 ? 'One thing to look at' : `${format.number(n)} things to look at`),
  trouble: {
    noDispatcher: 'No dispatcher is running. Nothing is sent until one is.',
    noPlanner: 'No planner is running. Campaigns that start are not divided into batches until one is.',
    noMaintenance:
      'No maintenance is running. Nothing starts by itself, and nothing is rescued, until one is.',
    queue: 'The queue cannot be reached. What is in hand is sent; new batches wait.',
    blocked: (clock: string) => `FCM has asked to wait until ${clock}. Nothing leaves before that.`,
    slowed: (share: string) =>
      `FCM has asked to slow down. The rate limit is at ${share} and climbs back by itself.`,
    breaker: (process: string) =>
      `The breaker of ${process} is open: FCM does not answer it. It tries again by itself.`,
    memory: (process: string) => `${process} is short of memory and takes no more work until there is room.`,
    lost: (process: string) =>
      `${process} has not been heard of since it last reported, and never said that it ends.`,
    overdue: (duration: string) => `Something that should be moving has stood still for ${duration}.`,
  },
  ofProject: (project: string, sentence: string) => `Project ${project}: ${sentence}`,

  processes: 'Processes',
  process: 'Process',
  state: 'State',
  states: {
    ok: 'Well',
    draining: 'Stopping',
    memory_high: 'Short of memory',
    stopped: 'Stopped',
    lost: 'Lost',
  } as Record<Process['state'], string>,
  breaker: 'Breaker',
  breakers: { closed: 'closed', open: 'open', half_open: 'half open' } as Record<
    NonNullable<Process['breakers']>[number]['state'],
    string
  >,
  memory: 'Memory',
  memoryOf: (used: string, limit: string) => `${used} of ${limit}`,
  doing: 'Doing',
  inHand: (batches: number, messages: number) =>
    `${batches === 1 ? '1 batch' : `${format.number(batches)} batches`}, ${messages === 1 ? '1 message' : `${format.number(messages)} messages`} in flight`,
  rate: (rate: number) => `${format.rate(rate)} a second`,
  lagLabel: 'Event loop delay',
  since: 'Running',
  ran: 'Ran',
  endedAt: (time: string) => `ended ${time}`,
  seenAt: (time: string) => `last heard of ${time}`,
  ended: 'Ended within the hour',
  noProcesses: 'No process has reported yet.',
  roles: { api: 'API', planner: 'Planner', dispatcher: 'Dispatcher', maintenance: 'Maintenance' } as Record<
    string,
    string
  >,

  rateLimit: 'Rate limit and quota',
  used: 'Used in the last minute',
  usedOf: (used: number, all: number) => `${format.number(used)} of ${format.number(all)} messages`,
  usedUnlimited: (used: number) => `${format.number(used)} messages, no limit set`,
  deadTokens: 'Of these to dead tokens',
  deadShare: (n: number, share: string) => `${format.number(n)} (${share})`,
  deadMeans: 'FCM counts them too. They are not sent to again.',
  share: 'Rate',
  fullRate: 'full',
  ofFullRate: (share: string) => `${share} of the full rate`,
  ramp: (clock: string) => `starting slowly, full from ${clock} on`,

  queue: 'Queue',
  planned: 'Batches waiting',
  queued: 'On the queue',
  sending: 'Being sent',
  oldest: 'Oldest due',
  nothingDue: 'nothing waits',
  queueBackend: 'Queue',
  backend: { redis: 'Redis', postgresql: 'PostgreSQL' },
  reachable: 'reachable',
  unreachable: 'not reachable',
  jobs: (waiting: number, active: number) =>
    `${format.number(waiting)} waiting, ${format.number(active)} active`,

  database: 'Database',
  latency: 'Answers in',
  ms: (n: string) => `${n} ms`,
  connections: 'Connections',
  connectionsOf: (n: number, max: number) => `${format.number(n)} of ${format.number(max)}`,

  errors: 'Last errors',
  noErrors: 'None has been logged.',
  campaign: 'Campaign',
}
