/** How many an audience would reach now, before anything is sent. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { countAudience } from '../audience/count-audience.ts'
import { checkAudience } from '../campaigns/edit-campaign.ts'
import { AudienceCountBody, AudienceCountReply } from './audience-schemas.ts'
import { IdempotencyHeader } from './common-schemas.ts'
import type { RouteDeps } from './request-context.ts'

const PATIENCE_MS = 10_000

export function audienceRoutes({ pool }: RouteDeps): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      '/audiences/count',
      {
        config: { role: 'viewer', load: 'repeated' },
        schema: {
          tags: ['campaigns'],
          summary: 'Count an audience as it is now: devices, reachable ones, members, by platform',
          headers: IdempotencyHeader,
          body: AudienceCountBody,
          response: { 200: AudienceCountReply },
        },
      },
      async (request) => {
        const counted = await countAudience(pool, checkAudience(request.body.audience), PATIENCE_MS)
        return { ...counted, countedAt: counted.countedAt.toISOString() }
      },
    )
  }
}
