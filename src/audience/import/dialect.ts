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

/** The lines are the first ones of the file, without a byte order mark. */
export function findDialect(lines: readonly string[]): Dialect {
  const first = lines.findIndex((line) => line.trim() !== '')
  const text = lines[first]
  if (text === undefined) throw noHeader('The file has no line at all.')
  const start = text.trimStart()[0]
  if (start === '[') return { format: 'json' }
  if (start === '{') return { format: 'ndjson' }
  const stated = /^"?sep=(.)"?\s*$/i.exec(text)?.[1]
  if (stated === undefined) return csvOf(text, first + 1)
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

/** The delimiter that makes the most known columns of the first line, then the most columns. */
function csvOf(text: string, headLines: number): Dialect {
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
