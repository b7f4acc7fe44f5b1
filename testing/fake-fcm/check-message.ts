/**
 * Checks a request body as FCM does, and finds the token in it. Bodies of one campaign differ in the token alone,
 * so a body is checked once and its text around the token remembered: the next one costs two comparisons instead
 * of a parse.
 */
import { MESSAGE_LIMIT_BYTES, payloadBytes } from '../../src/domain/message-size.ts'
import { ANSWERS, type Answer, badRequest } from './answers.ts'
import { checkField, toCamelCase } from './check-field.ts'
import { checkPush } from './check-push.ts'
import { REQUEST, TARGETS } from './message-schema.ts'

export interface CheckedMessage {
  /** Undefined for a topic or condition. */
  token: string | undefined
  validateOnly: boolean
  problem: Answer | undefined
}

interface Shape {
  before: string
  after: string
  validateOnly: boolean
}

const TOKEN_KEY = '"token":"'
/** Campaigns in flight at a time, with room; a campaign that pushes another out costs one parse. */
const SHAPES_KEPT = 16

export class MessageChecker {
  readonly #shapes: Shape[] = []

  check(text: string): CheckedMessage {
    for (const shape of this.#shapes) {
      if (!text.startsWith(shape.before) || !text.endsWith(shape.after)) continue
      const end = text.length - shape.after.length
      const token = text.slice(shape.before.length, end)
      // A quote or an escape would mean that the token does not end where it seems to.
      if (token === '' || token.includes('"') || token.includes('\\')) continue
      return { token, validateOnly: shape.validateOnly, problem: checkToken(token) }
    }
    const checked = checkText(text)
    if (checked.problem === undefined && checked.token !== undefined) this.#remember(text, checked)
    return checked
  }

  #remember(text: string, { token, validateOnly }: CheckedMessage): void {
    const at = text.indexOf(TOKEN_KEY)
    if (at < 0 || text.indexOf(TOKEN_KEY, at + 1) >= 0) return
    const start = at + TOKEN_KEY.length
    const end = start + (token?.length ?? 0)
    if (text.slice(start, end) !== token || text[end] !== '"') return
    if (this.#shapes.length === SHAPES_KEPT) this.#shapes.pop()
    this.#shapes.unshift({ before: text.slice(0, start), after: text.slice(end), validateOnly })
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
  const token = message.token as string | undefined
  return {
    token,
    validateOnly: request.validateOnly === true,
    problem: token === undefined ? undefined : checkToken(token),
  }
}

function refused(problem: Answer): CheckedMessage {
  return { token: undefined, validateOnly: false, problem }
}

function checkToken(token: string): Answer | undefined {
  return /^[A-Za-z0-9_:-]{32,4096}$/.test(token) ? undefined : ANSWERS.bad_token
}

/** In one spelling, so that a message has one size. The names in data are the campaign's own. */
function partOf(name: string, part: unknown): unknown {
  if (!['android', 'apns', 'webpush'].includes(name)) return part
  const inner = toCamelCase(part)
  const isAndroids = name === 'android' && inner.notification !== undefined
  return isAndroids ? { ...inner, notification: toCamelCase(inner.notification) } : inner
}
