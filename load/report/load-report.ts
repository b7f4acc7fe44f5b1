/** Several runs side by side, and what grew between the first and the last. */
import { grouped, seconds } from '../terminal/progress.ts'
import type { Report } from './report.ts'

export interface Ratios {
  audience: number
  seconds: number
  dispatcherPeakRss: number
  conveyorPeak: number
}

/** The last run over the first; null with one run only. */
export function ratiosOf(reports: readonly Report[]): Ratios | null {
  const [first, last] = [reports[0], reports.at(-1)]
  if (first === undefined || last === undefined || first === last) return null
  const ratio = (of: (report: Report) => number) =>
    Math.round((of(last) / Math.max(of(first), 1e-9)) * 1000) / 1000
  return {
    audience: ratio((report) => report.audience),
    seconds: ratio((report) => report.firstToLastSeconds),
    dispatcherPeakRss: ratio(dispatcherPeak),
    conveyorPeak: ratio((report) => report.conveyorPeak),
  }
}

/** Of the largest dispatcher. */
export function dispatcherPeak({ peakRssMbByProcess }: Report): number {
  const peaks = Object.entries(peakRssMbByProcess).filter(([name]) => name.startsWith('dispatcher'))
  return Math.max(0, ...peaks.map(([, mb]) => mb))
}

const ROWS: readonly (readonly [label: string, value: (report: Report) => string])[] = [
  ['devices', (report) => grouped(report.audience)],
  ['sent', (report) => grouped(report.sent)],
  ['failed', (report) => grouped(report.failed)],
  ['in doubt', (report) => grouped(report.inDoubt)],
  ['missing', (report) => grouped(report.missing)],
  ['duplicates', (report) => grouped(report.duplicates)],
  ['closing invariant', (report) => (report.closingInvariant ? 'holds' : 'BROKEN')],
  ['plan', (report) => seconds(report.planSeconds)],
  ['send', (report) => seconds(report.sendSeconds)],
  ['first to last', (report) => seconds(report.firstToLastSeconds)],
  ['rate', (report) => `${grouped(report.ratePerSecond)}/s`],
  ['dispatcher memory', (report) => `${dispatcherPeak(report).toFixed(1)} MB`],
  ['conveyor', (report) => grouped(report.conveyorPeak)],
]

export function comparisonTableOf(reports: readonly Report[]): string {
  const cells = ROWS.map(([label, value]) => [label, ...reports.map(value)])
  const width = Math.max(...cells.flatMap((row) => row.slice(1)).map((cell) => cell.length))
  const table = cells.map(
    ([label = '', ...values]) =>
      `  ${label.padEnd(18)}${values.map((value) => `  ${value.padStart(width)}`).join('')}`,
  )
  const ratios = ratiosOf(reports)
  if (ratios === null) return table.join('\n')
  const { audience, seconds: time, dispatcherPeakRss, conveyorPeak } = ratios
  return [
    ...table,
    '',
    `  ${audience} × the devices took ${time} × the time, ${dispatcherPeakRss} × the dispatcher memory`,
    `  and ${conveyorPeak} × the conveyor entries.`,
  ].join('\n')
}
