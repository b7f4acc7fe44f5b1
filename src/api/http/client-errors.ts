/**
 * What is said to a client whose bytes are no request: too slow, too large, or no HTTP at all. There is no request to
 * answer then, only a socket, so the problem is written by hand, and the connection is closed behind it: nobody knows
 * where the next request would begin.
 */
import { randomUUID } from 'node:crypto'
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { AppError } from '../../domain/errors.ts'
import type { Logger } from '../../process/logger.ts'
import { problemOf } from './error-handler.ts'

/** A client that goes on sending may read no answer; it has this long. */
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
      'what a client sent is no request',
    )
    const head = [
      `HTTP/1.1 ${known.status} ${STATUS_CODES[known.status]}`,
      ...Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}`),
    ]
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
    // To close with unread input would reset the connection, and the answer with it.
    socket.resume()
    setTimeout(() => socket.destroy(), LINGER_MS).unref()
  }
}

/** Node answers these by itself otherwise, without a word. */
export function answerExpectations({ headers: { expect } }: IncomingMessage, response: ServerResponse): void {
  const detail = `Expect is ${JSON.stringify(expect?.slice(0, 60))}; only "100-continue" can be met. Leave it out.`
  writeProblem(response, new AppError('expectation_failed', detail))
}

/** Also for refusals under load, which must not cost what Fastify's way of answering does. */
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
        'The address and the headers together have more than 16 KiB. Send less in them.',
      )
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new AppError('body_too_large', 'The extensions of the chunks are too long. Send chunks without.')
    default:
      return new AppError('invalid_request', `What was sent is no HTTP/1.1 request: ${message}.`)
  }
}
