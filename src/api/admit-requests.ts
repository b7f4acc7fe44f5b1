/**
 * Holds every call under /v1 against what the process has in hand (admission.ts). Asked twice: before the request has
 * cost anything, and again when its body is there, which is when the work begins; a body that drips in holds nothing.
 */
import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { Admission, Load } from './admission.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Gives back what the request holds of its process. */
    leave: (() => void) | null
  }
  interface FastifyContextConfig {
    /** What kind of work a call of this route is; `normal` when nothing is said. */
    load?: Load
  }
}

export function installAdmission(app: FastifyInstance, admission: Admission): void {
  app.decorateRequest('leave', null)
  app.addHook('onRequest', async ({ routeOptions }) => admission.check(routeOptions.config.load ?? 'normal'))
  app.addHook('preValidation', async (request) => {
    request.leave = admission.enter(request.routeOptions.config.load ?? 'normal')
  })
  // Not when the answer has been read: a slow reader is no work. And not when the client has gone: its work goes on.
  app.addHook('onSend', async (request, _reply, payload) => {
    const { leave } = request
    request.leave = null
    if (leave !== null && payload instanceof Readable) payload.once('close', leave)
    else leave?.()
    return payload
  })
}
