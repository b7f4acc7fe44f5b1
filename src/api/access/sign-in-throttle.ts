/**
 * Keeps guessing slow. Each process counts for itself, in memory: with three API processes behind a balancer, the limits
 * are three times as high, which twelve characters can bear.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../../domain/errors.ts'

/** Sign-ins from one address, right or wrong. Behind a proxy see TRUSTED_PROXIES, or all share one address. */
const BY_ADDRESS = { max: 30, timeWindow: 60_000 }
/**
 * Wrong passwords for one name, known or not, from wherever. Right ones are not counted: whoever works here all day
 * must not be kept out by that. Who guesses many at a time gets a few more, as many as may wait for their hash.
 */
const BY_NAME = { max: 10, timeWindow: 300_000 }

export interface SignInThrottle {
  /** Counts this sign-in for its address. */
  checkAddress(request: FastifyRequest): Promise<void>
  checkName(request: FastifyRequest): Promise<void>
  countWrong(request: FastifyRequest): Promise<void>
}

export function openSignInThrottle(app: FastifyInstance): SignInThrottle {
  const byAddress = app.createRateLimit(BY_ADDRESS)
  const byName = app.createRateLimit({ ...BY_NAME, keyGenerator: nameIn })
  return {
    async checkAddress(request) {
      const seen = await byAddress(request)
      if (!seen.isAllowed && seen.isExceeded) throw tooMany('sign-ins from this address', seen.ttlInSeconds)
    },
    async checkName(request) {
      const seen = await byName(request, { increment: false })
      if (!seen.isAllowed && seen.remaining === 0) {
        throw tooMany('wrong passwords for this name', seen.ttlInSeconds)
      }
    },
    async countWrong(request) {
      await byName(request)
    },
  }
}

function nameIn(request: FastifyRequest): string {
  const { name } = request.body as { name: string }
  return name.normalize('NFC').toLowerCase()
}

function tooMany(what: string, seconds: number): AppError {
  return new AppError('too_many_sign_ins', `There were too many ${what}. Try again in ${seconds} s.`, {
    retryAfterSeconds: seconds,
  })
}
