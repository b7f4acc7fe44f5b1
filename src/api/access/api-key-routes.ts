/** API keys: create, list, rotate, revoke. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type, { type Static } from 'typebox'
import {
  type ApiKeyView,
  createApiKey,
  listApiKeys,
  revokeApiKey,
  rotateApiKey,
} from '../../access/api-key-store.ts'
import { permissionsOfKey } from '../../domain/permissions.ts'
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
import {
  ApiKeyReply,
  DEFAULT_OVERLAP_HOURS,
  KeyLimit,
  NewApiKeyBody,
  NewApiKeyReply,
  RotateBody,
} from './api-key-schemas.ts'

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
        config: { permission: 'keys:manage', isDangerous: true, withoutSecret },
        schema: {
          tags: ['api_keys'],
          summary: 'Make an API key; it is shown in this answer and never again',
          headers: IdempotencyHeader,
          body: NewApiKeyBody,
          response: { 201: NewApiKeyReply },
        },
      },
      async (request, reply) => {
        const { expiresAt = null, ...given } = request.body
        const created = await createApiKey(prisma, {
          ...given,
          id: request.subjectId,
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
          querystring: Exact({ ...PageQuery, limit: KeyLimit }),
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

    app.post(
      '/api-keys/:id/rotate',
      {
        config: { permission: 'keys:manage', isDangerous: true, withoutSecret },
        schema: {
          tags: ['api_keys'],
          summary:
            'Give an API key a new secret, shown in this answer and never again; the old one works on for a while',
          description:
            'Everything else stays, its id and expiry too. Console sessions that were opened with the key end. "oldSecrets" says until when each old secret works, and when it was last used.',
          headers: IdempotencyHeader,
          params: IdParams,
          body: RotateBody,
          response: { 200: NewApiKeyReply },
        },
      },
      async (request, reply) => {
        const { id } = request.params
        const { overlapHours = DEFAULT_OVERLAP_HOURS } = request.body ?? {}
        const rotated = await rotateApiKey(prisma, id, overlapHours * 3600)
        keyRing.forget(id)
        sessions.forget(id)
        return reply.header('cache-control', 'no-store').send({ ...apiKeyBody(rotated), key: rotated.key })
      },
    )

    app.delete(
      '/api-keys/:id',
      {
        config: { permission: 'keys:manage', isDangerous: true },
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
  const { id, name, prefix, role, permissions, allowedAddresses, oldSecrets } = row
  return {
    id,
    name,
    prefix,
    role,
    permissions: permissionsOfKey(role, permissions),
    isLimited: permissions.length > 0,
    allowedAddresses,
    createdAt: row.createdAt.toISOString(),
    rotatedAt: row.rotatedAt?.toISOString() ?? null,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    oldSecrets: oldSecrets.map(({ prefix: old, endsAt, lastUsedAt }) => ({
      prefix: old,
      endsAt: endsAt.toISOString(),
      lastUsedAt: lastUsedAt?.toISOString() ?? null,
    })),
  }
}

/** The secret must not be stored for replays, where it could be read for a day. */
function withoutSecret(body: string): string {
  return JSON.stringify({ ...JSON.parse(body), key: null })
}
