/** A run as a row of the table in docs/guarantees.md. */
import { grouped, percent } from '../../testing/terminal/format.ts'
import type { ChaosReport } from './chaos-report.ts'

const NONE = '–'

type Cell = (report: ChaosReport) => string

const times =
  (kind: string): Cell =>
  ({ recoverySecondsByKind }) => {
    const figures = recoverySecondsByKind[kind]
    return figures === undefined ? NONE : `${figures.median} / ${figures.max}`
  }

const yes = (holds: boolean | null) => (holds === null ? NONE : holds ? 'yes' : 'NO')

/** Seconds are median / longest. */
const COLUMNS: readonly (readonly [title: string, cell: Cell])[] = [
  ['queue', ({ backend }) => (backend === 'redis' ? 'Redis' : 'PostgreSQL')],
  ['seed', ({ seed }) => String(seed)],
  ['audience', ({ audience }) => grouped(audience)],
  ['kills (of dispatchers)', ({ kills, killsByRole }) => `${kills} (${killsByRole.dispatcher})`],
  ['long outages', ({ pgOutages }) => String(pgOutages)],
  ['freezes', ({ freezes }) => String(freezes)],
  ['network', ({ networkFaults }) => String(networkFaults)],
  ['disk full', ({ diskFull }) => String(diskFull)],
  ['token hangs', ({ tokenHangs }) => String(tokenHangs)],
  ['lost', ({ lost }) => (lost === null ? NONE : grouped(lost))],
  ['repeated', ({ duplicates, duplicateShare }) => `${grouped(duplicates)} (${percent(duplicateShare)})`],
  ['of these in flight', ({ inFlightAtKills }) => grouped(inFlightAtKills)],
  ['bound', ({ duplicateBound }) => grouped(duplicateBound)],
  ['in doubt', ({ inDoubt }) => grouped(inDoubt)],
  ['counts reconcile', ({ closingInvariant }) => yes(closingInvariant)],
  ['unattended', ({ isUnattended }) => yes(isUnattended)],
  ['dispatcher back', times('dispatcher')],
  ['late', ({ lateness }) => (lateness === null ? NONE : `${lateness.median} / ${lateness.max}`)],
  ['planner', times('planner')],
  ['maintenance', times('maintenance')],
  ['API', times('api')],
  ['Redis back', times('redis_stop')],
  ['PostgreSQL back', times('pg_restart')],
  ['after a long outage', times('pg_outage')],
]

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`

export const CHAOS_ROW_HEAD = `${row(COLUMNS.map(([title]) => title))}\n${row(COLUMNS.map(() => '---'))}`

export function chaosRowOf(report: ChaosReport): string {
  return row(COLUMNS.map(([, cell]) => cell(report)))
}
