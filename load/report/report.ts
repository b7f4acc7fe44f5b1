/** The figures of one run as one object: for programs as it is, for people through the tables and the page. */

import type { BucketCounts } from '../../src/process/durations.ts'
import { closingInvariantHolds, duplicatesOf, type Evidence, missingOf } from '../campaign/check-result.ts'
import type { Counts } from '../campaign/count-results.ts'
import type { CampaignRecord } from '../campaign/run-campaign.ts'
import { type Percentiles, percentilesOf } from '../figures/percentiles.ts'
import type { ProcessSeries } from '../figures/process-series.ts'

/** Its memory is no part of Carillon's. */
export const FAKE_FCM = 'fake FCM'

/** Null is everywhere: not known, because the run was stopped before, or because it cannot be seen from outside. */
export interface Report extends Counts {
  /** True: stopped before its end. The figures are those until then, and nothing was checked row by row. */
  isPartial: boolean
  audience: number
  missing: number | null
  duplicates: number | null
  closingInvariant: boolean | null
  rejectedLines: number
  importSeconds: number
  planSeconds: number | null
  sendSeconds: number | null
  firstToLastSeconds: number | null
  /** Messages that FCM answered or should have, a second, between the first and the last of them. */
  ratePerSecond: number | null
  /** Of the seconds until 99 % were answered: repeated attempts come late. Null for a run without a whole one. */
  medianRatePerSecond: number | null
  ratesPerSecond: number[]
  fcmCallMs: Percentiles | null
  recordMs: Percentiles | null
  processes: Record<string, ProcessReport>
  /** Of the largest of Carillon's own processes. */
  peakRssMb: number | null
  peakRssMbByProcess: Record<string, number>
  queuePeak: number | null
  bytesPerDelivery: number | null
  failedByCode: Record<string, number>
  skippedByCode: Record<string, number>
  /** What FCM answered, by HTTP status: attempts, not devices. */
  fcmAnswers: Record<string, number> | null
  backend: 'postgresql' | 'redis' | null
  versions: Record<string, string>
  machine: string
  problems: readonly string[]
}

export interface ProcessReport {
  cpuSeconds: number
  /** Seconds on a core for a million messages; null when there were none. */
  cpuSecondsPerMillion: number | null
  peakRssMb: number
  /** Megabytes a minute over the last 80 %; null for a run of less than a minute. */
  rssSlopeMbPerMinute: number | null
}

/** What became of a campaign, as far as it is known. */
export interface Outcome {
  isPartial: boolean
  audience: number
  counts: Counts
  failedByCode: Record<string, number>
  skippedByCode: Record<string, number>
  missing: number | null
  duplicates: number | null
  closingInvariant: boolean | null
  planSeconds: number | null
  sendSeconds: number | null
  firstToLastSeconds: number | null
  rejectedLines: number
  problems: readonly string[]
}

export interface Measurements {
  importSeconds: number
  record: CampaignRecord
  processes: ReadonlyMap<string, ProcessSeries>
  fcmCalls: BucketCounts
  recordings: BucketCounts
  queuePeak: number | null
  bytesPerDelivery: number | null
  fcmAnswers: Record<string, number> | null
  backend: 'postgresql' | 'redis' | null
  versions: Record<string, string>
  machine: string
}

/** Of a run that went to its end and was checked from both sides. */
export function outcomeOf(evidence: Evidence, problems: readonly string[]): Outcome {
  const { progress, rows, imported } = evidence
  const { planSeconds, sendSeconds, firstToLastSeconds, failedByCode, skippedByCode } = rows
  return {
    isPartial: false,
    audience: progress.audience,
    counts: progress,
    failedByCode,
    skippedByCode,
    missing: missingOf(evidence),
    duplicates: duplicatesOf(evidence),
    closingInvariant: closingInvariantHolds(evidence),
    planSeconds,
    sendSeconds,
    firstToLastSeconds,
    rejectedLines: imported?.rejected ?? 0,
    problems,
  }
}

export function reportOf(outcome: Outcome, measured: Measurements): Report {
  const { counts, audience, failedByCode, skippedByCode, firstToLastSeconds } = outcome
  const { sent, failed, skipped, inDoubt, canceled } = counts
  const answered = sent + failed + inDoubt
  const processes = Object.fromEntries(
    [...measured.processes].map(([name, series]) => [name, processReportOf(series, answered)]),
  )
  const peaks = Object.entries(processes).map(([name, { peakRssMb }]) => [name, peakRssMb] as const)
  const ours = peaks.filter(([name]) => name !== FAKE_FCM).map(([, mb]) => mb)
  return {
    isPartial: outcome.isPartial,
    audience,
    ...{ sent, failed, skipped, inDoubt, canceled },
    missing: outcome.missing,
    duplicates: outcome.duplicates,
    closingInvariant: outcome.closingInvariant,
    rejectedLines: outcome.rejectedLines,
    importSeconds: rounded(measured.importSeconds),
    planSeconds: orNull(outcome.planSeconds),
    sendSeconds: orNull(outcome.sendSeconds),
    firstToLastSeconds: orNull(firstToLastSeconds),
    ratePerSecond:
      firstToLastSeconds === null || answered === 0
        ? null
        : Math.round(answered / Math.max(firstToLastSeconds, 0.001)),
    medianRatePerSecond: measured.record.answered.median,
    ratesPerSecond: measured.record.answered.rates,
    fcmCallMs: percentilesOf(measured.fcmCalls),
    recordMs: percentilesOf(measured.recordings),
    processes,
    peakRssMb: ours.length === 0 ? null : Math.max(...ours),
    peakRssMbByProcess: Object.fromEntries(peaks),
    queuePeak: measured.queuePeak,
    bytesPerDelivery: measured.bytesPerDelivery,
    failedByCode,
    skippedByCode,
    fcmAnswers: measured.fcmAnswers,
    backend: measured.backend,
    versions: measured.versions,
    machine: measured.machine,
    problems: outcome.problems,
  }
}

function processReportOf(series: ProcessSeries, messages: number): ProcessReport {
  const { cpuSeconds, peakRssMb, rssSlope } = series
  return {
    cpuSeconds: rounded(cpuSeconds),
    cpuSecondsPerMillion: messages === 0 ? null : rounded((cpuSeconds / messages) * 1e6),
    peakRssMb: rounded(peakRssMb),
    rssSlopeMbPerMinute: orNull(rssSlope),
  }
}

function orNull(value: number | null): number | null {
  return value === null ? null : rounded(value)
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
