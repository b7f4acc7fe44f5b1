/** What can be undone: cancel and its keep, and the restore of a deleted campaign. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { cancelCampaign } from '../../campaigns/cancel-campaign.ts'
import type { CancelTimers } from '../../campaigns/cancel-timers.ts'
import type { ActionDeps } from '../../campaigns/enqueue-campaign.ts'
import { restoreCampaign } from '../../campaigns/restore-campaign.ts'
import { beginCancel, keepCampaign } from '../../campaigns/undo-cancel.ts'
import { RESTORE_SECONDS } from '../../domain/campaign.ts'
import { IdempotencyHeader, IdParams, NoBody } from '../http/common-schemas.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { campaignBody, etagOf } from './campaign-body.ts'
import { CampaignReply, StoppedCampaignReply } from './campaign-schemas.ts'
import { requireDraftOrSend } from './require-draft.ts'
import { CancelBody } from './undo-schemas.ts'

export function undoRoutes(deps: RouteDeps, cancels: CancelTimers): FastifyPluginAsyncTypebox {
  const { pool, queue, log } = deps
  const action: ActionDeps = { pool, queue, log, watermark: deps.config.queue.watermark }
  return async (app) => {
    app.post(
      '/campaigns/:id/cancel',
      {
        config: { permission: 'campaigns:send', load: 'vital' },
        schema: {
          tags: ['campaigns'],
          summary: 'End the campaign; devices that nothing was sent to are counted as canceled',
          description:
            'Without a body at once and for good. With "undoSeconds" nothing leaves from now on, and at "cancelAt" the campaign is canceled, unless POST …/keep takes that back.',
          headers: IdempotencyHeader,
          params: IdParams,
          body: CancelBody,
          response: { 200: StoppedCampaignReply },
        },
      },
      async (request, reply) => {
        const { id } = request.params
        const undoSeconds = request.body?.undoSeconds
        const { campaign, inFlight } =
          undoSeconds === undefined
            ? await cancelCampaign(action, id)
            : await beginCancel(action, id, undoSeconds)
        if (undoSeconds !== undefined) cancels.start(id, undoSeconds)
        const body = campaignBody(campaign)
        return reply.header('etag', etagOf(body)).send({ ...body, inFlight })
      },
    )

    app.post(
      '/campaigns/:id/keep',
      {
        config: { permission: 'campaigns:send', load: 'vital' },
        schema: {
          tags: ['campaigns'],
          summary: 'Take a cancel back before "cancelAt": the campaign is again what it was',
          headers: IdempotencyHeader,
          params: IdParams,
          body: NoBody,
          response: { 200: CampaignReply },
        },
      },
      async (request, reply) => {
        const body = campaignBody(await keepCampaign(action, request.params.id))
        return reply.header('etag', etagOf(body)).send(body)
      },
    )

    app.post(
      '/campaigns/:id/restore',
      {
        config: { permission: 'campaigns:write' },
        schema: {
          tags: ['campaigns'],
          summary: `Take a deletion back, within ${RESTORE_SECONDS} seconds; a campaign whose time has passed meanwhile starts`,
          description: 'One that is scheduled also needs the permission `campaigns:send`.',
          headers: IdempotencyHeader,
          params: IdParams,
          body: NoBody,
          response: { 200: CampaignReply },
        },
      },
      async (request, reply) => {
        const { id } = request.params
        // One with a time is sent by itself as soon as it is back.
        await requireDraftOrSend(request, pool, id, null)
        const body = campaignBody(await restoreCampaign(pool, id))
        return reply.header('etag', etagOf(body)).send(body)
      },
    )
  }
}
