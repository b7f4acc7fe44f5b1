/** A campaign as the API and its event stream return it, and its ETag. */
import { createHash } from 'node:crypto'
import type { Campaign } from '../../campaigns/read-campaigns.ts'
import type { CampaignReply } from './campaign-schemas.ts'

export function campaignBody(campaign: Campaign): CampaignReply {
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

/** The version, which If-Match compares, and a hash of the whole body, which If-None-Match compares as well. */
export function etagOf(body: CampaignReply, json = JSON.stringify(body)): string {
  const hash = createHash('sha256').update(json).digest('base64url')
  return `"${body.version}-${hash.slice(0, 16)}"`
}

function textOf(time: Date | null): string | null {
  return time === null ? null : time.toISOString()
}
