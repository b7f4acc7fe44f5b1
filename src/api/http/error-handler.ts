/**
 * Turns every thrown error into problem+json (RFC 9457): a stable `code` for programs, a sentence for people, and the
 * request id to find the details in the log. The response never contains internal details.
 */
import type { ErrorObject } from 'ajv'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError, toError } from '../../domain/errors.ts'
import { isTooSlow, isTransient } from '../../postgres/pool.ts'
import { isConsolePage, sendConsolePage } from './console-routes.ts'
import { routePattern } from './route-pattern.ts'
import { describeProblems } from './validation.ts'

export function installErrorHandler(app: FastifyInstance, bodyLimit: number, consoleFolder: string): void {
  app.setErrorHandler((thrown, request, reply) => {
    const error = toError(thrown)
    const known = translate(error, request.routeOptions?.bodyLimit ?? bodyLimit)
    logProblem(request, known, error)
    return sendProblem(reply, known)
  })
  installNotFound(app, consoleFolder)
}

/** The URL is not logged, because it may contain a device's address. */
function logProblem(request: FastifyRequest, known: AppError, error: Error): void {
  const facts = {
    code: known.code,
    status: known.status,
    method: request.method,
    route: request.routeOptions?.url,
  }
  if (known.code === 'overloaded') {
    // There may be thousands a second. A metric counts them; a log line would cost more than the refusal.
    request.log.debug(facts, 'request refused')
  } else if (known.status < 500) {
    request.log.info({ ...facts, fields: known.fields.map(({ field }) => field) }, 'request refused')
  } else if (request.raw.destroyed && known.code === 'import_failed') {
    request.log.info(facts, 'the client closed the connection during an import')
  } else {
    request.log.error({ ...facts, err: known.cause ?? error }, 'request failed')
  }
}

export function sendProblem(reply: FastifyReply, error: AppError): FastifyReply {
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', error.retryAfterSeconds)
  if (error.status === 401) reply.header('www-authenticate', 'Bearer realm="carillon"')
  return reply
    .code(error.status)
    .header('x-request-id', reply.request.id)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .serializer((body: unknown) => JSON.stringify(body))
    .send(problemOf(error, reply.request.id))
}

export function problemOf(error: AppError, requestId: string) {
  return {
    type: 'about:blank',
    title: error.title,
    status: error.status,
    code: error.code,
    detail: error.message,
    ...(error.fields.length > 0 && { errors: error.fields }),
    ...error.extension,
    requestId,
  }
}

function translate(error: Error, bodyLimit: number): AppError {
  if (error instanceof AppError) return error
  const { validation, validationContext, code, statusCode } = error as Partial<FastifyError>
  if (validation !== undefined) {
    const fields = describeProblems(validation as unknown as ErrorObject[])
    const shown = fields.slice(0, 5).map(({ field, problem }) => `${field} ${problem}`)
    const more = fields.length > 5 ? '; and more' : ''
    return new AppError(
      'invalid_request',
      `${PARTS[validationContext ?? 'body']}: ${shown.join('; ')}${more}.`,
      {
        fields,
      },
    )
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new AppError(
      'unsupported_media_type',
      'The Content-Type is missing or not supported here. Send JSON as "application/json", an import as "text/csv" or "application/x-ndjson", an image as "image/png", "image/jpeg", "image/gif" or "image/webp".',
    )
  }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new AppError('body_too_large', `The body has more than ${bodyLimit} bytes. Send less at once.`)
  }
  if (statusCode === 400 && (error instanceof SyntaxError || code === 'FST_ERR_CTP_INVALID_JSON_BODY')) {
    return new AppError('invalid_request', `The body is not valid JSON: ${error.message.toWellFormed()}.`)
  }
  // Fastify's other errors: malformed lengths, URLs, versions. Their messages contain no internal details.
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500 && code?.startsWith('FST_')) {
    return new AppError('invalid_request', `The request cannot be read: ${error.message}.`)
  }
  if (code === 'ECONNRESET' && error.message === 'aborted') {
    return new AppError('invalid_request', 'The connection was closed before the request was complete.')
  }
  if (isTooSlow(error)) {
    return new AppError(
      'database_slow',
      'The database did not answer in time, and the call was canceled. It has most likely changed nothing. Try again in a few seconds; repeat a POST with the same Idempotency-Key.',
      { retryAfterSeconds: 5, cause: error },
    )
  }
  if (isTransient(error) || (code !== undefined && UNAVAILABLE.has(code))) {
    return new AppError(
      'not_ready',
      'The database is not available. The call has most likely changed nothing. Try again in a few seconds; repeat a POST with the same Idempotency-Key.',
      {
        retryAfterSeconds: 5,
        cause: error,
      },
    )
  }
  return new AppError(
    'internal_error',
    'An internal error occurred. It is logged under the requestId. If trying again does not help, send that id to your operator.',
    { cause: error },
  )
}

const PARTS: Record<string, string> = {
  body: 'The body is not valid',
  querystring: 'The query is not valid',
  params: 'The URL is not valid',
  headers: 'The headers are not valid',
}

/** Prisma's codes: server unreachable, timeout, connection lost, no free connection, transaction not started. */
const UNAVAILABLE = new Set(['P1001', 'P1002', 'P1017', 'P2024', 'P2028'])

/** Answers 405 if the path exists with another method, the console for its pages, and 404 otherwise. */
function installNotFound(app: FastifyInstance, consoleFolder: string): void {
  const routes: { pattern: RegExp; methods: string[] }[] = []
  app.addHook('onRoute', ({ url, method }) => {
    routes.push({ pattern: routePattern(url), methods: [method].flat() })
  })
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const methods = routes.filter(({ pattern }) => pattern.test(path)).flatMap((route) => route.methods)
    if (methods.length > 0 && !methods.includes(request.method)) {
      const allowed = [...new Set(methods)].join(', ')
      reply.header('allow', allowed)
      return sendProblem(
        reply,
        new AppError('method_not_allowed', `${request.method} is not allowed here. Allowed: ${allowed}.`),
      )
    }
    if (isConsolePage(request)) return sendConsolePage(reply, consoleFolder)
    return sendProblem(
      reply,
      new AppError('not_found', 'There is nothing at this URL. /docs lists all routes.'),
    )
  })
}
