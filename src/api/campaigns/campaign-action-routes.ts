/** Actions on a campaign: send, pause, resume, cancel, resend, test. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import {
  cancelCampaign,
  pauseCampaign,
  resumeCampaign,
  sendCampaign,
} from '../../campaigns/manage-campaign.ts'
import { readCampaign } from '../../campaigns/read-campaigns.ts'
import { resendCampaign } from '../../campaigns/resend-campaign.ts'
import { testCampaign } from '../../campaigns/test-campaign.ts'
import { IdempotencyHeader, IdParams, NoBody } from '../http/common-schemas.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { campaignBody, etagOf } from './campaign-body.ts'
import { CampaignReply, ResendBody, StoppedCampaignReply, TestBody, TestReply } from './campaign-schemas.ts'

const MOVES = {
  send: { deed: sendCampaign, summary: 'Send a draft or scheduled campaign now' },
  resume: { deed: resumeCampaign, summary: 'Resume a paused campaign' },
} as const

const STOPS = {
  pause: {
    deed: pauseCampaign,
    summary: 'Pause a campaign until it is resumed; returns how many messages are in flight',
  },
  cancel: {
    deed: cancelCampaign,
    summary: 'Cancel a campaign for good; devices not sent to are counted as canceled',
  },
} as const

export function campaignActionRoutes(deps: RouteDeps): FastifyPluginAsyncTypebox {
  const manage = { ...deps, watermark: deps.config.queue.watermark }
  return async (app) => {
    for (const [name, { deed, summary }] of Object.entries(MOVES)) {
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
          await deed(manage, request.params.id)
          const body = campaignBody(await readCampaign(deps.pool, request.params.id))
          return reply.header('etag', etagOf(body)).send(body)
        },
      )
    }

    for (const [name, { deed, summary }] of Object.entries(STOPS)) {
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
          const { inFlight } = await deed(manage, request.params.id)
          const body = campaignBody(await readCampaign(deps.pool, request.params.id))
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
            'Resend to exactly the failed, in-doubt or canceled devices of a closed campaign; returns the new campaign',
          headers: IdempotencyHeader,
          params: IdParams,
          body: ResendBody,
          response: { 201: CampaignReply },
        },
      },
      async (request, reply) => {
        const campaign = await resendCampaign(manage, request.params.id, {
          id: request.subjectId,
          only: request.body.only,
          createdBy: request.caller.id,
        })
        const body = campaignBody(await readCampaign(deps.pool, campaign.id))
        return reply
          .code(201)
          .header('location', `/v1/campaigns/${campaign.id}`)
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
            'Send the message to named members or tokens, or only let FCM validate it; nothing is recorded',
          headers: IdempotencyHeader,
          params: IdParams,
          body: TestBody,
          response: { 200: TestReply },
        },
      },
      async (request) => {
        const { tokens = [], externalIds = [], validateOnly = false } = request.body
        return { data: await testCampaign(deps, request.params.id, { tokens, externalIds, validateOnly }) }
      },
    )
  }
}
