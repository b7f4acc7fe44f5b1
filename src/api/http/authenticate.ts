/**
 * Authenticates requests under /v1 and checks the caller's role. An API key in the Authorization header takes precedence
 * over a session cookie.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { mayActAs } from '../../access/api-key.ts'
import type { Caller } from '../../access/caller.ts'
import type { KeyRing } from '../../access/key-ring.ts'
import type { Sessions } from '../../access/sessions.ts'
import { AppError } from '../../domain/errors.ts'
import { checkSameOrigin } from './same-origin.ts'
import { readSessionCookie } from './session-cookie.ts'

export function installAuthentication(app: FastifyInstance, keyRing: KeyRing, sessions: Sessions): void {
  // A route without a role must stop the start, not be open to everyone.
  app.addHook('onRoute', ({ url, config }) => {
    if (config?.role === undefined) throw new Error(`Route ${url} does not declare the role it needs`)
  })
  app.addHook('onRequest', async (request) => {
    const { role: needed = 'admin' } = request.routeOptions.config
    if (needed === 'anyone') {
      // Signing in or out from another site is refused too. Programs send no origin, and need none without a cookie.
      return checkSameOrigin(request, { needsOrigin: readSessionCookie(request) !== undefined })
    }
    const caller = await identify(request, keyRing, sessions)
    request.caller = caller
    if (mayActAs(caller.role, needed)) return
    const who = caller.kind === 'user' ? 'You have' : 'This API key has'
    throw new AppError(
      'role_too_low',
      `${who} the role "${caller.role}"; ${request.method} ${request.routeOptions.url} needs "${needed}". Ask an admin.`,
    )
  })
}

async function identify(request: FastifyRequest, keyRing: KeyRing, sessions: Sessions): Promise<Caller> {
  const { authorization } = request.headers
  if (authorization !== undefined) return keyRing.authenticate(authorization)
  const token = readSessionCookie(request)
  if (token === undefined) {
    throw new AppError(
      'missing_api_key',
      'This request has neither an Authorization header nor a session. Send "Authorization: Bearer <API key>"; "npm run key" creates a key. In a browser, sign in first.',
    )
  }
  const { caller } = await sessions.authenticate(token)
  checkSameOrigin(request, { needsOrigin: true })
  return caller
}
