/**
 * Limits password guessing. Each process counts in its own memory: with three API processes behind a load balancer, the
 * limits are three times as high, which is still safe for passwords of at least twelve characters.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../../domain/errors.ts'

/** All sign-ins from one address. Behind a proxy, set TRUSTED_PROXIES; otherwise all clients share one address. */
const BY_ADDRESS = { max: 30, timeWindow: 60_000 }
/**
 * Wrong passwords for one name, known or not, from any address. Right ones are not counted, so that frequent sign-ins
 * do not lock a user out. Guesses sent in parallel get a few more tries: as many as may wait for their hash.
 */
const BY_NAME = { max: 10, timeWindow: 300_000 }

export interface SignInThrottle {
  /** Counts this sign-in, whatever it holds, for its address and throws if there were too many. */
  checkAddress(request: FastifyRequest): Promise<void>
  /** `name`: of the sign-in, or of the caller who changes the own password; folded as the database folds it. */
  checkName(request: FastifyRequest, name: string): Promise<void>
  countWrong(request: FastifyRequest, name: string): Promise<void>
  /**
   * Counts a try before it is looked at, and throws if there were too many: for codes, of which there are only a million and which
   * take no time to check. With a count afterwards, any number sent in parallel would be looked at.
   */
  countTry(request: FastifyRequest, name: string): Promise<void>
}

export function openSignInThrottle(app: FastifyInstance): SignInThrottle {
  const byAddress = app.createRateLimit(BY_ADDRESS)
  const names = new WeakMap<FastifyRequest, string>()
  const nameOf = (request: FastifyRequest) => names.get(request) ?? ''
  const byName = app.createRateLimit({ ...BY_NAME, keyGenerator: nameOf })
  return {
    async checkAddress(request) {
      const seen = await byAddress(request)
      if (!seen.isAllowed && seen.isExceeded) throw tooMany('sign-ins from this address', seen.ttlInSeconds)
    },
    async checkName(request, name) {
      names.set(request, name)
      const seen = await byName(request, { increment: false })
      if (!seen.isAllowed && seen.remaining === 0) {
        throw tooMany('wrong passwords for this name', seen.ttlInSeconds)
      }
    },
    async countWrong(request, name) {
      names.set(request, name)
      await byName(request)
    },
    async countTry(request, name) {
      names.set(request, name)
      const seen = await byName(request)
      if (!seen.isAllowed && seen.isExceeded) throw tooMany('wrong codes for this name', seen.ttlInSeconds)
    },
  }
}

function tooMany(what: string, seconds: number): AppError {
  return new AppError('too_many_sign_ins', `Too many ${what}. Try again in ${seconds} s.`, {
    retryAfterSeconds: seconds,
  })
}
