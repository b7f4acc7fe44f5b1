/** The contract as OpenAPI, made from the schemas that check requests, and a page to read and try it. */
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { Problem } from './common-schemas.ts'
import { SESSION_COOKIE } from './session-cookie.ts'

const TAGS = {
  campaigns: 'A message for an audience, and its life',
  results: 'Who got it, who did not, and why',
  devices: 'Registration tokens and the members they belong to',
  members: 'Who they are, and their devices',
  api_keys: 'Programs that may call this API',
  users: 'People who may sign in',
  sessions: 'Signing in and out',
  operations: 'For whoever watches the process',
}

/** To be called before any route is made. */
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
            description: 'What POST /v1/session sets; changes only from pages of this host',
          },
        },
      },
      security: [{ apiKey: [] }, { session: [] }],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    },
  })
  // Every route can refuse, and always in the same shape.
  app.addHook('onRoute', (route) => {
    const response = route.schema?.response as Record<string, unknown> | undefined
    if (response !== undefined) response['4xx'] ??= Problem
  })
  await app.register(swaggerUi, { routePrefix: '/docs', uiConfig: { docExpansion: 'list' } })
  app.get('/v1/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}
