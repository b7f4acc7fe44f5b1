/** A run under chaos as one object, and as a table. */
import type { Guarantee } from '../../src/domain/campaign.ts'
import { grouped, percent, seconds } from '../../testing/terminal/progress.ts'
import { median } from '../figures/statistics.ts'
import { countsByCode } from '../report/demo-table.ts'
import type { Recovery } from './recoveries.ts'
import type { Happening } from './schedule.ts'
import { type ChaosEvidence, judge, killsByRole, type Role } from './verdict.ts'

export interface RecoveryFigures {
  count: number
  median: number
  max: number
}

export interface ChaosReport {
  audience: number
  backend: 'redis' | 'postgresql'
  guarantee: Guarantee
  seed: number
  kills: number
  killsByRole: Record<Role, number>
  redisWipes: number
  redisStops: number
  pgRestarts: number
  pgTerminations: number
  sent: number
  failed: number
  failedByCode: Record<string, number>
  /** Null, as the closing invariant: it did not come to its end. */
  lost: number | null
  /** Messages beyond the first of each device. */
  duplicates: number
  duplicateBound: number
  duplicateShare: number
  mostRepeated: number
  duplicatesPerDispatcherKill: number | null
  /** Accepted by FCM and not answered yet when the dispatcher died, over all kills. */
  inFlightAtKills: number
  inDoubt: number
  inDoubtBound: number | null
  closingInvariant: boolean | null
  /** Nobody had to resume, restart or fix anything. */
  isUnattended: boolean
  /** The longest. From a kill until what it disturbed goes on: see load/README.md. */
  recoverySeconds: number | null
  medianRecoverySeconds: number | null
  recoverySecondsByKind: Record<string, RecoveryFigures>
  /** From the order to send until the counts were closed. */
  sendSeconds: number | null
  /** Starts that failed while a server was away, and were tried again. */
  failedStarts: number
  tuning: Record<string, number>
  versions: Record<string, string>
  machine: string
  problems: string[]
}

export interface ChaosFacts
  extends Pick<ChaosReport, 'backend' | 'seed' | 'failedStarts' | 'tuning' | 'versions' | 'machine'> {
  inFlightAtKills: number
}

export function chaosReportOf(evidence: ChaosEvidence, facts: ChaosFacts): ChaosReport {
  const { happened, rows, recoveries, guarantee, trouble, deaths } = evidence
  const count = (kind: Happening['kind']) => happened.filter((what) => what.kind === kind).length
  const { problems, ...verdict } = judge(evidence)
  const { dispatcher } = killsByRole(happened)
  const all = figuresOf(recoveries)
  return {
    audience: rows.audience,
    backend: facts.backend,
    guarantee,
    seed: facts.seed,
    kills: count('kill'),
    killsByRole: killsByRole(happened),
    redisWipes: count('redis_wipe'),
    redisStops: count('redis_stop'),
    pgRestarts: count('pg_restart'),
    pgTerminations: count('pg_termination'),
    sent: rows.deliveries.sent,
    failed: rows.deliveries.failed,
    failedByCode: rows.failedByCode,
    ...verdict,
    duplicateShare: rows.audience === 0 ? 0 : verdict.duplicates / rows.audience,
    mostRepeated: evidence.mostRepeated,
    duplicatesPerDispatcherKill: dispatcher === 0 ? null : tenths(verdict.duplicates / dispatcher),
    inFlightAtKills: facts.inFlightAtKills,
    isUnattended: trouble === null && deaths.length === 0,
    recoverySeconds: all?.max ?? null,
    medianRecoverySeconds: all?.median ?? null,
    recoverySecondsByKind: byKind(recoveries),
    sendSeconds: rows.sendSeconds === null ? null : tenths(rows.sendSeconds),
    failedStarts: facts.failedStarts,
    tuning: facts.tuning,
    versions: facts.versions,
    machine: facts.machine,
    problems,
  }
}

function byKind(recoveries: readonly Recovery[]): Record<string, RecoveryFigures> {
  const kinds = [...new Set(recoveries.map(({ kind }) => kind))].sort()
  return Object.fromEntries(
    kinds.map((kind) => [kind, figuresOf(recoveries.filter((one) => one.kind === kind)) as RecoveryFigures]),
  )
}

function figuresOf(recoveries: readonly Recovery[]): RecoveryFigures | null {
  if (recoveries.length === 0) return null
  const all = recoveries.map(({ seconds }) => seconds)
  return { count: all.length, median: tenths(median(all)), max: tenths(Math.max(...all)) }
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10
}

const UNKNOWN = '–'

export function chaosTableOf(report: ChaosReport): string {
  const { killsByRole: kills } = report
  const dealt = Object.entries(kills).map(([role, count]) => `${role} ${count}`)
  const servers: [string, number][] = [
    ['Redis wiped', report.redisWipes],
    ['Redis stopped', report.redisStops],
    ['PostgreSQL restarted', report.pgRestarts],
    ['connections ended', report.pgTerminations],
  ]
  const rows: (readonly [label: string, value: string, remark?: string] | null)[] = [
    [
      'audience',
      grouped(report.audience),
      `${report.guarantee}, queue on ${report.backend}, seed ${report.seed}`,
    ],
    ['kills', grouped(report.kills), dealt.join(', ')],
    ...servers.map(([label, count]) => [label, grouped(count)] as const),
    null,
    ['sent', grouped(report.sent)],
    ['failed', grouped(report.failed), countsByCode(report.failedByCode)],
    [
      'lost',
      report.lost === null ? UNKNOWN : grouped(report.lost),
      'recorded as sent or not at all, and FCM has nothing',
    ],
    [
      'duplicates',
      grouped(report.duplicates),
      `the bound is ${grouped(report.duplicateBound)}; ${percent(report.duplicateShare)} of the audience, of ${percent(report.mostRepeated)}`,
    ],
    [
      'in flight',
      grouped(report.inFlightAtKills),
      'messages that FCM had taken and not answered, over all kills',
    ],
    [
      'in doubt',
      grouped(report.inDoubt),
      report.inDoubtBound === null ? '' : `the bound is ${grouped(report.inDoubtBound)}`,
    ],
    [
      'closing invariant',
      report.closingInvariant === null ? UNKNOWN : report.closingInvariant ? 'holds' : 'BROKEN',
      'from the API and counted from rows',
    ],
    ['by itself', report.isUnattended ? 'yes' : 'NO', 'nobody had to resume, restart or fix anything'],
    null,
    ...Object.entries(report.recoverySecondsByKind).map(
      ([kind, { count, median: usual, max }], index) =>
        [
          kind.replaceAll('_', ' '),
          seconds(max),
          `${index === 0 ? 'longest until it went on; ' : ''}median ${seconds(usual)}, of ${count}`,
        ] as const,
    ),
    [
      'send',
      report.sendSeconds === null ? UNKNOWN : seconds(report.sendSeconds),
      'from the order to the closed counts',
    ],
  ]
  const width = Math.max(...rows.map((row) => row?.[1].length ?? 0))
  const lines = rows.map((row) =>
    row ? `  ${row[0].padEnd(20)} ${row[1].padStart(width)}   ${row[2] ?? ''}`.trimEnd() : '',
  )
  return [...lines, ...report.problems.map((problem) => `\n  BROKEN: ${problem}.`)].join('\n')
}
