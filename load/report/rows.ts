/** What a run is said to have taken, line by line: the same lines in the terminal and on the page. */
import { grouped, seconds } from '../../testing/terminal/progress.ts'
import { dispatcherPeak } from './ratios.ts'
import type { Report } from './report.ts'

export interface Line {
  label: string
  /** Of each run. */
  values: string[]
  /** For the page: what the figure is. */
  meaning: string
}

type Row = readonly [label: string, value: (report: Report) => string, meaning: string]

const UNKNOWN = '–'

const ROWS: readonly Row[] = [
  ['devices', ({ audience }) => grouped(audience), 'in the audience'],
  ['sent', ({ sent }) => grouped(sent), 'accepted by FCM'],
  ['failed', ({ failed }) => grouped(failed), 'refused by FCM for good'],
  ['skipped', ({ skipped }) => grouped(skipped), 'opted out, or gone before it was their turn'],
  ['in doubt', ({ inDoubt }) => grouped(inDoubt), 'the request left, and its answer was lost'],
  ['missing', ({ missing }) => number(missing), 'recorded as sent or not at all, and FCM has nothing'],
  ['duplicates', ({ duplicates }) => number(duplicates), 'devices that got the message more than once'],
  ['closing invariant', invariant, 'audience = all results, as the API says and counted from rows'],
  ['plan', (report) => time(report.planSeconds), 'from the order to send to the last batch row'],
  ['send', (report) => time(report.sendSeconds), 'from the order to send to the closed counts'],
  ['first to last', (report) => time(report.firstToLastSeconds), 'from the first answer to the last'],
  [
    'rate',
    (report) => rate(report.ratePerSecond),
    'messages answered, over first to last, with the wait for repeated attempts',
  ],
  [
    'rate, median',
    (report) => rate(report.medianRatePerSecond),
    'of single seconds, until 99 % were answered',
  ],
  [
    'FCM call p50',
    ({ fcmCallMs }) => ms(fcmCallMs?.p50),
    'from the request to its answer, as a dispatcher sees it',
  ],
  ['FCM call p95', ({ fcmCallMs }) => ms(fcmCallMs?.p95), ''],
  ['FCM call p99', ({ fcmCallMs }) => ms(fcmCallMs?.p99), ''],
  ['recording p50', ({ recordMs }) => ms(recordMs?.p50), 'of one chunk of results, until it is committed'],
  ['recording p95', ({ recordMs }) => ms(recordMs?.p95), ''],
  ['recording p99', ({ recordMs }) => ms(recordMs?.p99), ''],
  [
    'dispatcher memory',
    (report) => (dispatcherPeak(report) === null ? UNKNOWN : `${dispatcherPeak(report)?.toFixed(1)} MB`),
    'largest resident memory of the largest dispatcher',
  ],
  ['queue', ({ queuePeak }) => number(queuePeak), 'most entries at a time'],
  [
    'bytes a delivery',
    ({ bytesPerDelivery }) => bytesPerDelivery?.toFixed(1) ?? UNKNOWN,
    'on disk, indexes included',
  ],
]

export function linesOf(reports: readonly Report[]): Line[] {
  return ROWS.map(([label, value, meaning]) => ({ label, values: reports.map(value), meaning }))
}

export interface ProcessLine {
  name: string
  cpu: string
  cpuPerMillion: string
  peak: string
  slope: string
}

export function processLinesOf({ processes }: Report): ProcessLine[] {
  return Object.entries(processes).map(([name, figures]) => ({
    name,
    cpu: `${figures.cpuSeconds.toFixed(1)} s`,
    cpuPerMillion:
      figures.cpuSecondsPerMillion === null ? UNKNOWN : `${figures.cpuSecondsPerMillion.toFixed(1)} s`,
    peak: `${figures.peakRssMb.toFixed(1)} MB`,
    slope: figures.rssSlopeMbPerMinute === null ? UNKNOWN : `${signed(figures.rssSlopeMbPerMinute)} MB/min`,
  }))
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`
}

function invariant({ closingInvariant }: Report): string {
  return closingInvariant === null ? UNKNOWN : closingInvariant ? 'holds' : 'BROKEN'
}

function number(value: number | null): string {
  return value === null ? UNKNOWN : grouped(value)
}

function time(value: number | null): string {
  return value === null ? UNKNOWN : seconds(value)
}

function rate(value: number | null): string {
  return value === null ? UNKNOWN : `${grouped(value)}/s`
}

function ms(value: number | undefined): string {
  return value === undefined ? UNKNOWN : `${value} ms`
}
