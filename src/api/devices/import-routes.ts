/**
 * Imports devices from a body of any length, read no faster than it can be stored. In a plugin scope of its own, because
 * its content type parsers replace the others. What the file is is told by its content; the type only says that it is one,
 * and in which encoding.
 */
import { createHash, type Hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { readColumnMap } from '../../audience/import/column-map.ts'
import { ENCODINGS, type Encoding, encodingNamed } from '../../audience/import/encoding.ts'
import { importDevices } from '../../audience/import/import-devices.ts'
import { AppError } from '../../domain/errors.ts'
import { DEFAULT_PROJECT_ID } from '../../projects/project.ts'
import { IdempotencyHeader } from '../http/common-schemas.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { ImportQuery, ImportReply } from './import-schemas.ts'

const DRAIN_MS = 10_000

const TYPES = [
  'text/csv',
  'application/x-ndjson',
  'application/json',
  'application/gzip',
  'text/tab-separated-values',
  'text/plain',
  'application/csv',
  'application/ndjson',
  'application/jsonl',
  'application/x-gzip',
  // What browsers on Windows call a CSV file, and what programs call a file that they do not know.
  'application/vnd.ms-excel',
  'application/octet-stream',
] as const

class ImportBody {
  readonly stream: IncomingMessage

  constructor(stream: IncomingMessage) {
    this.stream = stream
  }
}

export function importRoutes({ pool, config }: RouteDeps): FastifyPluginAsyncTypebox {
  const maxBytes = config.http.importLimitBytes
  return async (app) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser(
      [...TYPES],
      async (_request: unknown, stream: IncomingMessage) => new ImportBody(stream),
    )

    app.post(
      '/devices/import',
      {
        config: { permission: 'devices:import', load: 'import', isStream: true },
        bodyLimit: maxBytes,
        schema: {
          tags: ['devices'],
          summary:
            'Import devices from CSV, NDJSON or a JSON array, of any length, also compressed with gzip',
          description:
            'The file is judged by its first megabyte: encoding, delimiter, whose export it is, and which column is which (names in any case, usual aliases). Needed are address (or token), externalId and platform. An invalid line is reported and skipped; an invalid optional field is left out. `dryRun` reads the whole file and stores nothing. Formats, columns and what is rejected: docs/importing.md.',
          headers: IdempotencyHeader,
          querystring: ImportQuery,
          consumes: [...TYPES],
          response: { 200: ImportReply },
        },
      },
      async (request) => {
        const body: unknown = request.body
        if (!(body instanceof ImportBody)) throw notAStream('There is no body.')
        const { dryRun = false, revive = false, optOuts = 'keep', map = '' } = request.query
        try {
          const encoding = checkHeaders(request.headers, maxBytes)
          // Kept open, so that a reply can still be sent if a wrong header stops the import early.
          const hash = createHash('sha256')
          request.contentHash = () => hash.digest('base64url')
          const source = hashed(body.stream.iterator({ destroyOnReturn: false }), hash)
          const store = {
            projectId: DEFAULT_PROJECT_ID,
            isAlive: revive,
            optOuts,
            source: 'import' as const,
            by: request.caller.id,
          }
          const fileHash = () => hash.copy().digest('hex')
          const options = { store, dryRun, encoding, map: readColumnMap(map), fileHash }
          return await importDevices(pool, source, options, { maxBytes })
        } catch (error) {
          drain(body.stream)
          throw error
        }
      },
    )
  }
}

async function* hashed(chunks: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
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

/** Returns the encoding that the headers state. */
function checkHeaders(headers: IncomingMessage['headers'], maxBytes: number): Encoding | undefined {
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(headers['content-type'] ?? '')?.[1]
  const encoding = charset === undefined ? undefined : encodingNamed(charset)
  if (charset !== undefined && encoding === undefined) {
    throw notAStream(`The charset is ${JSON.stringify(charset)}; known are ${ENCODINGS.join(', ')}.`)
  }
  const packing = headers['content-encoding']
  if (packing !== undefined && !['identity', 'gzip', 'x-gzip'].includes(packing.toLowerCase())) {
    throw notAStream(`The Content-Encoding is ${JSON.stringify(packing)}.`)
  }
  if (Number(headers['content-length'] ?? 0) > maxBytes) {
    throw new AppError(
      'body_too_large',
      `The import has ${headers['content-length']} bytes; at most ${maxBytes} are accepted (IMPORT_LIMIT_BYTES). Nothing was stored. Send the file in parts.`,
    )
  }
  return encoding
}

function notAStream(problem: string): AppError {
  return new AppError(
    'unsupported_media_type',
    `${problem} Send the file as it is or compressed with gzip, with Content-Type ${TYPES.slice(0, 4).join(', ')}.`,
  )
}
