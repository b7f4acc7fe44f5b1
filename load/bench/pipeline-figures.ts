/** The figures of the pipeline benchmark: medians, ratios of neighbouring rounds, targets, and tables for the documents. */
import { grouped, rounded } from '../../testing/terminal/format.ts'
import { median } from '../figures/statistics.ts'
import type { Fixed, Measured } from './contenders.ts'
import type { Search } from './search-best.ts'

export interface LatencyFigures {
  latencyMs: readonly [min: number, max: number]
  messages: number
  /** How long this part of the benchmark took. */
  seconds: number
  sdk: Search
  http2: Search
  fixed: { best: Fixed; rates: Record<string, number> } | null
  figures: Record<string, number>
  byRound: Record<string, readonly Measured[]>
}

/** At the latencies for which issue and README give a target. Of medians over rounds. */
const TARGETS: readonly { at: string; figure: string; least?: number; most?: number }[] = [
  { at: '100:250', figure: 'pipelineOverSdk', least: 1.5 },
  { at: '100:250', figure: 'pipelineRedisOverSdk', least: 1.5 },
  { at: '100:250', figure: 'pipelineOverPipelineFixed', least: 0.9 },
  { at: '100:250', figure: 'pipelineColdClimbSeconds', most: 5 },
  { at: '0:0', figure: 'pipelineOverSdk', least: 1.5 },
  { at: '0:0', figure: 'pipelineOverHttp2', least: 0.85 },
]

/** Medians, and ratios of neighbouring rounds. */
export function figuresOf(rounds: Readonly<Record<string, readonly Measured[]>>): {
  figures: Record<string, number>
} {
  const figures: Record<string, number> = {}
  const add = (name: string, values: readonly (number | null | undefined)[], digits = 0) => {
    const known = values.filter((value) => typeof value === 'number')
    if (known.length > 0) figures[name] = rounded(median(known), digits)
  }
  const ratio = (of: string, over: string) => {
    const [some = [], others = []] = [rounds[of], rounds[over]]
    const ratios = some.map(({ rate }, i) => others[i] && rate / others[i].rate)
    add(`${of}Over${over.charAt(0).toUpperCase()}${over.slice(1)}`, ratios, 3)
  }
  for (const [name, measured] of Object.entries(rounds)) {
    const all = <K extends keyof Measured>(field: K) => measured.map((one) => one[field])
    add(`${name}Rate`, all('rate'))
    add(`${name}FirstToLastRate`, all('firstToLastRate'))
    add(`${name}CpuMicros`, all('cpuMicrosPerMessage'), 1)
    add(`${name}PeakRssMb`, all('peakRssMb'), 0)
    if (!name.startsWith('pipeline')) continue
    // After a warm-up there is nothing to climb.
    if (name === 'pipelineCold') add(`${name}ClimbSeconds`, all('climbSeconds'), 1)
    for (const over of ['sdk', 'http2', 'pipelineFixed']) if (over !== name) ratio(name, over)
  }
  return { figures }
}

/** One sentence for each target that was missed. */
export function missedOf(latencies: readonly Pick<LatencyFigures, 'latencyMs' | 'figures'>[]): string[] {
  return TARGETS.flatMap(({ at, figure, least = 0, most = Number.POSITIVE_INFINITY }) => {
    const value = latencies.find(({ latencyMs }) => latencyMs.join(':') === at)?.figures[figure]
    if (value === undefined || (value >= least && value <= most)) return []
    return [`${figure} at ${at} ms is ${value}, ${least > 0 ? `at least ${least}` : `at most ${most}`}`]
  })
}

/** Each contender's name in the tables, in their order. */
const ROWS: readonly [name: string, label: (one: LatencyFigures) => string][] = [
  ['sdk', ({ sdk }) => `\`firebase-admin\`, ${sdk.best} calls of 500 at a time`],
  ['http2', ({ http2 }) => `\`node:http2\`, ${grouped(http2.best)} in flight`],
  ['pipeline', () => '**Carillon**, queue on PostgreSQL, defaults'],
  ['pipelineRedis', () => '**Carillon**, queue on Redis, defaults'],
  ['pipelineCold', () => 'Carillon, from a cold start'],
  [
    'pipelineFixed',
    ({ fixed }) =>
      `Carillon, best fixed setting: ${grouped(fixed?.best.concurrency ?? 0)} in flight, ${fixed?.best.batches} batches`,
  ],
]

/** Markdown: one table of all latencies, and one of each. To be pasted into README.md and docs/performance.md. */
export function tablesOf(latencies: readonly LatencyFigures[]): string {
  return [overview(latencies), ...latencies.map(tableOf)].join('\n\n')
}

function overview(latencies: readonly LatencyFigures[]): string {
  const ratio = (value: number | undefined) => (value === undefined ? '–' : `${value.toFixed(2)} ×`)
  const rate = (value: number | undefined) => (value === undefined ? '–' : `${grouped(value)}/s`)
  const lines = latencies.map(({ latencyMs, figures: f }) =>
    [
      named(latencyMs),
      rate(f.sdkRate),
      rate(f.http2Rate),
      rate(f.pipelineRate),
      rate(f.pipelineRedisRate),
      ratio(f.pipelineOverSdk),
      ratio(f.pipelineRedisOverSdk),
      ratio(f.pipelineOverHttp2),
      ratio(f.pipelineOverPipelineFixed),
      f.pipelineColdClimbSeconds === undefined ? '–' : `${f.pipelineColdClimbSeconds} s`,
    ].join(' | '),
  )
  return [
    '| FCM answers after | SDK at its best | `node:http2` | Carillon | on Redis | over SDK | Redis over SDK | over `node:http2` | over best fixed | to 90 % |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...lines.map((line) => `| ${line} |`),
  ].join('\n')
}

function tableOf(one: LatencyFigures): string {
  const { latencyMs, figures, byRound } = one
  const rounds = Object.values(byRound)[0]?.length ?? 0
  const cell = (value: number | undefined, unit: string) =>
    value === undefined ? '–' : `${grouped(value)}${unit}`
  const lines = ROWS.flatMap(([name, label]) => {
    const rates = byRound[name]?.map(({ rate }) => Math.round(rate))
    if (rates === undefined) return []
    const range = `${grouped(Math.min(...rates))} – ${grouped(Math.max(...rates))}`
    return [
      `| ${label(one)} | ${cell(figures[`${name}Rate`], '/s')} | ${range} | ${cell(figures[`${name}CpuMicros`], ' µs')} | ${cell(figures[`${name}PeakRssMb`], ' MB')} |`,
    ]
  })
  return [
    `| ${named(latencyMs)}: ${rounds} rounds of ${grouped(one.messages)} in turn | median | lowest – highest | CPU per message | peak RSS |`,
    '| --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n')
}

function named([min, max]: readonly [number, number]): string {
  return min === max ? `${min} ms` : `${min} – ${max} ms`
}
