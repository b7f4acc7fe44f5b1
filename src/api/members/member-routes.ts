/** Reads members and their devices. Their results are in delivery-routes.ts, changes in change-routes.ts. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { listMembers, readMember } from '../../audience/read-members.ts'
import { cleanText } from '../../domain/clean-text.ts'
import { DEFAULT_PROJECT_ID } from '../../projects/project.ts'
import { DEFAULT_LIMIT, MemberParams, Page } from '../http/common-schemas.ts'
import { cursorOf, pageOf } from '../http/cursor.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { memberBody, memberDetailBody, memberHeaders } from './member-body.ts'
import { MemberDetailReply, MemberPosition, MemberReply, MemberSearchQuery } from './member-schemas.ts'

const position = cursorOf(MemberPosition)

export function memberRoutes({ pool }: RouteDeps): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/members',
      {
        config: { permission: 'people:read' },
        schema: {
          tags: ['members'],
          summary:
            'Members ordered by externalId; search by the start of the externalId, any part of it, or a whole address',
          querystring: MemberSearchQuery,
          response: { 200: Page(MemberReply) },
        },
      },
      async (request) => {
        const { limit = DEFAULT_LIMIT, cursor, search } = request.query
        const list = `members:${search ?? ''}`
        const { externalId: after, isWithin: wasWithin } = position.decode(list, cursor) ?? {}
        const { members, isWithin } = await listMembers(pool, DEFAULT_PROJECT_ID, limit + 1, {
          search,
          after,
          isWithin: wasWithin,
        })
        const { page, last } = pageOf(members, limit)
        return {
          data: page.map(memberBody),
          nextCursor: position.encode(
            list,
            last && { externalId: last.externalId, ...(isWithin && { isWithin }) },
          ),
        }
      },
    )

    app.get(
      '/members/:externalId',
      {
        config: { permission: 'people:read' },
        schema: {
          tags: ['members'],
          summary:
            'One member with devices, consent and who changed it last; its ETag is for If-Match of PATCH',
          params: MemberParams,
          response: { 200: MemberDetailReply },
        },
      },
      async (request, reply) => {
        const member = await readMember(pool, cleanText(request.params.externalId))
        const body = memberDetailBody(member)
        return reply.headers(memberHeaders(member, body)).send(body)
      },
    )
  }
}
