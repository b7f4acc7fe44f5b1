/**
 * Authenticates requests to the routes under /v1 and checks the permission that the route names. An API key in the
 * Authorization header takes precedence over a session cookie.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Caller } from '../../access/caller.ts'
import type { KeyRing } from '../../access/key-ring.ts'
import type { Sessions } from '../../access/sessions.ts'
import { AppError } from '../../domain/errors.ts'
import { may, type Permission, rolesWith } from '../../domain/permissions.ts'
import { checkSameOrigin } from './same-origin.ts'
import { readSessionCookie } from './session-cookie.ts'

export function installAuthentication(app: FastifyInstance, keyRing: KeyRing, sessions: Sessions): void {
  // The app does not start with a route whose permission was forgotten.
  app.addHook('onRoute', ({ url, config }) => {
    if (config?.permission === undefined) {
      throw new Error(`Route ${url} names no permission. Add config: { permission: … }, or 'anyone'.`)
    }
  })
  app.addHook('onRequest', async (request) => {
    const { permission } = request.routeOptions.config
    if (permission === 'anyone') {
      // No other site may sign somebody in or out. Programs send no Origin, and no cookie either.
      return checkSameOrigin(request, { needsOrigin: readSessionCookie(request) !== undefined })
    }
    if (permission === undefined) throw new Error('a request reached a route without a permission')
    request.caller = await identify(request, keyRing, sessions)
    requirePermission(request, permission)
  })
}

/** For a handler whose body asks for more than the route's own permission covers. */
export function requirePermission(
  { caller, method, routeOptions }: FastifyRequest,
  permission: Permission,
): void {
  if (may(caller.role, permission)) return
  const roles = rolesWith(permission).join(' or ')
  const call = `${method} ${routeOptions.url}`
  throw new AppError(
    'missing_permission',
    caller.kind === 'user'
      ? `${call} needs the permission "${permission}"; your role "${caller.role}" does not have it. Ask an admin for the role ${roles}.`
      : `${call} needs the permission "${permission}"; the role "${caller.role}" of this API key does not have it. Use a key with the role ${roles}.`,
  )
}

async function identify(request: FastifyRequest, keyRing: KeyRing, sessions: Sessions): Promise<Caller> {
  const { authorization } = request.headers
  if (authorization !== undefined) return keyRing.authenticate(authorization, request.ip)
  const token = readSessionCookie(request)
  if (token === undefined) {
    throw new AppError(
      'missing_api_key',
      'The request has neither an Authorization header nor a session cookie. Send "Authorization: Bearer <API key>"; "npm run key" creates a key. In a browser, sign in first.',
    )
  }
  const { caller } = await sessions.authenticate(token, request.ip)
  checkSameOrigin(request, { needsOrigin: true })
  return caller
}
