/** What would stand against a time, before a campaign is scheduled for it. */
import { capsReachBackMs } from '../domain/cap-conflict.ts'
import type { CapClock } from '../domain/caps.ts'
import {
  conflictsOf,
  type Judged,
  LOOKED_AHEAD_MS,
  LOOKED_BACK_MS,
  type Start,
  startList,
} from '../domain/start-conflicts.ts'
import { inTransaction, type Pool } from '../postgres/pool.ts'
import { findRecurring, MOST_AROUND_START, readSchedulesOf, runsBefore } from './calendar-runs.ts'
import { readCapUsers, readStarts } from './calendar-starts.ts'

/** `start.id`: of the campaign as it is stored, which does not stand in its own way; '' if it is not stored yet. */
export async function previewStart(
  pool: Pool,
  start: Start,
  caps: CapClock,
): Promise<Judged & { asOf: Date }> {
  const from = new Date(start.at.getTime() - LOOKED_BACK_MS)
  const to = new Date(start.at.getTime() + LOOKED_AHEAD_MS)
  const earliest = new Date(start.at.getTime() - capsReachBackMs(caps.rules))
  const { asOf, starts, schedules } = await inTransaction(
    pool,
    async (tx) => {
      const { rows } = await tx.query<{ now: Date }>('SELECT now()')
      return {
        asOf: rows[0]?.now ?? new Date(),
        starts: [...(await readCapUsers(tx, earliest, from)), ...(await readStarts(tx, from, to))],
        schedules: await readSchedulesOf(tx, from, to, {
          projectId: start.projectId,
          most: MOST_AROUND_START,
        }),
      }
    },
    'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY',
  )
  const around = { day: '', start: from, end: to }
  const found = await findRecurring(schedules, [around], to, () => false)
  const earlier = await runsBefore(schedules, earliest, from)
  return { asOf, ...conflictsOf(start, startList([...starts, ...earlier, ...found.starts], caps)) }
}
