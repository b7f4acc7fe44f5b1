/**
 * Finds what FCM, Apple or a browser would refuse in a message for every device, before anything is sent. Runs after the
 * schema has checked the outermost fields. The rules are data: message-rules/*-fields.ts.
 */
import { AppError, type FieldError } from './errors.ts'
import type { CampaignMessage, PlatformPart } from './message.ts'
import { ANDROID } from './message-rules/android-fields.ts'
import { APNS } from './message-rules/apns-fields.ts'
import { checkField, type Findings } from './message-rules/check-field.ts'
import { checkTogether } from './message-rules/check-together.ts'
import { type FieldRule, IMAGE, LINK } from './message-rules/field-rule.ts'
import { type MessageProblem, problem } from './message-rules/message-problem.ts'
import { findPlaceholders } from './message-rules/placeholders.ts'
import { ended, sentenceOf } from './message-rules/problem-sentences.ts'
import { WEBPUSH } from './message-rules/webpush-fields.ts'
import { isFarTooLarge, MESSAGE_LIMIT_BYTES, messageBytes } from './message-size.ts'

const FIELDS = { imageUrl: IMAGE, link: LINK, data: { is: 'texts' } } as const satisfies Record<
  string,
  FieldRule
>
const PARTS: Record<PlatformPart, FieldRule> = { android: ANDROID, apns: APNS, webpush: WEBPUSH }
/** A message may have thousands of problems; more than these are not useful. */
const MOST_PROBLEMS = 20
const LONGEST_FIELD = 200

/** Returns the message as it is stored, with platform fields in camelCase. Throws an AppError with every problem found. */
export function checkMessage(given: CampaignMessage, now = Date.now()): CampaignMessage {
  if (isFarTooLarge(given)) {
    throw tooLarge(
      `The message is many times larger than the ${MESSAGE_LIMIT_BYTES} bytes (keys and values) that FCM accepts. Send only what devices need, and let the app fetch the rest.`,
      `is many times larger than ${MESSAGE_LIMIT_BYTES} bytes`,
    )
  }
  const { message, problems, placeholders } = inspectMessage(given, now)
  // First: a placeholder in an address makes that an invalid one.
  if (placeholders.length > 0) throw refusal('message_has_placeholders', placeholders)
  if (problems.length > 0) throw refusal('invalid_message', problems)
  const bytes = messageBytes(message)
  if (bytes > MESSAGE_LIMIT_BYTES) {
    throw tooLarge(
      `The message has ${bytes} bytes; FCM accepts at most ${MESSAGE_LIMIT_BYTES} (keys and values: text, data and the largest platform part together). Shorten it by ${bytes - MESSAGE_LIMIT_BYTES}.`,
      `has ${bytes} bytes; at most ${MESSAGE_LIMIT_BYTES}`,
    )
  }
  return message
}

function tooLarge(detail: string, problem: string): AppError {
  return new AppError('message_too_large', detail, { fields: [{ field: '/message', problem }] })
}

export interface Inspected {
  /** As it is stored, as far as it is valid. */
  message: CampaignMessage
  problems: MessageProblem[]
  /** Empty when they are meant as they stand. */
  placeholders: MessageProblem[]
}

/** The same for the console, which says what is wrong in its own language. */
export function inspectMessage(given: CampaignMessage, now = Date.now()): Inspected {
  const found: Findings = { problems: [], now }
  const checked: Partial<CampaignMessage> = {}
  for (const [name, rule] of Object.entries({ ...FIELDS, ...PARTS })) {
    const value = given[name as keyof CampaignMessage]
    if (value !== undefined)
      Object.assign(checked, { [name]: checkField(value, rule, `/message/${name}`, found) })
  }
  const message = { ...given, ...checked }
  if (given.link !== undefined && given.data !== undefined && Object.hasOwn(given.data, 'link')) {
    found.problems.push(problem('/message/data/link', 'link_is_taken'))
  }
  if (found.problems.length === 0) found.problems.push(...checkTogether(message, given))
  const placeholders = given.placeholders === 'literal' ? [] : findPlaceholders(given)
  return { message, problems: found.problems, placeholders }
}

function refusal(
  code: 'invalid_message' | 'message_has_placeholders',
  problems: readonly MessageProblem[],
): AppError {
  const fields: FieldError[] = problems.slice(0, MOST_PROBLEMS).map((each) => ({
    field: each.field.slice(0, LONGEST_FIELD).toWellFormed(),
    problem: sentenceOf(each),
  }))
  const all = fields.map(({ field, problem }) => `${field} ${problem}`).join('; ')
  return new AppError(code, ended(`The message cannot be sent: ${all}`), { fields })
}
