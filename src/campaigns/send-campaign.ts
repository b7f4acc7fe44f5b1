import { audiencePredicate } from '../audience/audience-predicate.ts'
import { type Audience, type CampaignState, canDo } from '../domain/campaign.ts'
import { AppError } from '../domain/errors.ts'
import type { Pool } from '../postgres/pool.ts'
import { type ActionDeps, enqueueCampaign } from './enqueue-campaign.ts'
import { type Campaign, campaignNotFound, readCampaign } from './read-campaigns.ts'
import { refusal, transition } from './transition.ts'

/** Starts a draft or scheduled campaign now. A campaign whose audience is empty is refused and stays as it is. */
export async function sendCampaign(deps: ActionDeps, id: string): Promise<Campaign> {
  const { pool } = deps
  const { rows } = await pool.query<{ projectId: number; state: CampaignState; audience: Audience }>(
    'SELECT project_id AS "projectId", state, audience FROM campaigns WHERE id = $1',
    [id],
  )
  if (rows[0] === undefined) throw campaignNotFound(id)
  const { projectId, state, audience } = rows[0]
  // Before the audience is looked at, which may take a second on a large table. The transition checks again.
  if (!canDo('send', state)) throw refusal('send', id, state)
  if (!(await hasActiveDevice(pool, projectId, audience))) {
    throw new AppError(
      'audience_empty',
      `The audience of campaign ${id}, ${shorten(JSON.stringify(audience))}, matches no active device. Import devices or change the audience, then send again.`,
    )
  }
  const moved = await transition(pool, id, 'send', 'started_at = now()')
  await enqueueCampaign(deps, id, moved)
  return readCampaign(pool, id)
}

async function hasActiveDevice(pool: Pool, projectId: number, audience: Audience): Promise<boolean> {
  const { sql, values } = audiencePredicate(projectId, audience)
  const { rows } = await pool.query<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM devices d JOIN members m ON m.id = d.member_id
       WHERE d.state = 'active' AND (${sql})) AS found`,
    values,
  )
  return rows[0]?.found ?? false
}

function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}
