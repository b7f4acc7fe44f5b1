/**
 * A dispatcher while its world changes: FCM becomes slow and fast again, a process competes for the processors, FCM
 * refuses with 429. Shows how fast its concurrency climbs, gives way and comes back; writes a plot.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { seedDevices } from '../../testing/devices/seed-devices.ts'
import type { FakeFcmOptions } from '../../testing/fake-fcm/options.ts'
import { openInstallation } from '../../testing/installation/installation.ts'
import { say } from '../../testing/terminal/command.ts'
import { rounded } from '../../testing/terminal/format.ts'
import { option, share, whole } from '../../testing/terminal/options.ts'
import { ApiClient, type CampaignView } from '../campaign/api-client.ts'
import { MESSAGE } from '../campaign/run-campaign.ts'
import { median } from '../figures/statistics.ts'
import * as shared from '../options.ts'
import { seriesSvg } from '../report/series-svg.ts'
import { type BenchContext, benchmark, fullSpeed } from './benchmark.ts'
import { ratesOf, type Sample, sampleTotal } from './climb.ts'
import type { LimitSample } from './record-limit.ts'

interface Phase {
  name: string
  fcm: FakeFcmOptions
  /** A busy process for each processor runs beside Carillon. */
  isDisturbed?: boolean
  /** Nothing is in the way: the rate should come back. */
  isUsual?: boolean
}

/** When a phase began, in seconds since the send request. */
type Begun = Phase & { seconds: number }

const CLIMB_SECONDS = 5

const OPTIONS = {
  phaseSeconds: whole(4, 600, 15, 'length of each phase; a change of latency needs about ten'),
  latencyMs: shared.latencyMs(shared.REAL_LATENCY),
  slowMs: { ...shared.latencyMs('800:1200'), flag: 'slow-ms', help: 'the same while FCM is slow' },
  refused: share(0.02, 'share of the requests that get a 429 in that phase'),
  devices: whole(
    10_000,
    10_000_000,
    1_500_000,
    'devices in the audience; the campaign is canceled at the end',
  ),
  report: option(
    'FILE.svg',
    null,
    'also write the plot',
    (file) => (file.endsWith('.svg') ? file : undefined),
    'a file name ending in .svg',
  ),
}

export const adaptive = benchmark(
  `How a dispatcher's concurrency follows: FCM slow, other work on the machine, 429s; with a plot.`,
  OPTIONS,
  async (values, context) => {
    const { latencyMs, slowMs, refused } = values
    const usual: FakeFcmOptions = { latencyMs, errorShares: {} }
    const range = ([min, max]: [number, number]) => `${min} to ${max} ms`
    const phases: Phase[] = [
      { name: `FCM takes ${range(latencyMs)}`, fcm: usual, isUsual: true },
      { name: `FCM takes ${range(slowMs)}`, fcm: { ...usual, latencyMs: slowMs } },
      { name: 'as at first', fcm: usual, isUsual: true },
      { name: `${availableParallelism()} busy processes beside it`, fcm: usual, isDisturbed: true },
      { name: 'as at first', fcm: usual, isUsual: true },
      {
        name: `FCM refuses ${refused * 100} % with 429`,
        fcm: { ...usual, errorShares: { quota_device: refused } },
      },
      { name: 'as at first', fcm: usual, isUsual: true },
    ]
    const { begun, accepted, found } = await follow(phases, values, context)
    if (values.report !== null) writeFileSync(values.report, plotOf(begun, accepted, found))
    const figures = adaptiveFiguresOf(begun, accepted, found)
    return { phases: figures, missed: missedOf(figures), settings: values, plot: values.report }
  },
)

type Values = Parameters<Parameters<typeof benchmark<typeof OPTIONS>>[2]>[0]

/** Sends one campaign while the phases pass. Times are seconds since the send request. */
async function follow(phases: readonly Phase[], { phaseSeconds, devices }: Values, context: BenchContext) {
  const { stack, signal, progress, folder } = context
  const file = join(folder.path, 'series.jsonl')
  const preload = pathToFileURL(join(import.meta.dirname, 'record-limit.ts')).href
  const options = fullSpeed(context, { NODE_OPTIONS: `--import ${preload}`, BENCH_SERIES: file })
  const installation = await openInstallation(stack, { ...options, fcm: phases[0]?.fcm ?? {} }, signal)
  const { pool, fcm, address, key, loss } = installation
  const seeding = progress.start('seeding', devices)
  await seedDevices(pool, devices, 1, seeding.update, signal)
  seeding.end()
  const api = new ApiClient(address, key, signal)
  const audience = { all: true }
  const { id } = await api.post<CampaignView>('/v1/campaigns', { name: 'Doors', message: MESSAGE, audience })
  const sampling = sampleTotal(async () => (await fcm.stats()).accepted)
  const begun: Begun[] = []
  const pass = async () => {
    sampling.begin()
    const sentAt = Date.now()
    await api.send(id)
    for (const [index, phase] of phases.entries()) {
      const seconds = index === 0 ? 0 : (Date.now() - sentAt) / 1000
      say(`  ${rounded(seconds, 1)} s: ${phase.name}`)
      begun.push({ ...phase, seconds })
      await fcm.configure(phase.fcm)
      await using _ = phase.isDisturbed ? disturb() : undefined
      await delay(phaseSeconds * 1000, undefined, { signal })
    }
    return sentAt
  }
  const sentAt = await Promise.race([pass(), loss])
  const accepted = await sampling.stop()
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  await api.post(`/v1/campaigns/${id}/cancel`)
  const found = lines.map((line) => {
    const sample: LimitSample = JSON.parse(line)
    return { ...sample, seconds: (sample.at - sentAt) / 1000 }
  })
  return { begun, accepted, found }
}

