/** The figures of runs as tables of text, for the terminal and for the page. */
import { columns, grouped, seconds } from '../../testing/terminal/format.ts'
import { dispatcherPeak, type Report, ratiosOf } from './report.ts'

export type Conditions = readonly (readonly [label: string, value: string])[]
/** The first row is the head, the first column has the labels. */
export type Table = string[][]

/** Null is an unknown value; undefined means that the line does not apply to the run. */
type Row = readonly [label: string, cellOf: (report: Report) => string | null | undefined, meaning: string]

const UNKNOWN = '–'

const ROWS: readonly Row[] = [
  ['devices', ({ audience }) => grouped(audience), 'in the audience'],
  ['sent', ({ sent }) => grouped(sent), 'accepted by FCM'],
  ['failed', ({ failed }) => grouped(failed), 'refused by FCM for good'],
  ['skipped', ({ skipped }) => grouped(skipped), 'opted out, or deleted before their turn'],
  ['in doubt', ({ inDoubt }) => grouped(inDoubt), 'the request left, and its answer was lost'],
  ['canceled', ({ canceled }) => grouped(canceled), 'not sent, because the campaign was canceled'],
  ['missing', ({ missing }) => number(missing), 'recorded as sent or without a result, and FCM has nothing'],
  ['duplicates', ({ duplicates }) => number(duplicates), 'devices that got the message more than once'],
  ['closing invariant', invariant, 'audience = all results, as the API says and counted from rows'],
  ['rejected lines', (r) => (r.importSeconds > 0 ? grouped(r.rejectedLines) : undefined), 'of the file'],
  [
    'import',
    (r) => (r.importSeconds > 0 ? seconds(r.importSeconds) : undefined),
    'from first byte to answer',
  ],
  ['plan', ({ planSeconds }) => time(planSeconds), 'from the send request to the last batch row'],
  ['send', ({ sendSeconds }) => time(sendSeconds), 'from the send request to the closed campaign'],
  ['first to last', (report) => time(report.firstToLastSeconds), 'from the first answer to the last'],
  ['rate', (report) => rate(report.ratePerSecond), 'messages answered, over first to last'],
  [
    'rate, median',
    (report) => rate(report.medianRatePerSecond),
    'of single seconds, until 99 % were answered',
  ],
  ['FCM call', ({ fcmCallMs }) => ms(fcmCallMs), 'from request to answer: p50, p95, p99'],
  ['recording', ({ recordMs }) => ms(recordMs), 'of one chunk of results, until it is committed'],
  ['dispatcher memory', memory, 'largest resident memory of the largest dispatcher'],
  ['queue', ({ queuePeak }) => number(queuePeak), 'most jobs at a time'],
  [
    'bytes a delivery',
    ({ bytesPerDelivery }) => bytesPerDelivery?.toFixed(1) ?? null,
    'on disk, with indexes',
  ],
]

const COUNTS = [
  ['failed: ', 'failedByCode'],
  ['skipped: ', 'skippedByCode'],
  ['FCM answered ', 'fcmAnswers'],
] as const

export function figureTable(reports: readonly Report[]): Table {
  const counts = COUNTS.flatMap(([prefix, field]) => {
    const names = new Set(reports.flatMap((report) => Object.keys(report[field] ?? {})))
    return [...names].map(
      (name): Row => [`${prefix}${name}`, (report) => number(report[field]?.[name] ?? null), ''],
    )
  })
  const rows = [...ROWS, ...counts].flatMap(([label, cellOf, meaning]) => {
    const cells = reports.map(cellOf)
    return cells.every((cell) => cell === undefined)
      ? []
      : [[label, ...cells.map((cell) => cell ?? UNKNOWN), meaning]]
  })
  return [['', ...reports.map((_, index) => (reports.length > 1 ? `run ${index + 1}` : '')), ''], ...rows]
}

export function processTable({ processes }: Report): Table {
  const rows = Object.entries(processes).map(([name, figures]) => {
    const { cpuSeconds, cpuSecondsPerMillion: perMillion, peakRssMb, rssSlopeMbPerMinute: slope } = figures
    return [
      name,
      `${cpuSeconds.toFixed(1)} s`,
      perMillion === null ? UNKNOWN : `${perMillion.toFixed(1)} s`,
      `${peakRssMb.toFixed(1)} MB`,
      slope === null ? UNKNOWN : `${slope < 0 ? '−' : '+'}${Math.abs(slope).toFixed(2)} MB/min`,
    ]
  })
  return rows.length === 0 ? [] : [['process', 'CPU', 'CPU a million', 'peak RSS', 'RSS slope'], ...rows]
}

/** For the terminal. The processes are those of the last run. */
export function textOf(reports: readonly Report[], conditions: Conditions): string {
  const last = reports.at(-1)
  if (last === undefined) return ''
  const ratios = ratiosOf(reports)
  return [
    columns(conditions, 'll'),
    columns(figureTable(reports).slice(reports.length > 1 ? 0 : 1), `l${'r'.repeat(reports.length)}l`),
    columns(processTable(last), 'lrrrr'),
    ratios &&
      `  ${ratios.audience} × the devices took ${ratios.seconds} × the time, ${ratios.dispatcherPeakRss} × the dispatcher memory\n  and ${ratios.queuePeak} × the queue entries.`,
    last.isPartial && '  PARTIAL: the run ended early; missing devices were not looked for.',
    ...last.problems.map((problem) => `  CHECK FAILED: ${problem}.`),
  ]
    .filter(Boolean)
    .join('\n\n')
}

function invariant({ closingInvariant }: Report): string | null {
  return closingInvariant === null ? null : closingInvariant ? 'holds' : 'BROKEN'
}

function memory(report: Report): string | null {
  const peak = dispatcherPeak(report)
  return peak === null ? null : `${peak.toFixed(1)} MB`
}

function number(value: number | null): string | null {
  return value === null ? null : grouped(value)
}

function time(value: number | null): string | null {
  return value === null ? null : seconds(value)
}

function rate(value: number | null): string | null {
  return value === null ? null : `${grouped(value)}/s`
}

function ms(value: Report['fcmCallMs']): string | null {
  return value === null ? null : `${value.p50}, ${value.p95}, ${value.p99} ms`
}
