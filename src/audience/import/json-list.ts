/** A list of devices in JSON: one object a line, or the elements of an array. */
import { isEmptyWord } from '../../domain/clean-text.ts'
import {
  type Column,
  type ColumnField,
  type ColumnMap,
  type ColumnProblem,
  fieldNamed,
  plainName,
} from './column-names.ts'
import { type FoundDevice, foundDevice, type ListValues, NOTHING_DROPPED } from './found-device.ts'
import { type ListReader, MAX_COLUMNS, Sample } from './list-reader.ts'
import { type JsonObject, parseObject } from './parse-json.ts'
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
  /** Names that are used by fields of ours, whatever their spelling; at most as many as columns are reported. */
  readonly #fields = new Map<string, ColumnField | null>()

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
    for (const name of names) this.#fieldOf(name)
    this.problems = this.profile === undefined && names.size > 0 ? this.#missing() : []
  }

  /** What none of the first objects has. A name that the caller mapped may come later. */
  #missing(): ColumnProblem[] {
    const fields = new Set([...this.columns.map(({ field }) => field), ...this.#map.values()])
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
      else this.#add(number, read.object, found)
    }
    return found
  }

  end(): FoundDevice[] {
    return []
  }

  #add(number: number, object: JsonObject, found: FoundDevice[]): void {
    for (const name in object) if (!this.#fields.has(name)) this.#fieldOf(name)
    if (this.sample.isOpen)
      this.sample.add(
        number,
        this.columns.map(({ name }) => cellOf(own(object, name))),
      )
    if (this.profile === undefined) {
      found.push(foundDevice(number, this.#valuesOf(object)))
      return
    }
    const mapped: ListValues = {}
    for (const name in object) {
      const field = this.#map.get(plainName(name)) ?? null
      if (field !== null) set(mapped, field, object[name])
    }
    for (const { values, rejection, keepsMember } of this.profile.devicesOf(object)) {
      found.push(foundDevice(number, { ...values, ...mapped }, keepsMember, rejection))
    }
  }

  #valuesOf(object: JsonObject): ListValues {
    const values: ListValues = {}
    for (const name in object) {
      const field = this.#fields.has(name) ? this.#fields.get(name) : this.#lookUp(name)
      if (field === null || field === undefined) continue
      // Of two names for one field, its own counts.
      if (values[field] === undefined || plainName(name) === field.toLowerCase())
        set(values, field, object[name])
    }
    return values
  }

  #fieldOf(name: string): void {
    if (this.#fields.size >= MAX_COLUMNS) return
    const field = this.#lookUp(name)
    this.#fields.set(name, field)
    this.columns.push({ name, field })
  }

  #lookUp(name: string): ColumnField | null {
    const mapped = this.#map.get(plainName(name))
    if (mapped !== undefined) return mapped
    return (this.profile === undefined ? fieldNamed(name) : own(this.profile.columns, name)) ?? null
  }
}

/** null, the empty text and words that stand for it are "not given", as in CSV. */
function set(values: ListValues, field: ColumnField, value: unknown): void {
  if (value === null || value === undefined || value === '') return
  const isRequired = field === 'address' || field === 'externalId'
  if (!isRequired && typeof value === 'string' && isEmptyWord(value.trim())) return
  values[field] = value
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
