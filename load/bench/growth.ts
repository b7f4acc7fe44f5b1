/** What maintenance, planning and reads cost when an installation has run for a year, beside one that is almost new. */
import { randomUUIDv7 } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { listCampaigns } from '../../src/campaigns/list-campaigns.ts'
import { readCampaign } from '../../src/campaigns/read-campaigns.ts'
import { resendCampaign } from '../../src/campaigns/resend-campaign.ts'
import { startDueCampaigns } from '../../src/campaigns/start-due-campaigns.ts'
import { loadConfig } from '../../src/config/config.ts'
import type { Audience } from '../../src/domain/campaign.ts'
import { cleanUp } from '../../src/maintenance/clean-up.ts'
import { closeSettled } from '../../src/maintenance/close-campaigns.ts'
import { QueuedCursor } from '../../src/maintenance/rescue-unqueued.ts'
import { runMaintenance } from '../../src/maintenance/run-maintenance.ts'
import { planCampaign } from '../../src/planning/plan-campaign.ts'
import { dropOldPartitions } from '../../src/postgres/partitions.ts'
import { openPool, type Pool } from '../../src/postgres/pool.ts'
import { createLogger } from '../../src/process/logger.ts'
import { repeat } from '../../src/process/repeat.ts'
import type { JobQueue } from '../../src/queue/job-queue.ts'
import { listDeliveries } from '../../src/results/list-deliveries.ts'
import { readFailures } from '../../src/results/read-failures.ts'
import { readMemberDeliveries } from '../../src/results/read-member-deliveries.ts'
import { createScratchDatabase } from '../../testing/servers/scratch-database.ts'
import { say } from '../../testing/terminal/command.ts'
import { columns, grouped, rounded } from '../../testing/terminal/format.ts'
import { whole } from '../../testing/terminal/options.ts'
import { MESSAGE } from '../campaign/run-campaign.ts'
import { median } from '../figures/statistics.ts'
import { type BenchContext, benchmark } from './benchmark.ts'
import { FAILED, fill, LARGE, type Size } from './grown-database.ts'

/** As it is soon after the installation. */
const SMALL: Size = { devices: 1_000, campaigns: 10, deliveries: 10_000 }
const RUNS = 5
const STARTS = 300
const NEVER = new AbortController().signal
/** More than this from the scheduled second to the start, and the benchmark fails. */
const LATEST_START_MS = 1_000

export const growth = benchmark(
  `What maintenance, planning and reads cost in an installation that has run for a year.
Each figure stands beside that of an almost empty one. 10,000,000 devices with 100,000,000 results take 30 GB of disk.`,
  {
    devices: whole(
      10_000,
      100_000_000,
      10_000_000,
      'devices, each of a member of its own; one in ten is gone',
    ),
    campaigns: whole(100, 1_000_000, 30_000, 'finished campaigns, over a year'),
    deliveries: whole(100_000, 1_000_000_000, 100_000_000, 'results of all campaigns'),
  },
  async ({ devices, campaigns, deliveries }, context) => {
    const size = { devices, campaigns, deliveries }
    const small = await measure(SMALL, context)
    const large = await measure(size, context)
    const names = Object.keys(small)
    const cell = (value: number | undefined) => (value === undefined ? '–' : value.toLocaleString('en-US'))
    const head = [
      'milliseconds',
      `${grouped(SMALL.deliveries)} results`,
      `${grouped(size.deliveries)} results`,
    ]
    say(
      `\n${columns([head, null, ...names.map((name) => [name, cell(small[name]), cell(large[name])])], 'lrr')}`,
    )
    const late = large[START] ?? 0
    return {
      ...size,
      small,
      large,
      wrong: late > LATEST_START_MS ? [`a campaign started ${late} ms after its time`] : [],
    }
  },
)

const START = `${STARTS} scheduled for one second: the last is started`

type Figures = Record<string, number>

async function measure(size: Size, { postgres, progress, signal }: BenchContext): Promise<Figures> {
  const database = await createScratchDatabase(postgres.url, 'queue')
  const { database: config } = loadConfig({ DATABASE_URL: database.url }, { needsFcm: false })
  const log = createLogger('bench', 'silent')
  const pool = openPool(config, 'bench', log)
  const filling = progress.start('filling', 100)
  try {
    await fill(database.url, size, signal, (share) => filling.update(100 * share))
    filling.end()
    return await measureIn(pool, size, signal)
  } finally {
    filling.end()
    await pool.end()
    await database.drop()
  }
}

