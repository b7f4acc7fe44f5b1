/**
 * Starts the scheduled campaigns whose time has come. The schedule is a column that maintenance polls, so there is no
 * timer to lose in a crash: a start that was missed while all processes were down happens when one is up again.
 */
import { transitionSql } from '../campaigns/transition.ts'
import type { Pool } from '../postgres/pool.ts'

const START = transitionSql('start')

/** Returns the campaigns that were started. Safe to call from any number of processes: each campaign starts once. */
export async function startDueCampaigns(pool: Pool): Promise<{ id: string; isPlanned: boolean }[]> {
  const { rows } = await pool.query<{ id: string; isPlanned: boolean }>({
    name: 'maintenance-start-due',
    text: `UPDATE campaigns SET ${START.set}, started_at = now()
           WHERE ${START.isAllowed} AND closed_at IS NULL AND scheduled_at <= now()
           RETURNING id, is_planned AS "isPlanned"`,
  })
  return rows
}
