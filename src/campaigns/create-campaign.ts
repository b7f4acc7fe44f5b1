import type { Audience, Guarantee } from '../domain/campaign.ts'
import { checkAudience } from '../domain/check-audience.ts'
import { checkMessage } from '../domain/check-message.ts'
import type { CampaignMessage } from '../domain/message.ts'
import type { Pool } from '../postgres/pool.ts'
import { checkSchedule } from './check-schedule.ts'
import { type Campaign, readCampaign } from './read-campaigns.ts'

export interface NewCampaign {
  id: string
  projectId: number
  name: string
  message: CampaignMessage
  audience: Audience
  guarantee: Guarantee
  priority: number
  ratePerMinute: number | null
  /** Null creates a draft. */
  scheduledAt: Date | null
  createdBy: string | null
}

/** Safe to repeat with the same id: returns the campaign that the first call created. */
export async function createCampaign(pool: Pool, campaign: NewCampaign): Promise<Campaign> {
  const { id, projectId, name, guarantee, priority, ratePerMinute, scheduledAt, createdBy } = campaign
  checkSchedule(scheduledAt)
  const message = checkMessage(campaign.message)
  const audience = checkAudience(campaign.audience)
  await pool.query({
    name: 'campaign-create',
    text: `INSERT INTO campaigns
             (id, project_id, name, message, audience, state, guarantee, priority, rate_per_minute, scheduled_at, created_by)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
           ON CONFLICT (id) DO NOTHING`,
    values: [
      id,
      projectId,
      name,
      JSON.stringify(message),
      JSON.stringify(audience),
      scheduledAt === null ? 'draft' : 'scheduled',
      guarantee,
      priority,
      ratePerMinute,
      scheduledAt,
      createdBy,
    ],
  })
  return readCampaign(pool, id)
}
