/** Counts the devices of an audience before anything is sent. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { checkAudience } from '../../domain/check-audience.ts'
import { AppError } from '../../domain/errors.ts'
import { DEFAULT_PROJECT_ID } from '../../projects/project.ts'
import { IdempotencyHeader } from '../http/common-schemas.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { AudienceCountBody, AudienceCountReply } from './audience-schemas.ts'

export function audienceRoutes({ countAudience, countAtCap, config }: RouteDeps): FastifyPluginAsyncTypebox {
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
        const audience = checkAudience(request.body.audience)
        const [counted, atCap] = await Promise.all([
          countAudience(DEFAULT_PROJECT_ID, audience),
          countAtCap(DEFAULT_PROJECT_ID, audience).catch(notKnown),
        ])
        return { ...counted, atCap, confirmAbove, countedAt: counted.countedAt.toISOString() }
      },
    )
  }
}

/** The rest of the count is of use without it. */
function notKnown(error: unknown): null {
  if (error instanceof AppError && ['count_too_slow', 'overloaded'].includes(error.code)) return null
  throw error
}
