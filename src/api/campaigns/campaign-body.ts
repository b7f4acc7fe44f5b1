/** A campaign as the API and its live channel show it, and the ETag of that. */
import { createHash } from 'node:crypto'
import type { CampaignView } from '../../campaigns/read-campaigns.ts'
import type { CampaignReply } from './campaign-schemas.ts'

export function campaignBody(campaign: CampaignView): CampaignReply {
  const { progress } = campaign
  return {
    ...campaign,
    scheduledAt: textOf(campaign.scheduledAt),
    createdAt: campaign.createdAt.toISOString(),
    updatedAt: campaign.updatedAt.toISOString(),
    startedAt: textOf(campaign.startedAt),
    closedAt: textOf(campaign.closedAt),
    progress: {
      ...progress,
      firstSentAt: textOf(progress.firstSentAt),
      lastSentAt: textOf(progress.lastSentAt),
    },
  }
}

/** The version, which If-Match compares, and a hash of all that is shown, which If-None-Match does. */
export function etagOf(body: CampaignReply, json = JSON.stringify(body)): string {
  const hash = createHash('sha256').update(json).digest('base64url')
  return `"${body.version}-${hash.slice(0, 16)}"`
}

function textOf(time: Date | null): string | null {
  return time === null ? null : time.toISOString()
}
