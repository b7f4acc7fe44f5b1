/**
 * How long after the time of a scheduled campaign its first message is at FCM, by the receiver's clock. The campaigns are
 * canceled then, but for the last one, which is sent to its end.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { seedDevices } from '../../testing/devices/seed-devices.ts'
import { type Installation, openInstallation } from '../../testing/installation/installation.ts'
import { openRedis } from '../../testing/servers/services.ts'
import { say } from '../../testing/terminal/command.ts'
import { rounded } from '../../testing/terminal/format.ts'
import { flag, whole } from '../../testing/terminal/options.ts'
import { ApiClient, type CampaignView } from '../campaign/api-client.ts'
import { MESSAGE } from '../campaign/run-campaign.ts'
import { median } from '../figures/statistics.ts'
import * as shared from '../options.ts'
import { benchmark, fullSpeed } from './benchmark.ts'

const SEED = 1
/** What docs/guarantees.md says of the first message. */
const LATEST_MS = 1_000
const POLL_MS = 50
const KILLED = 'maintenance'

export const onTime = benchmark(
  `How late the first message of a scheduled campaign is, and how long until the last.
Fails when one of the first messages comes more than a second late, or early.`,
  {
    devices: shared.devices(100_000),
    dispatchers: shared.dispatchers(1),
    starts: whole(1, 100, 20, 'campaigns, one after another'),
    leadSeconds: whole(2, 600, 20, 'scheduled so long ahead: the plan must be done by then'),
    kill: flag('kill maintenance a second before each start; it is started again after it'),
    redis: shared.redis,
    latencyMs: shared.latencyMs(shared.REAL_LATENCY),
  },
  async ({ devices, dispatchers, starts, leadSeconds, kill, redis, latencyMs }, context) => {
    const { stack, signal } = context
    const redisUrl = redis ? (await openRedis(stack)).url : null
    const options = { ...fullSpeed(context), redisUrl, dispatchers, fcm: { latencyMs } }
    // It is killed on purpose, and started by this benchmark, not by the group.
    const carillon = await openInstallation(stack, { ...options, onLoss: () => false }, signal)
    await seedDevices(carillon.pool, devices, SEED, () => {}, signal)
    await carillon.pool.query('VACUUM ANALYZE devices')
    const api = new ApiClient(carillon.address, carillon.key, signal)
    const delays: number[] = []
    const planned: boolean[] = []
    let firstToLast = 0
    for (let start = 1; start <= starts; start++) {
      const isLast = start === starts
      const found = await startOne(carillon, api, { leadSeconds, kill, isLast }, signal)
      delays.push(found.delayMs)
      planned.push(found.wasPlanned)
      firstToLast = found.firstToLastSeconds ?? 0
      say(`  start ${start}: the first message after ${found.delayMs} ms`)
    }
    const late = delays.filter((ms) => ms > LATEST_MS).length
    const early = delays.filter((ms) => ms < 0).length
    const figures = {
      devices,
      queue: redis ? 'redis' : 'postgresql',
      maintenanceKilled: kill,
      starts,
      firstMessageMs: { p50: median(delays), max: Math.max(...delays) },
      plannedBefore: planned.filter(Boolean).length,
      firstToLastSeconds: rounded(firstToLast, 1),
      messagesPerSecond: firstToLast === 0 ? null : Math.round(devices / firstToLast),
      delaysMs: delays,
    }
    const wrong = [
      late > 0 && `${late} of ${starts} first messages came more than ${LATEST_MS} ms late`,
      early > 0 && `${early} of ${starts} first messages came early`,
    ].filter((sentence) => sentence !== false)
    return { ...figures, wrong }
  },
)

interface Start {
  leadSeconds: number
  kill: boolean
  /** Sent to its end. */
  isLast: boolean
}

interface Found {
  delayMs: number
  wasPlanned: boolean
  firstToLastSeconds: number | null
}

async function startOne(
  { fcm, processes, specs }: Installation,
  api: ApiClient,
  { leadSeconds, kill, isLast }: Start,
  signal: AbortSignal,
): Promise<Found> {
  await fcm.reset()
  const time = Date.now() + leadSeconds * 1_000
  const { id } = await api.post<CampaignView>('/v1/campaigns', {
    name: 'Doors',
    message: MESSAGE,
    audience: { all: true },
    scheduledAt: new Date(time).toISOString(),
  })
  const read = () => api.get<CampaignView>(`/v1/campaigns/${id}`)
  await delay(Math.max(0, time - 1_000 - Date.now()), undefined, { signal })
  const wasPlanned = (await read()).progress.isPlanned
  if (kill) processes.kill(KILLED)
  const first = await firstMessage(fcm, signal)
  const spec = specs.find(({ name }) => name === KILLED)
  if (kill && spec !== undefined) await processes.start(spec)
  if (!isLast) await api.post(`/v1/campaigns/${id}/cancel`)
  for (;;) {
    const { closedAt, progress } = await read()
    if (closedAt !== null) {
      if (isLast && progress.sent !== progress.audience) {
        throw new Error(`${progress.sent} of ${progress.audience} devices were sent to`)
      }
      break
    }
    await delay(4 * POLL_MS, undefined, { signal })
  }
  const { lastAcceptAt } = await fcm.stats()
  return {
    delayMs: first - time,
    wasPlanned,
    firstToLastSeconds: isLast && lastAcceptAt !== null ? (lastAcceptAt - first) / 1_000 : null,
  }
}

async function firstMessage(fcm: Installation['fcm'], signal: AbortSignal): Promise<number> {
  for (;;) {
    const { firstAcceptAt } = await fcm.stats()
    if (firstAcceptAt !== null) return firstAcceptAt
    await delay(POLL_MS, undefined, { signal })
  }
}
