/**
 * Checks a request body as FCM does, and finds the address in it. Bodies of one campaign differ in the address
 * alone, so a body is checked once and its text around the address remembered: the next one costs two comparisons instead
 * of a parse.
 */
import type { AddressKind } from '../../src/domain/address.ts'
import { ANSWERS, type Answer, badRequest } from './answers.ts'
import { type FieldType, isReservedDataKey, PAYLOAD_LIMIT_BYTES, REQUEST, TARGETS } from './message-schema.ts'

export interface CheckedMessage {
  /** Undefined for a topic or condition. */
  address: string | undefined
  kind: AddressKind
  validateOnly: boolean
  problem: Answer | undefined
}

type Json = Record<string, unknown>

interface Shape {
  before: string
  after: string
  kind: AddressKind
  validateOnly: boolean
}

const KEYS: Readonly<Record<AddressKind, string>> = { token: '"token":"', fid: '"fid":"' }
/** Campaigns in flight at a time, with room; a campaign that pushes another out costs one parse. */
const SHAPES_KEPT = 16

export class MessageChecker {
  readonly #shapes: Shape[] = []

  check(text: string): CheckedMessage {
    for (const shape of this.#shapes) {
      if (!text.startsWith(shape.before) || !text.endsWith(shape.after)) continue
      const end = text.length - shape.after.length
      const address = text.slice(shape.before.length, end)
      // A quote or an escape would mean that the address does not end where it seems to.
      if (address === '' || address.includes('"') || address.includes('\\')) continue
      const { kind, validateOnly } = shape
      return { address, kind, validateOnly, problem: checkAddress(address, kind) }
    }
    const checked = checkText(text)
    if (checked.problem === undefined && checked.address !== undefined) this.#remember(text, checked)
    return checked
  }

  #remember(text: string, { address, kind, validateOnly }: CheckedMessage): void {
    const at = text.indexOf(KEYS[kind])
    if (at < 0 || text.indexOf(KEYS[kind], at + 1) >= 0) return
    const start = at + KEYS[kind].length
    const end = start + (address?.length ?? 0)
    if (text.slice(start, end) !== address || text[end] !== '"') return
    if (this.#shapes.length === SHAPES_KEPT) this.#shapes.pop()
    this.#shapes.unshift({ before: text.slice(0, start), after: text.slice(end), kind, validateOnly })
  }
}

function checkText(text: string): CheckedMessage {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return refused(badRequest('', 'Invalid JSON payload received. Unexpected end of string.'))
  }
  const problem = checkField(body, REQUEST, '')
  if (problem !== undefined) return refused(badRequest(problem.field, problem.description))
  const request = toCamelCase(body as Json)
  const message = request.message === undefined ? {} : toCamelCase(request.message as Json)
  const targets = TARGETS.filter((target) => message[target] !== undefined && message[target] !== '')
  if (targets.length === 0) return refused(badRequest('message', 'Recipient of the message is not set.'))
  if (targets.length > 1) {
    return refused(
      badRequest(
        'message',
        `Invalid value at 'message' (oneof), oneof field 'target' is already set. Cannot set '${targets[1]}'`,
      ),
    )
  }
  if (payloadBytes(message) > PAYLOAD_LIMIT_BYTES) return refused(ANSWERS.payload_too_large)
  const kind = targets[0] === 'fid' ? 'fid' : 'token'
  const address = message[kind] as string | undefined
  return {
    address,
    kind,
    validateOnly: request.validateOnly === true,
    problem: address === undefined ? undefined : checkAddress(address, kind),
  }
}

function refused(problem: Answer): CheckedMessage {
  return { address: undefined, kind: 'token', validateOnly: false, problem }
}

/**
 * Keeps the two kinds apart. Google's support says that FCM takes an installation id in `token` today; that is documented
 * nowhere and may end, so a sender must not get used to it here.
 */
function checkAddress(address: string, kind: AddressKind): Answer | undefined {
  if (kind === 'fid') return /^[A-Za-z0-9_-]{22}$/.test(address) ? undefined : ANSWERS.bad_fid
  return /^[A-Za-z0-9_:-]{32,4096}$/.test(address) ? undefined : ANSWERS.bad_token
}

interface Problem {
  field: string
  description: string
}

function checkField(value: unknown, type: FieldType, path: string): Problem | undefined {
  if (typeof type === 'object') {
    if ('list' in type) return checkList(value, type.list, path)
    if ('one_of' in type)
      return type.one_of.includes(value as string) ? undefined : invalid(path, 'ENUM', value)
    return checkFields(value, type.fields, path)
  }
  switch (type) {
    case 'string':
      return typeof value === 'string' ? undefined : invalid(path, 'TYPE_STRING', value)
    case 'boolean':
      return typeof value === 'boolean' ? undefined : invalid(path, 'TYPE_BOOL', value)
    case 'integer':
      return Number.isInteger(value) ? undefined : invalid(path, 'TYPE_INT32', value)
    case 'number':
      return typeof value === 'number' ? undefined : invalid(path, 'TYPE_FLOAT', value)
    case 'duration':
      return typeof value === 'string' && /^\d+(\.\d{1,9})?s$/.test(value)
        ? undefined
        : invalid(path, 'type.googleapis.com/google.protobuf.Duration', value)
    case 'struct':
      return isObject(value) ? undefined : invalid(path, 'type.googleapis.com/google.protobuf.Struct', value)
    case 'string_map':
      return checkStringMap(value, path)
  }
}

function checkFields(value: unknown, fields: Readonly<Record<string, FieldType>>, path: string) {
  if (!isObject(value)) return invalid(path, 'object', value)
  for (const [name, inner] of Object.entries(value)) {
    const type = fields[camelCase(name)]
    if (type === undefined) {
      const description = `Invalid JSON payload received. Unknown name "${name}"${path && ` at '${path}'`}: Cannot find field.`
      return { field: path, description }
    }
    const problem = checkField(inner, type, path === '' ? name : `${path}.${name}`)
    if (problem !== undefined) return problem
  }
  return undefined
}

function checkList(value: unknown, type: FieldType, path: string): Problem | undefined {
  if (!Array.isArray(value)) return invalid(path, 'list', value)
  for (const [i, inner] of value.entries()) {
    const problem = checkField(inner, type, `${path}[${i}]`)
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

/** Keys and values that every device gets, and those of the largest platform part: a device gets only its own. */
function payloadBytes(message: Json): number {
  const android = toCamelCase(message.android)
  const apns = toCamelCase(message.apns)
  const webpush = toCamelCase(message.webpush)
  return (
    textBytes(message.notification) +
    textBytes(message.data) +
    Math.max(
      textBytes(android.notification) + textBytes(android.data),
      textBytes(apns.payload),
      textBytes(webpush.notification) + textBytes(webpush.data),
    )
  )
}

function textBytes(value: unknown): number {
  if (value === undefined || value === null) return 0
  if (Array.isArray(value)) return value.reduce<number>((sum, inner) => sum + textBytes(inner), 0)
  if (!isObject(value)) return Buffer.byteLength(String(value))
  let sum = 0
  for (const [key, inner] of Object.entries(value)) sum += Buffer.byteLength(key) + textBytes(inner)
  return sum
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function toCamelCase(value: unknown): Json {
  if (!isObject(value)) return {}
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [camelCase(name), inner]))
}
