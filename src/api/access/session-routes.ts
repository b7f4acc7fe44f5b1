/** Signs in with a password or an API key, and out. A sign-in opens a session, whose token is set as a cookie. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { Caller } from '../../access/caller.ts'
import type { Session } from '../../access/sessions.ts'
import { findUserByPassword } from '../../access/user-store.ts'
import { AppError } from '../../domain/errors.ts'
import { permissionsOf } from '../../domain/permissions.ts'
import type { AppDeps, RouteDeps } from '../http/request-context.ts'
import { clearSessionCookie, readSessionCookie, setSessionCookie } from '../http/session-cookie.ts'
import { SessionReply, SignInBody } from './session-schemas.ts'
import { openSignInThrottle } from './sign-in-throttle.ts'

export function sessionRoutes({
  prisma,
  keyRing,
  sessions,
}: RouteDeps & Pick<AppDeps, 'prisma'>): FastifyPluginAsyncTypebox {
  return async (app) => {
    const throttle = openSignInThrottle(app)

    const findCaller = async (request: FastifyRequest, given: SignInBody): Promise<Caller> => {
      const { name, password, apiKey } = given
      if (apiKey !== undefined && name === undefined && password === undefined) return findKey(apiKey)
      if (apiKey !== undefined || name === undefined || password === undefined) {
        throw new AppError('invalid_request', 'Send either name and password, or apiKey alone.')
      }
      await throttle.checkName(request)
      const user = await findUserByPassword(prisma, name, password)
      if (user !== null) return { id: user.id, kind: 'user', name: user.name, role: user.role }
      await throttle.countWrong(request)
      throw new AppError('wrong_credentials', 'The name or the password is wrong, or the user is disabled.')
    }

    const findKey = async (apiKey: string): Promise<Caller> => {
      try {
        return await keyRing.authenticateKey(apiKey)
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'invalid_api_key') throw error
        throw new AppError('wrong_credentials', error.message)
      }
    }

    app.post(
      '/session',
      {
        config: { permission: 'anyone' },
        schema: {
          tags: ['sessions'],
          summary: 'Sign in with name and password or with an API key; sets the cookie of a new session',
          security: [],
          body: SignInBody,
          response: { 201: SessionReply },
        },
      },
      async (request, reply) => {
        await throttle.checkAddress(request)
        const caller = await findCaller(request, request.body)
        const before = readSessionCookie(request)
        if (before !== undefined) await sessions.end(before)
        const { token, session } = await sessions.open(caller)
        request.log.info({ callerId: caller.id, sessionId: session.id }, 'signed in')
        setSessionCookie(reply, token, session.expiresAt)
        return reply.code(201).header('cache-control', 'no-store').send(sessionBody(session))
      },
    )

    app.get(
      '/session',
      {
        config: { permission: 'anyone' },
        schema: {
          tags: ['sessions'],
          summary: 'The signed-in user or API key, with its permissions',
          security: [{ session: [] }],
          response: { 200: SessionReply },
        },
      },
      async (request, reply) => {
        const token = readSessionCookie(request)
        if (token === undefined)
          throw new AppError('session_ended', 'There is no session. Sign in with POST /v1/session.')
        const session = await sessions.authenticate(token)
        return reply.header('cache-control', 'no-store').send(sessionBody(session))
      },
    )

    app.delete(
      '/session',
      {
        config: { permission: 'anyone' },
        schema: {
          tags: ['sessions'],
          summary: 'Sign out; safe to repeat',
          security: [{ session: [] }],
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        const token = readSessionCookie(request)
        const ended = token === undefined ? undefined : await sessions.end(token)
        if (ended) request.log.info({ callerId: ended.callerId, sessionId: ended.id }, 'signed out')
        clearSessionCookie(reply)
        return reply.code(204).send(null)
      },
    )
  }
}

function sessionBody({ caller, expiresAt }: Session): SessionReply {
  return {
    kind: caller.kind,
    name: caller.name,
    role: caller.role,
    permissions: [...permissionsOf(caller.role)],
    expiresAt: expiresAt.toISOString(),
  }
}
