/** Campaigns: make, list, show, change, delete. */
import { createHash } from 'node:crypto'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { type Campaign, getCampaign, listCampaigns } from '../campaigns/campaign-store.ts'
import {
  type CampaignChanges,
  createCampaign,
  deleteCampaign,
  updateCampaign,
} from '../campaigns/edit-campaign.ts'
import { type Progress, readProgress } from '../results/read-progress.ts'
import { AppError } from '../runtime/errors.ts'
import { CampaignChangesBody, CampaignListQuery, CampaignReply, NewCampaignBody } from './campaign-schemas.ts'
import { DEFAULT_LIMIT, Exact, Id, IdempotencyHeader, IdParams, Page } from './common-schemas.ts'
import { cursorOf } from './cursor.ts'
import type { RouteDeps } from './request-context.ts'

const position = cursorOf(Exact({ id: Id }))
const DEFAULT_PRIORITY = 5

export function campaignRoutes(deps: RouteDeps): FastifyPluginAsyncTypebox {
  const { pool, prisma } = deps
  return async (app) => {
    app.post(
      '/campaigns',
      {
        config: { role: 'operator' },
        schema: {
          tags: ['campaigns'],
          summary: 'Make a campaign: a draft, or scheduled when scheduledAt is given',
          headers: IdempotencyHeader,
          body: NewCampaignBody,
          response: { 201: CampaignReply },
        },
      },
      async (request, reply) => {
        const { name, message, audience, scheduledAt, ratePerMinute, priority, guarantee } = request.body
        const campaign = await createCampaign(deps, {
          id: request.subjectId,
          name,
          message,
          audience,
          scheduledAt: timeOf(scheduledAt ?? null),
          ratePerMinute: ratePerMinute ?? null,
          priority: priority ?? DEFAULT_PRIORITY,
          guarantee: guarantee ?? 'at_least_once',
          createdBy: request.caller.apiKeyId,
        })
        const body = await withProgress(deps, campaign)
        return reply
          .code(201)
          .header('location', `/v1/campaigns/${campaign.id}`)
          .header('etag', etagOf(body))
          .send(body)
      },
    )

    app.get(
      '/campaigns',
      {
        config: { role: 'viewer' },
        schema: {
          tags: ['campaigns'],
          summary: 'Campaigns, newest first',
          querystring: CampaignListQuery,
          response: { 200: Page(CampaignReply) },
        },
      },
      async (request) => {
        const { limit = DEFAULT_LIMIT, cursor, state } = request.query
        const list = `campaigns:${state ?? ''}`
        const before = position.decode(list, cursor)?.id
        const rows = await listCampaigns(prisma, limit + 1, { state, before })
        const page = rows.slice(0, limit)
        const progress = await readProgress(
          pool,
          page.map(({ id }) => id),
        )
        const last = rows.length > limit ? page.at(-1) : undefined
        return {
          data: page.flatMap((campaign) => {
            const its = progress.get(campaign.id)
            return its === undefined ? [] : [campaignBody(campaign, its)]
          }),
          nextCursor: position.encode(list, last && { id: last.id }),
        }
      },
    )

    app.get(
      '/campaigns/:id',
      {
        config: { role: 'viewer' },
        schema: {
          tags: ['campaigns'],
          summary: 'One campaign with its progress; answers 304 to If-None-Match while nothing moves',
          params: IdParams,
          response: { 200: CampaignReply, 304: Type.Null() },
        },
      },
      async (request, reply) => {
        const body = await withProgress(deps, await getCampaign(prisma, request.params.id))
        const etag = etagOf(body)
        reply.header('etag', etag).header('cache-control', 'private, no-cache')
        if (listed(request.headers['if-none-match'], etag)) return reply.code(304).send(null)
        return reply.send(body)
      },
    )

    app.patch(
      '/campaigns/:id',
      {
        config: { role: 'operator' },
        schema: {
          tags: ['campaigns'],
          summary: 'Change a draft or scheduled campaign; If-Match guards against changes in between',
          params: IdParams,
          body: CampaignChangesBody,
          response: { 200: CampaignReply },
        },
      },
      async (request, reply) => {
        const { scheduledAt, ...rest } = request.body
        const changes: CampaignChanges = {
          ...rest,
          ...(scheduledAt !== undefined && { scheduledAt: timeOf(scheduledAt) }),
        }
        const version = versionOf(request.headers['if-match'])
        const campaign = await updateCampaign(deps, request.params.id, changes, version)
        const body = await withProgress(deps, campaign)
        return reply.header('etag', etagOf(body)).send(body)
      },
    )

    app.delete(
      '/campaigns/:id',
      {
        config: { role: 'operator' },
        schema: {
          tags: ['campaigns'],
          summary: 'Delete a draft or scheduled campaign',
          params: IdParams,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        await deleteCampaign(deps, request.params.id, versionOf(request.headers['if-match']))
        return reply.code(204).send(null)
      },
    )
  }
}

export async function withProgress(
  { pool }: Pick<RouteDeps, 'pool'>,
  campaign: Campaign,
): Promise<CampaignReply> {
  const progress = (await readProgress(pool, [campaign.id])).get(campaign.id)
  // Deleted between the two statements: the caller is told what is so now.
  if (progress === undefined)
    throw new AppError('campaign_not_found', `There is no campaign ${campaign.id} any more.`)
  return campaignBody(campaign, progress)
}

function campaignBody(campaign: Campaign, progress: Progress): CampaignReply {
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
export function etagOf(body: CampaignReply): string {
  const hash = createHash('sha256').update(JSON.stringify(body)).digest('base64url')
  return `"${body.version}-${hash.slice(0, 16)}"`
}

function listed(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return header.trim() === '*' || header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
}

function versionOf(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined
  const version = /^"(\d{1,9})-[\w-]{16}"$/.exec(ifMatch.trim())?.[1]
  if (version !== undefined) return Number(version)
  const detail = `If-Match is ${JSON.stringify(ifMatch.slice(0, 60))}; expected the ETag of this campaign as GET gave it, or "*".`
  throw new AppError('invalid_request', detail, {
    fields: [{ field: 'If-Match', problem: 'is not one ETag of ours' }],
  })
}

/** The schema lets second 60 pass, which JavaScript does not know. */
function timeOf(text: string | null): Date | null {
  if (text === null) return null
  const time = new Date(text)
  if (!Number.isNaN(time.getTime())) return time
  throw new AppError('invalid_request', `scheduledAt is ${JSON.stringify(text)}, which is no time of day.`, {
    fields: [{ field: '/scheduledAt', problem: 'is no time of day' }],
  })
}

function textOf(time: Date | null): string | null {
  return time === null ? null : time.toISOString()
}