async function measureIn(pool: Pool, { devices }: Size, signal: AbortSignal): Promise<Figures> {
  const log = createLogger('bench', 'silent')
  const deps = { pool, queue: QUEUE, watermark: 64, log }
  const tickDeps = { ...deps, planAheadMs: 60_000, standstillMs: 2_000, queuedCursor: new QueuedCursor() }
  const figures: Figures = {}
  const time = async (name: string, work: () => Promise<unknown>, runs = RUNS) => {
    const times: number[] = []
    for (let run = 0; run < runs; run++) {
      signal.throwIfAborted()
      const startedAt = performance.now()
      await work()
      times.push(performance.now() - startedAt)
    }
    figures[name] = rounded(median(times), 1)
    say(`  ${name}: ${figures[name]} ms`)
  }
  const { rows } = await pool.query<{ id: string }>('SELECT id FROM campaigns WHERE name = $1', [LARGE.name])
  const large = rows[0]?.id ?? ''

  await time('tick', () => runMaintenance(tickDeps))
  await pool.query(`UPDATE campaigns SET state = 'sending' WHERE id = $1`, [large])
  const parts = timeParts(pool)
  const ticks: number[] = []
  const ticking = repeat(
    'tick',
    100,
    async () => {
      const startedAt = performance.now()
      await runMaintenance(tickDeps)
      ticks.push(performance.now() - startedAt)
    },
    log,
  )
  await time('close a campaign to every device', () => closeSettled(parts.pool, log, NEVER), 1)
  await ticking.stop()
  figures['  longest statement of it'] = rounded(Math.max(...parts.times), 1)
  figures['  longest tick meanwhile'] = rounded(Math.max(...ticks), 1)

  await time('list of campaigns', () => listCampaigns(pool, 50))
  await time('the campaign to every device', () => readCampaign(pool, large))
  await time('its failures by code', () => readFailures(pool, large))
  await time('its failed deliveries', () => listDeliveries(pool, large, { state: 'failed' }, 100))
  await time('a page of its deliveries, deep', () =>
    listDeliveries(pool, large, {}, 100, { deviceId: Math.floor(devices * 0.9) } as never),
  )
  let member = 1
  const nextMember = () => `m${1 + (member++ % devices)}`
  await time('deliveries of one member', () => readMemberDeliveries(pool, nextMember(), 50))

  const planDeps = { pool, batchSize: 500, pageBatches: 50, onPage: async () => {} }
  const plan = async (audience: Audience) => {
    const id = randomUUIDv7()
    await pool.query(
      `INSERT INTO campaigns (id, name, message, audience, state) VALUES ($1, 'Plan', $2, $3, 'paused')`,
      [id, JSON.stringify(MESSAGE), JSON.stringify(audience)],
    )
    await planCampaign(planDeps, id, signal)
  }
  await time('plan for one member', () => plan({ externalIds: [nextMember()] }))
  await time('plan for every device', () => plan({ all: true }), 1)
  await time('plan for a filter that no device matches', () => plan({ filter: { platforms: ['web'] } }), 1)
  const { version } = await readCampaign(pool, large)
  await time(
    `resend to ${FAILED} devices`,
    async () => {
      const id = randomUUIDv7()
      await resendCampaign(deps, large, {
        id,
        only: 'failed',
        createdBy: null,
        seen: { version, confirmAbove: Number.POSITIVE_INFINITY },
      })
      await planCampaign(planDeps, id, signal)
    },
    1,
  )
  await pool.query(`DELETE FROM campaigns WHERE name = 'Plan'`)

  Object.assign(figures, await startMany(pool, deps, tickDeps))
  await time(
    'cleanup with nothing to do',
    () =>
      cleanUp(pool, {
        auditRetentionDays: 730,
        deviceStaleDays: 270,
        deliveryRetentionMonths: 1_200,
        testRetentionDays: 0,
      }),
    1,
  )
  Object.assign(figures, await dropOldest(pool, large))
  return figures
}

