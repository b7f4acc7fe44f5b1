/** A list of devices in CSV. */
import { isRejection } from '../../domain/device-row.ts'
import {
  type Column,
  type ColumnField,
  type ColumnMap,
  type ColumnProblem,
  columnsOf,
  mappedUse,
  sameAttributes,
} from './column-names.ts'
import { type CsvRecord, CsvRecords } from './csv-records.ts'
import type { CsvDialect } from './dialect.ts'
import {
  type FoundDevice,
  foundDevice,
  type ListValues,
  NOTHING_DROPPED,
  setAttributeText,
  setText,
} from './found-device.ts'
import { type ListReader, Sample } from './list-reader.ts'
import type { JsonObject } from './parse-json.ts'
import { findProfile } from './profiles/find-profile.ts'
import type { Profile } from './profiles/profile.ts'
import type { Line } from './read-lines.ts'

interface UsedColumn {
  index: number
  field: ColumnField
  attribute: string | null
  /** Its name is Korean, Japanese or Chinese: there, O is yes and X is no. */
  hasMarks: boolean
}

export class CsvList implements ListReader {
  readonly columns: readonly Column[]
  readonly problems: readonly ColumnProblem[]
  readonly profile: Profile | undefined
  readonly sample = new Sample()
  entries = 0
  readonly #records: CsvRecords
  readonly #names: readonly string[]
  readonly #used: readonly UsedColumn[]
  /** Columns that the caller mapped, over what the profile takes them for. */
  readonly #mapped: readonly UsedColumn[]
  readonly #headLines: number
  /** Fields that a row must have: behind them, spreadsheets leave out empty columns. */
  readonly #least: number

  constructor({ header, headLines, delimiter }: CsvDialect, map: ColumnMap) {
    this.#names = header
    this.#headLines = headLines
    this.profile = findProfile(header)
    const { columns, problems } = columnsOf(header, map)
    this.#used = columns.flatMap(({ name, field, attribute }, index) =>
      field === null ? [] : [{ index, field, attribute, hasMarks: isConsent(field) && CJK.test(name) }],
    )
    const needed = this.#used.filter(({ field }) => NEVER_LEFT_OUT.has(field)).map(({ index }) => index + 1)
    this.#least = this.profile === undefined ? Math.max(1, ...needed) : header.length
    this.#mapped = this.#used.filter(({ index }) => mappedUse(map, header[index] ?? '') !== undefined)
    const { profile } = this
    this.columns =
      profile === undefined
        ? columns
        : header.map((name): Column => {
            const use = mappedUse(map, name) ?? { field: profileField(profile, name), attribute: null }
            return { name, ...use }
          })
    this.problems = profile === undefined ? problems : problemsOfProfile(problems, this.columns)
    this.#records = new CsvRecords(
      delimiter,
      (fields) => fields.length >= header.length,
      (fields) => this.#isDevice(fields),
    )
  }

  read(lines: readonly Line[]): FoundDevice[] {
    const first = lines[0]?.number ?? 0
    const behind = first > this.#headLines ? lines : lines.filter(({ number }) => number > this.#headLines)
    return this.#devicesOf(this.#records.read(behind))
  }

  end(): FoundDevice[] {
    return this.#devicesOf(this.#records.end())
  }

  #devicesOf(records: readonly CsvRecord[]): FoundDevice[] {
    const found: FoundDevice[] = []
    for (const { number, fields } of records) {
      if (Array.isArray(fields)) this.#add(number, fields, found)
      else {
        this.entries += 1
        found.push({ number, device: fields, dropped: NOTHING_DROPPED })
      }
    }
    return found
  }

  #add(number: number, fields: readonly string[], found: FoundDevice[]): void {
    const columns = this.#names.length
    if (fields.length !== columns) {
      // Spreadsheets write empty columns and rows where somebody once typed something.
      if (fields.every(isBlank)) return
      if (fields.length < this.#least || !fields.slice(columns).every(isBlank)) {
        this.entries += 1
        const reason = `the line has ${fields.length} fields; the header has ${columns}`
        found.push({ number, device: { code: 'invalid_csv', reason }, dropped: NOTHING_DROPPED })
        return
      }
    } else if (isBlank(fields[0] ?? '') && fields.every(isBlank)) return
    this.entries += 1
    if (this.sample.isOpen) this.sample.add(number, fields.slice(0, columns))
    if (this.profile === undefined) found.push(foundDevice(number, this.#valuesOf(fields, this.#used)))
    else this.#addOfProfile(this.profile, number, fields, found)
  }

  #addOfProfile(profile: Profile, number: number, fields: readonly string[], found: FoundDevice[]): void {
    const entry: JsonObject = {}
    for (const [index, name] of this.#names.entries()) entry[name] = fields[index]?.trim()
    const mapped = this.#valuesOf(fields, this.#mapped)
    for (const { values, rejection, keepsMember } of profile.devicesOf(entry)) {
      found.push(foundDevice(number, { ...values, ...mapped }, keepsMember, rejection))
    }
  }

  #valuesOf(fields: readonly string[], used: readonly UsedColumn[]): ListValues {
    const values: ListValues = {}
    for (const { index, field, attribute, hasMarks } of used) {
      const text = fields[index] ?? ''
      if (attribute !== null) setAttributeText(values, attribute, text)
      else setText(values, field, hasMarks ? withoutMark(text) : text)
    }
    return values
  }

  #isDevice(fields: readonly string[]): boolean {
    if (fields.length !== this.#names.length || this.profile !== undefined) return false
    return !isRejection(foundDevice(0, this.#valuesOf(fields, this.#used)).device)
  }
}

/** Without one of these, a row is not only shorter: it may have lost what the person said, or its device. */
const NEVER_LEFT_OUT: ReadonlySet<ColumnField> = new Set<ColumnField>([
  'address',
  'fid',
  'externalId',
  'platform',
  'replaces',
  'optedOut',
  'optedIn',
  'consentAt',
  'marketingConsent',
  'marketingConsentAt',
  'nightConsent',
  'nightConsentAt',
])

const CJK = /[\p{Script=Hangul}\p{Script=Han}\p{Script=Katakana}\p{Script=Hiragana}]/u

const ANSWERS: ReadonlySet<ColumnField> = new Set<ColumnField>([
  'optedOut',
  'optedIn',
  'marketingConsent',
  'nightConsent',
])

function isConsent(field: ColumnField): boolean {
  return ANSWERS.has(field)
}

/** Elsewhere an X may as well be the mark of who has opted out. */
function withoutMark(text: string): string {
  const mark = text.trim()
  if (/^[oｏ○◯]$/i.test(mark)) return 'yes'
  return /^[xｘ×✕]$/i.test(mark) ? 'no' : text
}

/** Its other columns may be left out; without the person, none of its lines can be used. */
function problemsOfProfile(problems: readonly ColumnProblem[], columns: readonly Column[]): ColumnProblem[] {
  const hasPerson = columns.some(({ field }) => field === 'externalId')
  const missing: ColumnProblem[] = hasPerson ? [] : [{ code: 'missing', names: ['externalId'] }]
  const unknown = problems.filter(({ code }) => code === 'unknown_mapping')
  return [...unknown, ...sameAttributes(columns), ...missing]
}

function profileField({ columns }: Profile, name: string): ColumnField | null {
  const [first = ''] = name.split(/\.(?=[^.]*$)/)
  return columns[name] ?? columns[first] ?? null
}

function isBlank(text: string): boolean {
  return text === '' || text.trim() === ''
}
