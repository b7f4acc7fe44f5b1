/**
 * Parses devices from lines: CSV with a header, or one JSON object per line. One line is one device. A quoted field cannot
 * continue on the next line, so that a missing quote makes one line invalid and not the rest of the file.
 */
import { parse } from 'csv-parse/sync'
import {
  checkDevice,
  DEVICE_FIELDS,
  type DeviceField,
  type DeviceRow,
  type Rejection,
  reject,
  shorten,
} from '../domain/device-row.ts'
import { AppError } from '../domain/errors.ts'
import { isTooDeep, MAX_JSON_DEPTH } from '../domain/json-depth.ts'
import { fromSpreadsheet } from '../domain/spreadsheet-text.ts'
import { type Line, MAX_LINE_BYTES } from './read-lines.ts'

export interface LineReader {
  /** Returns one result for each line that is not blank, in order. Throws if the header is invalid. */
  read(lines: readonly Line[]): ReadLine[]
  /** Call it at the end of the input. Throws if there was no header. */
  end(): void
}

export interface ReadLine {
  number: number
  device: DeviceRow | Rejection
}

/** Without `recordDelimiter`, csv-parse would take a CR inside the first line for the delimiter of all lines. */
const PARSE_OPTIONS = { relaxColumnCount: true, recordDelimiter: '\n' } as const

const TOO_DEEP = `nested more than ${MAX_JSON_DEPTH} levels deep`

const REQUIRED: readonly DeviceField[] = ['address', 'externalId', 'platform']

export function ndjsonReader(): LineReader {
  return {
    read: (lines) =>
      textsOf(lines).map(({ number, text }) => ({
        number,
        device: typeof text === 'string' ? deviceOfJson(text) : text,
      })),
    end: () => {},
  }
}

function deviceOfJson(text: string): DeviceRow | Rejection {
  if (isTooDeep(text)) return { code: 'invalid_json', reason: `the line is ${TOO_DEEP}` }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return {
      code: 'invalid_json',
      reason: `${(error as Error).message.toWellFormed()}; expected a JSON object`,
    }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { code: 'invalid_json', reason: `the line is ${shorten(text)}; expected a JSON object` }
  }
  const unknown = Object.keys(value).find((name) => !DEVICE_FIELDS.includes(name as DeviceField))
  if (unknown !== undefined) {
    const reason = `${shorten(JSON.stringify(unknown))} is not known; allowed are ${DEVICE_FIELDS.join(', ')}`
    return { code: 'unknown_field', reason }
  }
  return checkDevice(value)
}

export function csvReader(): LineReader {
  let columns: DeviceField[] | undefined
  return {
    read(lines) {
      const texts = textsOf(lines)
      if (columns === undefined) {
        const header = texts.shift()
        if (header === undefined) return []
        columns = readHeader(header.text)
      }
      const names = columns
      const split = splitLines(texts.map(({ text }) => text))
      return texts.map(({ number }, index) => {
        const values = split[index]
        return { number, device: Array.isArray(values) ? deviceOfCsv(names, values) : (values as Rejection) }
      })
    },
    end() {
      if (columns === undefined) throw badHeader('The body has no line at all.')
    },
  }
}

function readHeader(text: string | Rejection): DeviceField[] {
  if (typeof text !== 'string') throw badHeader(`The first line cannot be read: ${text.reason}.`)
  const [names] = splitLines([text])
  if (!Array.isArray(names)) throw badHeader(`The first line cannot be read: ${names?.reason}.`)
  const columns = names.map((name) => name.trim())
  const unknown = columns.filter((name) => !DEVICE_FIELDS.includes(name as DeviceField))
  const missing = REQUIRED.filter((name) => !columns.includes(name))
  const twice = columns.filter((name, index) => columns.indexOf(name) !== index)
  if (unknown.length > 0) throw badHeader(`The header has columns that are not known: ${quote(unknown)}.`)
  if (missing.length > 0) throw badHeader(`The header lacks ${quote(missing)}.`)
  if (twice.length > 0) throw badHeader(`The header has columns twice: ${quote(twice)}.`)
  return columns as DeviceField[]
}

function badHeader(problem: string): AppError {
  return new AppError(
    'invalid_csv_header',
    `${problem} The first line must name the columns, separated by commas: ${REQUIRED.join(', ')}, and any of ${DEVICE_FIELDS.slice(3).join(', ')}. Nothing was stored.`,
  )
}

/** Returns the fields of each line, or the reason why it is invalid. */
function splitLines(texts: readonly (string | Rejection)[]): (string[] | Rejection)[] {
  const quoted = texts.filter((text) => typeof text === 'string' && text.includes('"')) as string[]
  const parsed = parseQuoted(quoted)
  let next = 0
  return texts.map((text) => {
    if (typeof text !== 'string') return text
    return text.includes('"') ? (parsed[next++] as string[] | Rejection) : text.split(',')
  })
}

/** Parsing all lines at once is ten times as fast as one by one, but fails if one of them is invalid. */
function parseQuoted(lines: readonly string[]): (string[] | Rejection)[] {
  if (lines.length === 0) return []
  try {
    const records = parse(lines.join('\n'), PARSE_OPTIONS) as string[][]
    if (records.length === lines.length) return records
  } catch {
    // Parsed one by one below, to find the invalid line.
  }
  return lines.map((line) => {
    try {
      const [record] = parse(line, PARSE_OPTIONS) as string[][]
      if (record !== undefined) return record
    } catch {
      // csv-parse's message names its own options; the reason below says what to correct.
    }
    return {
      code: 'invalid_csv',
      reason: `the quotes of ${shorten(line)} do not match; a quoted field ends on its line, and "" is a quote in it`,
    }
  })
}

/** An empty field leaves the stored value unchanged. */
function deviceOfCsv(columns: readonly DeviceField[], values: readonly string[]): DeviceRow | Rejection {
  if (values.length !== columns.length) {
    const reason = `the line has ${values.length} fields; the header has ${columns.length}`
    return { code: 'invalid_csv', reason }
  }
  const input: Partial<Record<DeviceField, unknown>> = {}
  for (const [index, column] of columns.entries()) {
    const value = fromSpreadsheet(values[index] ?? '')
    if (value === '') continue
    if (column === 'attributes') {
      if (isTooDeep(value))
        return { code: 'invalid_attributes', field: column, reason: `attributes are ${TOO_DEEP}` }
      try {
        input.attributes = JSON.parse(value)
      } catch {
        return reject('invalid_attributes', 'attributes', value, 'a JSON object')
      }
    } else if (column === 'optedOut') {
      input.optedOut =
        value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : value
    } else {
      input[column] = value
    }
  }
  return checkDevice(input)
}

/** Returns the lines that are not blank, without the byte order mark (BOM) that some programs write first. */
function textsOf(lines: readonly Line[]): { number: number; text: string | Rejection }[] {
  const texts: { number: number; text: string | Rejection }[] = []
  for (const line of lines) {
    if ('problem' in line) {
      texts.push({ number: line.number, text: { code: line.problem, reason: REASONS[line.problem] } })
      continue
    }
    const text = line.number === 1 && line.text.startsWith('\ufeff') ? line.text.slice(1) : line.text
    if (text.trim() !== '') texts.push({ number: line.number, text })
  }
  return texts
}

const REASONS = {
  line_too_long: `the line is longer than ${MAX_LINE_BYTES} bytes; no device needs that much`,
  invalid_utf8: 'the line is not UTF-8; save the file as UTF-8',
} as const

function quote(names: readonly string[]): string {
  return names.map((name) => shorten(JSON.stringify(name))).join(', ')
}
