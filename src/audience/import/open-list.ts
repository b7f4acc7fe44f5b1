/**
 * Judges a list by its first megabyte, before anything is stored: whether it is compressed, its encoding, its format and
 * delimiter, whose export it is, and which column is which. What comes out are its lines and who reads devices out of them.
 */
import { AppError } from '../../domain/errors.ts'
import type { ColumnMap, ColumnProblem } from './column-names.ts'
import { CsvList } from './csv-list.ts'
import { type Dialect, findDialect } from './dialect.ts'
import { decode, type Encoding } from './encoding.ts'
import { findEncoding } from './find-encoding.ts'
import type { FoundFormat } from './import-report.ts'
import { JsonElements } from './json-elements.ts'
import { JsonList } from './json-list.ts'
import type { ListReader } from './list-reader.ts'
import { type Head, readHead } from './read-head.ts'
import { type Line, type LineOptions, readLines } from './read-lines.ts'
import { isGzip, refuseOtherFiles, type UnpackLimits, unpack } from './unpack.ts'

export interface OpenListOptions {
  /** The encoding that the caller states. */
  encoding?: Encoding | undefined
  map: ColumnMap
  headBytes: number
  maxLineBytes: number
  unpacked: UnpackLimits
}

export interface OpenList {
  format: FoundFormat
  lines: AsyncGenerator<Line[], void, void>
  reader: ListReader
  /** The number of the first line that is beyond what was judged. */
  headLines: number
}

/** Enough lines for the header and the names of JSON objects. */
const LINES_LOOKED_AT = 200

export async function openList(source: AsyncIterable<Buffer>, options: OpenListOptions): Promise<OpenList> {
  const packed = await readHead(source, 8)
  const isCompressed = isGzip(packed.bytes)
  const bytes = isCompressed ? unpack(packed.from(0), options.unpacked) : packed.from(0)
  const head = await readHead(bytes, options.headBytes)
  refuseOtherFiles(head.bytes)
  const { encoding, by, markBytes } = await findEncoding(head.bytes, head.isWhole, options.encoding)
  const isStated = by === 'stated'
  // Bytes that decided it are known to be in it, if they were all looked at.
  if (by !== 'content' || encoding !== 'utf-8')
    await checkHead(head, markBytes, { encoding, maxLineBytes: options.maxLineBytes, isStated })
  const text = textOf(head, encoding, markBytes)
  const isCrOnly = !text.includes('\n') && text.includes('\r')
  const first = firstLines(text, isCrOnly, head.isWhole)
  const dialect = findDialect(first.map((line) => ('text' in line ? line.text : '')))
  const format: FoundFormat = {
    isCompressed,
    encoding,
    encodingBy: by,
    format: dialect.format,
    delimiter: dialect.format === 'csv' ? dialect.delimiter : null,
  }
  const rest = head.from(markBytes)
  const lines =
    dialect.format === 'json'
      ? readElements(rest, encoding)
      : readLines(rest, { encoding, maxLineBytes: options.maxLineBytes, isCrOnly, isStated })
  return {
    format,
    lines,
    reader: readerOf(dialect, first, text, options.map),
    headLines: text.split(isCrOnly ? '\r' : '\n').length,
  }
}

/** Refuses a list that contradicts its encoding where it begins, before anything is stored. */
async function checkHead({ bytes, isWhole }: Head, start: number, options: LineOptions): Promise<void> {
  const last = isWhole ? bytes.length : endOfLines(bytes, start, options.encoding)
  // A line that is longer than the head is judged when it is read.
  if (last <= start) return
  async function* head() {
    yield bytes.subarray(start, last)
  }
  for await (const _ of readLines(head(), options));
}

/** Behind the last newline. In UTF-16, the byte of one is also half of other characters. */
function endOfLines(bytes: Buffer, start: number, encoding: Encoding): number {
  if (!encoding.startsWith('utf-16')) return bytes.lastIndexOf(0x0a) + 1
  const newline = Buffer.from(encoding === 'utf-16le' ? '\n\0' : '\0\n')
  let at = bytes.lastIndexOf(newline)
  while (at > 0 && (at - start) % 2 !== 0) at = bytes.lastIndexOf(newline, at - 1)
  return at + 2
}

function readerOf(dialect: Dialect, first: readonly Line[], text: string, map: ColumnMap): ListReader {
  if (dialect.format === 'csv') return new CsvList(dialect, map)
  return new JsonList(dialect.format === 'ndjson' ? first : new JsonElements().push(text), map)
}

/** Of the first bytes; a character that is cut at their end is left out by whoever looks at whole lines. */
function textOf({ bytes }: Head, encoding: Encoding, markBytes: number): string {
  const content = bytes.subarray(markBytes)
  return encoding.startsWith('utf-16') ? new TextDecoder(encoding).decode(content) : decode(content, encoding)
}

function firstLines(text: string, isCrOnly: boolean, isWhole: boolean): Line[] {
  const lines = text.split(isCrOnly ? '\r' : '\n', LINES_LOOKED_AT)
  if (!isWhole && lines.length > 1 && lines.length < LINES_LOOKED_AT) lines.pop()
  return lines.map((line, index) => ({
    number: index + 1,
    text: line.endsWith('\r') ? line.slice(0, -1) : line,
  }))
}

async function* readElements(
  source: AsyncIterable<Buffer>,
  encoding: Encoding,
): AsyncGenerator<Line[], void, void> {
  if (!encoding.startsWith('utf')) {
    throw new AppError(
      'encoding_unclear',
      `The file is a JSON array in ${encoding}; JSON is UTF-8 by its standard. Save it as UTF-8.`,
    )
  }
  const decoder = new TextDecoder(encoding, { fatal: true })
  const elements = new JsonElements()
  let number = 1
  const decoded = (bytes?: Buffer) => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true })
    } catch (cause) {
      throw new AppError(
        'encoding_contradicted',
        `The JSON array is not ${encoding} behind element ${number}. Save it as UTF-8 and send it again.`,
        { cause },
      )
    }
  }
  for await (const bytes of source) {
    const found = elements.push(decoded(bytes))
    number = found.at(-1)?.number ?? number
    yield found
  }
  yield [...elements.push(decoded()), ...elements.end()]
}

/** What is wrong with the columns, as an error: nothing can be used. */
export function unusable({ problems, columns }: ListReader, { format }: FoundFormat): AppError {
  const holder = format === 'csv' ? 'header' : 'list'
  const sentences = problems.map((problem) => sentenceOf(problem, holder))
  const known = columns.some(({ field }) => field !== null)
  if (!known && format === 'csv')
    sentences.push('The first line must name the columns; it looks like a device or text.')
  if (!known && format !== 'csv')
    sentences.push(`Its objects have ${quoted(columns.map(({ name }) => name))}.`)
  const separated = format === 'csv' ? ', separated by commas, semicolons or tabs' : ''
  const needed = `Needed are address (or token), externalId and platform${separated}`
  return new AppError(
    'invalid_csv_header',
    `${sentences.join(' ')} ${needed}; other names can be mapped: ?map=theirs:ours.`,
  )
}

function sentenceOf({ code, names }: ColumnProblem, holder: 'header' | 'list'): string {
  const list = quoted(names)
  switch (code) {
    case 'missing':
      return `The ${holder} lacks ${list}.`
    case 'twice':
      return `The ${holder} has columns that mean the same: ${list}.`
    case 'unknown_mapping':
      return `"map" names columns that the file does not have: ${list}.`
  }
}

function quoted(names: readonly string[]): string {
  const some = names.slice(0, 20).map((name) => JSON.stringify(name.slice(0, 60)))
  return some.join(', ')
}
