/** A schedule in a database of its own, with what is made of it. */
import { randomUUIDv7 } from 'node:crypto'
import type { ScheduleRule, ScheduleTimes } from '../../src/domain/schedule-rule.ts'
import { UNRESTRICTED } from '../../src/domain/send-rules.ts'
import { wallOf } from '../../src/domain/zoned-time.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { createSchedule } from '../../src/schedules/create-schedule.ts'
import { makeRuns } from '../../src/schedules/make-runs.ts'
import { readRuns, readSchedule } from '../../src/schedules/read-schedules.ts'
import { log } from './attempt-with.ts'
import { createTestDatabase } from './database.ts'
import { createDevices } from './factories.ts'
import { LAW } from './law.ts'
import { noGuard } from './seen.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
const AHEAD = 11 * MINUTE
export const MESSAGE = { title: 'Doors open', body: 'At eight' }

/** Every day at a time that is `inMs` from now. */
export const daily = (inMs: number): ScheduleRule => ({ every: 'day', at: timeIn(inMs) })
const timeIn = (ms: number) => wallOf(new Date(Date.now() + ms), 'UTC').slice(11)

export async function addSchedule(
  pool: Pool,
  rule: ScheduleRule,
  more: Partial<ScheduleTimes> = {},
): Promise<string> {
  const { id } = await createSchedule(
    { pool, guard: noGuard, law: LAW },
    {
      id: randomUUIDv7(),
      projectId: 1,
      name: 'Every evening',
      message: MESSAGE,
      audience: { all: true },
      tags: ['evening'],
      guarantee: 'at_least_once',
      priority: 3,
      ratePerMinute: null,
      latestStartMinutes: 60,
      ...UNRESTRICTED,
      notAfterMinutes: null,
      rule,
      timezone: 'UTC',
      startsOn: null,
      endsOn: null,
      skipDates: [],
      createdBy: null,
      ...more,
    },
  )
  return id
}

export async function setupSchedule(rule: ScheduleRule, more: Partial<ScheduleTimes> = {}) {
  const { pool } = await createTestDatabase()
  await createDevices(pool, 3)
  const id = await addSchedule(pool, rule, more)
  const deps = { pool, log, aheadMs: AHEAD }
  return {
    pool,
    id,
    deps,
    make: () => makeRuns(deps),
    campaigns: () => campaignsOf(pool),
    runs: async () => (await readRuns(pool, id, 100)).map(({ outcome, local }) => `${outcome} ${local}`),
    version: async () => (await readSchedule(pool, id)).version,
    /** As if it was so long ago that all was decided. */
    setBack: (ms: number) =>
      pool.query(
        `UPDATE schedules SET decided_through = decided_through - make_interval(secs => $1::float8 / 1000), next_at = now() - interval '1 s'`,
        [ms],
      ),
  }
}

interface Row {
  id: string
  name: string
  state: string
  at: Date
  scheduledAt: Date
}

async function campaignsOf(pool: Pool): Promise<Row[]> {
  const { rows } = await pool.query<Row>(
    `SELECT id, name, state, schedule_run_at AS at, scheduled_at AS "scheduledAt" FROM campaigns
     WHERE deleted_at IS NULL ORDER BY schedule_run_at, id`,
  )
  return rows
}
