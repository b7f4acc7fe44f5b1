/**
 * What is wrong in a message, as data: the API says it in English (problem-sentences.ts), the console in its language.
 */
import type { Refusal } from './field-rule.ts'
import type { TextForm } from './text-forms.ts'

export type ProblemCode =
  | 'nothing_to_send'
  | 'placeholder'
  // one field
  | 'unknown'
  | 'misspelt'
  | 'twice'
  | 'wrong_type'
  | 'empty'
  | 'not_one_of'
  | 'not_in_range'
  | 'not_whole'
  | 'missing'
  | 'needs'
  | 'reserved_key'
  | 'nameless_key'
  | 'link_is_taken'
  | `not_${TextForm}`
  | Refusal
  // several fields together
  | 'push_type_not_for_apps'
  | 'no_text'
  | 'image_without_text'
  | 'background_shows'
  | 'background_priority'
  | 'silent_priority'
  | 'alert_shows_nothing'
  | 'silent_vibrates'
  | 'apns_too_large'

export interface MessageProblem {
  /** JSON pointer with the names as they were given: "/message/android/notification/channelID". */
  field: string
  code: ProblemCode
  /** What was given, as JSON and cut: `"red"`. */
  value: string
  /** What was expected, without words of a language: "normal, high", "0 … 1", "aps.alert". */
  expected: string
}

export type Expected = string | readonly (string | number)[]

export function problem(
  field: string,
  code: ProblemCode,
  value?: unknown,
  expected: Expected = '',
): MessageProblem {
  return { field, code, value: shown(value), expected: [expected].flat().join(', ') }
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 80).toWellFormed()}…` : text
}
