/**
 * Arithmetic on measured figures: what it takes to send to very many devices in little time, and which limit is reached
 * first. `node load/bench/scale.ts --devices 10000000 --seconds 60`; every figure can be replaced.
 */
import { runCommand } from '../../testing/terminal/command.ts'
import { grouped, outline } from '../../testing/terminal/format.ts'
import { type Option, option, parseOptions, type Values } from '../../testing/terminal/options.ts'

const BATCH = 500
const STREAMS_PER_SESSION = 100
/** DISPATCH_CONCURRENCY, the connection pool and QUEUE_WATERMARK, per process. */
const CONCURRENCY = 400
const POOL = 10
const WATERMARK = 64
/** One commit enqueues a sixteenth of the watermark. */
const BATCHES_PER_ENQUEUE = 4

const figure = (fallback: number, help: string): Option<number> => {
  const read = (text: string) => (Number(text) > 0 ? Number(text) : undefined)
  return option('N', String(fallback), help, read, 'a number above 0')
}

/** Defaults from the runs in docs/performance.md. */
const OPTIONS = {
  devices: figure(10_000_000, 'audience'),
  seconds: figure(60, 'to send in'),
  dispatcherUs: figure(18, 'CPU time of a dispatcher for one message, microseconds'),
  postgresUs: figure(18, 'CPU time of PostgreSQL for one message, microseconds'),
  walBytes: figure(290, 'WAL for one delivery'),
  rowBytes: figure(144, 'disk for one delivery'),
  commitMs: figure(0.5, 'until a commit is on disk, and on a replica if that is waited for'),
  fcmLatencyMs: figure(150, 'of an FCM call'),
  recordChunk: figure(100, 'RECORD_CHUNK'),
  queuePerSecond: figure(7_000, 'entries a second of one BullMQ queue: 7000 on Redis, 1400 on PostgreSQL'),
  quotaPerMinute: figure(600_000, "FCM's quota of one project"),
  utilisation: figure(0.7, 'planned load of a core'),
}

export type Figures = Values<typeof OPTIONS>
export const MEASURED: Figures = parseOptions(OPTIONS, [])

export function scaleOf(given: Figures) {
  const rate = given.devices / given.seconds
  const inFlight = (rate * given.fcmLatencyMs) / 1000
  const dispatchers = Math.max(1, Math.ceil((rate * given.dispatcherUs) / 1e6 / given.utilisation))
  // Claim, rate limit, chunks, end.
  const commitsPerBatch = 3 + Math.ceil(BATCH / given.recordChunk) + 1 / BATCHES_PER_ENQUEUE
  const batchesInHand = Math.ceil((inFlight / BATCH) * 2)
  return {
    rate,
    dispatchers,
    concurrencyPerDispatcher: Math.max(CONCURRENCY, Math.ceil(inFlight / dispatchers)),
    inFlight,
    sessions: Math.ceil(inFlight / STREAMS_PER_SESSION),
    batchesInHand,
    watermark: Math.max(WATERMARK, 2 * batchesInHand),
    databaseConnections: dispatchers * POOL,
    commitsPerSecond: (rate / BATCH) * commitsPerBatch,
    postgresCores: (rate * given.postgresUs) / 1e6,
    walMbPerSecond: (rate * given.walBytes) / 1e6,
    diskGb: (given.devices * given.rowBytes) / 1e9,
    projects: Math.ceil((rate * 60) / given.quotaPerMinute),
    /** Messages a second at which each part reaches its limit, lowest first. */
    limits: limitsOf(given, commitsPerBatch),
  }
}

/** What to do at each limit is in docs/performance.md. */
function limitsOf(given: Figures, commitsPerBatch: number): Record<string, number> {
  const { commitMs, fcmLatencyMs, postgresUs, dispatcherUs, utilisation, quotaPerMinute, queuePerSecond } =
    given
  const limits: [what: string, rate: number][] = [
    [`FCM's quota of one project, ${grouped(quotaPerMinute)} a minute`, quotaPerMinute / 60],
    [`one dispatcher, ${dispatcherUs} µs a message`, (1e6 / dispatcherUs) * utilisation],
    [
      `concurrency of one dispatcher, ${CONCURRENCY} in flight at ${fcmLatencyMs} ms`,
      (CONCURRENCY * 1000) / fcmLatencyMs,
    ],
    [
      `the watermark, ${WATERMARK} batches of a campaign, each for two latencies`,
      (WATERMARK * BATCH * 1000) / (2 * fcmLatencyMs),
    ],
    [`the rate_limits row, locked for a commit of ${commitMs} ms by each batch`, (1000 / commitMs) * BATCH],
    [`PostgreSQL, 16 cores at ${postgresUs} µs a message`, (16e6 / postgresUs) * utilisation],
    [`PostgreSQL's WAL at 250 MB/s`, 250e6 / given.walBytes],
    [`one queue, ${grouped(queuePerSecond)} entries a second`, queuePerSecond * BATCH],
    [
      // Commits of different batches share flushes: a disk gives about a hundred connections one flush each.
      `commits, ${commitsPerBatch.toFixed(1)} a batch, 100 connections at ${commitMs} ms`,
      ((100 * 1000) / commitMs / commitsPerBatch) * BATCH,
    ],
  ]
  return Object.fromEntries(limits.sort(([, a], [, b]) => a - b))
}

if (import.meta.main) {
  const about = 'Arithmetic: what it takes to send to very many devices in little time.'
  const usage = { command: 'node load/bench/scale.ts', about, options: OPTIONS }
  const parse = (args: string[]) => parseOptions(OPTIONS, args)
  await runCommand(usage, parse, async (given) => {
    process.stdout.write(`${outline(scaleOf(given))}\n`)
    return 0
  })
}
