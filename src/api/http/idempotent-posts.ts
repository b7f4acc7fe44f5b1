/**
 * Makes every POST under /v1 repeatable with an Idempotency-Key (see access/idempotency.ts). The key is claimed after
 * the request has passed its schema. Only 2xx replies are stored: a refusal has changed nothing, and the same key can be
 * used for the corrected request.
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
import type { Prisma } from '../../postgres/prisma.ts'

const KEPT_HEADERS = ['content-type', 'location', 'etag'] as const

export function installIdempotency(app: FastifyInstance, prisma: Prisma): void {
  app.addHook('preHandler', async (request, reply) => {
    // A public POST has no caller to store a reply for, and a sign-in must not be replayed.
    if (request.method !== 'POST' || request.routeOptions.config.permission === 'anyone') return
    request.subjectId = randomUUIDv7()
    const key = request.headers['idempotency-key']
    if (key === undefined) return
    checkIdempotencyKey(String(key))
    const result = await claimKey(prisma, request.caller.id, String(key), fingerprintOf(request))
    if (result.kind === 'answered') return replay(reply, result.answer)
    request.claim = result.claim
    request.subjectId = result.claim.subjectId
    request.claimTimer = setInterval(() => {
      renewClaim(prisma, result.claim).catch((error: unknown) =>
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
      if (reply.statusCode < 300) await storeAnswer(prisma, claim, answerOf(reply, payload))
      else await freeKey(prisma, claim)
    } catch (error) {
      // The request itself has succeeded. A repeat is refused until the claim is stale.
      request.log.warn({ err: error }, 'a reply could not be stored for its idempotency key')
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
 * A stream's content is not known beforehand: its type and length stand for it. Passwords are left out, because this
 * hash is fast and would let anyone who reads the table try millions of them.
 */
function fingerprintOf(request: FastifyRequest): Buffer<ArrayBuffer> {
  const { isStream, secretFields = [] } = request.routeOptions.config
  const hash = createHash('sha256').update(`${request.method} ${request.url}\n`)
  const body = isStream
    ? `${request.headers['content-type']} ${request.headers['content-length']}`
    : JSON.stringify(request.body ?? null, (key, value) => (secretFields.includes(key) ? null : value))
  return hash.update(body).digest() as Buffer<ArrayBuffer>
}
