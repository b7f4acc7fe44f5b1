/** Parses one JSON object of a list, with ids that are numbers as they are written: 9007199254740993 stays itself. */
import { isTooDeep, MAX_JSON_DEPTH } from '../../domain/json-depth.ts'
import { type Rejection, shorten } from '../../domain/rejection.ts'

export type JsonObject = Record<string, unknown>

export const TOO_DEEP = `nested more than ${MAX_JSON_DEPTH} levels deep`

/** `object` has its own numbers as they are written; in `plain` they are numbers. */
export interface ParsedObject {
  object: JsonObject
  plain: JsonObject
}

export function parseObject(text: string): ParsedObject | { rejection: Rejection } {
  if (isTooDeep(text)) return rejected(text, `the line is ${TOO_DEEP}`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return rejected(text, `${(error as Error).message.toWellFormed()}; expected a JSON object`)
  }
  if (!isObject(value)) return rejected(text, `the line is ${shorten(text)}; expected a JSON object`)
  return { object: hasNumber(value) ? withExactNumbers(text) : value, plain: value }
}

function rejected(text: string, reason: string): { rejection: Rejection } {
  return { rejection: { code: 'invalid_json', value: shorten(text.toWellFormed()), reason } }
}

/** In the object, or in the part of it where Pinpoint has the id. */
function hasNumber(value: JsonObject): boolean {
  const user = value.User
  if (isObject(user) && typeof user.UserId === 'number') return true
  for (const name in value) if (typeof value[name] === 'number') return true
  return false
}

/** Numbers of the object itself, and of its `User`, become their text. Attributes keep theirs. */
function withExactNumbers(text: string): JsonObject {
  const numbers: { holder: JsonObject; key: string; source: string }[] = []
  function note(this: JsonObject, key: string, each: unknown, context?: { source?: string }) {
    const source = context?.source
    if (typeof each === 'number' && source !== undefined) numbers.push({ holder: this, key, source })
    return each
  }
  const value = JSON.parse(text, note) as JsonObject
  for (const { holder, key, source } of numbers) {
    if (holder === value || holder === value.User) holder[key] = source
  }
  return value
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
