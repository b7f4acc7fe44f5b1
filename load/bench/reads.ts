/**
 * How long the API takes to answer what the console asks while a campaign is sent at full rate. Calls leave at a fixed
 * rate, whatever the answers take.
 */
import { randomUUIDv7 } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { ensureDeliveriesPartition } from '../../src/postgres/partitions.ts'
import { packMessageId } from '../../src/results/message-id.ts'
import { seedDevices } from '../../testing/devices/seed-devices.ts'
import { openInstallation } from '../../testing/installation/installation.ts'
import { rounded } from '../../testing/terminal/format.ts'
import { whole } from '../../testing/terminal/options.ts'
import { ApiClient, type CampaignView } from '../campaign/api-client.ts'
import { MESSAGE } from '../campaign/run-campaign.ts'
import { rssSlopeOf } from '../figures/processes.ts'
import { spread } from '../figures/statistics.ts'
import { watch } from '../figures/watch.ts'
import { benchmark, fullSpeed } from './benchmark.ts'
import { Caller } from './caller.ts'

const P99_MS = 50
/** The first answers, which are slow only once: plans, connections, code that is not compiled yet. */
const WARM_UP = 50

export const reads = benchmark(
  `The API's answers while a campaign is sent at full rate.
Fails when a call is refused or a p99 is above ${P99_MS} ms.`,
  {
    devices: whole(10_000, 100_000_000, 1_000_000, 'devices, and deliveries of the finished campaign'),
    seconds: whole(5, 3_600, 60, 'at most; ends when everything is sent'),
    perSecond: whole(1, 1_000, 30, 'calls a second'),
  },
  async ({ devices, seconds, perSecond }, context) => {
    const { stack, signal, progress } = context
    const carillon = await openInstallation(stack, fullSpeed(context), signal)
    const { pool, address, key } = carillon
    const seeding = progress.start('seeding', devices)
    await seedDevices(pool, devices, 1, (count) => seeding.update(count), signal)
    const finished = randomUUIDv7()
    await ensureDeliveriesPartition(pool, finished)
    await seedFinished(carillon.config.database.url, finished, devices)
    seeding.end()

    const api = new ApiClient(address, key, signal)
    const list = `/v1/campaigns/${finished}/deliveries?limit=100`
    const deep = await deepPage(api, list, devices)
    const campaign = { name: 'Reads', message: MESSAGE, audience: { all: true } }
    const { id: sending } = await api.post<CampaignView>('/v1/campaigns', campaign)
    const paths: Record<string, string> = {
      'campaign being sent': `/v1/campaigns/${sending}`,
      'finished campaign': `/v1/campaigns/${finished}`,
      'its deliveries, first page': list,
      'its deliveries, a deep page': deep,
      'its deliveries, failed': `${list}&state=failed`,
      'deliveries of the one being sent': `/v1/campaigns/${sending}/deliveries?limit=100`,
    }
    const kinds = Object.keys(paths)
    let count = 0
    const next = () => {
      const kind = kinds[count++ % kinds.length] as string
      return { kind, method: 'GET', path: paths[kind] as string }
    }
    const caller = new Caller(Number(new URL(address).port), key)
    stack.defer(() => caller.close())
    const seen = watch(stack, carillon.config, () => carillon.processes.pids)
    const isSent = new AbortController()
    await api.send(sending)
    const startedAt = performance.now()
    const calling = caller.atRate(perSecond, seconds, next, AbortSignal.any([signal, isSent.signal]))
    const following = async () => {
      for (;;) {
        const view = await api.get<CampaignView>(`/v1/campaigns/${sending}`)
        if (view.state === 'finished') isSent.abort()
        const isDone = await Promise.race([calling.then(() => true), delay(1_000, false, { signal })])
        if (isDone) return view.progress
      }
    }
    const { audience, remaining } = await Promise.race([following(), carillon.loss])
    const { answers } = await calling
    const elapsed = (performance.now() - startedAt) / 1000
    if (!isSent.signal.aborted) await api.post(`/v1/campaigns/${sending}/cancel`)

    const times = (kind: string) =>
      answers.slice(WARM_UP).flatMap((answer) => (answer.kind === kind ? [answer.ms] : []))
    const byKind = Object.fromEntries(kinds.map((kind) => [kind, spread(times(kind))]))
    const refused = answers.filter(({ status }) => status !== 200)
    const memory = seen.processes.get('api')
    const figures = {
      devices,
      perSecond,
      calls: answers.length,
      seconds: rounded(elapsed, 1),
      refused: refused.length,
      sendRate: Math.round((audience - remaining) / elapsed),
      reads: byKind,
      apiPeakRssMb: rounded(memory?.peakRssMb ?? 0, 1),
      apiRssMbPerMinute: rounded(rssSlopeOf(memory?.points ?? [], 5) ?? 0),
    }
    const slow = Object.entries(byKind).filter(([, { p99 }]) => p99 > P99_MS)
    const wrong = [
      ...refused.slice(0, 3).map(({ kind, status }) => `${kind}: answered ${status}`),
      ...slow.map(([kind, { p99 }]) => `${kind}: p99 is ${p99} ms, at most ${P99_MS}`),
    ]
    return { ...figures, wrong }
  },
)

/** A campaign after it was sent to all devices: 3 % failed, the batches closed. */
async function seedFinished(url: string, id: string, devices: number): Promise<void> {
  // The service's statement timeout is too short for a million rows and their indexes.
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
         last_sent_at, first_result_at, last_result_at)
       SELECT $1, seq, max(id), array_agg(id ORDER BY id), count(*), 'done', 1, count(*) FILTER (WHERE id % 100 >= 3),
         count(*) FILTER (WHERE id % 100 < 3), now(), now(), now(), now()
       FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1) / 500 AS seq FROM devices) d GROUP BY seq`,
      [id],
    )
    await client.query('VACUUM ANALYZE')
  } finally {
    await client.end()
  }
}

/** The page at nine tenths of the list: the cursor of the first page, moved there. */
async function deepPage(api: ApiClient, list: string, devices: number): Promise<string> {
  const { nextCursor } = await api.get<{ nextCursor: string }>(list)
  const cursor = JSON.parse(Buffer.from(nextCursor, 'base64url').toString()) as { at: { deviceId: number } }
  cursor.at.deviceId = Math.floor(devices * 0.9)
  return `${list}&cursor=${Buffer.from(JSON.stringify(cursor)).toString('base64url')}`
}
