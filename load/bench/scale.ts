/**
 * What it takes to send to very many devices in very little time: arithmetic on measured figures, for
 * docs/performance.md. `node load/bench/scale.ts --devices 10000000 --seconds 60`; every figure can be replaced.
 */
import { parseArgs } from 'node:util'
import { grouped } from '../../testing/terminal/progress.ts'

/** From the runs in docs/performance.md. Take your own: `npm run bench -- --json` on the machine in question. */
export const MEASURED = {
  /** CPU time of a dispatcher and of PostgreSQL for one message, in microseconds. */
  'dispatcher-us': 18,
  'postgres-us': 18,
  /** WAL and disk for one delivery, in bytes. */
  'wal-bytes': 290,
  'row-bytes': 144,
  /** Until a commit is on disk, and on its replica if that is waited for. */
  'commit-ms': 0.5,
  'fcm-latency-ms': 150,
  'record-chunk': 100,
  /** Entries a second that one BullMQ queue passes on: measured on Redis; 1400 on PostgreSQL. */
  'queue-per-second': 7_000,
  /** FCM's default for one project. */
  'quota-per-minute': 600_000,
  /** What a process should be planned to use of a core. */
  utilisation: 0.7,
  devices: 10_000_000,
  seconds: 60,
}

export type Figures = typeof MEASURED

const BATCH = 500
const STREAMS_PER_SESSION = 100
/** DISPATCH_BATCHES and DISPATCH_CONCURRENCY are per process: their memory grows with them. */
const DEFAULT_CONCURRENCY = 400
const DEFAULT_POOL = 10
/** Enqueueing: one commit for every sixteenth of the watermark of 64. */
const BATCHES_PER_ENQUEUE = 4

export function scaleOf(given: Figures) {
  const rate = given.devices / given.seconds
  const batchRate = rate / BATCH
  const inFlight = (rate * given['fcm-latency-ms']) / 1000
  const byCpu = (rate * given['dispatcher-us']) / 1e6 / given.utilisation
  const dispatchers = Math.max(1, Math.ceil(byCpu))
  // Claim, rateLimit, the chunks, end.
  const commitsPerBatch = 3 + Math.ceil(BATCH / given['record-chunk']) + 1 / BATCHES_PER_ENQUEUE
  const batchesInHand = Math.ceil((inFlight / BATCH) * 2)
  return {
    rate,
    dispatchers,
    concurrencyPerDispatcher: Math.max(DEFAULT_CONCURRENCY, Math.ceil(inFlight / dispatchers)),
    inFlight,
    sessions: Math.ceil(inFlight / STREAMS_PER_SESSION),
    batchesInHand,
    watermark: Math.max(64, 2 * batchesInHand),
    databaseConnections: dispatchers * DEFAULT_POOL,
    commitsPerSecond: batchRate * commitsPerBatch,
    postgresCores: (rate * given['postgres-us']) / 1e6,
    walMbPerSecond: (rate * given['wal-bytes']) / 1e6,
    diskGb: (given.devices * given['row-bytes']) / 1e9,
    projects: Math.ceil((rate * 60) / given['quota-per-minute']),
    limits: limitsOf(given, commitsPerBatch),
  }
}

export interface Limit {
  what: string
  /** Messages a second. */
  rate: number
  remedy: string
}

