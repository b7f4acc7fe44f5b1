/** A run under chaos as one object, and as a table. */
import type { Guarantee } from '../../src/domain/campaign.ts'
import { columns, countsByName, grouped, percent, seconds } from '../../testing/terminal/format.ts'
import { median } from '../figures/statistics.ts'
import type { Recovery } from './recoveries.ts'
import type { Happening } from './schedule.ts'
import { type ChaosEvidence, judge, killsByRole, type Role } from './verdict.ts'

interface RecoveryFigures {
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
  pgOutages: number
  freezes: number
  networkFaults: number
  diskFull: number
  tokenHangs: number
  /** Faults that this machine does not allow, and why. */
  skipped: string[]
  sent: number
  failed: number
  failedByCode: Record<string, number>
  /** Null, like the closing invariant, when the campaign did not finish. */
  lost: number | null
  /** Messages beyond the first of each device. */
  duplicates: number
  duplicateBound: number
  duplicateShare: number
  mostRepeated: number
  duplicatesPerDispatcherKill: number | null
  /** Accepted by FCM but not answered yet when their dispatcher died, over all kills. */
  inFlightAtKills: number
  inDoubt: number
  inDoubtBound: number | null
  closingInvariant: boolean | null
  /** No operator had to resume, restart or fix anything. */
  isUnattended: boolean
  /** The longest. From a fault until the part it affected works again: see load/README.md. */
  recoverySeconds: number | null
  medianRecoverySeconds: number | null
  recoverySecondsByKind: Record<string, RecoveryFigures>
  /**
   * For each killed dispatcher: how much later than the others the last device of its batches got its message. See
   * load/README.md. Negative: earlier.
   */
  lateness: RecoveryFigures | null
  /** From the send request until the campaign was closed. */
  sendSeconds: number | null
  /** Starts that failed while a server was unavailable, and were tried again. */
  failedStarts: number
  tuning: Record<string, number>
  versions: Record<string, string>
  machine: string
  problems: string[]
}

export interface ChaosFacts
  extends Pick<
    ChaosReport,
    'backend' | 'seed' | 'skipped' | 'failedStarts' | 'tuning' | 'versions' | 'machine'
  > {
  inFlightAtKills: number
  /** Seconds. */
  latenesses: readonly number[]
}

export function chaosReportOf(evidence: ChaosEvidence, facts: ChaosFacts): ChaosReport {
  const { happened, rows, recoveries, guarantee, trouble, deaths } = evidence
  const count = (kind: Happening['kind']) => happened.filter((what) => what.kind === kind).length
  const { problems, ...verdict } = judge(evidence)
  const { dispatcher } = killsByRole(happened)
  const all = figuresOf(recoveries.map(({ seconds }) => seconds))
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
    pgOutages: count('pg_outage'),
    freezes: count('freeze'),
    networkFaults: count('network'),
    diskFull: count('disk_full'),
    tokenHangs: count('token_hang'),
    skipped: facts.skipped,
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
    lateness: figuresOf(facts.latenesses),
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
  const ofKind = (kind: string) => recoveries.filter((one) => one.kind === kind).map(({ seconds }) => seconds)
  return Object.fromEntries(kinds.map((kind) => [kind, figuresOf(ofKind(kind)) as RecoveryFigures]))
}

function figuresOf(all: readonly number[]): RecoveryFigures | null {
  if (all.length === 0) return null
  return { count: all.length, median: tenths(median(all)), max: tenths(Math.max(...all)) }
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10
}

const UNKNOWN = '–'

export function chaosTableOf(report: ChaosReport): string {
  const { lost, closingInvariant, sendSeconds, inDoubtBound } = report
  const rows: (readonly string[] | null)[] = [
    [
      'audience',
      grouped(report.audience),
      `${report.guarantee}, queue on ${report.backend}, seed ${report.seed}`,
    ],
    ['kills', grouped(report.kills), countsByName(report.killsByRole)],
    ['Redis wiped', grouped(report.redisWipes)],
    ['Redis stopped', grouped(report.redisStops)],
    ['PostgreSQL restarted', grouped(report.pgRestarts)],
    ['connections ended', grouped(report.pgTerminations)],
    ['PostgreSQL away', grouped(report.pgOutages), 'for longer than the lease'],
    ['dispatchers frozen', grouped(report.freezes), 'every second time for longer than the lease'],
    ['network faults', grouped(report.networkFaults), 'slow or half open'],
    ['disk full', grouped(report.diskFull)],
    ['token service hung', grouped(report.tokenHangs)],
    null,
    ['sent', grouped(report.sent)],
    ['failed', grouped(report.failed), countsByName(report.failedByCode)],
    [
      'lost',
      lost === null ? UNKNOWN : grouped(lost),
      'recorded as sent or without a result, and FCM has nothing',
    ],
    [
      'duplicates',
      grouped(report.duplicates),
      `the bound is ${grouped(report.duplicateBound)}; ${percent(report.duplicateShare)} of the audience, at most ${percent(report.mostRepeated)}`,
    ],
    [
      'in flight',
      grouped(report.inFlightAtKills),
      'accepted by FCM and not answered when their dispatcher died',
    ],
    [
      'in doubt',
      grouped(report.inDoubt),
      inDoubtBound === null ? '' : `the bound is ${grouped(inDoubtBound)}`,
    ],
    [
      'closing invariant',
      closingInvariant === null ? UNKNOWN : closingInvariant ? 'holds' : 'BROKEN',
      'as the API says and counted from rows',
    ],
    ['unattended', report.isUnattended ? 'yes' : 'NO', 'no manual resume, restart or repair was needed'],
    null,
    ...Object.entries(report.recoverySecondsByKind).map(
      ([kind, { count, median: usual, max }]) =>
        [kind, seconds(max), `longest recovery; median ${seconds(usual)}, of ${count}`] as const,
    ),
    [
      'lateness',
      report.lateness === null ? UNKNOWN : seconds(report.lateness.max),
      report.lateness === null
        ? ''
        : `at most, of devices of killed dispatchers behind the others; median ${seconds(report.lateness.median)}, of ${report.lateness.count}`,
    ],
    [
      'send',
      sendSeconds === null ? UNKNOWN : seconds(sendSeconds),
      'from the send request to the closed campaign',
    ],
  ]
  const skipped = report.skipped.map((what) => `\n  SKIPPED: ${what}.`)
  const problems = report.problems.map((problem) => `\n  BROKEN: ${problem}.`)
  return [columns(rows, 'lrl'), ...skipped, ...problems].join('\n')
}
