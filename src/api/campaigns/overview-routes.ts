/** What is going on, in one reply. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Attention } from '../../campaigns/read-attention.ts'
import { type Overview, readOverview } from '../../campaigns/read-overview.ts'
import { joinReads } from '../../process/join-reads.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { zoneOf } from '../http/zone-of.ts'
import { campaignBody } from './campaign-body.ts'
import { OverviewQuery, OverviewReply } from './overview-schemas.ts'

export function overviewRoutes({ pool }: RouteDeps): FastifyPluginAsyncTypebox {
  // Every console opens with it.
  const read = joinReads((zone) => readOverview(pool, zone))
  return async (app) => {
    app.get(
      '/overview',
      {
        config: { permission: 'campaigns:read' },
        schema: {
          tags: ['campaigns'],
          summary: 'What runs now, what is next, the last 30 days, and what needs a person',
          querystring: OverviewQuery,
          response: { 200: OverviewReply },
        },
      },
      async (request) => overviewBody(await read(zoneOf(request.query.timezone ?? 'UTC'))),
    )
  }
}

function overviewBody({ asOf, running, next, attention, ...counts }: Overview): OverviewReply {
  return {
    asOf: asOf.toISOString(),
    running: running.map(campaignBody),
    next: next.map(campaignBody),
    ...counts,
    attention: attention.map(attentionBody),
  }
}

function attentionBody({ kind, campaignId, name, at, audience, ...rest }: Attention) {
  const { pauseReason, failed, inDoubt } = rest
  return {
    kind,
    campaignId,
    name,
    at: at.toISOString(),
    audience,
    ...(pauseReason !== null && { pauseReason }),
    ...(failed !== null && { failed }),
    ...(inDoubt !== null && { inDoubt }),
  }
}
