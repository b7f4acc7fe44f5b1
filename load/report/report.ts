/** The figures of one run: as one object for programs, as a table for people. */
import { arch, availableParallelism, cpus, platform } from 'node:os'
import { closingInvariantHolds, duplicatesOf, type Evidence, missingOf } from '../campaign/check-result.ts'
import { grouped, seconds } from '../terminal/progress.ts'

export interface Measurements {
  importSeconds: number
  peakRssMb: ReadonlyMap<string, number>
  conveyorPeak: number
  backend: 'postgresql' | 'redis'
  versions: Record<string, string>
}

/** Its memory is no part of Carillon's. */
export const FAKE_FCM = 'fake FCM'

export type Report = ReturnType<typeof reportOf>

/** `peakRssMb` is that of the largest of Carillon's own processes; `peakRssMbByProcess` has them all. */
export function reportOf(evidence: Evidence, measured: Measurements, problems: readonly string[]) {
  const { progress, rows, imported } = evidence
  const { sent, failed, inDoubt } = rows.deliveries
  const peaks = [...measured.peakRssMb].map(([name, mb]) => [name, round(mb)] as const)
  return {
    audience: progress.audience,
    sent: progress.sent,
    failed: progress.failed,
    skipped: progress.skipped,
    inDoubt: progress.inDoubt,
    canceled: progress.canceled,
    missing: missingOf(evidence),
    duplicates: duplicatesOf(evidence),
    importSeconds: round(measured.importSeconds),
    planSeconds: round(rows.planSeconds),
    sendSeconds: round(rows.sendSeconds),
    firstToLastSeconds: round(rows.firstToLastSeconds),
    // Messages that FCM answered or should have, a second, between the first and the last of them.
    ratePerSecond: Math.round((sent + failed + inDoubt) / Math.max(rows.firstToLastSeconds, 0.001)),
    peakRssMb: Math.max(0, ...peaks.filter(([name]) => name !== FAKE_FCM).map(([, mb]) => mb)),
    peakRssMbByProcess: Object.fromEntries(peaks),
    failedByCode: rows.failedByCode,
    skippedByCode: rows.skippedByCode,
    rejectedLines: imported?.rejected ?? 0,
    conveyorPeak: measured.conveyorPeak,
    closingInvariant: closingInvariantHolds(evidence),
    backend: measured.backend,
    versions: measured.versions,
    machine: `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${platform()} ${arch()}`,
    problems,
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

/** Two columns and a remark, for a terminal of 80. */
export function tableOf(report: Report): string {
  const rows: (readonly [label: string, value: string, remark?: string] | null)[] = [
    ['audience', grouped(report.audience), 'devices'],
    ['sent', grouped(report.sent)],
    ['failed', grouped(report.failed), byCode(report.failedByCode)],
    ['skipped', grouped(report.skipped), byCode(report.skippedByCode)],
    ['in doubt', grouped(report.inDoubt)],
    ['canceled', grouped(report.canceled)],
    ['closing invariant', report.closingInvariant ? 'holds' : 'BROKEN', 'from the API and counted from rows'],
    null,
    ['missing', grouped(report.missing), 'each device held against what the fake FCM got'],
    ['duplicates', grouped(report.duplicates)],
    [
      'rejected lines',
      grouped(report.rejectedLines),
      report.rejectedLines > 0 ? 'of the file; the others were kept' : '',
    ],
    null,
    ['rate', `${grouped(report.ratePerSecond)}/s`, `${grouped(report.ratePerSecond * 60)} a minute`],
    ['first to last', seconds(report.firstToLastSeconds), 'from the first message to the last'],
    ['import', seconds(report.importSeconds)],
    ['plan', seconds(report.planSeconds)],
    ['send', seconds(report.sendSeconds), 'from the order to the closed books'],
    null,
    ...Object.entries(report.peakRssMbByProcess).map(
      ([name, mb], index) => [name, `${Math.round(mb)} MB`, index === 0 ? 'peak memory' : ''] as const,
    ),
    ['conveyor', grouped(report.conveyorPeak), 'entries at most'],
  ]
  const width = Math.max(...rows.map((row) => row?.[1].length ?? 0))
  return rows
    .map((row) => (row ? `  ${row[0].padEnd(18)} ${row[1].padStart(width)}   ${row[2] ?? ''}`.trimEnd() : ''))
    .join('\n')
}

function byCode(counts: Record<string, number>): string {
  return Object.entries(counts)
    .map(([code, count]) => `${code} ${grouped(count)}`)
    .join(', ')
}
