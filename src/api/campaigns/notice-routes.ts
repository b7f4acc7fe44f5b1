import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { readNotices } from '../../campaigns/read-notices.ts'
import { joinReads } from '../../process/join-reads.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { NoticesReply } from './overview-schemas.ts'

export function noticeRoutes({ pool }: RouteDeps): FastifyPluginAsyncTypebox {
  // Every open console asks for them again and again.
  const read = joinReads(() => readNotices(pool))
  return async (app) => {
    app.get(
      '/notices',
      {
        config: { permission: 'campaigns:read' },
        schema: {
          tags: ['campaigns'],
          summary: 'Campaigns that have finished, were canceled, or have paused themselves',
          response: { 200: NoticesReply },
        },
      },
      async () => {
        const { asOf, notices } = await read('notices')
        return {
          asOf: asOf.toISOString(),
          data: notices.map((notice) => ({ ...notice, at: notice.at.toISOString() })),
        }
      },
    )
  }
}
