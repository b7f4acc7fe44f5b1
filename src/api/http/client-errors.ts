/**
 * Answers clients whose bytes are not a valid request: too slow, too large, or not HTTP. There is only a socket then, no
 * request, so the response is written to it directly. The connection is closed afterwards, because the start of the next
 * request is unknown.
 */
import { randomUUID } from 'node:crypto'
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { AppError } from '../../domain/errors.ts'
import type { Logger } from '../../process/logger.ts'
import { problemOf } from './error-handler.ts'

/** How long a client that is still sending has to read the answer. */
const LINGER_MS = 1_000

interface ClientError extends Error {
  code?: string
}

export function answerClientErrors(log: Logger): (error: ClientError, socket: Socket) => void {
  return (error, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    const known = problemFor(error)
    const { headers, body } = written(known)
    log.info(
      { requestId: headers['x-request-id'], code: known.code, cause: error.code },
      'a client sent an invalid request',
    )
    const head = [
      `HTTP/1.1 ${known.status} ${STATUS_CODES[known.status]}`,
      ...Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}`),
    ]
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
    // Closing with unread input would reset the connection before the client has read the answer.
    socket.resume()
    setTimeout(() => socket.destroy(), LINGER_MS).unref()
  }
}

/** Without this, Node answers these requests itself, with an empty body. */
export function answerExpectations({ headers: { expect } }: IncomingMessage, response: ServerResponse): void {
  const detail = `Expect is ${JSON.stringify(expect?.slice(0, 60))}; only "100-continue" is supported. Omit the header.`
  writeProblem(response, new AppError('expectation_failed', detail))
}

/** Also used for refusals under load, because it costs less CPU than an answer from Fastify. */
export function writeProblem(response: ServerResponse, known: AppError): void {
  const { headers, body } = written(known)
  response.writeHead(known.status, headers).end(body)
}

function written(known: AppError): { headers: Record<string, string>; body: string } {
  const requestId = randomUUID()
  const body = JSON.stringify(problemOf(known, requestId))
  return {
    headers: {
      'content-type': 'application/problem+json; charset=utf-8',
      'cache-control': 'no-store',
      'content-length': String(Buffer.byteLength(body)),
      'x-request-id': requestId,
      ...(known.retryAfterSeconds !== undefined && { 'retry-after': String(known.retryAfterSeconds) }),
    },
    body,
  }
}

function problemFor({ code, message }: ClientError): AppError {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new AppError('request_timeout', 'The request did not arrive in time. Send it again.')
    case 'HPE_HEADER_OVERFLOW':
      return new AppError(
        'headers_too_large',
        'The URL and the headers together exceed 16 KiB. Shorten them.',
      )
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new AppError(
        'body_too_large',
        'The chunk extensions are too long. Send chunks without extensions.',
      )
    default:
      return new AppError('invalid_request', `This is not a valid HTTP/1.1 request: ${message}.`)
  }
}
