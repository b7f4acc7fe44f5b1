/** The own sessions: listed, ended, and confirmed with the password before a dangerous deed. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { Caller } from '../../access/caller.ts'
import type { RefusedSignIns } from '../../access/note-refused.ts'
import { confirmSession, endOtherSessions, endSession, listSessions } from '../../access/own-sessions.ts'
import { takeCode } from '../../access/second-factor.ts'
import { findUserByPassword, foldName } from '../../access/user-store.ts'
import { AppError } from '../../domain/errors.ts'
import { SIGN_IN_BODY_BYTES } from '../http/body-limits.ts'
import { IdParams } from '../http/common-schemas.ts'
import type { AppDeps, RouteDeps } from '../http/request-context.ts'
import { readOwnSession } from './read-own-session.ts'
import { ConfirmBody, OwnSessionsReply } from './session-schemas.ts'
import type { SignInThrottle } from './sign-in-throttle.ts'

const config = { permission: 'anyone' } as const
const security = [{ session: [] }]
const tags = ['sessions']

export function ownSessionRoutes(
  { prisma, keyRing, sessions }: RouteDeps & Pick<AppDeps, 'prisma'>,
  throttle: SignInThrottle,
  refused: RefusedSignIns,
): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/sessions',
      {
        config,
        schema: {
          tags,
          summary: 'The sessions of the signed-in user or API key, newest first',
          security,
          response: { 200: OwnSessionsReply },
        },
      },
      async (request) => {
        const { session: own } = await readOwnSession(request, sessions)
        const rows = await listSessions(prisma, own.caller)
        return {
          data: rows.map(({ createdAt, seenAt, expiresAt, ...row }) => ({
            ...row,
            isThisOne: row.id === own.id,
            createdAt: createdAt.toISOString(),
            seenAt: seenAt.toISOString(),
            expiresAt: expiresAt.toISOString(),
          })),
        }
      },
    )

    app.delete(
      '/sessions/:id',
      {
        config,
        schema: {
          tags,
          summary: 'End one of the own sessions; safe to repeat',
          security,
          params: IdParams,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        const { session: own } = await readOwnSession(request, sessions)
        await endSession(prisma, own, request.params.id)
        sessions.forget(own.caller.id)
        request.log.info({ callerId: own.caller.id, sessionId: request.params.id }, 'session ended')
        return reply.code(204).send(null)
      },
    )

    app.delete(
      '/sessions',
      {
        config,
        schema: {
          tags,
          summary: 'End all own sessions but this one; safe to repeat',
          security,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        const { session: own } = await readOwnSession(request, sessions)
        await endOtherSessions(prisma, own)
        sessions.forget(own.caller.id)
        request.log.info({ callerId: own.caller.id, sessionId: own.id }, 'other sessions ended')
        return reply.code(204).send(null)
      },
    )

    /** Counts what is wrong; throws if there was too much of it. */
    const isOwn = async (request: FastifyRequest, caller: Caller, given: ConfirmBody): Promise<boolean> => {
      const { password, code, apiKey } = given
      const folded = await foldName(prisma, caller.name)
      await throttle.checkName(request, folded)
      if (caller.kind === 'user' && password === undefined && code !== undefined) {
        await throttle.countTry(request, folded)
        return takeCode(prisma, caller.id, code)
      }
      const found = caller.kind === 'user' ? await byPassword(caller, password) : await byKey(request, apiKey)
      if (found !== caller.id) await throttle.countWrong(request, folded)
      return found === caller.id
    }

    const byPassword = async ({ name }: Caller, password: string | undefined) =>
      password === undefined ? undefined : (await findUserByPassword(prisma, name, password))?.user.id

    const byKey = async (request: FastifyRequest, apiKey: string | undefined) => {
      if (apiKey === undefined) return undefined
      const found = await keyRing.authenticateKey(apiKey, request.ip).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'invalid_api_key') return undefined
        throw error
      })
      return found?.id
    }

    app.post(
      '/session/confirm',
      {
        config: { ...config, secretFields: ['password', 'code', 'apiKey'] },
        bodyLimit: SIGN_IN_BODY_BYTES,
        onRequest: (request) => throttle.checkAddress(request),
        schema: {
          tags,
          summary:
            'Give the own password, or a code, again, which managing access and erasing members asks for',
          security,
          body: ConfirmBody,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        const { token, session: own } = await readOwnSession(request, sessions)
        if (!(await isOwn(request, own.caller, request.body))) {
          const [field = 'password'] = Object.keys(request.body)
          const { kind, name } = own.caller
          if (kind === 'api_key') refused.note(null, 'wrong_own_api_key')
          else refused.note(name, field === 'code' ? 'wrong_own_code' : 'wrong_own_password')
          throw new AppError(
            'wrong_credentials',
            `It is not that of ${own.caller.name}. Nothing was changed.`,
            {
              fields: [{ field: `/${field}`, problem: 'is wrong' }],
            },
          )
        }
        await confirmSession(prisma, token)
        return reply.code(204).send(null)
      },
    )
  }
}
