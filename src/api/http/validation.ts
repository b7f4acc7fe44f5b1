/**
 * Validates requests against their schemas and describes problems for people: field, value, what was expected. Bodies are
 * not coerced: "5" is not 5. In URLs and headers everything is text, so values are coerced there.
 */
import { Ajv, type ErrorObject } from 'ajv'
import ajvFormats from 'ajv-formats'
import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify'
import type { FieldError } from '../../domain/errors.ts'

/** `verbose` adds the value and the schema to each error. */
const COMMON = { verbose: true, strict: true, allowUnionTypes: true } as const
const READING = { ...COMMON, coerceTypes: true, useDefaults: true } as const
/** The first problem: counts are looked at before contents, so a list that is too long costs nothing. */
const exact = {
  first: withFormats(new Ajv(COMMON)),
  all: withFormats(new Ajv({ ...COMMON, allErrors: true })),
}
/** All problems, because a form shows them at once. */
const reading = {
  first: withFormats(new Ajv(READING)),
  all: withFormats(new Ajv({ ...READING, allErrors: true })),
}

function withFormats(ajv: Ajv): Ajv {
  ajvFormats.default(ajv, ['date-time', 'uuid'])
  return ajv
}

/**
 * Values of a body whose problems are all looked for. Of a larger one only the first is: a megabyte has 330,000 problems, which
 * took half a second and 310 MB. No form is as large.
 */
const MOST_VALUES = 2_000

export const compileValidator: FastifySchemaCompiler<object> = ({ schema, httpPart }) => {
  const { first, all } = httpPart === 'body' ? exact : reading
  const isValid = first.compile(schema)
  let findAll: ReturnType<Ajv['compile']> | undefined
  return (value: unknown) => {
    if (isValid(value)) return true
    if (!hasAtMost(MOST_VALUES, value)) return { error: problems(isValid.errors) }
    findAll ??= all.compile(schema)
    return findAll(value) ? true : { error: problems(findAll.errors) }
  }
}

/** Fastify makes its error of these. */
function problems(errors: ErrorObject[] | null | undefined) {
  return (errors ?? []) as unknown as FastifySchemaValidationError[] & Error
}

/** Stops counting at the limit. */
function hasAtMost(limit: number, value: unknown): boolean {
  let left = limit
  const isWithin = (inner: unknown): boolean => {
    left -= 1
    if (left < 0) return false
    if (typeof inner !== 'object' || inner === null) return true
    if (Array.isArray(inner)) return inner.every(isWithin)
    for (const name in inner) if (!isWithin((inner as Record<string, unknown>)[name])) return false
    return true
  }
  return isWithin(value)
}

/** For values outside of requests, such as the content of a cursor. */
export function compileCheck<T>(schema: object): (value: unknown) => value is T {
  return exact.first.compile<T>(schema)
}

const MOST_PROBLEMS = 50
const LONGEST_FIELD = 200

/** Returns the first problem of each field, for at most MOST_PROBLEMS fields. */
export function describeProblems(errors: readonly ErrorObject[]): FieldError[] {
  const byField = new Map<string, FieldError>()
  for (const error of errors) {
    const { field, problem } = describe(error)
    const described = { field: field.slice(0, LONGEST_FIELD).toWellFormed(), problem }
    if (!byField.has(described.field)) byField.set(described.field, described)
    if (byField.size === MOST_PROBLEMS) break
  }
  return [...byField.values()]
}

function describe(error: ErrorObject): FieldError {
  const { instancePath, keyword, params, data } = error
  const schema = (error.parentSchema ?? {}) as Record<string, unknown>
  const show = schema.writeOnly === true ? () => 'not valid' : showValue
  switch (keyword) {
    case 'required':
      return { field: `${instancePath}/${params.missingProperty}`, problem: 'is missing' }
    case 'additionalProperties': {
      const allowed = Object.keys((schema.properties as object | undefined) ?? {})
      const problem = `is not known; ${allowed.length > 0 ? `allowed are ${allowed.join(', ')}` : 'no fields are allowed here'}`
      return { field: `${instancePath}/${params.additionalProperty}`, problem }
    }
    case 'enum':
      return at(error, `is ${show(data)}; expected one of ${(params.allowedValues as unknown[]).join(', ')}`)
    case 'minLength':
      return at(
        error,
        `is ${show(data)}; expected ${params.limit === 1 ? 'a text that is not empty' : `at least ${params.limit} characters`}`,
      )
    case 'maxLength':
      return at(error, `has ${String(data).length} characters; expected at most ${params.limit}`)
    case 'minItems':
      return at(error, `has ${(data as unknown[]).length} entries; expected at least ${params.limit}`)
    case 'maxItems':
      return at(error, `has ${(data as unknown[]).length} entries; expected at most ${params.limit}`)
    case 'type':
      return at(error, `is ${show(data)}; expected ${[params.type].flat().join(' or ')}`)
    case 'format':
      return at(error, `is ${show(data)}; expected ${FORMATS[params.format] ?? params.format}`)
    case 'minimum':
    case 'maximum':
      return at(error, `is ${show(data)}; expected a number ${params.comparison} ${params.limit}`)
    default: {
      // Only the schema's description explains a pattern or a number of properties.
      const expected =
        typeof schema.description === 'string' ? `expected ${schema.description}` : error.message
      return at(error, `is ${show(data)}; ${expected}`)
    }
  }
}

const FORMATS: Record<string, string> = {
  'date-time': 'a time with its offset, such as 2026-01-31T09:00:00Z',
  uuid: 'a UUID',
}

function at({ instancePath }: ErrorObject, problem: string): FieldError {
  return { field: instancePath === '' ? '/' : instancePath, problem }
}

function showValue(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 80).toWellFormed()}…` : text
}

/**
 * Finds values PostgreSQL cannot store: NUL and lone surrogates, in text and in JSON, and infinite numbers (JavaScript
 * reads 1e400 as Infinity, which Ajv accepts as an integer). Returns the JSON pointer of the first one.
 */
export function findUnstorable(value: unknown): string | undefined {
  const keys = keysToUnstorable(value)
  if (keys === undefined) return undefined
  return keys.length === 0 ? '/' : keys.map((key) => `/${key}`).join('')
}

/** The keys from the outside in. Made on the way back only: a path for each of 300,000 values would take longer than reading them. */
function keysToUnstorable(value: unknown): string[] | undefined {
  if (typeof value === 'string') {
    return value.includes('\u0000') || !value.isWellFormed() ? [] : undefined
  }
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : []
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return undefined
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at += 1) {
      const found = keysToUnstorable(value[at])
      if (found !== undefined) return [String(at), ...found]
    }
    return undefined
  }
  for (const key of Object.keys(value)) {
    const found = keysToUnstorable(key) ?? keysToUnstorable((value as Record<string, unknown>)[key])
    if (found !== undefined) return [key, ...found]
  }
  return undefined
}
