/**
 * Applies the limits of admission.ts to every call under /v1. A call is checked twice: before the request has cost
 * anything, and when its body is complete, which is when it takes its slot. A body that arrives slowly takes none.
 *
 * While calls are refused, the first check happens in front of Fastify. A refusal by Fastify costs 150 µs of CPU, which
 * thousands of refusals a second would take from the accepted calls; in front of it, 35 µs.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyInstance, RouteOptions } from 'fastify'
import type { AppError } from '../../domain/errors.ts'
import type { Admission, Load } from './admission.ts'
import { writeProblem } from './client-errors.ts'
import { routePattern } from './route-pattern.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Frees what the request takes of the process's limits. */
    leave: (() => void) | null
  }
  interface FastifyContextConfig {
    /** What kind of work a call of this route is. Default: `normal`. */
    load?: Load
  }
}

export type Listener = (request: IncomingMessage, response: ServerResponse) => void

export class Gatekeeper {
  readonly #admission: Admission
  /** Only the few routes whose calls are not `normal`. */
  readonly #routes: { methods: string[]; path: RegExp; load: Load }[] = []

  constructor(admission: Admission) {
    this.#admission = admission
  }

  /** Call for every route. */
  addRoute({ method, url, config }: RouteOptions): void {
    const load = config?.load
    if (load !== undefined) this.#routes.push({ methods: [method].flat(), path: routePattern(url), load })
  }

  /** Wraps Fastify's listener: answers refused calls itself and passes on all others. */
  before(listener: Listener, isListening: () => boolean): Listener {
    return (request, response) => {
      // While the server closes, Fastify answers 503 and closes the connection, which closing waits for.
      const refusal = this.#admission.isPressed && isListening() ? this.#refusal(request) : undefined
      if (refusal === undefined) listener(request, response)
      else writeProblem(response, refusal)
    }
  }

  #refusal({ method = '', url = '' }: IncomingMessage): AppError | undefined {
    if (!url.startsWith('/v1/')) return undefined
    const path = url.split('?', 1)[0] ?? ''
    const route = this.#routes.find(
      ({ methods, path: pattern }) => methods.includes(method) && pattern.test(path),
    )
    return this.#admission.refusal(route?.load ?? 'normal')
  }
}

export function installAdmission(app: FastifyInstance, admission: Admission): void {
  app.decorateRequest('leave', null)
  app.addHook('onRequest', async ({ routeOptions }) => admission.check(routeOptions.config.load ?? 'normal'))
  app.addHook('preValidation', async (request) => {
    request.leave = admission.enter(request.routeOptions.config.load ?? 'normal')
  })
  // A slow reader takes no slot, so the slot is freed before the answer is sent. If the client has left, its call still
  // runs and keeps its slot until this hook.
  app.addHook('onSend', async (request, _reply, payload) => {
    const { leave } = request
    request.leave = null
    if (leave !== null && payload instanceof Readable) payload.once('close', leave)
    else leave?.()
    return payload
  })
}
