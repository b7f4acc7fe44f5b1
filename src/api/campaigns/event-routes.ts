/** A campaign as a stream of server-sent events: its current state at once, then every change. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import Type from 'typebox'
import { keyIn, parseApiKey } from '../../access/api-key.ts'
import type { Access } from '../../access/ended-access.ts'
import { hashOf } from '../../access/sessions.ts'
import { IdParams } from '../http/common-schemas.ts'
import { EventStream } from '../http/event-stream.ts'
import { readSessionCookie } from '../http/session-cookie.ts'
import { EventHeaders, EventsReply } from './event-schemas.ts'
import { type LiveCampaigns, WATCH_PERMISSION } from './live-campaigns.ts'

export function eventRoutes(live: LiveCampaigns): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/campaigns/:id/events',
      {
        config: { permission: WATCH_PERMISSION, load: 'watch' },
        // A HEAD request would open a stream that never ends and sends nothing.
        exposeHeadRoute: false,
        schema: {
          tags: ['campaigns'],
          summary: 'Watch a campaign: server-sent events, one immediately and one after every change',
          params: IdParams,
          headers: EventHeaders,
          response: { 200: EventsReply, 204: Type.Null() },
        },
      },
      async (request, reply) => {
        const { id } = request.params
        const watcher = {
          access: accessOf(request),
          callerId: request.caller.id,
          seen: request.headers['last-event-id'],
        }
        const isWatching = await live.watch(id, watcher, (onClose) => {
          reply.hijack()
          return new EventStream(reply.raw, reply.getHeaders(), onClose)
        })
        // 204 tells a browser not to reconnect.
        if (!isWatching) return reply.code(204).send(null)
        return reply
      },
    )
  }
}

/** In the order of authenticate.ts: the Authorization header goes before the session cookie. */
function accessOf(request: FastifyRequest): Access {
  const { authorization } = request.headers
  const { ip: address } = request
  if (authorization === undefined) {
    const token = readSessionCookie(request) ?? ''
    return { kind: 'session', id: hashOf(token).toString('hex'), address }
  }
  // Its form is right, or the request would not be here.
  return { kind: 'api_key', id: parseApiKey(keyIn(authorization) ?? '')?.prefix ?? '', address }
}
