/** Runs side by side for a terminal: what they were measured with, what they took, and each process's part. */
import { countsByCode } from './demo-table.ts'
import { ratiosOf } from './ratios.ts'
import type { Report } from './report.ts'
import { linesOf, processLinesOf } from './rows.ts'

const LABEL = 19

export function loadTableOf(
  reports: readonly Report[],
  conditions: readonly (readonly [string, string])[],
): string {
  const last = reports.at(-1)
  if (last === undefined) return ''
  const lines = linesOf(reports)
  const width = Math.max(...lines.flatMap(({ values }) => values).map(({ length }) => length))
  const row = (label: string, values: readonly string[], widths: number) =>
    `  ${label.padEnd(LABEL)}${values.map((value) => value.padStart(widths + 2)).join('')}`.trimEnd()
  const parts = [
    conditions.map(([label, value]) => `  ${label.padEnd(LABEL)}  ${value}`),
    lines.map(({ label, values }) => row(label, values, width)),
    processTableOf(last, reports.length > 1),
    codesOf(last),
    ratioSentence(reports),
    last.isPartial ? ['  PARTIAL: stopped before the end; missing devices were not looked for.'] : [],
    last.problems.map((problem) => `  DOES NOT ADD UP: ${problem}.`),
  ]
  return parts
    .filter((part) => part.length > 0)
    .map((part) => part.join('\n'))
    .join('\n\n')
}

function processTableOf(report: Report, isOneOfSeveral: boolean): string[] {
  const lines = processLinesOf(report)
  if (lines.length === 0) return []
  const head = ['CPU', 'a million', 'peak RSS', 'RSS slope']
  const rows = lines.map(({ name, cpu, cpuPerMillion, peak, slope }) => [
    name,
    cpu,
    cpuPerMillion,
    peak,
    slope,
  ])
  return [[isOneOfSeveral ? 'of the last run' : '', ...head], ...rows].map(
    ([name = '', ...cells]) => `  ${name.padEnd(LABEL)}${cells.map((cell) => cell.padStart(15)).join('')}`,
  )
}

function codesOf({ failedByCode, skippedByCode, fcmAnswers }: Report): string[] {
  const rows = [
    ['failed', countsByCode(failedByCode)],
    ['skipped', countsByCode(skippedByCode)],
    ['FCM answered', countsByCode(fcmAnswers ?? {})],
  ] as const
  return rows.flatMap(([label, text]) => (text === '' ? [] : [`  ${label.padEnd(LABEL)}  ${text}`]))
}

function ratioSentence(reports: readonly Report[]): string[] {
  const ratios = ratiosOf(reports)
  if (ratios === null) return []
  const { audience, seconds, dispatcherPeakRss, queuePeak } = ratios
  return [
    `  ${audience} × the devices took ${seconds} × the time, ${dispatcherPeakRss} × the dispatcher memory`,
    `  and ${queuePeak} × the queue jobs.`,
  ]
}
