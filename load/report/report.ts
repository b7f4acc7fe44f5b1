/** The figures of one run as one object: printed as JSON, as a table and as a page. */
import type { BucketCounts } from '../../src/process/durations.ts'
import { rounded } from '../../testing/terminal/format.ts'
import type { Counts } from '../campaign/count-results.ts'
import type { MemoryPoint, ProcessSeries } from '../figures/processes.ts'
import { type PerSecond, percentilesOf } from '../figures/statistics.ts'
import type { Durations } from '../figures/watch.ts'

/** Its memory is not Carillon's. */
export const FAKE_FCM = 'fake FCM'

/** The result of a campaign. Null means everywhere: unknown, because the run ended early or the target hides it. */
export interface Outcome extends Counts {
  /** The run ended early: these are the figures until then, and nothing was checked row by row. */
  isPartial: boolean
  audience: number
  missing: number | null
  duplicates: number | null
  closingInvariant: boolean | null
  rejectedLines: number
  planSeconds: number | null
  sendSeconds: number | null
  firstToLastSeconds: number | null
  failedByCode: Record<string, number>
  skippedByCode: Record<string, number>
  problems: readonly string[]
}

export interface Measurements extends Durations {
  importSeconds: number
  answered: PerSecond
  processes: ReadonlyMap<string, ProcessSeries>
  queuePeak: number | null
  bytesPerDelivery: number | null
  /** What FCM answered, by HTTP status: attempts, not devices. */
  fcmAnswers: Record<string, number> | null
  backend: 'postgresql' | 'redis' | null
  versions: Record<string, string>
  machine: string
}

/** The fields are explained in load/README.md. */
export type Report = ReturnType<typeof reportOf>

/** A report, and what only the plots need. */
export interface Run {
  report: Report
  memory: ReadonlyMap<string, readonly MemoryPoint[]>
  fcmCalls: BucketCounts
}

export function runOf(outcome: Outcome, measured: Measurements): Run {
  const memory = new Map([...measured.processes].map(([name, { points }]) => [name, points]))
  return { report: reportOf(outcome, measured), memory, fcmCalls: measured.fcmCalls }
}

function reportOf(outcome: Outcome, measured: Measurements) {
  const { answered: perSecond, processes: series, fcmCalls, recordings, ...context } = measured
  const answered = outcome.sent + outcome.failed + outcome.inDoubt
  const span = outcome.firstToLastSeconds
  const processes = Object.fromEntries(
    [...series].map(([name, one]) => [name, processReportOf(one, answered)]),
  )
  const peaks = Object.entries(processes).map(([name, { peakRssMb }]) => [name, peakRssMb] as const)
  const ours = peaks.filter(([name]) => name !== FAKE_FCM).map(([, mb]) => mb)
  return {
    ...outcome,
    ...context,
    importSeconds: rounded(measured.importSeconds),
    planSeconds: orNull(outcome.planSeconds),
    sendSeconds: orNull(outcome.sendSeconds),
    firstToLastSeconds: orNull(span),
    ratePerSecond: span === null || answered === 0 ? null : Math.round(answered / Math.max(span, 0.001)),
    medianRatePerSecond: perSecond.median,
    ratesPerSecond: perSecond.rates,
    fcmCallMs: percentilesOf(fcmCalls),
    recordMs: percentilesOf(recordings),
    processes,
    peakRssMb: ours.length === 0 ? null : Math.max(...ours),
    peakRssMbByProcess: Object.fromEntries(peaks) as Record<string, number>,
  }
}

function processReportOf({ cpuSeconds, peakRssMb, rssSlope }: ProcessSeries, messages: number) {
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

/** The peak of the largest dispatcher; null when none was seen. */
export function dispatcherPeak({ peakRssMbByProcess }: Report): number | null {
  const peaks = Object.entries(peakRssMbByProcess).filter(([name]) => name.startsWith('dispatcher'))
  return peaks.length === 0 ? null : Math.max(...peaks.map(([, mb]) => mb))
}

/** The last run over the first; null with one run only, or when the last one is partial. */
export function ratiosOf(reports: readonly Report[]) {
  const [first, last] = [reports[0], reports.at(-1)]
  if (first === undefined || last === undefined || first === last || last.isPartial) return null
  const ratio = (of: (report: Report) => number | null) =>
    rounded((of(last) ?? 0) / Math.max(of(first) ?? 0, 1e-9), 3)
  return {
    audience: ratio((report) => report.audience),
    seconds: ratio((report) => report.firstToLastSeconds),
    dispatcherPeakRss: ratio(dispatcherPeak),
    queuePeak: ratio((report) => report.queuePeak),
  }
}
