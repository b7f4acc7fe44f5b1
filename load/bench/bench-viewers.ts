/**
 * `npm run bench:viewers`: what many viewers of live campaigns cost one API process, while nothing changes and while
 * everything does, and that nothing of them is left.
 */
import { randomUUIDv7 } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Pool } from '../../src/postgres/pool.ts'
import { openInstallation } from '../../testing/installation/installation.ts'
import { makeRunFolder } from '../../testing/installation/run-folder.ts'
import { openPostgres } from '../../testing/servers/services.ts'
import { parseOptions, runCommand, SetupError, say, wholeNumber } from '../../testing/terminal/command.ts'
import { processesOf } from '../../workers/processes.ts'
import { figuresOf } from '../figures/process-figures.ts'
import { machine } from '../figures/surroundings.ts'
import { openViewers } from './viewers.ts'

const HELP = `Usage: npm run bench:viewers -- [options]

  --viewers N       event streams on one API process (default 10000; see ulimit -n)
  --campaigns N     that they watch, in turn (default 1)
  --batches N       of each campaign; 20000 are 10 million devices (default 2000)
  --seconds N       of each part (default 20)
  --json            one JSON object on stdout instead of the table
  --help

Ends with 1 when a viewer misses a change or a stream is left over.`

const LEFT_MS = 30_000

await runCommand(async ({ stack, signal, progress }) => {
  const values = parseOptions(process.argv.slice(2), {
    viewers: { type: 'string', default: '10000' },
    campaigns: { type: 'string', default: '1' },
    batches: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  })
  if (values.help) {
    process.stdout.write(`${HELP}\n`)
    return 0
  }
  const viewers = wholeNumber('viewers', values.viewers, 1, 100_000)
  const campaigns = wholeNumber('campaigns', values.campaigns, 1, 1_000)
  const batches = wholeNumber('batches', values.batches, 1, 100_000)
  const seconds = wholeNumber('seconds', values.seconds, 5, 600)
  const folder = await makeRunFolder()
  stack.defer(() => folder.remove())
  const postgres = await openPostgres(stack)
  say(`  database  ${postgres.description}`)
  const { pool, address, key, processes } = await openInstallation(
    stack,
    {
      postgresUrl: postgres.url,
      redisUrl: null,
      dispatchers: 0,
      processes: processesOf(0).filter(({ name }) => name === 'api'),
      fcm: {},
      messagesPerMinute: 'unlimited',
      logFile: folder.logFile,
      defaults: { EVENT_STREAMS: String(viewers) },
    },
    signal,
  )
  const ids = await makeCampaigns(pool, campaigns, batches)
  const pid = processes.pids.get('api') as number
  const usage = () => {
    const figures = figuresOf(pid)
    if (figures === null) throw new SetupError('The API process has died.')
    return figures
  }
  const openStreams = async () => {
    const metrics = await (await fetch(`${address}/metrics`)).text()
    return Number(/^carillon_http_streams\{[^}]*kind="watch"[^}]*\} (\d+)$/m.exec(metrics)?.[1] ?? Number.NaN)
  }
  /** Of one part: CPU of a core in per cent, transactions a second, the answer times of another call. */
  const measure = async (during: () => Promise<void>) => {
    const before = { ...usage(), commits: await commitsOf(pool), at: performance.now() }
    const answers: number[] = []
    const done = during().finally(() => answers.push(Number.NaN))
    while (!answers.some(Number.isNaN)) {
      const startedAt = performance.now()
      await fetch(`${address}/health/live`)
      answers.push(performance.now() - startedAt)
      await delay(50, undefined, { signal })
    }
    await done
    const elapsed = (performance.now() - before.at) / 1000
    const times = answers.filter((ms) => !Number.isNaN(ms)).sort((a, b) => a - b)
    return {
      cpuPercent: Math.round(((usage().cpuSeconds - before.cpuSeconds) / elapsed) * 100),
      commitsPerSecond: Math.round(((await commitsOf(pool)) - before.commits) / elapsed),
      otherCallP99Ms: Math.round(times[Math.floor(times.length * 0.99)] ?? 0),
      rssMb: Math.round(usage().rssMb),
    }
  }

  const alone = await measure(() => delay(5_000, undefined, { signal }))
  const bar = progress.start('connecting', 1)
  const startedAt = performance.now()
  const paths = Array.from({ length: viewers }, (_, n) => `/v1/campaigns/${ids[n % ids.length]}/events`)
  const crowd = await openViewers(address, paths, key, signal)
  stack.defer(() => crowd.destroy())
  const connectSeconds = (performance.now() - startedAt) / 1000
  bar.end()
  const idle = await measure(() => delay(seconds * 1000, undefined, { signal }))
  crowd.takeArrivals()
  const lags: number[] = []
  const before = crowd.events
  let changes = 0
  const moving = await measure(async () => {
    for (; changes < seconds; changes += 1) {
      // Between two looks, not right behind one.
      await delay(Math.random() * 1_000, undefined, { signal })
      const changedAt = performance.timeOrigin + performance.now()
      await pool.query('UPDATE campaigns SET priority = priority % 9 + 1')
      // Everybody has it before the next change comes, or the wait ends.
      const missing = () => crowd.events < before + (changes + 1) * viewers
      for (let waited = 0; missing() && waited < 10_000; waited += 10) await delay(10, undefined, { signal })
      lags.push(...crowd.takeArrivals().map((arrivedAt) => arrivedAt - changedAt))
    }
  })
  const isComplete = crowd.events === before + changes * viewers
  crowd.destroy()
  const leftAt = performance.now()
  while ((await openStreams()) > 0 && performance.now() - leftAt < LEFT_MS)
    await delay(20, undefined, { signal })
  const streamsLeft = await openStreams()
  const goneSeconds = (performance.now() - leftAt) / 1000
  const after = await measure(() => delay(5_000, undefined, { signal }))

  lags.sort((a, b) => a - b)
  const figures = {
    viewers,
    campaigns,
    batches,
    connectSeconds: Number(connectSeconds.toFixed(1)),
    kbPerViewer: Math.round(((idle.rssMb - alone.rssMb) * 1024) / viewers),
    alone,
    idle,
    moving,
    lagP50Ms: Math.round(lags[Math.floor(lags.length * 0.5)] ?? 0),
    lagP99Ms: Math.round(lags[Math.floor(lags.length * 0.99)] ?? 0),
    isComplete,
    streamsLeft,
    goneSeconds: Number(goneSeconds.toFixed(2)),
    after,
    machine: machine(),
  }
  if (values.json) process.stdout.write(`${JSON.stringify(figures)}\n`)
  else process.stdout.write(`${tableOf(figures)}\n`)
  return isComplete && streamsLeft === 0 ? 0 : 1
})

