/** Tells by the first lines of a list what it is: CSV with which delimiter, NDJSON, or a JSON array. */
import { parse } from 'csv-parse/sync'
import { AppError } from '../../domain/errors.ts'
import { fieldNamed } from './column-names.ts'

export const DELIMITERS = [',', ';', '\t', '|'] as const
export type Delimiter = (typeof DELIMITERS)[number]

export type Dialect =
  | {
      format: 'csv'
      delimiter: Delimiter
      header: string[] /** Lines up to and with the header. */
      headLines: number
    }
  | { format: 'ndjson' | 'json' }

export type CsvDialect = Extract<Dialect, { format: 'csv' }>

/** The lines are the first ones of the file, without a byte order mark. */
export function findDialect(lines: readonly string[]): Dialect {
  const first = lines.findIndex((line) => !NO_CELL.test(line))
  const text = lines[first]
  if (text === undefined) throw noHeader('The file has no line at all.')
  const start = text.trimStart()[0]
  if (start === '[') return { format: 'json' }
  if (start === '{') return { format: 'ndjson' }
  const stated = /^"?sep=(.)"?\s*$/i.exec(text)?.[1]
  if (stated === undefined) {
    const dialect = csvOf(text, first + 1)
    return hasAllNeeded(dialect.header) ? dialect : (belowTitle(lines, first) ?? dialect)
  }
  const delimiter = DELIMITERS.find((each) => each === stated)
  if (delimiter === undefined) {
    throw noHeader(
      `The line "sep=${stated}" states a separator that is not known; use a comma, semicolon, tab or "|".`,
    )
  }
  const next = lines.findIndex((line, index) => index > first && line.trim() !== '')
  const header = lines[next]
  if (header === undefined) throw noHeader('Below the line "sep=" the file has no header.')
  return { format: 'csv', delimiter, header: fieldsOf(header, delimiter), headLines: next + 1 }
}

/** A row without any text, as spreadsheets write it. */
const NO_CELL = /^[\s,;|"]*$/
/** Titles, dates and notes that reports have above their columns. */
const MAX_TITLE_LINES = 20

/** The header, if it is a later line: one that names all that is needed, which no device does. */
function belowTitle(lines: readonly string[], first: number): CsvDialect | undefined {
  for (const [index, line] of lines.slice(0, MAX_TITLE_LINES).entries()) {
    if (index <= first || NO_CELL.test(line)) continue
    const dialect = csvOf(line, index + 1)
    if (hasAllNeeded(dialect.header)) return dialect
  }
  return undefined
}

function hasAllNeeded(header: readonly string[]): boolean {
  const fields = new Set(header.map(fieldNamed))
  return (fields.has('address') || fields.has('fid')) && fields.has('externalId') && fields.has('platform')
}

/** The delimiter that makes the most known columns of the first line, then the most columns. */
function csvOf(text: string, headLines: number): CsvDialect {
  const readings = DELIMITERS.map((delimiter) => {
    const header = fieldsOf(text, delimiter)
    const known = header.filter((name) => fieldNamed(name) !== undefined).length
    return { format: 'csv' as const, delimiter, header, headLines, known }
  })
  const [best] = readings.sort((a, b) => b.known - a.known || b.header.length - a.header.length)
  if (best === undefined) throw noHeader('The first line cannot be read.')
  const { known: _, ...dialect } = best
  return dialect
}

/** Empty columns at the end have no name: spreadsheets write them. */
function fieldsOf(line: string, delimiter: Delimiter): string[] {
  let names: string[] | undefined
  try {
    names = (parse(line, { delimiter, relaxColumnCount: true, recordDelimiter: '\n' }) as string[][])[0]
  } catch {
    // A quote that is not closed: other delimiters fail as well, and the name shows it.
  }
  names = (names ?? line.split(delimiter)).map((name) => name.trim())
  while (names.length > 0 && names.at(-1) === '') names.pop()
  return names
}

function noHeader(problem: string): AppError {
  return new AppError('invalid_csv_header', problem)
}
