/** Who did what: the audit log, filtered, and as CSV. */
import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type, { type Static } from 'typebox'
import { type AuditEvent, type EventFilter, exportEvents, listEvents } from '../../audit/list-events.ts'
import { cleanText } from '../../domain/clean-text.ts'
import { DEFAULT_LIMIT } from '../http/common-schemas.ts'
import { csvLine } from '../http/csv-line.ts'
import { boundedPageOf, cursorOf } from '../http/cursor.ts'
import { type CsvStyle, csvStyleOf, withMark } from '../http/export-style.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { timeOf } from '../http/time-of.ts'
import { AuditExportQuery, AuditListReply, AuditPosition, AuditQuery } from './audit-schemas.ts'

const position = cursorOf(AuditPosition)

export function auditRoutes({ pool }: Pick<RouteDeps, 'pool'>): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/audit-events',
      {
        config: { permission: 'audit:read' },
        schema: {
          tags: ['audit'],
          summary: 'Who did what to what, newest first',
          querystring: AuditQuery,
          response: { 200: AuditListReply },
        },
      },
      async (request) => {
        const { limit = DEFAULT_LIMIT, cursor, ...query } = request.query
        const list = `audit:${JSON.stringify(query)}`
        const after = position.decode(list, cursor)?.seq
        const rows = await listEvents(pool, filterOf(query), limit + 1, { after })
        const { data, last } = boundedPageOf(rows, limit, (event) => ({
          ...event,
          detail: JSON.parse(event.detail) as Record<string, unknown>,
        }))
        return { data, nextCursor: position.encode(list, last && { seq: last.seq }) }
      },
    )

    app.get(
      '/audit-events.csv',
      {
        config: { permission: 'audit:read', load: 'export' },
        schema: {
          tags: ['audit'],
          summary: 'The same as CSV, of any length, the oldest first',
          description: 'With `escape=none` it has every column that the hash is over, as it is stored.',
          querystring: AuditExportQuery,
          response: {
            200: { content: { 'text/csv': { schema: Type.Unsafe<Readable>({ type: 'string' }) } } },
          },
        },
      },
      async (request, reply) => {
        const style = csvStyleOf(request, request.query)
        const lines = csvText(exportEvents(pool, filterOf(request.query)), style)
        return reply
          .header('content-type', 'text/csv; charset=utf-8')
          .header('cache-control', 'no-store')
          .header('content-disposition', 'attachment; filename="audit-events.csv"')
          .send(Readable.from(withMark(lines, style), { objectMode: false }))
      },
    )
  }
}

function filterOf(query: Omit<Static<typeof AuditQuery>, 'limit' | 'cursor'>): EventFilter {
  const { actor, actorKind, deed, subjectKind, subject, member, from, to } = query
  return {
    actor,
    actorKind,
    deed,
    subjectKind,
    subject,
    member: member === undefined ? undefined : cleanText(member),
    from: timeOf('from', from ?? null) ?? undefined,
    to: timeOf('to', to ?? null) ?? undefined,
  }
}

const COLUMNS = [
  'seq',
  'at',
  'actorKind',
  'actorId',
  'actorName',
  'deed',
  'subjectKind',
  'subjectId',
  'subjectName',
  'detail',
  'address',
  'requestId',
  'previousHash',
  'hash',
] as const

async function* csvText(
  pages: AsyncIterable<AuditEvent[]>,
  { escape: way }: CsvStyle,
): AsyncGenerator<string> {
  yield csvLine(COLUMNS, way)
  for await (const page of pages) yield page.map((event) => csvLine(fieldsOf(event), way)).join('')
}

function fieldsOf({ actor, subject, ...event }: AuditEvent) {
  const fields = {
    ...event,
    actorKind: actor.kind,
    actorId: actor.id,
    actorName: actor.name,
    subjectKind: subject.kind,
    subjectId: subject.id,
    subjectName: subject.name,
  }
  return COLUMNS.map((column) => fields[column])
}
