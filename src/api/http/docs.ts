/** The OpenAPI document, generated from the schemas that check requests, and a page to read and try it. */
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { Problem } from './common-schemas.ts'
import { SESSION_COOKIE } from './session-cookie.ts'

const TAGS = {
  campaigns: 'Messages for an audience, and their life-cycle',
  results: 'Delivery results of devices',
  devices: 'Registration tokens and the members they belong to',
  members: 'Members and their devices',
  api_keys: 'Programs that may call this API',
  users: 'People who may sign in',
  sessions: 'Signing in and out',
  operations: 'Health and metrics',
}

/** Call before registering any route. */
export async function installDocs(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Carillon',
        version: '1',
        description:
          'Push campaigns through Firebase Cloud Messaging. Errors are problem+json: switch on `code`, show `detail`. Lists take `limit` and the `nextCursor` of the page before. Every POST may carry an Idempotency-Key.',
      },
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer', description: 'An API key, "cari_…": npm run key' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: SESSION_COOKIE,
            description: 'Set by POST /v1/session; changes are accepted only from pages of this host',
          },
        },
      },
      security: [{ apiKey: [] }, { session: [] }],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    },
  })
  // Every route can return an error, always in the same shape.
  app.addHook('onRoute', (route) => {
    const response = route.schema?.response as Record<string, unknown> | undefined
    if (response !== undefined) response['4xx'] ??= Problem
  })
  await app.register(swaggerUi, { routePrefix: '/docs', uiConfig: { docExpansion: 'list' } })
  app.get('/v1/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}
