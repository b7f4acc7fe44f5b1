/** The versions of a campaign's message, the first one first. A campaign that was never corrected has one. */
import type { CampaignMessage } from '../domain/message.ts'
import type { Pool } from '../postgres/pool.ts'
import { campaignNotFound } from './read-campaigns.ts'

export interface MessageVersion {
  version: number
  message: CampaignMessage
  /** A user or an API key. */
  createdBy: string | null
  createdByName: string | null
  createdAt: Date
}

export async function readMessages(pool: Pool, campaignId: string): Promise<MessageVersion[]> {
  const { rows } = await pool.query<MessageVersion>({
    name: 'read-messages',
    text: `SELECT v.version, v.message, v.created_by AS "createdBy", v.created_at AS "createdAt",
             coalesce((SELECT k.name FROM api_keys k WHERE k.id = v.created_by),
               (SELECT u.name FROM users u WHERE u.id = v.created_by)) AS "createdByName"
           FROM (
             SELECT version, message, created_by, created_at FROM campaign_messages WHERE campaign_id = $1
             UNION ALL
             SELECT message_version, message, created_by, coalesce(started_at, created_at) FROM campaigns
             WHERE id = $1 AND message_version = 1 AND deleted_at IS NULL
           ) v ORDER BY v.version`,
    values: [campaignId],
  })
  if (rows.length === 0) throw campaignNotFound(campaignId)
  return rows
}
