/** Counts an audience before anything is sent to it. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import pLimit from 'p-limit'
import { countAudience } from '../../audience/count-audience.ts'
import { checkAudience } from '../../campaigns/edit-campaign.ts'
import type { Audience } from '../../domain/campaign.ts'
import { AppError } from '../../domain/errors.ts'
import { joinReads } from '../../process/join-reads.ts'
import { IdempotencyHeader } from '../http/common-schemas.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { AudienceCountBody, AudienceCountReply } from './audience-schemas.ts'

const PATIENCE_MS = 10_000
/** Each count reads every device: more at a time would be slower and slow down sending. */
const AT_A_TIME = 2
const MOST_WAITING = 8

export function audienceRoutes({ pool }: RouteDeps): FastifyPluginAsyncTypebox {
  const counts = pLimit(AT_A_TIME)
  const count = joinReads(async (audience) => {
    if (counts.pendingCount >= MOST_WAITING) {
      throw new AppError(
        'overloaded',
        `${AT_A_TIME} audiences are being counted and ${MOST_WAITING} are waiting, the maximum of one process. Try again in a few seconds.`,
        { retryAfterSeconds: 5 },
      )
    }
    return counts(() => countAudience(pool, JSON.parse(audience) as Audience, PATIENCE_MS))
  })
  return async (app) => {
    app.post(
      '/audiences/count',
      {
        config: { permission: 'people:read', load: 'repeated' },
        schema: {
          tags: ['campaigns'],
          summary: 'Count an audience as it is now: devices, reachable devices and members, by platform',
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
