/** Lets a request through to a route under /v1 only with a valid API key of a sufficient role. */
import type { FastifyInstance } from 'fastify'
import { mayActAs } from '../access/api-key.ts'
import type { KeyRing } from '../access/key-ring.ts'
import { AppError } from '../runtime/errors.ts'

export function installAuthentication(app: FastifyInstance, keyRing: KeyRing): void {
  // A route somebody forgot to protect is a start-up mistake, not an open door.
  app.addHook('onRoute', ({ url, config }) => {
    if (config?.role === undefined) throw new Error(`Route ${url} does not say which role may call it`)
  })
  app.addHook('onRequest', async (request) => {
    const caller = await keyRing.authenticate(request.headers.authorization)
    request.caller = caller
    const { role: needed = 'admin' } = request.routeOptions.config
    if (mayActAs(caller.role, needed)) return
    throw new AppError(
      'role_too_low',
      `This API key has the role "${caller.role}"; ${request.method} ${request.routeOptions.url} needs "${needed}". Use another key, or ask an admin for one.`,
    )
  })
}
