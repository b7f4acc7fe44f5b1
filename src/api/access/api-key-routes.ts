/** API keys: create, list, revoke. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type, { type Static } from 'typebox'
import { type ApiKeyView, createApiKey, listApiKeys, revokeApiKey } from '../../access/api-key-store.ts'
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
import { timeOf } from '../http/time-of.ts'
import { ApiKeyReply, NewApiKeyBody, NewApiKeyReply } from './api-key-schemas.ts'

const position = cursorOf(Exact({ id: Id }))
const LIST = 'api-keys'

export function apiKeyRoutes({
  prisma,
  keyRing,
  sessions,
}: RouteDeps & Pick<AppDeps, 'prisma'>): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      '/api-keys',
      {
        config: { permission: 'keys:manage', withoutSecret },
        schema: {
          tags: ['api_keys'],
          summary: 'Make an API key; it is shown in this answer and never again',
          headers: IdempotencyHeader,
          body: NewApiKeyBody,
          response: { 201: NewApiKeyReply },
        },
      },
      async (request, reply) => {
        const { name, role, expiresAt = null } = request.body
        const created = await createApiKey(prisma, {
          id: request.subjectId,
          name,
          role,
          expiresAt: timeOf('expiresAt', expiresAt),
        })
        return reply
          .code(201)
          .header('cache-control', 'no-store')
          .send({ ...apiKeyBody(created), key: created.key })
      },
    )

    app.get(
      '/api-keys',
      {
        config: { permission: 'keys:manage' },
        schema: {
          tags: ['api_keys'],
          summary: 'API keys, newest first, revoked ones too',
          querystring: Exact(PageQuery),
          response: { 200: Page(ApiKeyReply) },
        },
      },
      async (request) => {
        const { limit = DEFAULT_LIMIT, cursor } = request.query
        const rows = await listApiKeys(prisma, limit + 1, position.decode(LIST, cursor)?.id)
        const { page, last } = pageOf(rows, limit)
        return { data: page.map(apiKeyBody), nextCursor: position.encode(LIST, last && { id: last.id }) }
      },
    )

    app.delete(
      '/api-keys/:id',
      {
        config: { permission: 'keys:manage' },
        schema: {
          tags: ['api_keys'],
          summary: 'Revoke an API key; it stops working within seconds, here at once',
          params: IdParams,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        await revokeApiKey(prisma, request.params.id)
        keyRing.forget(request.params.id)
        sessions.forget(request.params.id)
        return reply.code(204).send(null)
      },
    )
  }
}

function apiKeyBody(row: ApiKeyView): Static<typeof ApiKeyReply> {
  const { id, name, prefix, role } = row
  return {
    id,
    name,
    prefix,
    role,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
  }
}

/** The secret must not be stored for replays, where it could be read for a day. */
function withoutSecret(body: string): string {
  return JSON.stringify({ ...JSON.parse(body), key: null })
}