/** Where things give out, in that order. */
function limitsOf(given: Figures, commitsPerBatch: number): Limit[] {
  const limits: Limit[] = [
    {
      what: `FCM's quota of one project, ${grouped(given['quota-per-minute'])} a minute`,
      rate: given['quota-per-minute'] / 60,
      remedy: 'ask Google for more, or spread the apps over several projects: an installation each',
    },
    {
      what: `one dispatcher, ${given['dispatcher-us']} µs a message`,
      rate: (1e6 / given['dispatcher-us']) * given.utilisation,
      remedy: 'start more, on more machines',
    },
    {
      what: `concurrency of one dispatcher, ${DEFAULT_CONCURRENCY} in flight at ${given['fcm-latency-ms']} ms`,
      rate: (DEFAULT_CONCURRENCY * 1000) / given['fcm-latency-ms'],
      remedy: 'raise DISPATCH_CONCURRENCY, with DISPATCH_BATCHES at twice a five-hundredth of it',
    },
    {
      what: `the watermark, 64 batches of a campaign, each for two latencies`,
      rate: (64 * BATCH * 1000) / (2 * given['fcm-latency-ms']),
      remedy: 'raise QUEUE_WATERMARK; the queue still does not depend on the audience',
    },
    {
      what: `the rate_limits row, locked for a commit of ${given['commit-ms']} ms by each batch`,
      rate: (1000 / given['commit-ms']) * BATCH,
      remedy:
        'commit reservations without waiting for the disk (a lost one costs rate limit, no message), or split it',
    },
    {
      what: `PostgreSQL, 16 cores at ${given['postgres-us']} µs a message`,
      rate: (16e6 / given['postgres-us']) * given.utilisation,
      remedy: 'RECORD_CHUNK=500, reports from a replica, then a database for each project',
    },
    {
      what: `PostgreSQL's WAL at 250 MB/s`,
      rate: 250e6 / given['wal-bytes'],
      remedy: 'a faster disk for pg_wal, then a database for each project',
    },
    {
      what: `one queue, ${grouped(given['queue-per-second'])} entries a second`,
      rate: given['queue-per-second'] * BATCH,
      remedy:
        'several queues by hash tag on a Redis Cluster; a reference to 500 devices is an entry, not a device',
    },
  ]
  // Commits of different batches share flushes; a hundred connections at one flush each is what a disk gives.
  limits.push({
    what: `commits, ${commitsPerBatch.toFixed(1)} a batch, 100 connections at ${given['commit-ms']} ms`,
    rate: ((100 * 1000) / given['commit-ms'] / commitsPerBatch) * BATCH,
    remedy: 'RECORD_CHUNK=500; commit_delay',
  })
  return limits.sort((a, b) => a.rate - b.rate)
}

export function scaleText(given: Figures): string {
  const scale = scaleOf(given)
  const whole = (value: number) => grouped(Math.round(value))
  const lines: [string, string][] = [
    ['rate', `${whole(scale.rate)} messages a second`],
    ['dispatchers', `${scale.dispatchers} processes, a core each at ${given.utilisation * 100} %`],
    ['in flight', `${whole(scale.inFlight)} requests over ${scale.sessions} HTTP/2 sessions`],
    ['DISPATCH_CONCURRENCY', whole(scale.concurrencyPerDispatcher)],
    [
      'DISPATCH_BATCHES',
      `${Math.ceil(scale.batchesInHand / scale.dispatchers)}, ${scale.batchesInHand} over all`,
    ],
    ['QUEUE_WATERMARK', `${scale.watermark}`],
    ['database connections', `${scale.databaseConnections} of the dispatchers`],
    ['commits', `${whole(scale.commitsPerSecond)} a second`],
    [
      'PostgreSQL',
      `${scale.postgresCores.toFixed(1)} cores, ${scale.walMbPerSecond.toFixed(0)} MB of WAL a second`,
    ],
    ['deliveries on disk', `${scale.diskGb.toFixed(1)} GB`],
    [
      'FCM projects',
      `${scale.projects} at the default quota, or one with ${whole(scale.rate * 60)} a minute`,
    ],
  ]
  return [
    `${grouped(given.devices)} devices in ${given.seconds} s`,
    '',
    ...lines.map(([name, value]) => `  ${name.padEnd(22)}${value}`),
    '',
    'What gives out first, in messages a second:',
    '',
    ...scale.limits.map(
      ({ what, rate, remedy }) =>
        `  ${whole(rate).padStart(11)}  ${rate < scale.rate ? 'short' : '     '}  ${what}\n${' '.repeat(22)}${remedy}`,
    ),
  ].join('\n')
}

if (import.meta.main) {
  const options = Object.fromEntries(Object.keys(MEASURED).map((name) => [name, { type: 'string' as const }]))
  const { values } = parseArgs({ options })
  const given = { ...MEASURED }
  for (const [name, text] of Object.entries(values)) {
    const value = Number(text)
    if (!(value > 0)) throw new Error(`--${name} is "${text}"; expected a number above 0.`)
    given[name as keyof Figures] = value
  }
  process.stdout.write(`${scaleText(given)}\n`)
}
