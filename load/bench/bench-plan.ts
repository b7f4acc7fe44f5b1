/**
 * `npm run bench:plan`: what planning takes, and the planner's memory, for audiences of several sizes. Each has an
 * installation of its own without a dispatcher, so planning is all that happens.
 */
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Pool } from '../../src/postgres/pool.ts'
import { openInstallation } from '../../testing/installation/installation.ts'
import { say, wholeNumber } from '../../testing/terminal/command.ts'
import { grouped } from '../../testing/terminal/progress.ts'
import { ApiClient, type CampaignView } from '../campaign/api-client.ts'
import { MESSAGE } from '../campaign/run-campaign.ts'
import { figuresOf } from '../figures/process-figures.ts'
import { type Bench, runBench } from './run-bench.ts'

const HELP = `Usage: npm run bench:plan -- [options]

  --devices N,M,…           audience sizes (default 1000000,10000000: the latter takes 6 GB
                            of PostgreSQL's disk and some minutes)`

const OPTIONS = { devices: { type: 'string', default: '1000000,10000000' } } as const

const BATCH_SIZE = 500
const RSS_RATIO = 1.1
const SECONDS_A_MILLION = 10
const POLL_MS = 100

interface Planned {
  devices: number
  batches: number
  seconds: number
  peakRssMb: number
}

await runBench(HELP, OPTIONS, async (bench) => {
  const sizes = bench.values.devices
    .split(',')
    .map((text) => wholeNumber('devices', text, 10_000, 100_000_000))
  const runs: Planned[] = []
  const wrong: string[] = []
  let pool: Pool | undefined
  for (const devices of sizes) {
    const stack = bench.stack.use(new AsyncDisposableStack())
    const run = await plan({ ...bench, stack }, devices)
    pool = run.pool
    runs.push(run.planned)
    const { seconds, peakRssMb, batches } = run.planned
    say(`  ${grouped(devices)} devices: ${seconds} s, ${peakRssMb} MB`)
    if (batches !== Math.ceil(devices / BATCH_SIZE)) wrong.push(`${devices} devices made ${batches} batches`)
    if (seconds > (SECONDS_A_MILLION * devices) / 1e6) wrong.push(`${devices} devices took ${seconds} s`)
    // The last one stays for the questions about its database.
    if (devices !== sizes.at(-1)) await stack.disposeAsync()
  }
  const sorted = runs.toSorted((a, b) => a.devices - b.devices)
  const rssRatio = Number(((sorted.at(-1)?.peakRssMb ?? 0) / (sorted[0]?.peakRssMb ?? 1)).toFixed(3))
  if (rssRatio > RSS_RATIO) wrong.push(`peak RSS of the planner is ${rssRatio} ×, at most ${RSS_RATIO}`)
  const rows = sorted.map(
    ({ devices, seconds, peakRssMb }) =>
      `  ${grouped(devices).padStart(11)} devices   planned in ${seconds} s   peak RSS of the planner ${peakRssMb} MB`,
  )
  return {
    figures: { plans: sorted, rssRatio },
    table: [...rows, '', `  ${rssRatio} × the memory`].join('\n'),
    wrong,
    pool: pool as Pool,
  }
})

async function plan(
  { postgresUrl, folder, stack, signal, progress }: Bench<typeof OPTIONS>,
  devices: number,
) {
  const options = { redisUrl: null, dispatchers: 0, fcm: {}, messagesPerMinute: 'unlimited' } as const
  const { logFile } = folder
  const carillon = await openInstallation(stack, { postgresUrl, logFile, ...options }, signal)
  const seeding = progress.start('seeding', devices)
  await seed(carillon.config.database.url, devices, signal)
  seeding.end()
  const api = new ApiClient(carillon.address, carillon.key, signal)
  const { id } = await api.post<CampaignView>('/v1/campaigns', {
    name: 'Plan',
    message: MESSAGE,
    audience: { all: true },
  })
  await api.post(`/v1/campaigns/${id}/send`)
  for (;;) {
    const { progress: seen } = await api.get<CampaignView>(`/v1/campaigns/${id}`)
    if (seen.isPlanned) break
    await Promise.race([delay(POLL_MS, undefined, { signal }), carillon.loss])
  }
  const { rows } = await carillon.pool.query<{ seconds: number; batches: number; ids: number }>(
    `SELECT extract(epoch FROM c.planned_at - c.started_at)::float8 AS seconds, count(*) AS batches,
       sum(cardinality(b.device_ids)) AS ids
     FROM campaigns c JOIN batches b ON b.campaign_id = c.id WHERE c.id = $1 GROUP BY c.id`,
    [id],
  )
  const { seconds = 0, batches = 0, ids = 0 } = rows[0] ?? {}
  if (ids !== devices) throw new Error(`the batches hold ${ids} of ${devices} devices`)
  const peakRssMb = figuresOf(carillon.processes.pids.get('planner') ?? 0)?.peakRssMb ?? 0
  const planned: Planned = {
    devices,
    batches,
    seconds: Number(seconds.toFixed(1)),
    peakRssMb: Number(peakRssMb.toFixed(1)),
  }
  return { planned, pool: carillon.pool }
}

/** Rows as wide as real ones. The planner looks at ids and states, so no index but that of the ids is kept up. */
async function seed(url: string, devices: number, signal: AbortSignal): Promise<void> {
  // Ten million rows take longer than any statement of the service may.
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('DROP INDEX devices_token_project_id_key; DROP INDEX devices_member_id_idx')
    await client.query('ALTER TABLE devices DROP CONSTRAINT devices_member_id_fkey')
    await client.query(`INSERT INTO members (external_id) VALUES ('everybody')`)
    signal.throwIfAborted()
    await client.query(
      `INSERT INTO devices (member_id, token, platform) SELECT 1, lpad(n::text, 163, 'APA91b'), 'android'
       FROM generate_series(1, $1::int) n`,
      [devices],
    )
    signal.throwIfAborted()
    await client.query('VACUUM ANALYZE devices')
  } finally {
    await client.end()
  }
}
