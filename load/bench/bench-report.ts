/** What the rounds come to: medians, ratios, and a table of them. */

import { grouped } from '../../testing/terminal/progress.ts'
import { median } from '../figures/statistics.ts'
import type { Contender, Measured } from './contenders.ts'

export type Rounds = ReadonlyMap<Contender, readonly Measured[]>

/** Which ratios are worth a name. Each is the median of the ratios of single rounds: neighbours in time. */
const RATIOS: readonly (readonly [of: string, over: string])[] = [
  ['pipeline', 'sdk'],
  ['pipelineRedis', 'sdk'],
  ['pipeline', 'http2'],
  ['pipelineRedis', 'http2'],
  ['pipeline2', 'sdk'],
  ['pipelineRedis2', 'sdk'],
  ['pipeline2', 'http2'],
  ['pipelineRedis2', 'http2'],
  ['http2', 'h2load'],
]

export function figuresOf(rounds: Rounds): Record<string, number | null> {
  const figures: Record<string, number | null> = {}
  const byName = new Map([...rounds].map(([{ name }, measured]) => [name, measured]))
  for (const [name, measured] of byName) {
    figures[`${name}Rate`] = rounded(measured.map(({ rate }) => rate))
    const windows = measured.map(({ firstToLastRate }) => firstToLastRate)
    if (windows.some((rate) => rate !== undefined)) figures[`${name}FirstToLastRate`] = rounded(windows)
  }
  for (const [of, over] of RATIOS) {
    const [a, b] = [byName.get(of), byName.get(over)]
    if (a && b) figures[`${of}Over${over.charAt(0).toUpperCase()}${over.slice(1)}`] = ratio(a, b)
  }
  for (const [name, measured] of byName) {
    const cpu = measured.map(({ cpuMicrosPerMessage }) => cpuMicrosPerMessage)
    if (cpu.some((one) => one !== undefined)) figures[`${name}CpuMicros`] = rounded(cpu, 1)
  }
  return figures
}

/** Null when one of the two was not measured. */
function ratio(a: readonly Measured[], b: readonly Measured[]): number | null {
  const ratios = a.flatMap(({ rate }, index) => {
    const other = b[index]?.rate
    return rate && other ? [rate / other] : []
  })
  return ratios.length === 0 ? null : Math.round(median(ratios) * 1000) / 1000
}

function rounded(values: readonly (number | null | undefined)[], digits = 0): number | null {
  const known = values.filter((value) => typeof value === 'number')
  return known.length === 0 ? null : Number(median(known).toFixed(digits))
}

export function tableOf(rounds: Rounds, figures: Record<string, number | null>): string {
  const rows = [...rounds].map(([{ name, label }, measured]) => {
    const rates = measured.flatMap(({ rate }) => (rate === null ? [] : [Math.round(rate)]))
    const rate = figures[`${name}Rate`]
    const cpu = figures[`${name}CpuMicros`]
    return [
      label,
      rate == null ? 'not measured' : `${grouped(rate)}/s`,
      rates.length > 1 ? `${grouped(Math.min(...rates))} – ${grouped(Math.max(...rates))}` : '',
      cpu == null ? '' : `${cpu} µs`,
    ]
  })
  const head = ['', 'median', 'lowest – highest', 'CPU a message']
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => (row[column] ?? '').length)),
  )
  const lines = [head, ...rows].map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
  const ratios = Object.entries(figures).filter(([name]) => name.includes('Over'))
  return [...lines, '', ...ratios.map(([name, value]) => `${name.padEnd(24)}  ${value ?? 'not measured'}`)]
    .map((line) => `  ${line}`)
    .join('\n')
}
