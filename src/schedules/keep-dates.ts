/**
 * What an edit of a schedule's times keeps of a day: who was sent to, or left out, at one time of it is not sent to at another.
 * Days are those of the clock in the schedule's zone, and a run at another time of the day is the same run, moved.
 */
import type { RunOutcome, ScheduleTimes } from '../domain/schedule-rule.ts'
import { wallOf } from '../domain/zoned-time.ts'
import type { Queryable } from '../postgres/pool.ts'
import { type FoundRun, findRuns } from './find-runs.ts'
import { forgetRun, recordRun } from './make-runs.ts'

const DAY_MS = 86_400_000

interface Kept {
  at: Date
  local: string
  outcome: RunOutcome
  by: string | null
  /** It came to nothing by itself, so the day is still to be sent to. */
  isMissed: boolean
}

export interface TimesEdit {
  id: string
  before: ScheduleTimes
  after: ScheduleTimes
  now: Date
  /** Who edits. */
  by: string | null
}

/**
 * After what was made and has not started was taken back. What still has its row is sent, in somebody's hand, or left out: also by
 * deleting or canceling its campaign. If it does not run at its time any more, the run that has taken its place is left out.
 */
export async function keepDates(tx: Queryable, { id, before, after, now, by }: TimesEdit): Promise<void> {
  const rows = await readKept(tx, id, now)
  const today = wallOf(now, after.timezone).slice(0, 10)
  const days = new DaysOf(before, after)
  const taken = new Set(rows.map(({ at }) => at.getTime()))
  for (const row of rows) {
    const date = row.local.slice(0, 10)
    const isToCome = row.at > now
    if (row.isMissed || (!isToCome && date !== today)) continue
    const { runs, added } = days.get(date)
    if (runs.has(row.at.getTime())) continue
    if (isToCome && row.outcome === 'skipped') await forgetRun(tx, id, row.at)
    const isFree = ({ at }: FoundRun) => at > now && !taken.has(at.getTime())
    // Of one that has passed, the place may have passed as well: then no later run of the day is meant.
    const place = nearest(isToCome ? added.filter(isFree) : added, row.at)
    if (place === undefined || !isFree(place)) continue
    taken.add(place.at.getTime())
    await recordRun(tx, id, {
      ...{ at: place.at, local: place.local, outcome: 'skipped', campaignId: null },
      by: row.by ?? by,
    })
  }
}

async function readKept(tx: Queryable, id: string, now: Date): Promise<Kept[]> {
  const { rows } = await tx.query<Kept>({
    name: 'schedule-kept-runs',
    text: `SELECT r.at, r.local, r.outcome, r.decided_by AS by,
             (r.outcome IN ('missed', 'no_such_day') OR coalesce(c.cancel_reason = 'missed_start', false)) AS "isMissed"
           FROM schedule_runs r LEFT JOIN campaigns c ON c.id = r.campaign_id
           WHERE r.schedule_id = $1 AND r.at > $2 ORDER BY r.at`,
    values: [id, new Date(now.getTime() - 2 * DAY_MS)],
  })
  return rows
}

/** The runs of a date, worked out once. */
class DaysOf {
  readonly #days = new Map<string, { runs: Set<number>; added: FoundRun[] }>()
  readonly #before: ScheduleTimes
  readonly #after: ScheduleTimes

  constructor(before: ScheduleTimes, after: ScheduleTimes) {
    this.#before = before
    this.#after = after
  }

  /** `added`: those of the date that there were not before. */
  get(date: string): { runs: Set<number>; added: FoundRun[] } {
    const known = this.#days.get(date)
    if (known !== undefined) return known
    const old = new Set(around(this.#before, date).map(({ at }) => at.getTime()))
    const all = around(this.#after, date).filter(({ isDateMissing }) => !isDateMissing)
    const day = {
      runs: new Set(all.map(({ at }) => at.getTime())),
      added: all.filter(({ at, local }) => local.startsWith(date) && !old.has(at.getTime())),
    }
    this.#days.set(date, day)
    return day
  }
}

/** All of the date, in whatever zone, and some of its neighbors. */
function around(times: ScheduleTimes, date: string): FoundRun[] {
  const start = Date.parse(`${date}T00:00Z`)
  return findRuns(times, new Date(start - 2 * DAY_MS), new Date(start + 3 * DAY_MS))
}

/** Of two that are as near, the later one. */
function nearest(runs: readonly FoundRun[], to: Date): FoundRun | undefined {
  const distance = ({ at }: FoundRun) => Math.abs(at.getTime() - to.getTime())
  return runs.toSorted((a, b) => distance(a) - distance(b) || b.at.getTime() - a.at.getTime())[0]
}
