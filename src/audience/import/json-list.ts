/** A list of devices in JSON: one object a line, or the elements of an array. */
import { isEmptyWord } from '../../domain/clean-text.ts'
import {
  type Column,
  type ColumnMap,
  type ColumnProblem,
  type ColumnUse,
  fieldNamed,
  mappedUse,
  NOT_USED,
  plainName,
} from './column-names.ts'
import {
  type FoundDevice,
  foundDevice,
  type ListValues,
  NOTHING_DROPPED,
  setAttribute,
} from './found-device.ts'
import { type ListReader, MAX_COLUMNS, Sample } from './list-reader.ts'
import { type ParsedObject, parseObject } from './parse-json.ts'
import { findProfile } from './profiles/find-profile.ts'
import type { Profile } from './profiles/profile.ts'
import { type Line, MAX_LINE_BYTES } from './read-lines.ts'

/** Objects that are looked at to find what the list has. */
const LOOKED_AT = 20

export class JsonList implements ListReader {
  readonly columns: Column[] = []
  readonly profile: Profile | undefined
  readonly problems: readonly ColumnProblem[]
  readonly sample = new Sample()
  entries = 0
  readonly #map: ColumnMap
  /** What names are used as, whatever their spelling; at most as many as columns are reported. */
  readonly #uses = new Map<string, ColumnUse>()

  /** The first lines of the list: its names are those of their objects. */
  constructor(first: readonly Line[], map: ColumnMap) {
    this.#map = map
    const names = new Set<string>()
    for (const line of first.slice(0, LOOKED_AT)) {
      const read = 'text' in line ? parseObject(line.text) : undefined
      if (read === undefined || !('object' in read)) continue
      for (const name of Object.keys(read.object)) names.add(name)
    }
    this.profile = findProfile([...names])
    for (const name of names) this.#noteUse(name)
    this.problems = this.profile === undefined && names.size > 0 ? this.#missing() : []
  }

  /** What none of the first objects has. A name that the caller mapped may come later. */
  #missing(): ColumnProblem[] {
    const fields = new Set([
      ...this.columns.map(({ field }) => field),
      ...[...this.#map.values()].map(({ field }) => field),
    ])
    if (fields.has('fid')) fields.add('address')
    const names = (['address', 'externalId', 'platform'] as const).filter((field) => !fields.has(field))
    return names.length === 0 ? [] : [{ code: 'missing', names }]
  }

  read(lines: readonly Line[]): FoundDevice[] {
    const found: FoundDevice[] = []
    for (const line of lines) {
      if ('text' in line && line.text.trim() === '') continue
      this.entries += 1
      const { number } = line
      const read = 'text' in line ? parseObject(line.text) : { rejection: TOO_LONG }
      if ('rejection' in read) found.push({ number, device: read.rejection, dropped: NOTHING_DROPPED })
      else this.#add(number, read, found)
    }
    return found
  }

  end(): FoundDevice[] {
    return []
  }

  #add(number: number, parsed: ParsedObject, found: FoundDevice[]): void {
    const { object } = parsed
    for (const name in object) if (!this.#uses.has(name)) this.#noteUse(name)
    if (this.sample.isOpen)
      this.sample.add(
        number,
        this.columns.map(({ name }) => cellOf(own(object, name))),
      )
    if (this.profile === undefined) {
      found.push(foundDevice(number, this.#valuesOf(parsed)))
      return
    }
    const mapped: ListValues = {}
    for (const name in object) {
      const use = mappedUse(this.#map, name)
      if (use !== undefined) set(mapped, use, name, parsed)
    }
    for (const { values, rejection, keepsMember } of this.profile.devicesOf(object)) {
      found.push(foundDevice(number, { ...values, ...mapped }, keepsMember, rejection))
    }
  }

  #valuesOf(parsed: ParsedObject): ListValues {
    const values: ListValues = {}
    for (const name in parsed.object) {
      const use = this.#uses.get(name) ?? this.#lookUp(name)
      const { field, attribute } = use
      if (field === null) continue
      // Of two names for one field, its own counts.
      if (attribute !== null || values[field] === undefined || plainName(name) === field.toLowerCase())
        set(values, use, name, parsed)
    }
    return values
  }

  #noteUse(name: string): void {
    if (this.#uses.size >= MAX_COLUMNS) return
    const use = this.#lookUp(name)
    this.#uses.set(name, use)
    this.columns.push({ name, ...use })
  }

  #lookUp(name: string): ColumnUse {
    const mapped = mappedUse(this.#map, name)
    if (mapped !== undefined) return mapped
    const field = this.profile === undefined ? fieldNamed(name) : own(this.profile.columns, name)
    return field === undefined ? NOT_USED : { field, attribute: null }
  }
}

/** null, the empty text and words that stand for it are "not given", as in CSV. An attribute keeps its number. */
function set(
  values: ListValues,
  { field, attribute }: ColumnUse,
  name: string,
  { object, plain }: ParsedObject,
): void {
  if (field === null) return
  const value = attribute === null ? object[name] : plain[name]
  if (value === null || value === undefined || value === '') return
  const isRequired = field === 'address' || field === 'externalId'
  if (!isRequired && typeof value === 'string' && isEmptyWord(value.trim())) return
  if (attribute === null) values[field] = value
  else setAttribute(values, attribute, value)
}

/** Not what every object has: a list may have a column "constructor". */
function own<T>(object: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

function cellOf(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value).slice(0, 200)
}

const TOO_LONG = {
  code: 'line_too_long',
  reason: `the line is longer than ${MAX_LINE_BYTES} bytes; no device needs that much`,
} as const
