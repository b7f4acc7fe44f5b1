/**
 * Frequency caps: whether they are exact when many campaigns are sent at once to the same members, from the receiver's side, and
 * what they and consent cost the rate.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { seedDevices } from '../../testing/devices/seed-devices.ts'
import { openInstallation } from '../../testing/installation/installation.ts'
import { say } from '../../testing/terminal/command.ts'
import { rounded } from '../../testing/terminal/format.ts'
import { share, whole } from '../../testing/terminal/options.ts'
import { ApiClient, type CampaignView } from '../campaign/api-client.ts'
import { measureSeeded } from '../campaign/measure.ts'
import { MESSAGE } from '../campaign/run-campaign.ts'
import { median } from '../figures/statistics.ts'
import * as shared from '../options.ts'
import { type BenchContext, benchmark, fullSpeed } from './benchmark.ts'

const SEED = 1
const POLL_MS = 500
/** Of the rate without caps and consent. */
const LEAST_RATIO = 0.9
/** Nobody is left out by them, so that both campaigns of a pair send as many messages. */
const ROOMY_CAPS = 'rolling_24h:20,rolling_7d:50'
const ADVERTISING = { kind: 'advertising', advertiser: { name: 'Doors', optOutHint: 'Settings > Push' } }
const CONSENT = `ALTER TABLE members ALTER marketing_consent_at SET DEFAULT now(), ALTER night_consent_at SET DEFAULT now()`

export const caps = benchmark(
  `Frequency caps: exact with many campaigns at once, and what they cost.
Fails when a device got more messages than the cap, or fewer; or the rate falls below ${LEAST_RATIO} of that without.`,
  {
    devices: shared.devices(50_000),
    campaigns: whole(2, 50, 10, 'campaigns to all devices, sent at once'),
    cap: whole(1, 20, 2, 'campaigns that a member may get'),
    dispatchers: shared.dispatchers(4),
    errors: share(0.01, 'share of the requests that get a 503'),
    pairs: whole(0, 20, 3, 'campaigns with and without caps and consent, in turn'),
    pairDevices: whole(10_000, 10_000_000, 200_000, 'devices of each of those, with one dispatcher'),
    latencyMs: shared.latencyMs(shared.REAL_LATENCY),
  },
  async ({ devices, campaigns, cap, dispatchers, errors, pairs, pairDevices, latencyMs }, context) => {
    const exact = await sendAtOnce(context, { devices, campaigns, cap, dispatchers, errors, latencyMs })
    const without: number[] = []
    const withCaps: number[] = []
    for (let pair = 1; pair <= pairs; pair++) {
      // In turn, and the other way round each time: what changes on the machine meets both.
      for (const isCapped of pair % 2 === 1 ? [false, true] : [true, false]) {
        const rate = await rateOf(context, pairDevices, isCapped, latencyMs)
        say(
          `  pair ${pair}, ${isCapped ? 'with' : 'without'} caps and consent: ${Math.round(rate)} messages a second`,
        )
        const rates = isCapped ? withCaps : without
        rates.push(rate)
      }
    }
    const ratios = withCaps.map((rate, pair) => rate / (without[pair] ?? Number.NaN))
    const ratio = ratios.length === 0 ? null : rounded(median(ratios), 3)
    const wrong = [
      ...exact.wrong,
      ...(ratio !== null && ratio < LEAST_RATIO ? [`the rate with caps is ${ratio} of that without`] : []),
    ]
    const rates = {
      without: without.map(Math.round),
      with: withCaps.map(Math.round),
      ratios: ratios.map((each) => rounded(each, 3)),
      ratio,
    }
    return { exact: exact.figures, rates, wrong }
  },
)

interface Order {
  devices: number
  campaigns: number
  cap: number
  dispatchers: number
  errors: number
  latencyMs: [number, number]
}

