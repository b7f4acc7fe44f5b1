/** Writes CSV (RFC 4180), for programs or for spreadsheets. */
import { toImport, toSpreadsheet } from '../../domain/spreadsheet-text.ts'

export const ESCAPES = ['spreadsheet', 'none'] as const
export type Escape = (typeof ESCAPES)[number]

export type Field = string | number | boolean | Date | null

export function csvLine(fields: readonly Field[], way: Escape): string {
  return `${fields.map((field) => csvField(field, way)).join(',')}\r\n`
}

function csvField(field: Field, way: Escape): string {
  if (field === null) return ''
  const text = field instanceof Date ? field.toISOString() : String(field)
  const safe = typeof field !== 'string' ? text : way === 'spreadsheet' ? toSpreadsheet(text) : toImport(text)
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
