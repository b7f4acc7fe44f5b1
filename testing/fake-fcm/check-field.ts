/** Checks a value of a request against its type, and says what is wrong in FCM's words. */
import { type FieldsType, type FieldType, isReservedDataKey } from './message-schema.ts'

type Json = Record<string, unknown>

export interface Problem {
  field: string
  description: string
}

export function checkField(value: unknown, type: FieldType, path: string): Problem | undefined {
  if (typeof type === 'object') {
    if ('list' in type) return checkList(value, type, path)
    if ('one_of' in type)
      return type.one_of.includes(value as string) ? undefined : invalid(path, 'ENUM', value)
    if ('matches' in type)
      return typeof value === 'string' && type.matches.test(value)
        ? undefined
        : invalid(path, 'TYPE_STRING', value)
    if ('within' in type) return checkRange(value, type.within, path)
    if ('text_or' in type) {
      return typeof value === 'string'
        ? checkField(value, 'filled', path)
        : checkField(value, type.text_or, path)
    }
    if ('headers' in type) return checkHeaders(value, type.headers, path)
    return checkFields(value, type, path)
  }
  switch (type) {
    case 'string':
      return typeof value === 'string' ? undefined : invalid(path, 'TYPE_STRING', value)
    case 'filled':
      return typeof value === 'string' && value !== '' ? undefined : invalid(path, 'TYPE_STRING', value)
    case 'image':
      return isImageAddress(value) ? undefined : invalid(path, 'TYPE_STRING', value)
    case 'timestamp':
      return isTimestamp(value)
        ? undefined
        : invalid(path, 'type.googleapis.com/google.protobuf.Timestamp', value)
    case 'boolean':
      return typeof value === 'boolean' ? undefined : invalid(path, 'TYPE_BOOL', value)
    case 'duration':
      return typeof value === 'string' && DURATION.test(value) && Number(value.slice(0, -1)) <= FOUR_WEEKS
        ? undefined
        : invalid(path, 'type.googleapis.com/google.protobuf.Duration', value)
    case 'struct':
      return isObject(value) ? undefined : invalid(path, 'type.googleapis.com/google.protobuf.Struct', value)
    case 'string_map':
      return checkStringMap(value, path)
  }
}

/** For every duration: only `ttl` has this limit in the reference, and nothing vibrates for longer. */
const FOUR_WEEKS = 28 * 24 * 3600
const DURATION = /^\d+(\.\d{1,9})?s$/

/** RFC 3339, and a day and an hour that exist. */
function isTimestamp(value: unknown): boolean {
  const match =
    typeof value === 'string' &&
    /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/.exec(value)
  if (!match) return false
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number)
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate()
  return (
    month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth && hour < 24 && minute < 60 && second < 60
  )
}

/** What the validators of the SDK take as the address of an image, and https. */
function isImageAddress(value: unknown): boolean {
  if (typeof value !== 'string' || !/^https:\/\//i.test(value)) return false
  if (/[^a-z0-9:/?#[\]@!$&'()*+,;=.\-_~%]/i.test(value) || !URL.canParse(value)) return false
  const { hostname, pathname } = new URL(value)
  const label = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?'
  const isHost = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[a-f0-9:.]+\\])$`, 'i').test(hostname)
  return isHost && /^(?:\/[\w\-.~!$'()*+,;=:@%]+)*\/?$/.test(pathname)
}

function checkFields(value: unknown, type: FieldsType, path: string): Problem | undefined {
  if (!isObject(value)) return invalid(path, 'object', value)
  const given = new Set<string>()
  const says = new Set<string>()
  for (const [name, inner] of Object.entries(value)) {
    const known = type.isOpen ? name : camelCase(name)
    if (inner !== '') says.add(known)
    if (given.has(known)) return invalid(path, 'oneof', name)
    given.add(known)
    const innerType = Object.hasOwn(type.fields, known) ? type.fields[known] : undefined
    if (innerType === undefined) {
      if (type.isOpen) continue
      const description = `Invalid JSON payload received. Unknown name "${name}"${path && ` at '${path}'`}: Cannot find field.`
      return { field: path, description }
    }
    const problem = checkField(inner, innerType, path === '' ? name : `${path}.${name}`)
    if (problem !== undefined) return problem
  }
  const missing = [
    ...(type.required ?? []).filter((name) => !given.has(name)),
    ...Object.entries(type.needs ?? {})
      .filter(([name, other]) => given.has(name) && !says.has(other))
      .map(([, other]) => other),
  ]
  return missing[0] === undefined
    ? undefined
    : { field: path, description: `Missing required field '${missing[0]}' at '${path}'` }
}

function checkRange(value: unknown, [least, most]: readonly [number, number], path: string) {
  const isIn = typeof value === 'number' && value >= least && value <= most
  // From 0 to 1 there are fractions; everything else is counted.
  if (isIn && (most === 1 || Number.isInteger(value))) return undefined
  return invalid(path, most === 1 ? 'TYPE_FLOAT' : 'TYPE_INT32', value)
}

function checkHeaders(value: unknown, known: Readonly<Record<string, RegExp>>, path: string) {
  const problem = checkStringMap(value, path)
  if (problem !== undefined) return problem
  const given = new Set<string>()
  for (const [name, text] of Object.entries(value as Record<string, string>)) {
    const lower = name.toLowerCase()
    if (given.has(lower)) return { field: path, description: `Header '${name}' is given twice at '${path}'` }
    given.add(lower)
    if (known[lower]?.test(text) === false) return invalid(`${path}.${name}`, 'header', text)
  }
  return undefined
}

function checkList(
  value: unknown,
  { list, isFilled }: { list: FieldType; isFilled?: true },
  path: string,
): Problem | undefined {
  if (!Array.isArray(value) || (isFilled && value.length === 0)) return invalid(path, 'list', value)
  for (const [i, inner] of value.entries()) {
    const problem = checkField(inner, list, `${path}[${i}]`)
    if (problem !== undefined) return problem
  }
  return undefined
}

function checkStringMap(value: unknown, path: string): Problem | undefined {
  if (!isObject(value)) return invalid(path, 'map', value)
  for (const [i, [key, inner]] of Object.entries(value).entries()) {
    if (typeof inner !== 'string') return invalid(`${path}[${i}].value`, 'TYPE_STRING', inner)
    if (path.endsWith('data') && isReservedDataKey(key)) {
      return { field: path, description: `Invalid data payload key: ${key}` }
    }
  }
  return undefined
}

function invalid(path: string, type: string, value: unknown): Problem {
  return { field: path, description: `Invalid value at '${path}' (${type}), ${JSON.stringify(value)}` }
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

export function toCamelCase(value: unknown): Json {
  if (!isObject(value)) return {}
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [camelCase(name), inner]))
}
