/** Tells whatever a request leads to for whom it runs, for the audit log. */
import type { FastifyInstance } from 'fastify'
import { actingFor } from '../../process/acting.ts'

/**
 * After authentication, and after the body has been read: reading it goes on in events of the socket, which know nothing of the
 * request. With `done`, everything that follows runs inside.
 */
export function installActor(app: FastifyInstance): void {
  app.addHook('preHandler', (request, _reply, done) => {
    const { caller, ip: address, id: requestId } = request
    const actor = caller === undefined ? null : { kind: caller.kind, id: caller.id, name: caller.name }
    actingFor({ actor, address, requestId }, done)
  })
}
