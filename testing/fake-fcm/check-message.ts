/**
 * Checks a request body as FCM does, and finds the address in it. Bodies of one campaign differ in the address
 * alone, so a body is checked once and its text around the address remembered: the next one costs two comparisons instead
 * of a parse.
 */
import type { AddressKind } from '../../src/domain/address.ts'
import { MESSAGE_LIMIT_BYTES, payloadBytes } from '../../src/domain/message-size.ts'
import { ANSWERS, type Answer, badRequest } from './answers.ts'
import { checkField, toCamelCase } from './check-field.ts'
import { checkPush } from './check-push.ts'
import { REQUEST, TARGETS } from './message-schema.ts'

export interface CheckedMessage {
  /** Undefined for a topic or condition. */
  address: string | undefined
  kind: AddressKind
  validateOnly: boolean
  /** Of its notification; empty if it has none. */
  title: string
  problem: Answer | undefined
}

interface Shape {
  before: string
  after: string
  kind: AddressKind
  validateOnly: boolean
  title: string
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
      const { kind, validateOnly, title } = shape
      return { address, kind, validateOnly, title, problem: checkAddress(address, kind) }
    }
    const checked = checkText(text)
    if (checked.problem === undefined && checked.address !== undefined) this.#remember(text, checked)
    return checked
  }

  #remember(text: string, { address, kind, validateOnly, title }: CheckedMessage): void {
    const at = text.indexOf(KEYS[kind])
    if (at < 0 || text.indexOf(KEYS[kind], at + 1) >= 0) return
    const start = at + KEYS[kind].length
    const end = start + (address?.length ?? 0)
    if (text.slice(start, end) !== address || text[end] !== '"') return
    if (this.#shapes.length === SHAPES_KEPT) this.#shapes.pop()
    this.#shapes.unshift({ before: text.slice(0, start), after: text.slice(end), kind, validateOnly, title })
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
  const request = toCamelCase(body)
  const message = toCamelCase(request.message)
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
  const parts = Object.fromEntries(Object.entries(message).map(([name, part]) => [name, partOf(name, part)]))
  const misuse = checkPush(parts)
  if (misuse !== undefined) return refused(badRequest(misuse.field, misuse.description))
  if (payloadBytes(parts) > MESSAGE_LIMIT_BYTES) return refused(ANSWERS.payload_too_large)
  const kind = targets[0] === 'fid' ? 'fid' : 'token'
  const address = message[kind] as string | undefined
  return {
    address,
    kind,
    validateOnly: request.validateOnly === true,
    title: titleOf(message.notification),
    problem: address === undefined ? undefined : checkAddress(address, kind),
  }
}

function refused(problem: Answer): CheckedMessage {
  return { address: undefined, kind: 'token', validateOnly: false, title: '', problem }
}

function titleOf(notification: unknown): string {
  const { title } = (notification ?? {}) as { title?: unknown }
  return typeof title === 'string' ? title : ''
}

/**
 * Keeps the two kinds apart. Google's support says that FCM takes an installation id in `token` today; that is documented
 * nowhere and may end, so a sender must not get used to it here.
 */
function checkAddress(address: string, kind: AddressKind): Answer | undefined {
  if (kind === 'fid') return /^[A-Za-z0-9_-]{22}$/.test(address) ? undefined : ANSWERS.bad_fid
  return /^[A-Za-z0-9_:-]{32,4096}$/.test(address) ? undefined : ANSWERS.bad_token
}

/** In one spelling, so that a message has one size. The names in data are the campaign's own. */
function partOf(name: string, part: unknown): unknown {
  if (!['android', 'apns', 'webpush'].includes(name)) return part
  const inner = toCamelCase(part)
  const isAndroids = name === 'android' && inner.notification !== undefined
  return isAndroids ? { ...inner, notification: toCamelCase(inner.notification) } : inner
}
