/**
 * A run as one HTML file, for readers who were not there: conditions, verdict, figures and plots. uPlot is part of the
 * file; the page loads nothing and opens without a network.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BUCKETS_AN_OCTAVE } from '../../src/process/durations.ts'
import { grouped, rounded, seconds } from '../../testing/terminal/format.ts'
import { PAGE_STYLE } from './page-style.ts'
import type { Report, Run } from './report.ts'
import { type Conditions, figureTable, processTable } from './table.ts'

export interface PageOptions {
  command: string
  /** When the command was started. */
  at: Date
  conditions: Conditions
}

/** What plots.js draws. */
interface Plot {
  unit: string
  series: { label: string; points: [x: number[], y: number[]] }[]
  marks: { at: number; label: string }[]
  /** Set for a histogram: bars of equal ratio, marks across them. */
  barsPerOctave?: number
}

const BARS_PER_OCTAVE = 8
const UPLOT = join(import.meta.dirname, '../../node_modules/uplot/dist')

export function pageOf(runs: readonly Run[], { command, at, conditions }: PageOptions): string {
  const reports = runs.map(({ report }) => report)
  const title = `Carillon load run, ${reports.map(({ audience }) => grouped(audience)).join(' and ')} devices`
  const plots: Plot[] = []
  const body = [
    `<h1>${escaped(title)}</h1>`,
    `<p class="about">${at.toISOString().slice(0, 16).replace('T', ' ')} UTC</p>`,
    ...reports.map((report) => `<p>${verdictOf(report)}</p>`),
    '<h3>Measured with</h3>',
    tableOf([[], ...conditions, ['command', command]], 'conditions'),
    '<h3>Figures</h3>',
    tableOf(figureTable(reports), 'figures'),
    ...runs.flatMap((run) => [
      runs.length > 1 ? `<h2>${grouped(run.report.audience)} devices</h2>` : '',
      plotsOf(run, plots),
    ]),
  ]
  const script = `${readFileSync(join(UPLOT, 'uPlot.iife.min.js'), 'utf8')}\n${readFileSync(join(import.meta.dirname, 'plots.js'), 'utf8')}`
  const hash = createHash('sha256').update(script).digest('base64')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'">
<title>${escaped(title)}</title>
<style>${readFileSync(join(UPLOT, 'uPlot.min.css'), 'utf8')}${PAGE_STYLE}</style>
</head>
<body>
${body.join('\n')}
<script type="application/json" id="plots">${JSON.stringify(plots).replaceAll('<', '\\u003c')}</script>
<script>${script}</script>
</body>
</html>
`
}

/** The run in one paragraph. */
function verdictOf(report: Report): string {
  const { sent, failed, audience, sendSeconds, missing, duplicates, problems, isPartial } = report
  const rate = report.medianRatePerSecond ?? report.ratePerSecond
  const took = sendSeconds && rate && ` in ${seconds(sendSeconds)}, at ${grouped(rate)} messages a second`
  const what = `${grouped(audience)} devices: ${grouped(sent)} sent, ${grouped(failed)} failed${took || ''}.`
  const bad = [
    isPartial ? 'Stopped before its end: these are the figures until then.' : '',
    problems.length > 0 ? `Checks failed: ${problems.join('; ')}.` : '',
  ].join(' ')
  if (bad.trim() !== '') return `${what} <span class="bad">${escaped(bad)}</span>`
  if (missing === null || duplicates === null) return `${what} What FCM received cannot be seen from outside.`
  return `${what} <span class="good">Nothing is missing, nothing was sent twice, and the counts reconcile.</span>`
}

function plotsOf({ report, memory, fcmCalls }: Run, plots: Plot[]): string {
  const { ratesPerSecond: rates, medianRatePerSecond: median, fcmCallMs } = report
  const place = (heading: string, about: string, plot: Plot) => {
    const index = plots.push(plot) - 1
    const drawn = `<div class="plot" role="img" aria-label="${escaped(heading)}" data-plot="${index}"></div>`
    const isEmpty = plot.series.every(({ points: [x] }) => x.length < 2)
    const none = '<p class="about">There is not enough data for this plot.</p>'
    return `<h3>${escaped(heading)}</h3><p class="about">${escaped(about)}</p>${isEmpty ? none : drawn}`
  }
  const bars = barsOf(fcmCalls)
  const barAt = (ms: number) => Math.log2(ms * 1000) * BARS_PER_OCTAVE
  const processes = processTable(report)
  return [
    place('Rate', 'Messages answered by FCM and recorded in each second since the send request.', {
      unit: 'messages a second',
      series: [{ label: 'rate', points: [rates.map((_, second) => second + 0.5), rates] }],
      marks: median === null ? [] : [{ at: median, label: `median ${grouped(median)}/s` }],
    }),
    place('Memory', 'Resident memory of each process in MB. The slope is that of the last 80 % of the run.', {
      unit: 'MB',
      series: [...memory].map(([label, points]) => ({
        label,
        points: [points.map(({ seconds }) => rounded(seconds)), points.map(({ rssMb }) => rounded(rssMb, 1))],
      })),
      marks: [],
    }),
    processes.length > 0 ? tableOf(processes, 'processes') : '',
    place(
      'FCM calls',
      'How many calls took how long, seen from the dispatchers. Each bar is 9 % wider than the last.',
      {
        unit: 'calls',
        series: [{ label: 'calls', points: [[...bars.keys()], [...bars.values()]] }],
        marks: (['p50', 'p95', 'p99'] as const).flatMap((name) =>
          fcmCallMs === null ? [] : [{ at: barAt(fcmCallMs[name]), label: `${name} ${fcmCallMs[name]} ms` }],
        ),
        barsPerOctave: BARS_PER_OCTAVE,
      },
    ),
  ].join('\n')
}

/** Counts of the buckets that make one bar, by bar, in order. */
function barsOf(counts: Run['fcmCalls']): Map<number, number> {
  const bars = new Map<number, number>()
  for (const [bucket, count] of Object.entries(counts)) {
    const bar = Math.floor(Number(bucket) / (BUCKETS_AN_OCTAVE / BARS_PER_OCTAVE))
    bars.set(bar, (bars.get(bar) ?? 0) + count)
  }
  return new Map([...bars].sort(([a], [b]) => a - b))
}

function tableOf([head = [], ...rows]: readonly (readonly string[])[], name: string): string {
  const headCells = head.map((text) => `<th scope="col">${escaped(text)}</th>`).join('')
  const lines = rows.map(([label = '', ...cells]) => {
    const data = cells.map((text) => `<td>${escaped(text)}</td>`).join('')
    return `<tr><th scope="row">${escaped(label)}</th>${data}</tr>`
  })
  return `<div class="scroll"><table class="${name}"><thead><tr>${headCells}</tr></thead><tbody>${lines.join('')}</tbody></table></div>`
}

/** Text without markup. */
function escaped(text: string): string {
  const NAMES: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replace(/[&<>"']/g, (character) => NAMES[character] ?? character)
}
