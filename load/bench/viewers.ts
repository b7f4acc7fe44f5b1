/** What many viewers of live campaigns cost one API process, and that no stream is left when they are gone. */
import { randomUUIDv7 } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Pool } from '../../src/postgres/pool.ts'
import { openApiAlone } from '../../testing/installation/api-alone.ts'
import { SetupError } from '../../testing/terminal/command.ts'
import { rounded } from '../../testing/terminal/format.ts'
import { whole } from '../../testing/terminal/options.ts'
import { figuresOf } from '../figures/processes.ts'
import { spread } from '../figures/statistics.ts'
import { benchmark } from './benchmark.ts'

const GONE_WITHIN_MS = 30_000
const ARRIVE_WITHIN_MS = 10_000

export const viewers = benchmark(
  `What many viewers of live campaigns cost one API process.
Fails when a viewer misses a change or a stream is left over.`,
  {
    viewers: whole(1, 100_000, 10_000, 'event streams; see ulimit -n'),
    campaigns: whole(1, 1_000, 1, 'that they watch, in turns'),
    batches: whole(1, 100_000, 2_000, 'of each campaign; 20000 are 10 million devices'),
    seconds: whole(5, 600, 20, 'of each part'),
  },
  async ({ viewers: count, campaigns, batches, seconds }, context) => {
    const { stack, signal, progress } = context
    const options = {
      ...context,
      defaults: { EVENT_STREAMS: String(count), EVENT_STREAMS_PER_CALLER: String(count) },
    }
    const { pool, address, key, pid } = await openApiAlone(stack, options, signal)
    const ids = await makeCampaigns(pool, campaigns, batches)
    const usage = () => {
      const figures = figuresOf(pid)
      if (figures === null) throw new SetupError('The API process has died.')
      return figures
    }
    const openStreams = async () => {
      const metrics = await (await fetch(`${address}/metrics`)).text()
      return Number(/^carillon_http_streams\{[^}]*kind="watch"[^}]*\} (\d+)$/m.exec(metrics)?.[1])
    }
    const measure = async (during: Promise<unknown>) => {
      const before = { ...usage(), commits: await commitsOf(pool), at: performance.now() }
      const times: number[] = []
      do {
        const startedAt = performance.now()
        await fetch(`${address}/health/live`)
        times.push(performance.now() - startedAt)
      } while (!(await Promise.race([during.then(() => true), delay(50, false, { signal })])))
      const elapsed = (performance.now() - before.at) / 1000
      return {
        cpuPercent: Math.round(((usage().cpuSeconds - before.cpuSeconds) / elapsed) * 100),
        commitsPerSecond: Math.round(((await commitsOf(pool)) - before.commits) / elapsed),
        otherCallP99Ms: Math.round(spread(times).p99),
        rssMb: Math.round(usage().rssMb),
      }
    }

    const alone = await measure(delay(5_000, undefined, { signal }))
    const bar = progress.start('connecting', 1)
    const startedAt = performance.now()
    const paths = Array.from({ length: count }, (_, n) => `/v1/campaigns/${ids[n % ids.length]}/events`)
    const crowd = await openViewers(address, paths, key, signal)
    stack.defer(() => crowd.destroy())
    const connectSeconds = rounded((performance.now() - startedAt) / 1000, 1)
    bar.end()
    const idle = await measure(delay(seconds * 1000, undefined, { signal }))
    crowd.arrivals.length = 0
    const lags: number[] = []
    const change = async () => {
      for (let changes = 1; changes <= seconds; changes += 1) {
        // Between two polls of the server, not right after one.
        await delay(Math.random() * 1_000, undefined, { signal })
        const changedAt = performance.timeOrigin + performance.now()
        await pool.query('UPDATE campaigns SET priority = priority % 9 + 1')
        const isMissing = () => lags.length + crowd.arrivals.length < changes * count
        for (let ms = 0; isMissing() && ms < ARRIVE_WITHIN_MS; ms += 10)
          await delay(10, undefined, { signal })
        for (const arrivedAt of crowd.arrivals.splice(0)) lags.push(arrivedAt - changedAt)
      }
    }
    const moving = await measure(change())
    const isComplete = lags.length === seconds * count
    crowd.destroy()
    const leftAt = performance.now()
    while ((await openStreams()) > 0 && performance.now() - leftAt < GONE_WITHIN_MS)
      await delay(20, undefined, { signal })
    const streamsLeft = await openStreams()
    const goneSeconds = rounded((performance.now() - leftAt) / 1000)
    const after = await measure(delay(5_000, undefined, { signal }))

    const parts = { alone, idle, moving, after }
    const kbPerViewer = Math.round(((idle.rssMb - alone.rssMb) * 1024) / count)
    const { p50: lagP50Ms, p99: lagP99Ms } = spread(lags)
    const counts = { viewers: count, campaigns, batches, connectSeconds, kbPerViewer }
    const wrong = [
      ...(isComplete ? [] : ['not every viewer got every change']),
      ...(streamsLeft === 0 ? [] : [`${streamsLeft} streams are left`]),
    ]
    return { ...counts, ...parts, lagP50Ms, lagP99Ms, isComplete, streamsLeft, goneSeconds, wrong }
  },
)

