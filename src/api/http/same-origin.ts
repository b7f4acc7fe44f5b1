/**
 * Protects against cross-site request forgery. A browser sends the session cookie with a request whichever page caused it.
 * SameSite=Strict excludes other sites; this check also excludes other ports and other hosts of the same domain.
 */
import type { FastifyRequest } from 'fastify'
import { AppError } from '../../domain/errors.ts'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/** `needsOrigin`: refuse requests without Sec-Fetch-Site and Origin too. */
export function checkSameOrigin(request: FastifyRequest, { needsOrigin }: { needsOrigin: boolean }): void {
  if (SAFE.has(request.method)) return
  const { 'sec-fetch-site': site, origin } = request.headers
  const hasOrigin = site !== undefined || origin !== undefined
  const isSame = site !== undefined ? site === 'same-origin' : hostOf(origin) === request.host
  if (hasOrigin ? isSame : !needsOrigin) return
  const [header, value] = site !== undefined ? ['Sec-Fetch-Site', site] : ['Origin', origin ?? null]
  throw new AppError(
    'cross_site',
    `${header} is ${JSON.stringify(value)}; requests with a session cookie may only come from pages of ${request.host}. Programs send an API key instead: "Authorization: Bearer <API key>".`,
  )
}

function hostOf(origin: string | undefined): string | undefined {
  return origin !== undefined && URL.canParse(origin) ? new URL(origin).host : undefined
}
