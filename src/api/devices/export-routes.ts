/** All devices as a file: CSV, or one JSON object per line. */
import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { type ExportedDevice, exportDevices } from '../../audience/export-devices.ts'
import { AppError } from '../../domain/errors.ts'
import { DEFAULT_PROJECT_ID } from '../../projects/project.ts'
import { csvLine } from '../http/csv-line.ts'
import {
  type CsvStyle,
  csvStyleOf,
  maskedAddress,
  wantsFullAddresses,
  withMark,
} from '../http/export-style.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { DeviceExportQuery, EXPORT_COLUMNS, EXPORT_TYPES, type ExportFormat } from './export-schemas.ts'

const FileBody = Type.Unsafe<Readable>({ type: 'string' })

export function exportRoutes({ pool }: Pick<RouteDeps, 'pool'>): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/devices/export',
      {
        config: { permission: 'people:read', load: 'export' },
        schema: {
          tags: ['devices'],
          summary: 'All devices with their members as CSV or NDJSON, in the columns that the import takes',
          description:
            'Of any length. Addresses are masked, and such a file cannot be imported; `addresses=full` needs the permission `addresses:read`. `state=gone` lists dead addresses, to be removed from one’s own database.',
          querystring: DeviceExportQuery,
          response: {
            200: {
              description: 'One line per device',
              content: { 'text/csv': { schema: FileBody }, 'application/x-ndjson': { schema: FileBody } },
            },
          },
        },
      },
      async (request, reply) => {
        const { state, code, addresses } = request.query
        checkFilter(request.query)
        const format = request.query.format ?? formatOf(request.headers.accept)
        const isFull = wantsFullAddresses(request, addresses)
        const devices = shown(exportDevices(pool, DEFAULT_PROJECT_ID, { state, code }), isFull)
        const lines =
          format === 'csv' ? csvLines(devices, csvStyleOf(request, request.query)) : jsonLines(devices)
        const name = ['devices', state, code, isFull ? 'addresses' : undefined].filter(Boolean).join('-')
        return reply
          .header('content-type', format === 'csv' ? 'text/csv; charset=utf-8' : EXPORT_TYPES.ndjson)
          .header('cache-control', 'no-store')
          .header('content-disposition', `attachment; filename="${name}.${format}"`)
          .send(Readable.from(lines, { objectMode: false }))
      },
    )
  }
}

function checkFilter({ state, code }: DeviceExportQuery): void {
  if (code === undefined || state !== 'active') return
  const problem = 'has no meaning with state=active: a code says why a device is gone'
  throw new AppError('invalid_request', `code=${code} ${problem}. Leave one of them out.`, {
    fields: [{ field: '/code', problem }],
  })
}

/** The one that is named first. A browser names neither. */
function formatOf(accept = ''): ExportFormat {
  const ndjson = accept.indexOf(EXPORT_TYPES.ndjson)
  const csv = accept.indexOf(EXPORT_TYPES.csv)
  return ndjson !== -1 && (csv === -1 || ndjson < csv) ? 'ndjson' : 'csv'
}

async function* shown(
  pages: AsyncIterable<ExportedDevice[]>,
  isFull: boolean,
): AsyncGenerator<ExportedDevice[]> {
  for await (const page of pages) {
    yield isFull ? page : page.map((device) => ({ ...device, address: maskedAddress(device.address) }))
  }
}

async function* csvText(
  pages: AsyncIterable<ExportedDevice[]>,
  { escape: way }: CsvStyle,
): AsyncGenerator<string> {
  yield csvLine(EXPORT_COLUMNS, way)
  for await (const page of pages) yield page.map((device) => csvLine(fieldsOf(device), way)).join('')
}

function csvLines(pages: AsyncIterable<ExportedDevice[]>, style: CsvStyle): AsyncGenerator<string> {
  return withMark(csvText(pages, style), style)
}

/** An empty field leaves a stored value as it is, so no attributes are none to write. */
function fieldsOf(device: ExportedDevice) {
  return EXPORT_COLUMNS.map((column) => {
    if (column !== 'attributes') return device[column]
    const json = JSON.stringify(device.attributes)
    return json === '{}' ? null : json
  })
}

async function* jsonLines(pages: AsyncIterable<ExportedDevice[]>): AsyncGenerator<string> {
  for await (const page of pages) yield page.map((device) => `${JSON.stringify(lineOf(device))}\n`).join('')
}

/** What is not known is left out, as the import wants it. */
function lineOf(device: ExportedDevice) {
  return Object.fromEntries(
    EXPORT_COLUMNS.map((column) => [column, device[column]]).filter(([, value]) => value !== null),
  )
}
