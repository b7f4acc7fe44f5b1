/** A campaign as the API and its event stream return it, as a whole or without what may be large, and its ETag. */
import { createHash } from 'node:crypto'
import { messageHash } from '../../campaigns/message-hash.ts'
import type { Campaign, WholeCampaign } from '../../campaigns/read-campaigns.ts'
import type { CampaignReply, WholeCampaignReply } from './campaign-schemas.ts'

export function campaignBody(campaign: Campaign): CampaignReply {
  const { progress } = campaign
  return {
    ...campaign,
    asOf: campaign.asOf.toISOString(),
    messageHash: campaign.message === null ? null : messageHash(campaign.message),
    pausedAt: textOf(campaign.pausedAt),
    cancelAt: textOf(campaign.cancelAt),
    archivedAt: textOf(campaign.archivedAt),
    scheduledAt: textOf(campaign.scheduledAt),
    nextZoneAt: textOf(campaign.nextZoneAt),
    notAfter: textOf(campaign.notAfter),
    frozenAt: textOf(campaign.frozenAt),
    createdAt: campaign.createdAt.toISOString(),
    updatedAt: campaign.updatedAt.toISOString(),
    startedAt: textOf(campaign.startedAt),
    closedAt: textOf(campaign.closedAt),
    resultsDeletedAt: textOf(campaign.resultsDeletedAt),
    // JSON of PostgreSQL has these two in the time zone of the session.
    schedule: campaign.schedule && {
      ...campaign.schedule,
      runAt: new Date(campaign.schedule.runAt).toISOString(),
    },
    waitsFor: campaign.waitsFor && {
      ...campaign.waitsFor,
      until: campaign.waitsFor.until && new Date(campaign.waitsFor.until).toISOString(),
    },
    progress: {
      ...progress,
      firstSentAt: textOf(progress.firstSentAt),
      lastSentAt: textOf(progress.lastSentAt),
    },
  }
}

export function wholeCampaignBody({ audience, unfinished, ...campaign }: WholeCampaign): WholeCampaignReply {
  return { ...campaignBody(campaign), audience, unfinished }
}

/**
 * The version, which If-Match compares, and a hash of the body, which If-None-Match compares as well. Without `asOf`: a
 * campaign that was read again and has not changed has the same ETag. And without audience and text of a draft: the
 * version grows with them, and the audience has a hash, so whole and summary have the same ETag.
 */
export function etagOf({ asOf: _, ...whole }: CampaignReply | WholeCampaignReply): string {
  const { audience: _a, unfinished: _u, ...body } = whole as Partial<WholeCampaignReply>
  const hash = createHash('sha256').update(JSON.stringify(body)).digest('base64url')
  return `"${body.version}-${hash.slice(0, 16)}"`
}

function textOf(time: Date | null): string | null {
  return time === null ? null : time.toISOString()
}
