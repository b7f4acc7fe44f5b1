/** The session of a request to a route that is about the own one. Such a route is for anyone, so nobody has looked yet. */
import type { FastifyRequest } from 'fastify'
import type { Session, Sessions } from '../../access/sessions.ts'
import { AppError } from '../../domain/errors.ts'
import { nameActor } from '../../process/acting.ts'
import { checkSameOrigin } from '../http/same-origin.ts'
import { readSessionCookie } from '../http/session-cookie.ts'

/** Throws `session_ended` if there is none. */
export async function readOwnSession(
  request: FastifyRequest,
  sessions: Sessions,
): Promise<{ token: string; session: Session }> {
  const token = readSessionCookie(request)
  if (token === undefined) {
    throw new AppError('session_ended', 'There is no session. Sign in with POST /v1/session.')
  }
  const session = await sessions.authenticate(token, request.ip)
  checkSameOrigin(request, { needsOrigin: true })
  request.caller = session.caller
  nameActor(session.caller)
  return { token, session }
}
