/**
 * Imports devices from a body of any length, read no faster than it can be stored. In a plugin scope of its own, because
 * its content type parsers replace the others: only the import formats are accepted.
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
        config: { permission: 'devices:import', load: 'import', isStream: true },
        bodyLimit: maxBytes,
        schema: {
          tags: ['devices'],
          summary: 'Import devices from text/csv or application/x-ndjson, of any length',
          description:
            'CSV needs a header with address, externalId, platform; locale, timezone, optedOut and attributes (JSON) may follow. One line is one device. An invalid line is reported and skipped.',
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
          // Kept open, so that a reply can still be sent if a wrong header stops the import early.
          const source = body.stream.iterator({ destroyOnReturn: false })
          const { revive = false, optOuts = 'keep' } = request.query
          const options = {
            projectId: DEFAULT_PROJECT_ID,
            isAlive: revive,
            optOuts,
            source: 'import' as const,
            by: request.caller.id,
          }
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
 * Reads and discards the rest, because a client that is still sending does not read the reply, and a connection with
 * unread input cannot be reused. Closes the connection if the body does not end in time.
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
      `The import has ${headers['content-length']} bytes; at most ${maxBytes} are accepted (IMPORT_LIMIT_BYTES). Nothing was stored. Send the file in parts.`,
    )
  }
}

function notAStream(problem: string): AppError {
  return new AppError(
    'unsupported_media_type',
    `${problem} Send the file as it is, uncompressed UTF-8, with Content-Type ${Object.keys(TYPES).join(' or ')}.`,
  )
}