/** As the maintenance process does: a look for due campaigns, and ticks beside it. */
async function startMany(
  pool: Pool,
  deps: Parameters<typeof startDueCampaigns>[0],
  tickDeps: Parameters<typeof runMaintenance>[0],
): Promise<Figures> {
  await pool.query(
    `WITH made AS (
       INSERT INTO campaigns (id, name, message, audience, state, audience_size, is_planned, planned_batches,
         frozen_through_id, plan_cursor, scheduled_at)
       SELECT (left(uuid7_floor(now())::text, 13) || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'Start', $1,
         '{"all": true}', 'scheduled', 1, true, 1, 1, 1, now() + interval '3 s' FROM generate_series(1, ${STARTS}) n
       RETURNING id)
     INSERT INTO batches (campaign_id, seq, through_id, device_ids, size) SELECT id, 0, 1, '{1}', 1 FROM made`,
    [JSON.stringify(MESSAGE)],
  )
  const loops = [
    repeat('starts', 200, () => startDueCampaigns(deps), deps.log),
    repeat('tick', 500, () => runMaintenance(tickDeps), deps.log),
  ]
  const read = async () => {
    const { rows } = await pool.query<{ left: number; started: number; queued: number }>(
      `SELECT count(*) FILTER (WHERE b.queued_at IS NULL) AS left,
         max(extract(epoch FROM c.started_at - c.scheduled_at) * 1000)::float8 AS started,
         max(extract(epoch FROM b.queued_at - c.scheduled_at) * 1000)::float8 AS queued
       FROM campaigns c JOIN batches b ON b.campaign_id = c.id WHERE c.name = 'Start'`,
    )
    return rows[0] ?? { left: 0, started: 0, queued: 0 }
  }
  while ((await read()).left > 0) await delay(100)
  for (const loop of loops) await loop.stop()
  const { started, queued } = await read()
  await pool.query(`DELETE FROM campaigns WHERE name = 'Start'`)
  return { [START]: rounded(started, 1), '  its first batch is on the queue': rounded(queued, 1) }
}

/** Results of a campaign of this month go on being recorded meanwhile. */
async function dropOldest(pool: Pool, campaignId: string): Promise<Figures> {
  const { rows } = await pool.query<{ at: Date }>(
    `SELECT min(closed_at) + interval '62 days' AS at FROM campaigns WHERE state = 'finished'`,
  )
  const writes: number[] = []
  let device = 1_000_000_000
  const writing = repeat(
    'writing',
    5,
    async () => {
      const startedAt = performance.now()
      await pool.query(
        'INSERT INTO deliveries (campaign_id, device_id, state, code, attempt) VALUES ($1, $2, 1, 0, 1)',
        [campaignId, device++],
      )
      writes.push(performance.now() - startedAt)
    },
    createLogger('bench', 'silent'),
  )
  const startedAt = performance.now()
  const dropped = await dropOldPartitions(pool, 1, rows[0] ? { at: rows[0].at } : {})
  const ms = performance.now() - startedAt
  await writing.stop()
  if (dropped.length === 0) throw new Error('no partition was dropped')
  return {
    'drop a month of results': rounded(ms, 1),
    '  longest write of a result meanwhile': rounded(Math.max(...writes), 1),
  }
}

/** The same pool, which notes how long each statement takes. */
function timeParts(pool: Pool): { pool: Pool; times: number[] } {
  const times: number[] = []
  const query = async (statement: never) => {
    const startedAt = performance.now()
    try {
      return await pool.query(statement)
    } finally {
      times.push(performance.now() - startedAt)
    }
  }
  const timed = new Proxy(pool, {
    get: (target, key) => (key === 'query' ? query : Reflect.get(target, key)),
  })
  return { pool: timed, times }
}

/** What is measured is PostgreSQL's part. */
const QUEUE: JobQueue = {
  backend: 'postgresql',
  addBatchJobs: async () => {},
  addPlanJob: async () => {},
  findWaiting: async (refs) => [...refs],
  size: async () => 0,
  counts: async () => ({ waiting: 0, active: 0, delayed: 0, failed: 0 }),
  ping: async () => {},
  close: async () => {},
}
