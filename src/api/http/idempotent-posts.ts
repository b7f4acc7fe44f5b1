/**
 * Makes every POST under /v1 repeatable with an Idempotency-Key (see access/idempotency.ts). A key is claimed after the
 * request has passed validation. Only 2xx answers are stored: a refused request has changed nothing, and the client may
 * use the same key for the corrected one.
 */
import { createHash, randomUUIDv7 } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  checkIdempotencyKey,
  claimKey,
  freeKey,
  keyReused,
  RENEW_EVERY_MS,
  renewClaim,
  type StoredAnswer,
  storeAnswer,
} from '../../access/idempotency.ts'
import type { Prisma } from '../../postgres/prisma.ts'

const KEPT_HEADERS = ['content-type', 'location', 'etag'] as const

export function installIdempotency(app: FastifyInstance, prisma: Prisma): void {
  app.addHook('preHandler', async (request, reply) => {
    // Routes for anyone have no caller to store an answer for, and a sign-in must not be repeatable.
    if (request.method !== 'POST' || request.routeOptions.config.permission === 'anyone') return
    request.subjectId = randomUUIDv7()
    const key = request.headers['idempotency-key']
    if (key === undefined) return
    checkIdempotencyKey(String(key))
    const result = await claimKey(prisma, request.caller.id, String(key), fingerprintOf(request))
    if (result.kind === 'answered') {
      const { contentHash, ...headers } = result.answer.headers
      if (contentHash !== undefined && (await hashOfStream(request)) !== contentHash)
        throw keyReused(String(key))
      return replay(reply, { ...result.answer, headers })
    }
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
      if (reply.statusCode < 300)
        await storeAnswer(prisma, claim, answerOf(reply, payload, request.contentHash?.()))
      else await freeKey(prisma, claim)
    } catch (error) {
      // The request succeeded and its answer is correct. A repeat is refused until the claim expires.
      request.log.warn({ err: error }, 'a response could not be stored for its idempotency key')
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

function answerOf(reply: FastifyReply, payload: unknown, contentHash: string | undefined): StoredAnswer {
  const headers = KEPT_HEADERS.flatMap((name) => {
    const value = reply.getHeader(name)
    return value === undefined ? [] : [[name, String(value)]]
  })
  const body = typeof payload === 'string' ? payload : null
  const { withoutSecret } = reply.routeOptions.config
  return {
    status: reply.statusCode,
    // Not sent: what a repeat of a stream is compared with.
    headers: { ...Object.fromEntries(headers), ...(contentHash !== undefined && { contentHash }) },
    body: body !== null && withoutSecret ? withoutSecret(body) : body,
  }
}

/**
 * Hash of the request, with the version that it is about: a test of a newer text is another test. Of a stream only type and length are known then: its content is compared when there is an answer to repeat. Secret fields such
 * as passwords are left out: this hash is fast, so somebody who reads it could guess passwords quickly.
 */
function fingerprintOf(request: FastifyRequest): Buffer<ArrayBuffer> {
  const { isStream, secretFields = [] } = request.routeOptions.config
  const hash = createHash('sha256').update(
    `${request.method} ${request.url}\n${request.headers['if-match'] ?? ''}\n`,
  )
  const body = isStream
    ? `${request.headers['content-type']} ${request.headers['content-length']}`
    : Buffer.isBuffer(request.body)
      ? request.body
      : secretFields.length === 0
        ? JSON.stringify(request.body ?? null)
        : JSON.stringify(request.body, (key, value) => (secretFields.includes(key) ? null : value))
  return hash.update(body).digest() as Buffer<ArrayBuffer>
}

/** Reads all of it: another file of the same length is another request. */
async function hashOfStream(request: FastifyRequest): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of request.raw) hash.update(chunk as Buffer)
  return hash.digest('base64url')
}
