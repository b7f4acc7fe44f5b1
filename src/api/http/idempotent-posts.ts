/**
 * Makes every POST under /v1 repeatable with an Idempotency-Key (see access/idempotency.ts). A key is claimed once
 * the request has passed its schema, and only 2xx answers are kept: a refusal has changed nothing, and the same
 * key may be used for the corrected request.
 */
import { createHash, randomUUIDv7 } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  checkIdempotencyKey,
  claimKey,
  freeKey,
  RENEW_EVERY_MS,
  renewClaim,
  type StoredAnswer,
  storeAnswer,
} from '../../access/idempotency.ts'
import type { Pool } from '../../postgres/pool.ts'

const KEPT_HEADERS = ['content-type', 'location', 'etag'] as const

export function installIdempotency(app: FastifyInstance, pool: Pool): void {
  app.addHook('preHandler', async (request, reply) => {
    // Without a caller there is nobody to keep an answer for, and a sign-in must not be repeatable.
    if (request.method !== 'POST' || request.routeOptions.config.permission === 'anyone') return
    request.subjectId = randomUUIDv7()
    const key = request.headers['idempotency-key']
    if (key === undefined) return
    checkIdempotencyKey(String(key))
    const result = await claimKey(pool, request.caller.id, String(key), fingerprintOf(request))
    if (result.kind === 'answered') return replay(reply, result.answer)
    request.claim = result.claim
    request.subjectId = result.claim.subjectId
    request.claimTimer = setInterval(() => {
      renewClaim(pool, result.claim).catch((error: unknown) =>
        request.log.warn({ err: error }, 'an idempotency claim could not be renewed'),
      )
    }, RENEW_EVERY_MS)
  })

  app.addHook('onSend', async (request, reply, payload) => {
    const { claim } = request
    if (claim === null) return payload
    request.claim = null
    if (request.claimTimer !== null) clearInterval(request.claimTimer)
    try {
      if (reply.statusCode < 300) await storeAnswer(pool, claim, answerOf(reply, payload))
      else await freeKey(pool, claim)
    } catch (error) {
      // The deed is done and its answer is right; a repeat waits until the claim is stale.
      request.log.warn({ err: error }, 'an answer could not be kept for its idempotency key')
    }
    return payload
  })
}

function replay(reply: FastifyReply, { status, headers, body }: StoredAnswer): FastifyReply {
  return reply
    .code(status)
    .headers({ ...headers, 'idempotency-replayed': 'true' })
    .send(body ?? undefined)
}

function answerOf(reply: FastifyReply, payload: unknown): StoredAnswer {
  const headers = KEPT_HEADERS.flatMap((name) => {
    const value = reply.getHeader(name)
    return value === undefined ? [] : [[name, String(value)]]
  })
  const body = typeof payload === 'string' ? payload : null
  const { withoutSecret } = reply.routeOptions.config
  return {
    status: reply.statusCode,
    headers: Object.fromEntries(headers),
    body: body !== null && withoutSecret ? withoutSecret(body) : body,
  }
}

/**
 * What was asked. A stream's content is not known beforehand: its type and length have to do. Nor is a password part of
 * it, since this hash is a fast one: whoever read it could try passwords by the million.
 */
function fingerprintOf(request: FastifyRequest): Buffer {
  const { isStream, secretFields = [] } = request.routeOptions.config
  const hash = createHash('sha256').update(`${request.method} ${request.url}\n`)
  const body = isStream
    ? `${request.headers['content-type']} ${request.headers['content-length']}`
    : JSON.stringify(request.body ?? null, (key, value) => (secretFields.includes(key) ? null : value))
  return hash.update(body).digest()
}
