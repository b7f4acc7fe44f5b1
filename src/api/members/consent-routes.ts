/** Consents that are older than two years and have to be confirmed. */
import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import {
  type ConsentName,
  countDueConsents,
  type DueConsent,
  dueBefore,
  exportDueConsents,
  listDueConsents,
} from '../../audience/due-consents.ts'
import { DEFAULT_LIMIT } from '../http/common-schemas.ts'
import { csvLine } from '../http/csv-line.ts'
import { cursorOf, pageOf } from '../http/cursor.ts'
import { type CsvStyle, csvStyleOf, withMark } from '../http/export-style.ts'
import type { RouteDeps } from '../http/request-context.ts'
import {
  DueConsentCountReply,
  DueConsentExportQuery,
  DueConsentListReply,
  DueConsentPosition,
  DueConsentQuery,
} from './consent-schemas.ts'

const position = cursorOf(DueConsentPosition)

export function consentRoutes({ pool, config }: RouteDeps): FastifyPluginAsyncTypebox {
  const due = () => dueBefore(new Date(), config.sendRules.zone)
  return async (app) => {
    app.get(
      '/consents/due',
      {
        config: { permission: 'people:read' },
        schema: {
          tags: ['members'],
          summary: 'Consents that were given, or confirmed last, two years ago or earlier; the oldest first',
          description:
            'They go on to count. A statement with a time (marketingConsentAt, nightConsentAt), or of a person, confirms them.',
          querystring: DueConsentQuery,
          response: { 200: DueConsentListReply },
        },
      },
      async (request) => {
        const { limit = DEFAULT_LIMIT, cursor, consent = 'marketing' } = request.query
        const list = `due-consents:${consent}`
        const after = position.decode(list, cursor)
        const found = await listDueConsents(
          pool,
          consent,
          due(),
          limit + 1,
          after && { since: new Date(after.since), id: Number(after.id) },
        )
        const { page, last } = pageOf(found, limit)
        return {
          data: page.map(({ externalId, since }) => ({ externalId, since: since.toISOString() })),
          nextCursor: position.encode(list, last && { since: last.since.toISOString(), id: String(last.id) }),
        }
      },
    )

    app.get(
      '/consents/due/counts',
      {
        config: { permission: 'people:read' },
        schema: {
          tags: ['members'],
          summary: 'How many consents have to be confirmed',
          response: { 200: DueConsentCountReply },
        },
      },
      () => countDueConsents(pool, due()),
    )

    app.get(
      '/consents/due.csv',
      {
        config: { permission: 'people:read', load: 'export' },
        schema: {
          tags: ['members'],
          summary: 'The same list as CSV, of any length',
          querystring: DueConsentExportQuery,
          response: {
            200: { content: { 'text/csv': { schema: Type.Unsafe<Readable>({ type: 'string' }) } } },
          },
        },
      },
      async (request, reply) => {
        const { consent = 'marketing' } = request.query
        const style = csvStyleOf(request, request.query)
        const lines = csvText(exportDueConsents(pool, consent, due()), consent, style)
        return reply
          .header('content-type', 'text/csv; charset=utf-8')
          .header('cache-control', 'no-store')
          .header('content-disposition', `attachment; filename="consents-due-${consent}.csv"`)
          .send(Readable.from(withMark(lines, style), { objectMode: false }))
      },
    )
  }
}

async function* csvText(
  pages: AsyncIterable<DueConsent[]>,
  consent: ConsentName,
  { escape: way }: CsvStyle,
): AsyncGenerator<string> {
  yield csvLine(['externalId', `${consent}ConsentAt`], way)
  for await (const page of pages) {
    yield page.map(({ externalId, since }) => csvLine([externalId, since], way)).join('')
  }
}
