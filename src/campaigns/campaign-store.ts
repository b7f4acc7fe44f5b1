/**
 * Campaigns as rows: made and read one by one through Prisma. What changes their state is in manage-campaign.ts, what
 * shows them with their progress in campaigns/read-campaigns.ts.
 */

import type { Audience, CampaignState, Guarantee, PauseReason, Platform, Resent } from '../domain/campaign.ts'
import { AppError } from '../domain/errors.ts'
import type { CampaignMessage } from '../domain/message.ts'
import { Prisma as PrismaNamespace } from '../generated/prisma/client.ts'
import type { Prisma } from '../postgres/prisma.ts'

export interface Campaign {
  id: string
  projectId: number
  name: string
  message: CampaignMessage
  audience: Audience
  state: CampaignState
  pauseReason: PauseReason | null
  pauseDetail: string | null
  guarantee: Guarantee
  priority: number
  ratePerMinute: number | null
  scheduledAt: Date | null
  version: number
  createdBy: string | null
  createdAt: Date
  updatedAt: Date
  startedAt: Date | null
  closedAt: Date | null
  /** Platforms that wait because their push credential was refused. */
  haltedPlatforms: Platform[]
  /** The campaign whose devices this one sends to again, and which of them. */
  resendOf: string | null
  resendOnly: Resent | null
  /** The campaigns that send to devices of this one again. */
  resends: { id: string; only: Resent; state: CampaignState }[]
}

export interface NewCampaign {
  id: string
  projectId: number
  name: string
  message: CampaignMessage
  audience: Audience
  guarantee: Guarantee
  priority: number
  ratePerMinute: number | null
  scheduledAt: Date | null
  createdBy: string | null
}

/** The planner's columns are left out: they are no part of what a campaign is. */
const SHOWN = {
  id: true,
  projectId: true,
  name: true,
  message: true,
  audience: true,
  state: true,
  pauseReason: true,
  pauseDetail: true,
  guarantee: true,
  priority: true,
  ratePerMinute: true,
  scheduledAt: true,
  version: true,
  createdBy: true,
  createdAt: true,
  updatedAt: true,
  startedAt: true,
  closedAt: true,
  haltedPlatforms: true,
  resendOf: true,
  resendOnly: true,
  resends: { select: { id: true, resendOnly: true, state: true }, orderBy: { id: 'asc' } },
} as const satisfies PrismaNamespace.CampaignSelect

type Row = PrismaNamespace.CampaignGetPayload<{ select: typeof SHOWN }>

/** JSON columns hold what was checked on the way in, and nothing else writes them. */
function fromRow(row: Row): Campaign {
  const resends = row.resends.map(({ id, resendOnly, state }) => ({ id, only: resendOnly, state }))
  return { ...row, resends } as unknown as Campaign
}

/** Safe to repeat with the same id: the row that is there is the answer. */
export async function insertCampaign(prisma: Prisma, campaign: NewCampaign): Promise<Campaign> {
  try {
    const row = await prisma.campaign.create({
      data: {
        ...campaign,
        message: campaign.message as unknown as PrismaNamespace.InputJsonValue,
        audience: campaign.audience as unknown as PrismaNamespace.InputJsonValue,
        state: campaign.scheduledAt === null ? 'draft' : 'scheduled',
      },
      select: SHOWN,
    })
    return fromRow(row)
  } catch (error) {
    const isThere = error instanceof PrismaNamespace.PrismaClientKnownRequestError && error.code === 'P2002'
    if (isThere) return getCampaign(prisma, campaign.id)
    throw error
  }
}

export async function getCampaign(prisma: Prisma, id: string): Promise<Campaign> {
  const row = await prisma.campaign.findUnique({ where: { id }, select: SHOWN })
  if (row === null) throw noCampaign(id)
  return fromRow(row)
}

export function noCampaign(id: string): AppError {
  return new AppError(
    'campaign_not_found',
    `There is no campaign ${id}. GET /v1/campaigns lists those there are.`,
  )
}
