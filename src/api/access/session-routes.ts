/** Signs in with a password or an API key, and out. A sign-in opens a session, whose token is set as a cookie. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { Caller } from '../../access/caller.ts'
import type { Session } from '../../access/sessions.ts'
import { changeOwnPassword, findUserByPassword, foldName } from '../../access/user-store.ts'
import { AppError } from '../../domain/errors.ts'
import { permissionsOf } from '../../domain/permissions.ts'
import { SIGN_IN_BODY_BYTES } from '../http/body-limits.ts'
import type { AppDeps, RouteDeps } from '../http/request-context.ts'
import { checkSameOrigin } from '../http/same-origin.ts'
import { clearSessionCookie, readSessionCookie, setSessionCookie } from '../http/session-cookie.ts'
import { OwnPasswordBody, SessionReply, SignInBody } from './session-schemas.ts'
import { openSignInThrottle } from './sign-in-throttle.ts'

interface SignedIn {
  caller: Caller
  /** Of a user: what the password was compared with. */
  passwordHash?: string
}

export function sessionRoutes({
  prisma,
  keyRing,
  sessions,
}: RouteDeps & Pick<AppDeps, 'prisma'>): FastifyPluginAsyncTypebox {
  return async (app) => {
    const throttle = openSignInThrottle(app)

    const findCaller = async (request: FastifyRequest, given: SignInBody): Promise<SignedIn> => {
      const { name, password, apiKey } = given
      if (apiKey !== undefined && name === undefined && password === undefined) {
        return { caller: await findKey(apiKey, request.ip) }
      }
      if (apiKey !== undefined || name === undefined || password === undefined) {
        throw new AppError('invalid_request', 'Send either name and password, or apiKey alone.')
      }
      const folded = await foldName(prisma, name)
      await throttle.checkName(request, folded)
      const found = await findUserByPassword(prisma, name, password)
      if (found === null) {
        await throttle.countWrong(request, folded)
        throw new AppError('wrong_credentials', 'The name or the password is wrong.')
      }
      const { user, passwordHash } = found
      if (user.disabledAt !== null) {
        throw new AppError('user_disabled', 'This user is disabled and cannot sign in. Ask an admin.')
      }
      return { caller: { id: user.id, kind: 'user', name: user.name, role: user.role }, passwordHash }
    }

    const findKey = async (apiKey: string, address: string): Promise<Caller> => {
      try {
        return await keyRing.authenticateKey(apiKey, address)
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'invalid_api_key') throw error
        throw new AppError('wrong_credentials', error.message)
      }
    }

    app.post(
      '/session',
      {
        config: { permission: 'anyone' },
        bodyLimit: SIGN_IN_BODY_BYTES,
        // Before the body is read: what cannot be read costs as much as what is wrong.
        onRequest: (request) => throttle.checkAddress(request),
        schema: {
          tags: ['sessions'],
          summary: 'Sign in with name and password or with an API key; sets the cookie of a new session',
          security: [],
          body: SignInBody,
          response: { 201: SessionReply },
        },
      },
      async (request, reply) => {
        const { caller, passwordHash } = await findCaller(request, request.body)
        const before = readSessionCookie(request)
        if (before !== undefined) await sessions.end(before)
        const { token, session } = await sessions.open(caller, passwordHash)
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
        const session = await sessions.authenticate(token, request.ip)
        return reply.header('cache-control', 'no-store').send(sessionBody(session))
      },
    )

    app.post(
      '/session/password',
      {
        config: { permission: 'anyone', secretFields: ['password', 'newPassword'] },
        bodyLimit: SIGN_IN_BODY_BYTES,
        schema: {
          tags: ['sessions'],
          summary: 'Change the own password; all other sessions of the user end',
          security: [{ session: [] }],
          body: OwnPasswordBody,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        const token = readSessionCookie(request)
        if (token === undefined)
          throw new AppError('session_ended', 'There is no session. Sign in with POST /v1/session.')
        const { id: sessionId, caller } = await sessions.authenticate(token, request.ip)
        checkSameOrigin(request, { needsOrigin: true })
        if (caller.kind !== 'user') {
          throw new AppError(
            'missing_permission',
            'This session is that of an API key, which has no password. Sign in with a name.',
          )
        }
        request.caller = caller
        const folded = await foldName(prisma, caller.name)
        await throttle.checkName(request, folded)
        const { password, newPassword } = request.body
        if (!(await changeOwnPassword(prisma, { userId: caller.id, sessionId }, password, newPassword))) {
          await throttle.countWrong(request, folded)
          throw new AppError('wrong_credentials', 'The current password is wrong. Nothing was changed.', {
            fields: [{ field: '/password', problem: 'is not the current password' }],
          })
        }
        sessions.forget(caller.id)
        request.log.info({ callerId: caller.id, sessionId }, 'password changed')
        return reply.code(204).send(null)
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
