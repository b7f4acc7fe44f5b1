/** Counts the devices of an audience before anything is sent. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { checkAudience } from '../../domain/check-audience.ts'
import { DEFAULT_PROJECT_ID } from '../../projects/project.ts'
import { IdempotencyHeader } from '../http/common-schemas.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { AudienceCountBody, AudienceCountReply } from './audience-schemas.ts'

export function audienceRoutes({ countAudience, config }: RouteDeps): FastifyPluginAsyncTypebox {
  const { confirmAudienceAbove: above, bodyLimitBytes: bodyLimit } = config.http
  const confirmAbove = above === Number.POSITIVE_INFINITY ? null : above
  return async (app) => {
    app.post(
      '/audiences/count',
      {
        config: { permission: 'people:read', load: 'repeated' },
        bodyLimit,
        schema: {
          tags: ['campaigns'],
          summary: 'Count the devices of an audience now: all, reachable, by platform, and their members',
          headers: IdempotencyHeader,
          body: AudienceCountBody,
          response: { 200: AudienceCountReply },
        },
      },
      async (request) => {
        const counted = await countAudience(DEFAULT_PROJECT_ID, checkAudience(request.body.audience))
        return { ...counted, confirmAbove, countedAt: counted.countedAt.toISOString() }
      },
    )
  }
}
