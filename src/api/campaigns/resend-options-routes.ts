/** What a closed campaign can be resent to, before it is. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { readResendOptions } from '../../campaigns/resend-options.ts'
import { joinReads } from '../../process/join-reads.ts'
import { IdParams } from '../http/common-schemas.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { ResendOptionsReply } from './resend-options-schemas.ts'

export function resendOptionsRoutes({ pool }: RouteDeps): FastifyPluginAsyncTypebox {
  // It reads every device that was not sent to: several people on one page must not cost several times as much.
  const read = joinReads((id) => readResendOptions(pool, id))
  return async (app) => {
    app.get(
      '/campaigns/:id/resend-options',
      {
        config: { permission: 'campaigns:read' },
        schema: {
          tags: ['campaigns'],
          summary: 'Which devices of a closed campaign can be sent to again, by result and by reason',
          params: IdParams,
          response: { 200: ResendOptionsReply },
        },
      },
      async (request) => {
        const { asOf, ...options } = await read(request.params.id)
        return { asOf: asOf.toISOString(), ...options }
      },
    )
  }
}