/** One process for each processor that never waits. */
function disturb(): AsyncDisposable {
  const children = Array.from({ length: availableParallelism() }, () =>
    spawn(
      process.execPath,
      [
        '-e',
        'process.stdin.on("end", () => process.exit()).resume(); setInterval(() => { const end = Date.now() + 90; while (Date.now() < end); }, 0)',
      ],
      {
        stdio: ['pipe', 'ignore', 'ignore'],
      },
    ),
  )
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(
        children.map(async (child) => {
          const ended = once(child, 'exit')
          child.kill('SIGKILL')
          await ended
        }),
      )
    },
  }
}

type Found = LimitSample & { seconds: number }

export interface PhaseFigures {
  name: string
  /** Messages a second: the median over the second half of the phase. */
  rate: number
  /** The same of the limit, and of FCM's latency as the dispatcher saw it. */
  limit: number
  latencyMs: number
  /** The lowest limit in the phase. */
  lowestLimit: number
  /**
   * From the beginning of the phase until the rate of a second was 90 % of the first phase's. Null: never, or something is
   * in the way.
   */
  backSeconds: number | null
  /** Named most often by the dispatcher in the second half. */
  limitedBy: string
}

export function adaptiveFiguresOf(
  begun: readonly Pick<Begun, 'name' | 'seconds' | 'isUsual'>[],
  accepted: readonly Sample[],
  found: readonly Found[],
): PhaseFigures[] {
  const rates = ratesOf(accepted)
  const end = accepted.at(-1)?.seconds ?? 0
  const medianOf = (values: number[]) => (values.length === 0 ? 0 : Math.round(median(values)))
  let usualRate = 0
  return begun.map(({ name, seconds: from, isUsual }, index) => {
    const to = begun[index + 1]?.seconds ?? end
    const half = (from + to) / 2
    const within = <T extends { seconds: number }>(all: readonly T[], since: number) =>
      all.filter(({ seconds }) => seconds >= since && seconds < to)
    const late = within(found, half)
    const rate = medianOf(within(rates, half).map((one) => one.rate))
    if (index === 0) usualRate = rate
    const back = within(rates, from).find((one) => one.rate >= 0.9 * usualRate)
    const causes = late.map(({ limitedBy }) => limitedBy ?? 'nothing_to_send')
    const often = (cause: string) => causes.filter((one) => one === cause).length
    return {
      name,
      rate,
      limit: medianOf(late.map(({ limit }) => limit)),
      latencyMs: medianOf(late.flatMap(({ latencyMs }) => latencyMs ?? [])),
      lowestLimit: Math.min(...within(found, from).map(({ limit }) => limit)),
      backSeconds: back === undefined || isUsual !== true ? null : rounded(back.seconds - from, 1),
      limitedBy: [...new Set(causes)].sort((a, b) => often(b) - often(a))[0] ?? '–',
    }
  })
}

function missedOf([first]: readonly PhaseFigures[]): string[] {
  const seconds = first?.backSeconds ?? Number.POSITIVE_INFINITY
  return seconds <= CLIMB_SECONDS
    ? []
    : [`seconds to 90 % of the steady rate: ${seconds}, at most ${CLIMB_SECONDS}`]
}

function plotOf(begun: readonly Begun[], accepted: readonly Sample[], found: readonly Found[]): string {
  const line = (label: string, of: (sample: Found) => number | null) => ({
    label,
    points: found.flatMap((sample) => {
      const y = of(sample)
      return y === null || sample.seconds < 0 ? [] : [{ x: sample.seconds, y }]
    }),
  })
  return seriesSvg({
    title: 'One dispatcher with default settings, while FCM and the machine change',
    xLabel: 'seconds since the send request',
    marks: begun.map(({ seconds, name }) => ({ at: seconds, label: name })),
    panels: [
      {
        title: 'messages a second, over the last second',
        series: [{ label: 'rate', points: ratesOf(accepted).map(({ seconds: x, rate: y }) => ({ x, y })) }],
      },
      {
        title: 'requests in flight',
        series: [line('limit found', ({ limit }) => limit), line('in flight', ({ inFlight }) => inFlight)],
      },
      { title: 'latency as measured, ms', series: [line('mean of a window', ({ latencyMs }) => latencyMs)] },
      {
        title: 'batches in hand',
        series: [line('slots', ({ slots }) => slots), line('in hand', ({ batches }) => batches)],
      },
    ],
  })
}
