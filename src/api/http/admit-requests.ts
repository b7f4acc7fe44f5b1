/**
 * Applies the limits of admission.ts to every call under /v1. A call is checked twice: before the request has cost
 * anything, and when its body is complete, which is when it takes its slot. A body that arrives slowly takes none.
 *
 * Credentials that this process does not know have a limit of their own (access/lookups.ts), since no slot is taken before
 * the caller is known.
 *
 * While calls are refused, the first check happens in front of Fastify. A refusal by Fastify costs 150 µs of CPU, which
 * thousands of refusals a second would take from the accepted calls; in front of it, 35 µs.
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyInstance, RouteOptions } from 'fastify'
import type { Caller } from '../../access/caller.ts'
import type { KeyRing } from '../../access/key-ring.ts'
import type { Lookups } from '../../access/lookups.ts'
import type { Sessions } from '../../access/sessions.ts'
import type { AppError } from '../../domain/errors.ts'
import type { Admission, Load } from './admission.ts'
import { writeProblem } from './client-errors.ts'
import { routePattern } from './route-pattern.ts'
import { SESSION_COOKIE } from './session-cookie.ts'

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

/** Who is known here already, and the limit of those who are not. */
export interface Credentials {
  keyRing: Pick<KeyRing, 'knows'>
  sessions: Pick<Sessions, 'knows'>
  lookups: Lookups
}

/** Tokens need no decoding. */
const SESSION_TOKEN = new RegExp(`(?:^|;) *${SESSION_COOKIE}=([^;]*)`)

export class Gatekeeper {
  readonly #admission: Admission
  readonly #credentials: Credentials
  /** Only the few routes whose calls are not `normal`. */
  readonly #routes: { methods: string[]; path: RegExp; load: Load }[] = []

  constructor(admission: Admission, credentials: Credentials) {
    this.#admission = admission
    this.#credentials = credentials
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
      const { lookups } = this.#credentials
      // The address of a proxy has nothing outstanding: its clients are told apart behind Fastify.
      const isPressed = this.#admission.isPressed || lookups.isFullFor(request.socket.remoteAddress)
      const refusal = isPressed && isListening() ? this.#refusal(request) : undefined
      if (refusal === undefined) listener(request, response)
      else writeProblem(response, refusal)
    }
  }

  #refusal({ method = '', url = '', headers, socket }: IncomingMessage): AppError | undefined {
    if (!url.startsWith('/v1/')) return undefined
    const { lookups } = this.#credentials
    if (lookups.isFullFor(socket.remoteAddress) && this.#needsLookup(headers)) return lookups.refusal()
    const path = url.split('?', 1)[0] ?? ''
    const route = this.#routes.find(
      ({ methods, path: pattern }) => methods.includes(method) && pattern.test(path),
    )
    return this.#admission.refusal(route?.load ?? 'normal')
  }

  /** As authenticate.ts identifies the caller. */
  #needsLookup({ authorization, cookie }: IncomingHttpHeaders): boolean {
    const { keyRing, sessions } = this.#credentials
    if (authorization !== undefined) return !keyRing.knows(authorization)
    const token = cookie === undefined ? undefined : SESSION_TOKEN.exec(cookie)?.[1]
    return token !== undefined && token !== '' && !sessions.knows(token)
  }
}

/** Characters. Smaller answers fit into the kernel's buffers. */
const LARGE_ANSWER = 65_536

export function installAdmission(app: FastifyInstance, admission: Admission): void {
  app.decorateRequest('leave', null)
  app.addHook('onRequest', async ({ routeOptions }) => admission.check(routeOptions.config.load ?? 'normal'))
  app.addHook('preValidation', async (request) => {
    // The caller is not set on routes for anyone.
    const callerId = (request.caller as Caller | undefined)?.id ?? null
    request.leave = admission.enter(request.routeOptions.config.load ?? 'normal', callerId)
  })
  // A slow reader takes no slot, so the slot is freed before the answer is sent. If the client has left, its call still
  // runs and keeps its slot until this hook.
  app.addHook('onSend', async (request, reply, payload) => {
    const { leave } = request
    const caller = request.caller as Caller | undefined
    if (typeof payload === 'string' && payload.length > LARGE_ANSWER && caller !== undefined) {
      const release = admission.hold(caller.id, Buffer.byteLength(payload))
      reply.raw.once('finish', release).once('close', release)
    }
    request.leave = null
    // At its end, before the client has the last of it: it may ask for the next export at once. `close` comes after that, or alone.
    if (leave !== null && payload instanceof Readable) payload.once('end', leave).once('close', leave)
    else leave?.()
    return payload
  })
}
