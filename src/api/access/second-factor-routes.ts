/** The second factor of the signed-in user: set up with an authenticator app, and removed. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { RefusedSignIns } from '../../access/note-refused.ts'
import {
  beginSecondFactor,
  finishSecondFactor,
  readSecondFactor,
  removeOwnSecondFactor,
} from '../../access/second-factor.ts'
import { foldName } from '../../access/user-store.ts'
import { AppError } from '../../domain/errors.ts'
import { SIGN_IN_BODY_BYTES } from '../http/body-limits.ts'
import { NoBody } from '../http/common-schemas.ts'
import type { AppDeps, RouteDeps } from '../http/request-context.ts'
import { readOwnSession } from './read-own-session.ts'
import { BegunSecondFactorReply, CodeBody, RecoveryCodesReply, SecondFactorReply } from './session-schemas.ts'
import type { SignInThrottle } from './sign-in-throttle.ts'

const config = { permission: 'anyone' } as const
const security = [{ session: [] }]
const tags = ['sessions']

export function secondFactorRoutes(
  { prisma, sessions }: RouteDeps & Pick<AppDeps, 'prisma'>,
  throttle: SignInThrottle,
  refused: RefusedSignIns,
): FastifyPluginAsyncTypebox {
  /** `isDangerous`: with it, whoever sits at an open browser could lock the user out. */
  const readUser = async (request: FastifyRequest, { isDangerous }: { isDangerous: boolean }) => {
    const { token, session } = await readOwnSession(request, sessions)
    const { caller } = session
    if (caller.kind !== 'user') {
      throw new AppError(
        'missing_permission',
        'This session is that of an API key, which has no second factor. Sign in with a name.',
      )
    }
    if (isDangerous) await sessions.expectConfirmed(token, caller)
    return caller
  }
  return async (app) => {
    app.get(
      '/session/second-factor',
      {
        config,
        schema: {
          tags,
          summary: 'Whether the signed-in user has a second factor',
          security,
          response: { 200: SecondFactorReply },
        },
      },
      async (request) => {
        const { id } = await readUser(request, { isDangerous: false })
        const { onSince, recoveryCodesLeft } = await readSecondFactor(prisma, id)
        return { onSince: onSince?.toISOString() ?? null, recoveryCodesLeft }
      },
    )

    app.post(
      '/session/second-factor',
      {
        config,
        schema: {
          tags,
          summary: 'Begin to set up a second factor: a secret for an authenticator app',
          description:
            'It is asked for once POST …/confirm has been sent a code. Needs the password of the last minutes.',
          security,
          body: NoBody,
          response: { 200: BegunSecondFactorReply },
        },
      },
      async (request) => beginSecondFactor(prisma, await readUser(request, { isDangerous: true })),
    )

    app.post(
      '/session/second-factor/confirm',
      {
        config,
        bodyLimit: SIGN_IN_BODY_BYTES,
        schema: {
          tags,
          summary: 'Switch the second factor on, with a code of the app; returns the recovery codes, once',
          security,
          body: CodeBody,
          response: { 200: RecoveryCodesReply },
        },
      },
      async (request) => {
        const { id, name } = await readUser(request, { isDangerous: false })
        const folded = await foldName(prisma, name)
        await throttle.countTry(request, folded)
        const recoveryCodes = await finishSecondFactor(prisma, id, request.body.code)
        if (recoveryCodes === null) {
          refused.note(name, 'wrong_own_code')
          throw new AppError(
            'wrong_credentials',
            'This is not the code of the app. Check that the clock of the phone is right, and send the newest code.',
            { fields: [{ field: '/code', problem: 'is wrong' }] },
          )
        }
        request.log.info({ callerId: id }, 'second factor switched on')
        return { recoveryCodes }
      },
    )

    app.delete(
      '/session/second-factor',
      {
        config,
        schema: {
          tags,
          summary: 'Remove the own second factor; needs the password of the last minutes; safe to repeat',
          security,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        const { id } = await readUser(request, { isDangerous: true })
        await removeOwnSecondFactor(prisma, id)
        request.log.info({ callerId: id }, 'second factor removed')
        return reply.code(204).send(null)
      },
    )
  }
}
