/**
 * A browser sends the session's cookie along whoever made it send the request. SameSite=Strict keeps other sites out;
 * this keeps out the neighbours too, pages on another port or another host of the same domain.
 */
import type { FastifyRequest } from 'fastify'
import { AppError } from '../../domain/errors.ts'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/** `mustSay`: a request that does not say where it comes from is refused as well. */
export function checkSameOrigin(request: FastifyRequest, { mustSay }: { mustSay: boolean }): void {
  if (SAFE.has(request.method)) return
  const { 'sec-fetch-site': site, origin } = request.headers
  const isSaid = site !== undefined || origin !== undefined
  const isSame = site !== undefined ? site === 'same-origin' : hostOf(origin) === request.host
  if (isSaid ? isSame : !mustSay) return
  const [header, value] = site !== undefined ? ['Sec-Fetch-Site', site] : ['Origin', origin ?? null]
  throw new AppError(
    'cross_site',
    `${header} is ${JSON.stringify(value)}; with a session's cookie, only pages of ${request.host} may change anything. Programs send an API key instead: "Authorization: Bearer <API key>".`,
  )
}

function hostOf(origin: string | undefined): string | undefined {
  return origin !== undefined && URL.canParse(origin) ? new URL(origin).host : undefined
}
