/**
 * What is going on, for the first page of the console: what runs, what comes next, the last 30 days, and what needs a
 * person. One transaction reads all of it, so that no two parts contradict each other.
 *
 * A campaign belongs to the day on which it was started, with all its counts: those that it was closed with, or those of
 * now. Only campaigns that are not closed have their batches read, so a year of history costs nothing.
 */
import { type CalendarDay, lastDays } from '../domain/calendar-days.ts'
import { countsOf, DELIVERY_STATES, STATE_NAMES, type StateCounts } from '../domain/delivery-result.ts'
import { inTransaction, type Pool, type Queryable } from '../postgres/pool.ts'
import { countsSql } from '../results/read-progress.ts'
import { SHOWN_TIME } from './list-campaigns.ts'
import { type Attention, readAttention } from './read-attention.ts'
import { type Campaign, IS_SHOWN, readCampaigns } from './read-campaigns.ts'

interface DayCounts extends StateCounts {
  campaigns: number
  canceled: number
}

interface NextRun {
  scheduleId: string
  name: string
  at: string
}

export interface Overview {
  asOf: Date
  /** Being sent or paused, the one that was started last first. */
  running: Campaign[]
  /** Scheduled, the next one first. */
  next: Campaign[]
  /** The next run of each schedule that is no campaign yet, the soonest first. */
  nextRuns: NextRun[]
  yesterday: DayCounts
  /** The last of them is today. */
  days: ({ day: string } & DayCounts)[]
  attention: Attention[]
}

const DAYS = 30
const MOST_RUNNING = 25
const MOST_NEXT = 10

/** All parts see the database of the same moment, and now() is that moment. */
const ONE_SNAPSHOT = 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY'

/** `zone`: a name that canonicalTimezone returns. */
export async function readOverview(pool: Pool, zone: string): Promise<Overview> {
  return await inTransaction(
    pool,
    async (tx) => {
      const { rows } = await tx.query<Found>({
        name: 'overview-open',
        text: OPEN,
        values: [MOST_RUNNING, MOST_NEXT],
      })
      const { asOf, running, next, nextRuns } = rows[0] ?? NOTHING_OPEN
      const campaigns = await readCampaigns(tx, [...running, ...next])
      const inOrder = (ids: string[]) => ids.flatMap((id) => campaigns.get(id) ?? [])
      const days = await countDays(tx, lastDays(zone, asOf, DAYS))
      const { day: _, ...yesterday } = days[DAYS - 2] ?? { day: '', ...NOTHING }
      return {
        asOf,
        running: inOrder(running),
        next: inOrder(next),
        nextRuns: nextRuns.map(({ at, ...run }) => ({ ...run, at: new Date(at).toISOString() })),
        yesterday,
        days,
        attention: await readAttention(tx),
      }
    },
    ONE_SNAPSHOT,
  )
}

interface Found {
  asOf: Date
  running: string[]
  next: string[]
  /** JSON of PostgreSQL has times in the zone of the session. */
  nextRuns: NextRun[]
}

const NOTHING_OPEN: Found = { asOf: new Date(0), running: [], next: [], nextRuns: [] }

const OPEN = `
SELECT now() AS "asOf",
  ARRAY(SELECT id::text FROM campaigns WHERE closed_at IS NULL AND state IN ('sending', 'paused') AND ${IS_SHOWN}
        ORDER BY started_at DESC NULLS LAST, id DESC LIMIT $1) AS running,
  ARRAY(SELECT id::text FROM campaigns WHERE closed_at IS NULL AND state = 'scheduled' AND cancel_at IS NULL AND ${IS_SHOWN}
        ORDER BY scheduled_at, id LIMIT $2) AS next,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('scheduleId', s.id, 'name', s.name, 'at', s.next_at) ORDER BY s.next_at, s.id), '[]')
   FROM (SELECT id, name, next_at FROM schedules WHERE state = 'active' AND next_at IS NOT NULL
         ORDER BY next_at, id LIMIT $2) s) AS "nextRuns"`

const NOTHING: DayCounts = { campaigns: 0, ...countsOf(() => 0), canceled: 0 }

async function countDays(
  tx: Queryable,
  days: readonly CalendarDay[],
): Promise<({ day: string } & DayCounts)[]> {
  const { rows } = await tx.query<{ number: number } & DayCounts>({
    name: 'overview-days',
    text: COUNT_DAYS,
    values: [days.map(({ start }) => start), days.at(-1)?.end],
  })
  const counted = new Map(rows.map(({ number, ...counts }) => [number, counts]))
  return days.map(({ day }, index) => ({ day, ...NOTHING, ...counted.get(index + 1) }))
}

/** $1 when each day begins, $2 when the last one ends. Of campaigns that were started, the shown time is that. */
const COUNT_DAYS = `
SELECT width_bucket(c.started_at, $1::timestamptz[]) AS number, count(*)::int AS campaigns,
  ${STATE_NAMES.map((state) => `sum(n.${state})::int AS "${DELIVERY_STATES[state].count}"`).join(', ')},
  sum(n.canceled)::int AS canceled
FROM campaigns c CROSS JOIN LATERAL (${countsSql('c')}) n
WHERE ${IS_SHOWN} AND started_at IS NOT NULL
  AND ${SHOWN_TIME} >= ($1::timestamptz[])[1] AND ${SHOWN_TIME} < $2::timestamptz
GROUP BY 1`
