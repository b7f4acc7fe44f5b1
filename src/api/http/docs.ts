/** Serves the OpenAPI document, generated from the schemas that validate requests, and Swagger UI at /docs. */
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify'
import { CONFIRMED_MINUTES } from '../../access/sessions.ts'
import { isOfPeople, rolesWith } from '../../domain/permissions.ts'
import { Problem } from './common-schemas.ts'
import { SESSION_COOKIE } from './session-cookie.ts'

const TAGS = {
  campaigns: 'Create, send, schedule, pause and cancel campaigns',
  results: 'The result of each device, and why',
  devices: 'Devices, their addresses and members',
  members: 'Members and their devices',
  api_keys: 'Keys for programs that call this API',
  users: 'People who can sign in',
  sessions: 'Signing in and out',
  audit: 'Who did what',
  operations: 'Health, metrics and the state of the installation',
}

/** Call before registering routes. */
export async function installDocs(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Carillon',
        version: '1',
        description:
          'Push campaigns through Firebase Cloud Messaging. Errors are problem+json: `code` is for programs, `detail` for people. Lists take `limit` and the `nextCursor` of the previous page as `cursor`. Every POST accepts an Idempotency-Key. What changes, sends or tests a campaign needs If-Match: the version that was seen.',
      },
      components: {
        securitySchemes: {
          apiKey: {
            type: 'http',
            scheme: 'bearer',
            description: 'An API key ("cari_…"), created with "npm run key"',
          },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: SESSION_COOKIE,
            description:
              'Set by POST /v1/session. Requests that change something must come from a page of this host',
          },
        },
      },
      security: [{ apiKey: [] }, { session: [] }],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    },
    transform: ({ schema, url, route }) => ({ schema: withPermission(schema, route), url }),
  })
  // Every route can return an error, always in the same shape.
  app.addHook('onRoute', (route) => {
    const response = route.schema?.response as Record<string, unknown> | undefined
    if (response !== undefined) response['4xx'] ??= Problem
  })
  await app.register(swaggerUi, { routePrefix: '/docs', uiConfig: { docExpansion: 'list' } })
}

/** To be added under /v1. */
export function addOpenApiRoute(app: FastifyInstance): void {
  const options = { config: { permission: 'anyone' }, schema: { hide: true } } as const
  let text: string | undefined
  app.get('/openapi.json', options, async (_request, reply) => {
    // Written once: anybody may ask for its 300 KB.
    text ??= JSON.stringify(app.swagger())
    return reply.header('content-type', 'application/json; charset=utf-8').send(text)
  })
}

function withPermission(schema: FastifySchema, { config }: RouteOptions): FastifySchema {
  const permission = config?.permission
  const confirmed =
    config?.isDangerous === true
      ? ` A session must have given its password in the last ${CONFIRMED_MINUTES} minutes, or it gets 403 \`reauthenticate\`: POST /v1/session/confirm.`
      : ''
  if (permission === undefined || permission === 'anyone') return schema
  const people = isOfPeople(permission) ? ' No API key has it.' : ''
  const needs = `Needs the permission \`${permission}\` (roles: ${rolesWith(permission).join(', ')}).${people}${confirmed}`
  return {
    ...schema,
    description: schema.description === undefined ? needs : `${schema.description}\n\n${needs}`,
    'x-permission': permission,
  } as FastifySchema
}
