/** Campaigns: create, read, edit, delete. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { AudienceGuard } from '../../campaigns/confirm-audience.ts'
import { createCampaign } from '../../campaigns/create-campaign.ts'
import { type CampaignChanges, changeCampaign, deleteCampaign } from '../../campaigns/edit-campaign.ts'
import { readMessages } from '../../campaigns/read-messages.ts'
import { LATEST_START_MINUTES } from '../../domain/campaign.ts'
import { UNRESTRICTED } from '../../domain/send-rules.ts'
import { DEFAULT_PROJECT_ID } from '../../projects/project.ts'
import { requirePermission } from '../http/authenticate.ts'
import { IdempotencyHeader, IdParams } from '../http/common-schemas.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { timeOf } from '../http/time-of.ts'
import { etagOf, wholeCampaignBody } from './campaign-body.ts'
import {
  AskedCampaignReply,
  CampaignChangesBody,
  ChangedCampaignReply,
  MessagesReply,
  NewCampaignBody,
  WholeCampaignReply,
  WholeQuery,
} from './campaign-schemas.ts'
import type { LiveCampaigns } from './live-campaigns.ts'
import { requireDraftOrSend } from './require-draft.ts'
import { orCurrent, SeenHeader, seenVersion } from './seen-version.ts'
import { withWindow } from './send-window.ts'

/** What is not given. */
const NEW = {
  name: '',
  message: null,
  audience: null,
  unfinished: null,
  tags: [],
  ratePerMinute: null,
  priority: 5,
  latestStartMinutes: LATEST_START_MINUTES,
  guarantee: 'at_least_once',
  ...UNRESTRICTED,
} as const

export function campaignRoutes(
  { pool, config, countDevices }: RouteDeps,
  live: LiveCampaigns,
): FastifyPluginAsyncTypebox {
  const guard: AudienceGuard = { above: config.http.confirmAudienceAbove, countDevices }
  const edits = { pool, guard, law: config.sendRules }
  const bodyLimit = config.http.bodyLimitBytes
  return async (app) => {
    app.post(
      '/campaigns',
      {
        config: { permission: 'campaigns:write' },
        bodyLimit,
        schema: {
          tags: ['campaigns'],
          summary: 'Create a campaign: a draft, or scheduled if scheduledAt or localAt is given',
          description:
            'A draft may have gaps: it needs name, message and audience only when it is sent or scheduled.',
          headers: IdempotencyHeader,
          body: NewCampaignBody,
          response: { 201: WholeCampaignReply },
        },
      },
      async (request, reply) => {
        const { scheduledAt, notAfter, confirmAudience, ...given } = request.body
        requireSend(request, scheduledAt ?? given.localAt)
        const campaign = await createCampaign(edits, {
          id: request.subjectId,
          projectId: DEFAULT_PROJECT_ID,
          ...NEW,
          ...withWindow(given),
          notAfter: timeOf('notAfter', notAfter ?? null),
          scheduledAt: timeOf('scheduledAt', scheduledAt ?? null),
          confirmAudience,
          createdBy: request.caller.id,
        })
        const body = wholeCampaignBody(campaign)
        return reply
          .code(201)
          .header('location', `/v1/campaigns/${body.id}`)
          .header('etag', etagOf(body))
          .send(body)
      },
    )

    app.get(
      '/campaigns/:id',
      {
        config: { permission: 'campaigns:read' },
        schema: {
          tags: ['campaigns'],
          summary:
            'One campaign with its progress and its whole audience; 304 if it still has the ETag in If-None-Match',
          params: IdParams,
          querystring: WholeQuery,
          response: { 200: AskedCampaignReply, 304: Type.Null() },
        },
      },
      async (request, reply) => {
        const { id } = request.params
        const { whole = true } = request.query
        const ifNoneMatch = request.headers['if-none-match']
        reply.header('cache-control', 'private, no-cache')
        // Whoever asks whether it has changed costs no audience.
        if (ifNoneMatch !== undefined || !whole) {
          const { etag, json } = await live.read(id)
          reply.header('etag', etag)
          if (isListed(ifNoneMatch, etag)) return reply.code(304).send(null)
          if (!whole) return sendJson(reply, json)
        }
        const { etag, json } = await live.readWhole(id)
        return sendJson(reply.header('etag', etag), json)
      },
    )

    app.patch(
      '/campaigns/:id',
      {
        config: { permission: 'campaigns:write' },
        bodyLimit,
        schema: {
          tags: ['campaigns'],
          summary:
            'Edit a draft or scheduled campaign, or correct the message of a paused one; only in the version that was seen',
          description:
            'Of a paused campaign only "message" can be changed. The devices that are left get it when the campaign is resumed; every version is kept. "tags" alone can be changed in any state, and "localAt", "late", "unknownZone" and "defaultZone" alone while time zones of a campaign at local times have not begun: those are planned anew, and "begunZones" are the others. What is not a draft, and a time, also need the permission `campaigns:send`; tags do not.',
          headers: SeenHeader,
          params: IdParams,
          body: CampaignChangesBody,
          response: { 200: ChangedCampaignReply },
        },
      },
      async (request, reply) => {
        const { id } = request.params
        const { scheduledAt, notAfter, confirmAudience, ...rest } = request.body
        requireSend(request, scheduledAt ?? rest.localAt ?? rest.late ?? rest.unknownZone)
        const changes: CampaignChanges = {
          ...withWindow(rest),
          ...(notAfter !== undefined && { notAfter: timeOf('notAfter', notAfter) }),
          ...(scheduledAt !== undefined && { scheduledAt: timeOf('scheduledAt', scheduledAt) }),
        }
        const version = seenVersion(request)
        const edit = { by: request.caller.id, version, confirmAudience }
        const { begunZones, ...changed } = await orCurrent(pool, id, async () => {
          if (Object.keys(changes).some((field) => field !== 'tags'))
            await requireDraftOrSend(request, pool, id, version)
          return await changeCampaign(edits, id, changes, edit)
        })
        const body = wholeCampaignBody(changed)
        return reply.header('etag', etagOf(body)).send(begunZones ? { ...body, begunZones } : body)
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
          summary: 'Delete a draft or scheduled campaign, in the version that was seen',
          description: 'One that is scheduled also needs the permission `campaigns:send`.',
          headers: SeenHeader,
          params: IdParams,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        const { id } = request.params
        const version = seenVersion(request)
        await orCurrent(pool, id, async () => {
          await requireDraftOrSend(request, pool, id, version)
          await deleteCampaign(pool, id, version)
        })
        return reply.code(204).send(null)
      },
    )
  }
}

/** Serialised already; a string is sent as it is. */
function sendJson(reply: FastifyReply, json: string) {
  reply.header('content-type', 'application/json; charset=utf-8')
  return reply.send(json as unknown as WholeCampaignReply)
}

function isListed(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return header.trim() === '*' || header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
}

/** A scheduled campaign is sent without another call, so scheduling needs the permission to send. */
function requireSend(request: FastifyRequest, scheduledAt: string | null | undefined): void {
  if (typeof scheduledAt === 'string') requirePermission(request, 'campaigns:send')
}
