/** What an operator can do to a campaign: send, pause, resume, resend. undo-routes.ts has cancel, test-routes.ts test. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { AudienceGuard } from '../../campaigns/confirm-audience.ts'
import type { ActionDeps } from '../../campaigns/enqueue-campaign.ts'
import { pauseCampaign } from '../../campaigns/pause-campaign.ts'
import { resendCampaign } from '../../campaigns/resend-campaign.ts'
import { resumeCampaign } from '../../campaigns/resume-campaign.ts'
import { sendCampaign } from '../../campaigns/send-campaign.ts'
import { requirePermission } from '../http/authenticate.ts'
import { IdempotencyHeader, IdParams, NoBody } from '../http/common-schemas.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { campaignBody, etagOf } from './campaign-body.ts'
import { CampaignReply, ResendBody, SendBody, StoppedCampaignReply } from './campaign-schemas.ts'
import { orCurrent, SeenPostHeaders, seenVersion } from './seen-version.ts'

const STOPS = {
  pause: {
    stop: pauseCampaign,
    summary: 'Stop sending until the campaign is resumed; returns how many messages are still in flight',
  },
} as const

export function campaignActionRoutes(deps: RouteDeps): FastifyPluginAsyncTypebox {
  const { pool, queue, log } = deps
  const action: ActionDeps = { pool, queue, log, watermark: deps.config.queue.watermark }
  const confirmAbove = deps.config.http.confirmAudienceAbove
  const guard: AudienceGuard = { above: confirmAbove, countDevices: deps.countDevices }
  return async (app) => {
    app.post(
      '/campaigns/:id/send',
      {
        config: { permission: 'campaigns:send' },
        schema: {
          tags: ['campaigns'],
          summary: 'Send a draft or scheduled campaign now, in the version that was seen',
          headers: SeenPostHeaders,
          params: IdParams,
          body: SendBody,
          response: { 200: CampaignReply },
        },
      },
      async (request, reply) => {
        const { id } = request.params
        const sending = {
          version: seenVersion(request),
          confirmAudience: request.body?.confirmAudience,
          by: request.caller.id,
        }
        const body = campaignBody(
          await orCurrent(pool, id, () => sendCampaign({ ...action, guard }, id, sending)),
        )
        return reply.header('etag', etagOf(body)).send(body)
      },
    )

    app.post(
      '/campaigns/:id/resume',
      {
        config: { permission: 'campaigns:send' },
        schema: {
          tags: ['campaigns'],
          summary: 'Continue a paused campaign, in the version that was seen',
          headers: SeenPostHeaders,
          params: IdParams,
          body: NoBody,
          response: { 200: CampaignReply },
        },
      },
      async (request, reply) => {
        const { id } = request.params
        const version = seenVersion(request)
        const body = campaignBody(await orCurrent(pool, id, () => resumeCampaign(action, id, version)))
        return reply.header('etag', etagOf(body)).send(body)
      },
    )

    for (const [name, { stop, summary }] of Object.entries(STOPS)) {
      app.post(
        `/campaigns/:id/${name}`,
        {
          config: { permission: 'campaigns:send', load: 'vital' },
          schema: {
            tags: ['campaigns'],
            summary,
            headers: IdempotencyHeader,
            params: IdParams,
            body: NoBody,
            response: { 200: StoppedCampaignReply },
          },
        },
        async (request, reply) => {
          const { campaign, inFlight } = await stop(action, request.params.id)
          const body = campaignBody(campaign)
          return reply.header('etag', etagOf(body)).send({ ...body, inFlight })
        },
      )
    }

    app.post(
      '/campaigns/:id/resend',
      {
        config: { permission: 'campaigns:send' },
        schema: {
          tags: ['campaigns'],
          summary:
            'Send again to exactly the failed, in-doubt or canceled devices of a closed campaign, or to those with some reasons; returns the new campaign',
          description:
            'Each reason is resent once: a device that still lacks the message is resent to from the resend. With "message" they get a corrected one. On a device it still replaces the one before: the collapse identifier is that of the first campaign.',
          headers: SeenPostHeaders,
          params: IdParams,
          body: ResendBody,
          response: { 201: CampaignReply },
        },
      },
      async (request, reply) => {
        const { id } = request.params
        const { only, codes, message, confirmAudience } = request.body
        if (message !== undefined) requirePermission(request, 'campaigns:write')
        const asked = {
          id: request.subjectId,
          only,
          codes,
          message,
          createdBy: request.caller.id,
          seen: { version: seenVersion(request), confirmAudience, confirmAbove },
        }
        const body = campaignBody(await orCurrent(pool, id, () => resendCampaign(action, id, asked)))
        return reply
          .code(201)
          .header('location', `/v1/campaigns/${body.id}`)
          .header('etag', etagOf(body))
          .send(body)
      },
    )
  }
}
