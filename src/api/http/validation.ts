/**
 * Validates requests against their schemas and describes problems for people: field, value, what was expected. Bodies are
 * not coerced: "5" is not 5. In URLs and headers everything is text, so values are coerced there.
 */
import { Ajv, type ErrorObject } from 'ajv'
import ajvFormats from 'ajv-formats'
import type { FastifySchemaCompiler } from 'fastify'
import type { FieldError } from '../../domain/errors.ts'

/** `verbose` adds the value and the schema to each error. `allErrors`, because a form shows all problems at once. */
const COMMON = { allErrors: true, verbose: true, strict: true, allowUnionTypes: true } as const
const exact = withFormats(new Ajv(COMMON))
const reading = withFormats(new Ajv({ ...COMMON, coerceTypes: true, useDefaults: true }))

function withFormats(ajv: Ajv): Ajv {
  ajvFormats.default(ajv, ['date-time', 'uuid'])
  return ajv
}

export const compileValidator: FastifySchemaCompiler<object> = ({ schema, httpPart }) =>
  (httpPart === 'body' ? exact : reading).compile(schema)

/** For values outside of requests, such as the content of a cursor. */
export function compileCheck<T>(schema: object): (value: unknown) => value is T {
  return exact.compile<T>(schema)
}

/** A body of a megabyte can have a hundred thousand problems. */
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
export function findUnstorable(value: unknown, path = ''): string | undefined {
  if (typeof value === 'string') {
    return value.includes('\u0000') || !value.isWellFormed() ? path || '/' : undefined
  }
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : path || '/'
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return undefined
  for (const [key, inner] of Object.entries(value)) {
    const found = findUnstorable(key, `${path}/${key}`) ?? findUnstorable(inner, `${path}/${key}`)
    if (found !== undefined) return found
  }
  return undefined
}
