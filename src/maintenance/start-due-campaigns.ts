/**
 * Starts the scheduled campaigns that are due. The schedule is a column and this is a poll: no timer that a crash
 * could lose, and a start that was missed while everything was down happens as soon as it is up.
 */
import { TRANSITIONS } from '../domain/campaign.ts'
import type { Pool } from '../postgres/pool.ts'

/** Returns the campaigns started. Any number of processes may try; each campaign starts once. */
export async function startDueCampaigns(pool: Pool): Promise<{ id: string; isPlanned: boolean }[]> {
  const { rows } = await pool.query<{ id: string; isPlanned: boolean }>({
    name: 'maintenance-start-due',
    text: `UPDATE campaigns SET state = $1::campaign_state, started_at = now(), updated_at = now(), version = version + 1
           WHERE state = 'scheduled' AND closed_at IS NULL AND scheduled_at <= now()
           RETURNING id, is_planned AS "isPlanned"`,
    values: [TRANSITIONS.send.to],
  })
  return rows
}
