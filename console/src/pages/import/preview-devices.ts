/**
 * The first lines of a file of devices, as the import will read them: one device per line, with the columns named in
 * the first. Finds beforehand what would make the server reject the whole file.
 */
import { parse } from 'csv-parse/browser/esm/sync'
import { DEVICE_FIELDS, type DeviceField } from '../../../../src/domain/device-row.ts'

export type FileFormat = 'csv' | 'ndjson'

export interface Preview {
  format: FileFormat
  columns: string[]
  /** null: the line cannot be read and will be rejected; `line` is its content. */
  rows: { number: number; fields: string[] | null; line: string }[]
  problem: HeaderProblem | null
}

export type HeaderProblem =
  | { code: 'empty' | 'unreadable' | 'not_utf8' }
  | { code: 'unknown' | 'missing' | 'twice'; columns: string[] }

const NEEDED: readonly DeviceField[] = ['address', 'externalId', 'platform']
/** Enough for the header and some long lines, without reading a file of a gigabyte. */
export const PREVIEW_BYTES = 65_536
const ROWS = 5

/** `isWhole`: these are all the bytes of the file, so its last line is complete. */
export function previewDevices(name: string, bytes: Uint8Array<ArrayBuffer>, isWhole: boolean): Preview {
  const text = textOf(bytes, isWhole)
  const format = formatOf(name, text ?? '')
  if (text === null) return { format, columns: [], rows: [], problem: { code: 'not_utf8' } }
  const lines = text
    .split('\n')
    .slice(0, isWhole ? undefined : -1)
    .map((line, index) => ({ number: index + 1, line: line.endsWith('\r') ? line.slice(0, -1) : line }))
    .filter(({ line }) => line.trim() !== '')
  if (lines.length === 0) return { format, columns: [], rows: [], problem: { code: 'empty' } }
  return format === 'csv' ? previewCsv(lines) : previewJson(lines)
}

interface Line {
  number: number
  line: string
}

function previewCsv([header, ...lines]: Line[]): Preview {
  const columns = fieldsOf(header?.line ?? '')?.map((name) => name.trim())
  const rows = lines.slice(0, ROWS).map(({ number, line }) => {
    const fields = fieldsOf(line)
    return { number, line, fields: fields?.length === columns?.length ? (fields ?? null) : null }
  })
  if (columns === undefined) {
    return { format: 'csv', columns: [], rows: [], problem: { code: 'unreadable' } }
  }
  return { format: 'csv', columns, rows, problem: headerProblem(columns) }
}

function headerProblem(columns: string[]): HeaderProblem | null {
  const unknown = columns.filter((name) => !isKnown(name))
  const missing = NEEDED.filter((name) => !columns.includes(name))
  const twice = columns.filter((name, index) => columns.indexOf(name) !== index)
  if (unknown.length > 0) return { code: 'unknown', columns: unknown }
  if (missing.length > 0) return { code: 'missing', columns: missing }
  return twice.length > 0 ? { code: 'twice', columns: twice } : null
}

export function isKnown(column: string): boolean {
  return (DEVICE_FIELDS as readonly string[]).includes(column)
}

function previewJson(lines: Line[]): Preview {
  const columns: string[] = [...DEVICE_FIELDS]
  const rows = lines
    .slice(0, ROWS)
    .map(({ number, line }) => ({ number, line, fields: valuesOf(line, columns) }))
  const used = columns.map((_, index) => rows.some(({ fields }) => fields?.[index]))
  const kept = (fields: string[]) => fields.filter((_, index) => used[index])
  return {
    format: 'ndjson',
    columns: kept(columns),
    rows: rows.map((row) => ({ ...row, fields: row.fields && kept(row.fields) })),
    problem: null,
  }
}

function valuesOf(line: string, columns: readonly string[]): string[] | null {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
    const object = value as Record<string, unknown>
    if (Object.keys(object).some((name) => !columns.includes(name))) return null
    return columns.map((name) => {
      const field = object[name]
      return field === undefined ? '' : typeof field === 'string' ? field : JSON.stringify(field)
    })
  } catch {
    return null
  }
}

function fieldsOf(line: string): string[] | undefined {
  try {
    return (parse(line, { relaxColumnCount: true }) as string[][])[0]
  } catch {
    return undefined
  }
}

/** null: not UTF-8. The end of a partial read may split a character, which is not an error. */
function textOf(bytes: Uint8Array<ArrayBuffer>, isWhole: boolean): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: !isWhole })
  } catch {
    return null
  }
}

function formatOf(name: string, text: string): FileFormat {
  if (/\.(ndjson|jsonl)$/i.test(name)) return 'ndjson'
  if (/\.csv$/i.test(name)) return 'csv'
  return text.trimStart().startsWith('{') ? 'ndjson' : 'csv'
}
