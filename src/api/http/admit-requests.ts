/**
 * Holds every call under /v1 against what the process has in hand (admission.ts). Asked twice: before the request has
 * cost anything, and again when its body is there, which is when the work begins; a body that drips in holds nothing.
 *
 * While calls are refused, the first time is in front of Fastify: its way to an answer takes 150 µs of CPU, which
 * thousands of refusals a second would take from the calls that are admitted. In front of it they take 35.
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
    /** Gives back what the request holds of its process. */
    leave: ((isDone?: boolean) => void) | null
  }
  interface FastifyContextConfig {
    /** What kind of work a call of this route is; `normal` when nothing is said. */
    load?: Load
  }
}

export type Listener = (request: IncomingMessage, response: ServerResponse) => void

export class Gatekeeper {
  readonly #admission: Admission
  /** Routes whose calls are not `normal`: a few. */
  readonly #routes: { methods: string[]; path: RegExp; load: Load }[] = []

  constructor(admission: Admission) {
    this.#admission = admission
  }

  /** To be told of every route. */
  learn({ method, url, config }: RouteOptions): void {
    const load = config?.load
    if (load !== undefined) this.#routes.push({ methods: [method].flat(), path: routePattern(url), load })
  }

  /** Answers what is refused, and passes everything else on. What it cannot tell is refused where it has been routed. */
  before(listener: Listener, isListening: () => boolean): Listener {
    return (request, response) => {
      // A server that is being closed waits for its connections: Fastify says 503 and ends them.
      const refusal = this.#admission.isPressed && isListening() ? this.#refusal(request) : undefined
      if (refusal === undefined) listener(request, response)
      else writeProblem(response, refusal)
    }
  }

  #refusal({ method = '', url = '' }: IncomingMessage): AppError | undefined {
    if (!url.startsWith('/v1/')) return undefined
    const path = url.split('?', 1)[0] ?? ''
    const route = this.#routes.find((one) => one.methods.includes(method) && one.path.test(path))
    return this.#admission.refusal(route?.load ?? 'normal')
  }
}

export function installAdmission(app: FastifyInstance, admission: Admission): void {
  app.decorateRequest('leave', null)
  app.addHook('onRequest', async ({ routeOptions }) => admission.check(routeOptions.config.load ?? 'normal'))
  app.addHook('preValidation', async (request) => {
    const { method, routeOptions } = request
    request.leave = admission.enter(routeOptions.config.load ?? 'normal', `${method} ${routeOptions.url}`)
  })
  // Not when the answer has been read: a slow reader is no work. And not when the client has gone: its work goes on.
  app.addHook('onSend', async (request, reply, payload) => {
    const { leave } = request
    request.leave = null
    if (leave !== null && payload instanceof Readable) payload.once('close', () => leave())
    else leave?.(reply.statusCode < 400)
    return payload
  })
}
