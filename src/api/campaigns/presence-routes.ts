/** Who else has a campaign open: each window of the console says every 10 s that it is there. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { closeWindow, renewWindow } from '../../campaigns/campaign-viewers.ts'
import { IdParams } from '../http/common-schemas.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { PresenceBody, PresenceReply, WindowParams } from './overview-schemas.ts'

export function presenceRoutes({ pool }: RouteDeps): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.put(
      '/campaigns/:id/presence',
      {
        config: { permission: 'campaigns:read', load: 'repeated' },
        schema: {
          tags: ['campaigns'],
          summary: 'Say that a window has the campaign open; returns the other windows',
          params: IdParams,
          body: PresenceBody,
          response: { 200: PresenceReply },
        },
      },
      async (request) => {
        const { windowId, isEditing } = request.body
        const window = { campaignId: request.params.id, windowId, viewerId: request.caller.id }
        return { others: await renewWindow(pool, window, isEditing) }
      },
    )

    app.delete(
      '/campaigns/:id/presence/:windowId',
      {
        config: { permission: 'campaigns:read', load: 'repeated' },
        schema: {
          tags: ['campaigns'],
          summary: 'Say that a window does not have the campaign open any more',
          params: WindowParams,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        const { id, windowId } = request.params
        await closeWindow(pool, { campaignId: id, windowId, viewerId: request.caller.id })
        return reply.code(204).send(null)
      },
    )
  }
}
