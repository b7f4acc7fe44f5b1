/**
 * Placeholders of other systems in the texts of a message. Nothing fills them in here: they would reach every device as
 * they stand. What is ordinary text: single braces, "%s", "100 %", and anything percent-encoded.
 */
import { type MessageProblem, problem } from './message-problem.ts'

/** Bounded everywhere, so that no text takes longer than its length. */
const FORMS = new RegExp(
  [
    /\{\{.{0,60}?\}\}\}?/, // Liquid, Handlebars; {{${name}}} of Braze
    /\{%.{0,60}?%\}/, // Liquid
    /\$\{\s{0,5}[\p{L}_][\p{L}\p{N}_.-]{0,60}\s{0,5}\}/u, // ${name}
    /#\{[^{}]{1,60}\}/, // #{이름}: Kakao, and most Korean senders of messages
    /<%.{0,60}?%>/, // ERB
    /\*\|[\p{L}\p{N}_.:-]{1,60}\|\*/u, // Mailchimp
    /%%[\p{L}_][\p{L}\p{N}_ .-]{0,60}%%/u, // Salesforce
    /\{\{.{0,20}/, // half of one
  ]
    .map(({ source }) => source)
    .join('|'),
  'gsu',
)
/**
 * %name%, three letters or more: two would be a byte in an encoded text. Of %고객명% two do, unless a number is before it: "50%할인20%"
 * is none.
 */
const PERCENT = /%[A-Za-z_][\w.-]{2,60}%|(?<!\p{N})%(?![A-Za-z])[\p{L}_][\p{L}\p{N}_.-]{1,60}%/gu
const MOST_OF_A_TEXT = 5

export function placeholdersIn(text: string): string[] {
  return [...new Set([...firstOf(text, FORMS), ...(isEncoded(text) ? [] : firstOf(text, PERCENT))])]
}

function firstOf(text: string, form: RegExp): string[] {
  const found: string[] = []
  for (const [placeholder] of text.matchAll(form)) {
    if (found.push(placeholder) === MOST_OF_A_TEXT) break
  }
  return found
}

function isEncoded(text: string): boolean {
  return !/%(?![0-9A-Fa-f]{2})/.test(text)
}

function problemsOf(field: string, text: string): MessageProblem[] {
  // Whole in `expected`: the value is cut.
  return placeholdersIn(text).map((placeholder) => problem(field, 'placeholder', placeholder, placeholder))
}

/** Looks into every text and name of the message, however deep. */
export function findPlaceholders(value: unknown, field = '/message'): MessageProblem[] {
  if (typeof value === 'string') {
    return problemsOf(field, value)
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [
    ...problemsOf(`${field}/${key}`, key),
    ...findPlaceholders(inner, `${field}/${key}`),
  ])
}
