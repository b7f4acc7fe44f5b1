/**
 * `npm run bench:reads`: how long the API takes to answer what a console asks while a campaign is sent at full rate: the
 * campaign that is sent, and one that is done, with its deliveries: the first page, a page deep inside, the failed ones.
 * Questions leave on a fixed beat, whatever the answers take, as they would from many people.
 */
import { randomUUIDv7 } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { ensureDeliveriesPartition } from '../../src/postgres/partitions.ts'
import { packMessageId } from '../../src/results/message-id.ts'
import { seedDevices } from '../../testing/devices/seed-devices.ts'
import { openInstallation } from '../../testing/installation/installation.ts'
import { say, wholeNumber } from '../../testing/terminal/command.ts'
import { grouped } from '../../testing/terminal/progress.ts'
import { ApiClient, type CampaignView } from '../campaign/api-client.ts'
import { MESSAGE } from '../campaign/run-campaign.ts'
import { figuresOf } from '../figures/process-figures.ts'
import { type Point, theilSenSlope } from '../figures/statistics.ts'
import { BENCH_SEED } from './bench-message.ts'
import { runBench } from './run-bench.ts'

const HELP = `Usage: npm run bench:reads -- [options]

  --devices N               devices, and delivery rows of the campaign that is done
                            (default 1000000)
  --seconds S               how long is asked, while sending, and less if all is sent (default 60)
  --per-second N            questions a second (default 30)`

const OPTIONS = {
  devices: { type: 'string', default: '1000000' },
  seconds: { type: 'string', default: '60' },
  'per-second': { type: 'string', default: '30' },
} as const

const P99_MS = 50
/** What is slow once and never again: plans, connections, code that is not compiled yet. */
const WARM_UP = 50

await runBench(HELP, OPTIONS, async ({ values, stack, signal, progress, postgresUrl, folder }) => {
  const devices = wholeNumber('devices', values.devices, 10_000, 100_000_000)
  const seconds = wholeNumber('seconds', values.seconds, 5, 3_600)
  const perSecond = wholeNumber('per-second', values['per-second'], 1, 1_000)
  const options = { redisUrl: null, dispatchers: 1, fcm: {}, messagesPerMinute: 'unlimited' } as const
  const { logFile } = folder
  const carillon = await openInstallation(stack, { postgresUrl, logFile, ...options }, signal)
  const { pool, address, key } = carillon
  const seeding = progress.start('seeding', devices)
  await seedDevices(pool, devices, BENCH_SEED, (count) => seeding.update(count), signal)
  const done = randomUUIDv7()
  await ensureDeliveriesPartition(pool, done)
  await seedDone(carillon.config.database.url, done, devices)
  seeding.end()

  const api = new ApiClient(address, key, signal)
  const list = `/v1/campaigns/${done}/deliveries?limit=100`
  const deep = await deepPage(api, list, devices)
  const { id: sending } = await api.post<CampaignView>('/v1/campaigns', {
    name: 'Reads',
    message: MESSAGE,
    audience: { all: true },
  })
  const questions: Record<string, string> = {
    'the campaign that is sent': `/v1/campaigns/${sending}`,
    'the one that is done': `/v1/campaigns/${done}`,
    'its deliveries, first page': list,
    'its deliveries, a deep page': deep,
    'its deliveries, failed': `${list}&state=failed`,
    'deliveries of the one that is sent': `/v1/campaigns/${sending}/deliveries?limit=100`,
  }
  const names = Object.keys(questions)
  const took: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]))
  const rss: Point[] = []
  const pid = carillon.processes.pids.get('api') ?? 0
  await api.post(`/v1/campaigns/${sending}/send`)
  const startedAt = performance.now()
  const asked: Promise<void>[] = []
  const refusals: Error[] = []
  let isOver = false
  for (let index = 0; !isOver && index < seconds * perSecond; index++) {
    const name = names[index % names.length] as string
    await Promise.race([
      delay(Math.max(0, startedAt + (index * 1000) / perSecond - performance.now()), undefined, { signal }),
      carillon.loss,
    ])
    const askedAt = performance.now()
    const answered = api.get<CampaignView>(questions[name] as string).then(
      (answer) => {
        if (index >= WARM_UP) took[name]?.push(performance.now() - askedAt)
        if (name === names[0] && answer.state === 'finished') isOver = true
      },
      // An API with too much in hand says so; anything else ends the run below.
      (error: Error) => void refusals.push(error),
    )
    asked.push(answered)
    if (index % perSecond === 0) {
      rss.push({ x: (performance.now() - startedAt) / 60_000, y: figuresOf(pid)?.rssMb ?? 0 })
    }
  }
  await Promise.all(asked)
  signal.throwIfAborted()
  const view = await api.get<CampaignView>(`/v1/campaigns/${sending}`)
  const elapsed = (performance.now() - startedAt) / 1000
  const rate = Math.round((view.progress.audience - view.progress.remaining) / elapsed)
  if (!isOver) await api.post(`/v1/campaigns/${sending}/cancel`)
  say(
    `  asked ${asked.length} times in ${elapsed.toFixed(1)} s, while ${rate} messages a second were recorded`,
  )

  const reads = Object.fromEntries(names.map((name) => [name, spread(took[name] ?? [])]))
  const figures = {
    devices,
    perSecond,
    refused: refusals.length,
    sendRate: rate,
    reads,
    apiPeakRssMb: Number((figuresOf(pid)?.peakRssMb ?? 0).toFixed(1)),
    apiRssMbPerMinute: Number(theilSenSlope(rss.slice(Math.floor(rss.length / 5))).toFixed(2)),
  }
  const refused = refusals.map(({ message }) => message).slice(0, 3)
  const slow = Object.entries(reads).filter(([, { p99 }]) => p99 > P99_MS)
  return {
    figures,
    table: [
      ...Object.entries(reads).map(
        ([name, { count, p50, p95, p99, max }]) =>
          `  ${name.padEnd(36)} ${String(count).padStart(5)} ×   p50 ${p50}   p95 ${p95}   p99 ${p99}   most ${max} ms`,
      ),
      '',
      `  while ${grouped(rate)} messages a second were sent; the API ${figures.apiPeakRssMb} MB, ${figures.apiRssMbPerMinute} MB a minute`,
    ].join('\n'),
    wrong: [...refused, ...slow.map(([name, { p99 }]) => `${name}: p99 is ${p99} ms, at most ${P99_MS}`)],
    pool,
  }
})

