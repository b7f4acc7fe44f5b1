/** Campaigns: create, list, read, edit, delete. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import Type from 'typebox'
import { createCampaign } from '../../campaigns/create-campaign.ts'
import { type CampaignChanges, changeCampaign, deleteCampaign } from '../../campaigns/edit-campaign.ts'
import { listCampaigns } from '../../campaigns/read-campaigns.ts'
import { readMessages } from '../../campaigns/read-messages.ts'
import { AppError } from '../../domain/errors.ts'
import { DEFAULT_PROJECT_ID } from '../../projects/project.ts'
import { requirePermission } from '../http/authenticate.ts'
import { DEFAULT_LIMIT, Exact, Id, IdempotencyHeader, IdParams, Page } from '../http/common-schemas.ts'
import { cursorOf, pageOf } from '../http/cursor.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { timeOf } from '../http/time-of.ts'
import { campaignBody, etagOf } from './campaign-body.ts'
import {
  CampaignChangesBody,
  CampaignListQuery,
  CampaignReply,
  MessagesReply,
  NewCampaignBody,
} from './campaign-schemas.ts'
import type { LiveCampaigns } from './live-campaigns.ts'

const position = cursorOf(Exact({ id: Id }))
const DEFAULT_PRIORITY = 5

export function campaignRoutes({ pool }: RouteDeps, live: LiveCampaigns): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      '/campaigns',
      {
        config: { permission: 'campaigns:write' },
        schema: {
          tags: ['campaigns'],
          summary: 'Create a campaign: a draft, or scheduled if scheduledAt is given',
          headers: IdempotencyHeader,
          body: NewCampaignBody,
          response: { 201: CampaignReply },
        },
      },
      async (request, reply) => {
        const { name, message, audience, scheduledAt, ratePerMinute, priority, guarantee } = request.body
        requireSend(request, scheduledAt)
        const campaign = await createCampaign(pool, {
          id: request.subjectId,
          projectId: DEFAULT_PROJECT_ID,
          name,
          message,
          audience,
          scheduledAt: timeOf('scheduledAt', scheduledAt ?? null),
          ratePerMinute: ratePerMinute ?? null,
          priority: priority ?? DEFAULT_PRIORITY,
          guarantee: guarantee ?? 'at_least_once',
          createdBy: request.caller.id,
        })
        const body = campaignBody(campaign)
        return reply
          .code(201)
          .header('location', `/v1/campaigns/${body.id}`)
          .header('etag', etagOf(body))
          .send(body)
      },
    )

    app.get(
      '/campaigns',
      {
        config: { permission: 'campaigns:read' },
        schema: {
          tags: ['campaigns'],
          summary: 'Campaigns, newest first',
          querystring: CampaignListQuery,
          response: { 200: Page(CampaignReply) },
        },
      },
      async (request) => {
        const { limit = DEFAULT_LIMIT, cursor, state, search } = request.query
        const list = `campaigns:${JSON.stringify([state, search])}`
        const before = position.decode(list, cursor)?.id
        const campaigns = await listCampaigns(pool, limit + 1, { state, search, before })
        const { page, last } = pageOf(campaigns, limit)
        return { data: page.map(campaignBody), nextCursor: position.encode(list, last && { id: last.id }) }
      },
    )

    app.get(
      '/campaigns/:id',
      {
        config: { permission: 'campaigns:read' },
        schema: {
          tags: ['campaigns'],
          summary: 'One campaign with its progress; 304 if it still has the ETag in If-None-Match',
          params: IdParams,
          response: { 200: CampaignReply, 304: Type.Null() },
        },
      },
      async (request, reply) => {
        const { etag, json } = await live.read(request.params.id)
        reply.header('etag', etag).header('cache-control', 'private, no-cache')
        if (isListed(request.headers['if-none-match'], etag)) return reply.code(304).send(null)
        // Serialised already; a string is sent as it is.
        reply.header('content-type', 'application/json; charset=utf-8')
        return reply.send(json as unknown as CampaignReply)
      },
    )

    app.patch(
      '/campaigns/:id',
      {
        config: { permission: 'campaigns:write' },
        schema: {
          tags: ['campaigns'],
          summary:
            'Edit a draft or scheduled campaign, or correct the message of a paused one; If-Match protects against edits made in the meantime',
          description:
            'Of a paused campaign only "message" can be changed. The devices that are left get it when the campaign is resumed; every version is kept.',
          params: IdParams,
          body: CampaignChangesBody,
          response: { 200: CampaignReply },
        },
      },
      async (request, reply) => {
        const { scheduledAt, ...rest } = request.body
        requireSend(request, scheduledAt)
        const changes: CampaignChanges = {
          ...rest,
          ...(scheduledAt !== undefined && { scheduledAt: timeOf('scheduledAt', scheduledAt) }),
        }
        const version = versionOf(request.headers['if-match'])
        const by = request.caller.id
        const body = campaignBody(await changeCampaign(pool, request.params.id, changes, { by, version }))
        return reply.header('etag', etagOf(body)).send(body)
      },
    )

    app.get(
      '/campaigns/:id/messages',
      {
        config: { permission: 'campaigns:read' },
        schema: {
          tags: ['campaigns'],
          summary:
            'The versions of the message: more than one if it was corrected while the campaign was paused',
          params: IdParams,
          response: { 200: MessagesReply },
        },
      },
      async (request) => {
        const versions = await readMessages(pool, request.params.id)
        return { data: versions.map((each) => ({ ...each, createdAt: each.createdAt.toISOString() })) }
      },
    )

    app.delete(
      '/campaigns/:id',
      {
        config: { permission: 'campaigns:write' },
        schema: {
          tags: ['campaigns'],
          summary: 'Delete a draft or scheduled campaign',
          params: IdParams,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        await deleteCampaign(pool, request.params.id, versionOf(request.headers['if-match']))
        return reply.code(204).send(null)
      },
    )
  }
}

function isListed(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return header.trim() === '*' || header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
}

function versionOf(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined
  const version = /^"(\d{1,9})-[\w-]{16}"$/.exec(ifMatch.trim())?.[1]
  if (version !== undefined) return Number(version)
  const detail = `If-Match is ${JSON.stringify(ifMatch.slice(0, 60))}; expected the ETag that GET returned for this campaign, or "*".`
  throw new AppError('invalid_request', detail, {
    fields: [{ field: 'If-Match', problem: 'is not the ETag of a campaign' }],
  })
}

/** A scheduled campaign is sent without another call, so scheduling needs the permission to send. */
function requireSend(request: FastifyRequest, scheduledAt: string | null | undefined): void {
  if (typeof scheduledAt === 'string') requirePermission(request, 'campaigns:send')
}
