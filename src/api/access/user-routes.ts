/** Users: create, list, change. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { changeUser, createUser, listUsers, type UserView } from '../../access/user-store.ts'
import {
  DEFAULT_LIMIT,
  Exact,
  Id,
  IdempotencyHeader,
  IdParams,
  Page,
  PageQuery,
} from '../http/common-schemas.ts'
import { cursorOf, pageOf } from '../http/cursor.ts'
import type { AppDeps, RouteDeps } from '../http/request-context.ts'
import { NewUserBody, UserChangeBody, UserReply } from './user-schemas.ts'

const position = cursorOf(Exact({ id: Id }))
const LIST = 'users'

export function userRoutes({
  prisma,
  sessions,
}: RouteDeps & Pick<AppDeps, 'prisma'>): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      '/users',
      {
        config: { permission: 'users:manage', isDangerous: true, secretFields: ['password'] },
        schema: {
          tags: ['users'],
          summary: 'Create a user',
          headers: IdempotencyHeader,
          body: NewUserBody,
          response: { 201: UserReply },
        },
      },
      async (request, reply) => {
        const created = await createUser(prisma, { ...request.body, id: request.subjectId })
        return reply.code(201).send(userBody(created))
      },
    )

    app.get(
      '/users',
      {
        config: { permission: 'users:manage' },
        schema: {
          tags: ['users'],
          summary: 'Users, newest first, including disabled ones',
          querystring: Exact(PageQuery),
          response: { 200: Page(UserReply) },
        },
      },
      async (request) => {
        const { limit = DEFAULT_LIMIT, cursor } = request.query
        const rows = await listUsers(prisma, limit + 1, position.decode(LIST, cursor)?.id)
        const { page, last } = pageOf(rows, limit)
        return { data: page.map(userBody), nextCursor: position.encode(LIST, last && { id: last.id }) }
      },
    )

    app.patch(
      '/users/:id',
      {
        config: { permission: 'users:manage', isDangerous: true },
        schema: {
          tags: ['users'],
          summary:
            'Change role or password, disable or enable, take the second factor away; takes effect within 5 seconds',
          params: IdParams,
          body: UserChangeBody,
          response: { 200: UserReply },
        },
      },
      async (request) => {
        const { role, disabled, password, secondFactor } = request.body
        const changed = await changeUser(prisma, request.params.id, {
          role,
          password,
          isDisabled: disabled,
          removesSecondFactor: secondFactor === false,
        })
        sessions.forget(changed.id)
        return userBody(changed)
      },
    )
  }
}

function userBody(row: UserView): UserReply {
  const { id, name, role } = row
  return {
    id,
    name,
    role,
    createdAt: row.createdAt.toISOString(),
    disabledAt: row.disabledAt?.toISOString() ?? null,
    lastSeenAt: row.lastSeenAt?.toISOString() ?? null,
    hasSecondFactor: row.totpOnAt !== null,
  }
}
