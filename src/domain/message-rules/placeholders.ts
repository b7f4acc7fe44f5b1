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
    /\$\{\s{0,5}[A-Za-z_][\w.-]{0,60}\s{0,5}\}/, // ${name}
    /<%.{0,60}?%>/, // ERB
    /\*\|[\w.:-]{1,60}\|\*/, // Mailchimp
    /%%[A-Za-z_][\w .-]{0,60}%%/, // Salesforce
    /\{\{.{0,20}/, // half of one
  ]
    .map(({ source }) => source)
    .join('|'),
  'gs',
)
/** %name%, three letters or more: two would be a byte in an encoded text. */
const PERCENT = /%[A-Za-z_][\w.-]{2,60}%/g
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