interface Part {
  cpuPercent: number
  commitsPerSecond: number
  otherCallP99Ms: number
  rssMb: number
}

function tableOf(
  figures: Record<'alone' | 'idle' | 'moving' | 'after', Part> & Record<string, unknown>,
): string {
  const parts = (['alone', 'idle', 'moving', 'after'] as const).map((name) => ({ name, ...figures[name] }))
  const head = '          CPU of a core   commits a second   another call, p99   resident'
  const lines = parts.map(
    ({ name, cpuPercent, commitsPerSecond, otherCallP99Ms, rssMb }) =>
      `  ${name.padEnd(8)}${`${cpuPercent} %`.padStart(13)}${String(commitsPerSecond).padStart(19)}${`${otherCallP99Ms} ms`.padStart(20)}${`${rssMb} MB`.padStart(11)}`,
  )
  return [
    head,
    ...lines,
    '',
    `  ${figures.viewers} viewers connected in ${figures.connectSeconds} s, ${figures.kbPerViewer} KB each; a change reached half of them after ${figures.lagP50Ms} ms, 99 % after ${figures.lagP99Ms} ms`,
    `  every change reached everybody: ${figures.isComplete ? 'yes' : 'NO'}; streams left ${figures.goneSeconds} s after they went: ${figures.streamsLeft}`,
  ].join('\n')
}

/** As if they were being sent: rows alone, nobody sends. */
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
