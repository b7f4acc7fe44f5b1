/**
 * The import of devices: a body of any length, read as it arrives and no faster than it can be stored. In a scope
 * of its own, because here the body is a stream and nothing else: JSON, or a type nobody knows, is refused.
 */
import type { IncomingMessage } from 'node:http'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type ImportFormat, importDevices } from '../../audience/import-devices.ts'
import { AppError } from '../../domain/errors.ts'
import { DEFAULT_PROJECT_ID } from '../../projects/project.ts'
import { IdempotencyHeader } from '../http/common-schemas.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { ImportQuery, ImportReply } from './device-schemas.ts'

const DRAIN_MS = 10_000

const TYPES: Record<string, ImportFormat> = { 'text/csv': 'csv', 'application/x-ndjson': 'ndjson' }

class ImportBody {
  readonly format: ImportFormat
  readonly stream: IncomingMessage

  constructor(format: ImportFormat, stream: IncomingMessage) {
    this.format = format
    this.stream = stream
  }
}

export function importRoutes({ pool, config }: RouteDeps): FastifyPluginAsyncTypebox {
  const maxBytes = config.http.importLimitBytes
  return async (app) => {
    app.removeAllContentTypeParsers()
    for (const [type, format] of Object.entries(TYPES)) {
      app.addContentTypeParser(type, async (_request: unknown, stream: IncomingMessage) => {
        return new ImportBody(format, stream)
      })
    }

    app.post(
      '/devices/import',
      {
        config: { role: 'operator', load: 'import', isStream: true },
        bodyLimit: maxBytes,
        schema: {
          tags: ['devices'],
          summary: 'Import devices from text/csv or application/x-ndjson, of any length',
          description:
            'CSV needs a header with token, externalId, platform; locale, timezone, optedOut and attributes (JSON) may follow. One line is one device. A line that cannot be used is reported and costs nothing but itself.',
          headers: IdempotencyHeader,
          querystring: ImportQuery,
          consumes: Object.keys(TYPES),
          response: { 200: ImportReply },
        },
      },
      async (request) => {
        const body: unknown = request.body
        if (!(body instanceof ImportBody)) throw notAStream('There is no body.')
        try {
          checkHeaders(request.headers, maxBytes)
          // Left open at the end: an answer must still be possible when a header makes us stop early.
          const source = body.stream.iterator({ destroyOnReturn: false })
          const options = { projectId: DEFAULT_PROJECT_ID, isAlive: request.query.revive ?? false }
          return await importDevices(pool, body.format, source, options, { maxBytes })
        } catch (error) {
          drain(body.stream)
          throw error
        }
      },
    )
  }
}

/**
 * Reads on and throws away, because a client that is still sending reads no answer, and a connection with unread
 * input cannot be used again. One that does not come to an end is cut off.
 */
function drain(stream: IncomingMessage): void {
  const timer = setTimeout(() => stream.destroy(), DRAIN_MS)
  stream.once('close', () => clearTimeout(timer))
  stream.on('error', () => {})
  stream.resume()
}

function checkHeaders(headers: IncomingMessage['headers'], maxBytes: number): void {
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(headers['content-type'] ?? '')?.[1]
  if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset)) {
    throw notAStream(`The charset is ${JSON.stringify(charset)}.`)
  }
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    throw notAStream(`The Content-Encoding is ${JSON.stringify(encoding)}.`)
  }
  if (Number(headers['content-length'] ?? 0) > maxBytes) {
    throw new AppError(
      'body_too_large',
      `The import has ${headers['content-length']} bytes; at most ${maxBytes} are taken (IMPORT_LIMIT_BYTES). Nothing was stored. Send the file in parts.`,
    )
  }
}

function notAStream(problem: string): AppError {
  return new AppError(
    'unsupported_media_type',
    `${problem} Send the file as it is, uncompressed UTF-8, with Content-Type ${Object.keys(TYPES).join(' or ')}.`,
  )
}
