/** What an operator can do to a campaign: send, pause, resume, cancel, resend, test. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { cancelCampaign } from '../../campaigns/cancel-campaign.ts'
import type { ActionDeps } from '../../campaigns/enqueue-campaign.ts'
import { pauseCampaign } from '../../campaigns/pause-campaign.ts'
import { resendCampaign } from '../../campaigns/resend-campaign.ts'
import { resumeCampaign } from '../../campaigns/resume-campaign.ts'
import { sendCampaign } from '../../campaigns/send-campaign.ts'
import { testCampaign } from '../../campaigns/test-campaign.ts'
import { requirePermission } from '../http/authenticate.ts'
import { IdempotencyHeader, IdParams, NoBody } from '../http/common-schemas.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { campaignBody, etagOf } from './campaign-body.ts'
import { CampaignReply, ResendBody, StoppedCampaignReply, TestBody, TestReply } from './campaign-schemas.ts'

const STARTS = {
  send: { start: sendCampaign, summary: 'Send a draft or scheduled campaign now' },
  resume: { start: resumeCampaign, summary: 'Continue a paused campaign' },
} as const

const STOPS = {
  pause: {
    stop: pauseCampaign,
    summary: 'Stop sending until the campaign is resumed; returns how many messages are still in flight',
  },
  cancel: {
    stop: cancelCampaign,
    summary: 'End the campaign for good; devices that nothing was sent to are counted as canceled',
  },
} as const

export function campaignActionRoutes(deps: RouteDeps): FastifyPluginAsyncTypebox {
  const { pool, queue, log, senders } = deps
  const action: ActionDeps = { pool, queue, log, watermark: deps.config.queue.watermark }
  return async (app) => {
    for (const [name, { start, summary }] of Object.entries(STARTS)) {
      app.post(
        `/campaigns/:id/${name}`,
        {
          config: { permission: 'campaigns:send' },
          schema: {
            tags: ['campaigns'],
            summary,
            headers: IdempotencyHeader,
            params: IdParams,
            body: NoBody,
            response: { 200: CampaignReply },
          },
        },
        async (request, reply) => {
          const body = campaignBody(await start(action, request.params.id))
          return reply.header('etag', etagOf(body)).send(body)
        },
      )
    }

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
            'Send again to exactly the failed, in-doubt or canceled devices of a closed campaign; returns the new campaign',
          description:
            'With "message" they get a corrected one. On a device it still replaces the one before: the collapse identifier is that of the first campaign.',
          headers: IdempotencyHeader,
          params: IdParams,
          body: ResendBody,
          response: { 201: CampaignReply },
        },
      },
      async (request, reply) => {
        const { only, message } = request.body
        if (message !== undefined) requirePermission(request, 'campaigns:write')
        const resend = await resendCampaign(action, request.params.id, {
          id: request.subjectId,
          only,
          message,
          createdBy: request.caller.id,
        })
        const body = campaignBody(resend)
        return reply
          .code(201)
          .header('location', `/v1/campaigns/${body.id}`)
          .header('etag', etagOf(body))
          .send(body)
      },
    )

    app.post(
      '/campaigns/:id/test',
      {
        config: { permission: 'campaigns:send' },
        schema: {
          tags: ['campaigns'],
          summary:
            'Send the message to named members or addresses, or have FCM validate it; nothing is recorded',
          headers: IdempotencyHeader,
          params: IdParams,
          body: TestBody,
          response: { 200: TestReply },
        },
      },
      async (request) => {
        const { addresses = [], externalIds = [], validateOnly = false } = request.body
        const results = await testCampaign({ pool, senders }, request.params.id, {
          addresses,
          externalIds,
          validateOnly,
        })
        return { data: results }
      },
    )
  }
}
