/** The figures of a demo for a terminal of 80: two columns and a remark. */
import { grouped, seconds } from '../../testing/terminal/progress.ts'
import type { Report } from './report.ts'

export function demoTableOf(report: Report): string {
  const rate = report.ratePerSecond ?? 0
  const rows: (readonly [label: string, value: string, remark?: string] | null)[] = [
    ['audience', grouped(report.audience), 'devices'],
    ['sent', grouped(report.sent)],
    ['failed', grouped(report.failed), countsByCode(report.failedByCode)],
    ['skipped', grouped(report.skipped), countsByCode(report.skippedByCode)],
    ['in doubt', grouped(report.inDoubt)],
    ['canceled', grouped(report.canceled)],
    ['closing invariant', report.closingInvariant ? 'holds' : 'BROKEN', 'from the API and counted from rows'],
    null,
    ['missing', grouped(report.missing ?? 0), 'each device held against what the fake FCM got'],
    ['duplicates', grouped(report.duplicates ?? 0)],
    [
      'rejected lines',
      grouped(report.rejectedLines),
      report.rejectedLines > 0 ? 'of the file; the others were kept' : '',
    ],
    null,
    ['rate', `${grouped(rate)}/s`, `${grouped(rate * 60)} a minute`],
    ['first to last', seconds(report.firstToLastSeconds ?? 0), 'from the first message to the last'],
    ['import', seconds(report.importSeconds)],
    ['plan', seconds(report.planSeconds ?? 0)],
    ['send', seconds(report.sendSeconds ?? 0), 'from the order to the closed counts'],
    null,
    ...Object.entries(report.peakRssMbByProcess).map(
      ([name, mb], index) => [name, `${Math.round(mb)} MB`, index === 0 ? 'peak memory' : ''] as const,
    ),
    ['queue', grouped(report.queuePeak ?? 0), 'entries at most'],
  ]
  const width = Math.max(...rows.map((row) => row?.[1].length ?? 0))
  return rows
    .map((row) => (row ? `  ${row[0].padEnd(18)} ${row[1].padStart(width)}   ${row[2] ?? ''}`.trimEnd() : ''))
    .join('\n')
}

export function countsByCode(counts: Record<string, number>): string {
  return Object.entries(counts)
    .map(([code, count]) => `${code} ${grouped(count)}`)
    .join(', ')
}
