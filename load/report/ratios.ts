/** What grew between the first run and the last. */
import type { Report } from './report.ts'

export interface Ratios {
  audience: number
  seconds: number
  dispatcherPeakRss: number
  queuePeak: number
}

/** The last run over the first; null with one run only, or when one was not finished. */
export function ratiosOf(reports: readonly Report[]): Ratios | null {
  const [first, last] = [reports[0], reports.at(-1)]
  if (first === undefined || last === undefined || first === last || last.isPartial) return null
  const ratio = (of: (report: Report) => number | null) =>
    Math.round(((of(last) ?? 0) / Math.max(of(first) ?? 0, 1e-9)) * 1000) / 1000
  return {
    audience: ratio((report) => report.audience),
    seconds: ratio((report) => report.firstToLastSeconds),
    dispatcherPeakRss: ratio(dispatcherPeak),
    queuePeak: ratio((report) => report.queuePeak),
  }
}

/** Of the largest dispatcher; null when none was seen. */
export function dispatcherPeak({ peakRssMbByProcess }: Report): number | null {
  const peaks = Object.entries(peakRssMbByProcess).filter(([name]) => name.startsWith('dispatcher'))
  return peaks.length === 0 ? null : Math.max(...peaks.map(([, mb]) => mb))
}
