/**
 * Who gets the quota of a project: two equal campaigns, an urgent third in the middle, and slow ones with a rate of their own
 * beside them. Everything is read from the receiver's side, by the titles of the messages that it accepted.
 */
import { writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { seedDevices } from '../../testing/devices/seed-devices.ts'
import { type Installation, openInstallation } from '../../testing/installation/installation.ts'
import { openRedis } from '../../testing/servers/services.ts'
import { say } from '../../testing/terminal/command.ts'
import { option, whole } from '../../testing/terminal/options.ts'
import { ApiClient, type CampaignView } from '../campaign/api-client.ts'
import { MESSAGE } from '../campaign/run-campaign.ts'
import { median } from '../figures/statistics.ts'
import * as shared from '../options.ts'
import { seriesSvg } from '../report/series-svg.ts'
import { benchmark, fullSpeed } from './benchmark.ts'
import { type Counted, overtaking, sharesOf, sumBetween, WINDOW_SECONDS } from './fair-share-figures.ts'

/** Of the quota, from which on the urgent one is said to have overtaken. */
const OVERTAKEN = 0.9
const LATEST_MS = 2_000
const MOST_OFF = 0.1
/** With slow campaigns beside them, of the rate without. */
const LEAST_RATIO = 0.95
/** After a change, before a phase counts. */
const SETTLE_MS = 2_500
/** Of a slow campaign: more than it sends in that time, and planned in no time. */
const SLOW_MEMBERS = 250

const OPTIONS = {
  devices: shared.devices(60_000),
  urgentDevices: whole(1, 10_000, 5_000, 'devices of the urgent campaign'),
  dispatchers: shared.dispatchers(2),
  batches: whole(1, 1_000, 100, 'DISPATCH_BATCHES'),
  perMinute: { ...shared.messagesPerMinute('180000'), flag: 'messages-per-minute' },
  seconds: whole(10, 600, 40, 'how long it is watched; what is left is canceled'),
  urgentAt: whole(1, 600, 15, 'when the urgent campaign is sent'),
  lateBy: whole(0, 600, 0, 'the second of the equal campaigns starts so many seconds later'),
  rated: whole(
    0,
    500,
    0,
    'instead: so many campaigns at 20 a minute beside one, and the rate of that one with and without them',
  ),
  rounds: whole(1, 20, 4, 'of these, by turns'),
  phaseSeconds: whole(2, 60, 4, 'length of a phase of them'),
  redis: shared.redis,
  latencyMs: shared.latencyMs(shared.REAL_LATENCY),
  report: option(
    'FILE.svg',
    null,
    'also write the plot',
    (file) => (file.endsWith('.svg') ? file : undefined),
    'a file name ending in .svg',
  ),
}

export const fairShare = benchmark(
  `Who gets the quota of a project: equal campaigns, an urgent one, slow ones; with a plot.
Fails when equal ones are more than 10 % apart over five seconds, the urgent one takes more than two
seconds to get 90 % of the quota, or slow ones cost the others more than 5 %.`,
  OPTIONS,
  async (values, context) => {
    const { stack, signal } = context
    const redisUrl = values.redis ? (await openRedis(stack)).url : null
    const env = { DISPATCH_BATCHES: String(values.batches) }
    const carillon = await openInstallation(
      stack,
      {
        ...fullSpeed(context, env),
        redisUrl,
        dispatchers: values.dispatchers,
        messagesPerMinute: values.perMinute === 'unlimited' ? 'unlimited' : Number(values.perMinute),
        fcm: { latencyMs: values.latencyMs },
      },
      signal,
    )
    await seedDevices(carillon.pool, values.devices, 1, () => {}, signal)
    await carillon.pool.query('VACUUM ANALYZE devices')
    const api = new ApiClient(carillon.address, carillon.key, signal)
    const measure = values.rated > 0 ? besideSlowOnes : threeCampaigns
    return await Promise.race([measure(values, carillon, api, signal), carillon.loss])
  },
)

type Values = Parameters<Parameters<typeof benchmark<typeof OPTIONS>>[2]>[0]

async function create(api: ApiClient, title: string, own: object): Promise<string> {
  const order = { name: title, message: { ...MESSAGE, title }, audience: { all: true }, ...own }
  return (await api.post<CampaignView>('/v1/campaigns', order)).id
}

async function threeCampaigns(values: Values, { fcm }: Installation, api: ApiClient, signal: AbortSignal) {
  const { devices, urgentDevices, seconds, urgentAt, lateBy, perMinute } = values
  const first = await create(api, 'first', {})
  const second = await create(api, 'second', {})
  const members = Math.ceil(devices * 0.8)
  // The last members have one device each.
  const externalIds = Array.from({ length: urgentDevices }, (_, n) => `member-${members - n}`)
  const urgent = await create(api, 'urgent', { priority: 1, audience: { externalIds } })
  await fcm.reset()
  const from = Date.now()
  const at = (second: number) => delay(Math.max(0, from + second * 1_000 - Date.now()), undefined, { signal })
  await api.send(first)
  await at(lateBy)
  await api.send(second)
  await at(urgentAt)
  const pressedAt = Date.now()
  await api.send(urgent)
  say(`  ${urgentAt} s: the urgent campaign is sent`)
  await at(seconds)
  const views = new Map<string, CampaignView>()
  for (const id of [first, second, urgent]) views.set(id, await api.get<CampaignView>(`/v1/campaigns/${id}`))
  const series = await fcm.series()
  for (const id of [first, second]) {
    if (views.get(id)?.closedAt === null) await api.post(`/v1/campaigns/${id}/cancel`)
  }
  const counted: Counted = new Map(series.map((one) => [one.title, one]))
  const overtook = overtaking(counted, pressedAt, OVERTAKEN)
  // While both have something left, and the urgent one has nothing to do with it.
  const equal = sharesOf(counted, ['first', 'second'], {
    from: from + lateBy * 1_000 + SETTLE_MS,
    pauses: [{ from: pressedAt, to: overtook.endsAt + 500 }],
  })
  const onward = sumBetween(counted, ['first', 'second'], overtook.endsAt + 500, overtook.endsAt + 3_500)
  const figures = {
    ...settingsOf(values),
    equal: { windows: equal.length, worstShare: Math.max(0, ...equal), windowSeconds: WINDOW_SECONDS },
    urgent: {
      firstMessageMs: overtook.firstMs,
      overtakenMs: overtook.overtakenMs,
      shareWhileSending: overtook.share,
      lastMessageMs: overtook.endsAt - pressedAt,
    },
    othersAfterwardsPerSecond: Math.round(onward / 3),
    perSecond: Object.fromEntries(
      ['first', 'second', 'urgent'].map((title) => [
        title,
        Array.from({ length: seconds }, (_, n) =>
          sumBetween(counted, [title], from + n * 1_000, from + (n + 1) * 1_000),
        ),
      ]),
    ),
    sent: Object.fromEntries([...views.values()].map(({ progress }, n) => [n, progress.sent])),
  }
  if (values.report !== null) writeFileSync(values.report, plotOf(counted, from, urgentAt, lateBy, perMinute))
  const wrong = [
    ...equal
      .filter((share) => share > 0.5 + MOST_OFF / 2)
      .slice(0, 1)
      .map((share) => `one of two equal campaigns had ${Math.round(share * 100)} % for ${WINDOW_SECONDS} s`),
    ...(overtook.overtakenMs === null || overtook.overtakenMs > LATEST_MS
      ? [`the urgent campaign had ${OVERTAKEN * 100} % of the quota after ${overtook.overtakenMs} ms`]
      : []),
  ]
  return { ...figures, wrong }
}

async function besideSlowOnes(values: Values, { fcm }: Installation, api: ApiClient, signal: AbortSignal) {
  const { rated, rounds, phaseSeconds } = values
  const slow: string[] = []
  const externalIds = Array.from({ length: SLOW_MEMBERS }, (_, n) => `member-${n + 1}`)
  for (let n = 0; n < rated; n++)
    slow.push(await create(api, 'slow', { ratePerMinute: 20, audience: { externalIds } }))
  const main = await create(api, 'main', {})
  await api.send(main)
  const rates: { without: number; beside: number; slow: number }[] = []
  const phase = async () => {
    await delay(SETTLE_MS, undefined, { signal })
    const from = Date.now()
    await delay(phaseSeconds * 1_000, undefined, { signal })
    const counted: Counted = new Map((await fcm.series()).map((one) => [one.title, one]))
    const to = from + phaseSeconds * 1_000
    const perSecond = (title: string) => sumBetween(counted, [title], from, to) / phaseSeconds
    return { main: perSecond('main'), slow: perSecond('slow') }
  }
  for (let round = 1; round <= rounds; round++) {
    const { main: without } = await phase()
    for (const id of slow) await (round === 1 ? api.send(id) : api.resume(id))
    const beside = await phase()
    for (const id of slow) await api.post(`/v1/campaigns/${id}/pause`)
    rates.push({ without, beside: beside.main, slow: beside.slow })
    say(
      `  round ${round}: ${Math.round(without)}/s without, ${Math.round(beside.main)}/s beside ${rated} (${Math.round(beside.slow)}/s)`,
    )
  }
  const progress = (await api.get<CampaignView>(`/v1/campaigns/${main}`)).progress
  if (progress.remaining === 0) throw new Error('the campaign was over before the last round: more --devices')
  for (const id of [main, ...slow]) await api.post(`/v1/campaigns/${id}/cancel`)
  const ratio = median(rates.map(({ without, beside }) => beside / without))
  const figures = {
    ...settingsOf(values),
    rated,
    ratio: Math.round(ratio * 1_000) / 1_000,
    slowPerSecond: Math.round(median(rates.map(({ slow }) => slow))),
    slowWantedPerSecond: Math.round((rated * 20) / 60),
    rates: rates.map(({ without, beside }) => [Math.round(without), Math.round(beside)]),
  }
  const wrong =
    ratio < LEAST_RATIO
      ? [`${rated} slow campaigns leave the other ${Math.round(ratio * 100)} % of its rate`]
      : []
  return { ...figures, wrong }
}

function settingsOf({ devices, dispatchers, batches, perMinute, redis }: Values) {
  return {
    devices,
    dispatchers,
    batches,
    messagesPerMinute: perMinute,
    queue: redis ? 'redis' : 'postgresql',
  }
}

function plotOf(
  counted: Counted,
  from: number,
  urgentAt: number,
  lateBy: number,
  perMinute: number | string,
): string {
  const pointsOf = (title: string) => {
    const last = Math.max(...[...counted.values()].map((one) => one.from + one.counts.length * 100))
    const points = []
    for (let at = from; at + 500 <= last; at += 500) {
      points.push({ x: (at - from) / 1_000, y: 2 * sumBetween(counted, [title], at, at + 500) })
    }
    return points
  }
  return seriesSvg({
    title: `Two equal campaigns and an urgent third, ${Number(perMinute) / 60} messages a second for the project`,
    xLabel: 'seconds',
    marks: [
      ...(lateBy > 0 ? [{ at: lateBy, label: 'the second is sent' }] : []),
      { at: urgentAt, label: 'the urgent one is sent' },
    ],
    panels: [
      {
        title: 'messages a second that FCM has accepted',
        series: ['first', 'second', 'urgent'].map((title) => ({ label: title, points: pointsOf(title) })),
      },
    ],
  })
}
