/** Planning time and the planner's memory for several audience sizes, without a dispatcher. */
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { openInstallation } from '../../testing/installation/installation.ts'
import { say } from '../../testing/terminal/command.ts'
import { grouped, rounded } from '../../testing/terminal/format.ts'
import { list, whole } from '../../testing/terminal/options.ts'
import { ApiClient, type CampaignView } from '../campaign/api-client.ts'
import { MESSAGE } from '../campaign/run-campaign.ts'
import { figuresOf } from '../figures/processes.ts'
import { type BenchContext, benchmark, fullSpeed } from './benchmark.ts'

const BATCH_SIZE = 500
const MAX_RSS_RATIO = 1.1
const SECONDS_PER_MILLION = 10
const POLL_MS = 100

export const plan = benchmark(
  `Planning time and the planner's memory for several audience sizes.
Fails above ${SECONDS_PER_MILLION} s a million devices, or ${MAX_RSS_RATIO} × the memory for the largest audience.`,
  {
    devices: list(
      whole(10_000, 100_000_000, 0, 'audience sizes; 10000000 take 6 GB of disk and some minutes'),
      '1000000,10000000',
    ),
  },
  async ({ devices: sizes }, context) => {
    const plans: Awaited<ReturnType<typeof measurePlan>>[] = []
    const wrong: string[] = []
    for (const devices of sizes) {
      const measured = await measurePlan(devices, context)
      plans.push(measured)
      const { seconds, peakRssMb, batches } = measured
      say(`  ${grouped(devices)} devices: ${seconds} s, ${peakRssMb} MB`)
      if (batches !== Math.ceil(devices / BATCH_SIZE))
        wrong.push(`${devices} devices made ${batches} batches`)
      if (seconds > (SECONDS_PER_MILLION * devices) / 1e6) wrong.push(`${devices} devices took ${seconds} s`)
    }
    plans.sort((a, b) => a.devices - b.devices)
    const rssRatio = rounded((plans.at(-1)?.peakRssMb ?? 0) / (plans[0]?.peakRssMb ?? 1), 3)
    if (rssRatio > MAX_RSS_RATIO)
      wrong.push(`peak RSS of the planner is ${rssRatio} ×, at most ${MAX_RSS_RATIO}`)
    return { plans, rssRatio, wrong }
  },
)

async function measurePlan(devices: number, context: BenchContext) {
  const { signal, progress } = context
  await using stack = new AsyncDisposableStack()
  const { address, key, pool, config, processes, loss } = await openInstallation(
    stack,
    { ...fullSpeed(context), dispatchers: 0 },
    signal,
  )
  const seeding = progress.start('seeding', devices)
  await seed(config.database.url, devices, signal)
  seeding.update(devices)
  seeding.end()
  const api = new ApiClient(address, key, signal)
  const campaign = { name: 'Plan', message: MESSAGE, audience: { all: true } }
  const { id } = await api.post<CampaignView>('/v1/campaigns', campaign)
  await api.send(id)
  while (!(await api.get<CampaignView>(`/v1/campaigns/${id}`)).progress.isPlanned) {
    await Promise.race([delay(POLL_MS, undefined, { signal }), loss])
  }
  const { rows } = await pool.query<{ seconds: number; batches: number; ids: number }>(
    `SELECT extract(epoch FROM c.planned_at - c.started_at)::float8 AS seconds, count(*) AS batches,
       sum(cardinality(b.device_ids)) AS ids
     FROM campaigns c JOIN batches b ON b.campaign_id = c.id WHERE c.id = $1 GROUP BY c.id`,
    [id],
  )
  const { seconds = 0, batches = 0, ids = 0 } = rows[0] ?? {}
  if (ids !== devices) throw new Error(`the batches hold ${ids} of ${devices} devices`)
  const { peakRssMb = 0 } = figuresOf(processes.pids.get('planner') ?? 0) ?? {}
  return { devices, batches, seconds: rounded(seconds, 1), peakRssMb: rounded(peakRssMb, 1) }
}

/** Rows as wide as real ones. The planner reads ids and states only, so no other index is maintained. */
async function seed(url: string, devices: number, signal: AbortSignal): Promise<void> {
  // The service's statement timeout is too short for ten million rows.
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('DROP INDEX devices_address_project_id_key; DROP INDEX devices_member_id_idx')
    await client.query('ALTER TABLE devices DROP CONSTRAINT devices_member_id_fkey')
    await client.query(`INSERT INTO members (external_id) VALUES ('everybody')`)
    signal.throwIfAborted()
    await client.query(
      `INSERT INTO devices (member_id, address, platform) SELECT 1, lpad(n::text, 163, 'APA91b'), 'android'
       FROM generate_series(1, $1::int) n`,
      [devices],
    )
    signal.throwIfAborted()
    await client.query('VACUUM ANALYZE devices')
  } finally {
    await client.end()
  }
}
