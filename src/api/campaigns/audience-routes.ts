/** Counts the devices of an audience before anything is sent. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import pLimit from 'p-limit'
import { countAudience } from '../../audience/count-audience.ts'
import type { Audience } from '../../domain/campaign.ts'
import { checkAudience } from '../../domain/check-audience.ts'
import { AppError } from '../../domain/errors.ts'
import { joinReads } from '../../process/join-reads.ts'
import { DEFAULT_PROJECT_ID } from '../../projects/project.ts'
import { IdempotencyHeader } from '../http/common-schemas.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { AudienceCountBody, AudienceCountReply } from './audience-schemas.ts'

const TIMEOUT_MS = 10_000
/** A count reads every device. More counts at a time would be slower, and would slow down dispatchers. */
const MAX_COUNTING = 2
const MAX_WAITING = 8

export function audienceRoutes({ pool }: RouteDeps): FastifyPluginAsyncTypebox {
  const counts = pLimit(MAX_COUNTING)
  const count = joinReads(async (audience) => {
    if (counts.pendingCount >= MAX_WAITING) {
      throw new AppError(
        'overloaded',
        `${MAX_COUNTING} audiences are being counted and ${MAX_WAITING} more are waiting, the most that this process accepts. Try again in a few seconds.`,
        { retryAfterSeconds: 5 },
      )
    }
    return counts(() => countAudience(pool, DEFAULT_PROJECT_ID, JSON.parse(audience) as Audience, TIMEOUT_MS))
  })
  return async (app) => {
    app.post(
      '/audiences/count',
      {
        config: { permission: 'people:read', load: 'repeated' },
        schema: {
          tags: ['campaigns'],
          summary: 'Count the devices of an audience now: all, reachable, by platform, and their members',
          headers: IdempotencyHeader,
          body: AudienceCountBody,
          response: { 200: AudienceCountReply },
        },
      },
      async (request) => {
        const counted = await count(JSON.stringify(checkAudience(request.body.audience)))
        return { ...counted, countedAt: counted.countedAt.toISOString() }
      },
    )
  }
}