function spread(times: readonly number[]) {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) =>
    Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1))
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
}

/** A campaign as it is after it was sent to everybody: 3 % failed, the batches closed. Written in SQL. */
async function seedDone(url: string, id: string, devices: number): Promise<void> {
  // A million rows and their indexes may take longer than any statement of the service may.
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(
      `INSERT INTO campaigns (id, name, message, audience, state, audience_size, is_planned, planned_batches, started_at,
         planned_at, closed_at)
       VALUES ($1, 'Done', $2, '{"all": true}', 'finished', $3, true, ceil($3::int / 500.0), now(), now(), now())`,
      [id, JSON.stringify(MESSAGE), devices],
    )
    await client.query(
      `INSERT INTO deliveries (campaign_id, device_id, state, code, attempt, message_id)
       SELECT $1, id, CASE WHEN id % 100 < 3 THEN 2 ELSE 1 END, CASE WHEN id % 100 < 3 THEN 1 ELSE 0 END, 1,
         CASE WHEN id % 100 >= 3 THEN decode($2::text, 'hex') END
       FROM devices ORDER BY id`,
      [id, packMessageId('0:1500415314455276%31bd1c9631bd1c96')],
    )
    await client.query(
      `INSERT INTO batches (campaign_id, seq, through_id, device_ids, size, state, attempt, sent, failed, first_sent_at,
         last_sent_at)
       SELECT $1, seq, max(id), array_agg(id ORDER BY id), count(*), 'done', 1, count(*) FILTER (WHERE id % 100 >= 3),
         count(*) FILTER (WHERE id % 100 < 3), now(), now()
       FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1) / 500 AS seq FROM devices) d GROUP BY seq`,
      [id],
    )
    await client.query('VACUUM ANALYZE')
  } finally {
    await client.end()
  }
}

/** Where the page at nine tenths of the list begins: the cursor of the first page, moved there. */
async function deepPage(api: ApiClient, list: string, devices: number): Promise<string> {
  const { nextCursor } = await api.get<{ nextCursor: string }>(list)
  const cursor = JSON.parse(Buffer.from(nextCursor, 'base64url').toString()) as { at: { deviceId: number } }
  cursor.at.deviceId = Math.floor(devices * 0.9)
  return `${list}&cursor=${Buffer.from(JSON.stringify(cursor)).toString('base64url')}`
}