async function sendAtOnce(context: BenchContext, order: Order) {
  const { devices, campaigns, cap, dispatchers, errors, latencyMs } = order
  await using stack = new AsyncDisposableStack()
  const { signal } = context
  const env = { CAPS: `rolling_24h:${cap}`, RETRY_FIRST_DELAY_MS: '500', ERROR_PAUSE_PERCENT: '100' }
  const fcm = { latencyMs, errorShares: { unavailable: errors } }
  const carillon = await openInstallation(stack, { ...fullSpeed(context, env), dispatchers, fcm }, signal)
  await seedDevices(carillon.pool, devices, SEED, () => {}, signal)
  const api = new ApiClient(carillon.address, carillon.key, signal)
  const made = await Promise.all(
    Array.from({ length: campaigns }, (_, n) =>
      api.post<CampaignView>('/v1/campaigns', {
        name: `Doors ${n + 1}`,
        message: MESSAGE,
        audience: { all: true },
      }),
    ),
  )
  const startedAt = performance.now()
  await Promise.all(made.map(({ id }) => api.send(id)))
  const finished = await Promise.race([
    Promise.all(made.map(({ id }) => finishedOf(api, id, signal))),
    carillon.loss,
  ])
  const seconds = (performance.now() - startedAt) / 1000
  const { rows } = await carillon.pool.query<{ messages: number; members: number }>(
    `SELECT messages::int, count(*)::int AS members FROM (
       SELECT m.id, count(DISTINCT x.campaign_id) AS messages FROM members m JOIN devices d ON d.member_id = m.id
       LEFT JOIN deliveries x ON x.device_id = d.id AND x.state = 1 GROUP BY m.id) n GROUP BY 1 ORDER BY 1`,
  )
  const received = await receivedOf(carillon)
  const sum = (of: (progress: CampaignView['progress']) => number) =>
    finished.reduce((total, { progress }) => total + of(progress), 0)
  const wrong = [
    ...rows
      .filter(({ messages }) => messages !== cap)
      .map((row) => `${row.members} members got ${row.messages} campaigns`),
    ...received
      .filter(([messages]) => messages !== cap)
      .map(([messages, n]) => `${n} devices received ${messages} messages`),
  ]
  const figures = {
    devices,
    campaigns,
    cap,
    dispatchers,
    seconds: rounded(seconds, 1),
    sent: sum(({ sent }) => sent),
    skipped: sum(({ skipped }) => skipped),
    failed: sum(({ failed }) => failed),
    membersByCampaigns: Object.fromEntries(rows.map(({ messages, members }) => [messages, members])),
    devicesByMessages: Object.fromEntries(received),
  }
  say(`  ${campaigns} campaigns at once: ${JSON.stringify(figures)}`)
  return { figures, wrong }
}

/** How many devices have received how many messages, as the fake FCM counts them. */
async function receivedOf({
  pool,
  fcm,
}: Awaited<ReturnType<typeof openInstallation>>): Promise<[number, number][]> {
  const { rows } = await pool.query<{ address: string }>('SELECT address FROM devices')
  const totals = new Map<number, number>()
  for (let from = 0; from < rows.length; from += 10_000) {
    const counts = await fcm.acceptedCounts(rows.slice(from, from + 10_000).map(({ address }) => address))
    for (const count of counts) totals.set(count, (totals.get(count) ?? 0) + 1)
  }
  return [...totals].sort(([one], [other]) => one - other)
}

async function finishedOf(api: ApiClient, id: string, signal: AbortSignal): Promise<CampaignView> {
  for (;;) {
    const view = await api.get<CampaignView>(`/v1/campaigns/${id}`)
    if (view.state === 'finished') return view
    if (view.state !== 'sending') throw new Error(`campaign ${id} is ${view.state}: ${view.pauseDetail}`)
    await delay(POLL_MS, undefined, { signal })
  }
}

async function rateOf(
  context: BenchContext,
  devices: number,
  isCapped: boolean,
  latencyMs: [number, number],
): Promise<number> {
  const options = {
    ...fullSpeed(context, isCapped ? { CAPS: ROOMY_CAPS } : {}),
    fcm: { latencyMs },
    seed: SEED,
  }
  const { report } = await measureSeeded(devices, options, context, {
    // The dispatcher has found its concurrency, and each member has a use already.
    warmUp: 'all',
    ...(isCapped && { content: ADVERTISING }),
    onOpen: async ({ pool }) => void (await pool.query(CONSENT)),
  })
  if (report.problems.length > 0) throw new Error(report.problems.join('; '))
  return devices / (report.firstToLastSeconds ?? Number.NaN)
}