/** Rows of campaigns that look as if they were being sent. */
async function makeCampaigns(pool: Pool, count: number, batches: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUIDv7())
  await pool.query(
    `INSERT INTO campaigns (id, name, message, audience, state, started_at, is_planned, audience_size, planned_batches)
     SELECT id, 'watched', '{"title": "Hello", "body": "World"}', '{"all": true}', 'sending', now(), true, $2::int * 500, $2
     FROM unnest($1::uuid[]) AS t (id)`,
    [ids, batches],
  )
  await pool.query(
    `INSERT INTO batches (campaign_id, seq, through_id, device_ids, size, state, attempt, sent)
     SELECT id, seq, (seq + 1) * 500, '{}', 500, 'sending', 1, 400
     FROM unnest($1::uuid[]) AS t (id), generate_series(0, $2::int - 1) AS seq`,
    [ids, batches],
  )
  await pool.query('ANALYZE batches')
  return ids
}

async function commitsOf(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ commits: number }>(
    'SELECT xact_commit AS commits FROM pg_stat_database WHERE datname = current_database()',
  )
  return rows[0]?.commits ?? 0
}

/** Connections opened at a time: fewer than a server's backlog. */
const AT_A_TIME = 100

/** Raw sockets in one process, because ten thousand HTTP clients would be the load. */
async function openViewers(address: string, paths: readonly string[], key: string, signal: AbortSignal) {
  const { hostname, port } = new URL(address)
  const sockets: Socket[] = []
  /** When `campaign` events have arrived, in milliseconds since 1970. */
  const arrivals: number[] = []
  const open = async (path: string) => {
    const socket = connect({ host: hostname, port: Number(port) })
    sockets.push(socket)
    socket.on('error', () => {})
    socket.write(`GET ${path} HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${key}\r\n\r\n`)
    const first = once(socket, 'data', { signal })
    // The server writes an event as one chunk, which a loopback does not split.
    socket.on('data', (piece: Buffer) => {
      if (piece.includes('event: campaign')) arrivals.push(performance.timeOrigin + performance.now())
    })
    const head = String((await first)[0])
    if (!head.startsWith('HTTP/1.1 200')) throw new Error(`A viewer was refused: ${head.slice(0, 300)}`)
  }
  for (let from = 0; from < paths.length; from += AT_A_TIME) {
    await Promise.all(paths.slice(from, from + AT_A_TIME).map(open))
    await delay(1, undefined, { signal })
  }
  const destroy = () => {
    for (const socket of sockets) socket.destroy()
  }
  return { arrivals, destroy }
}
