/**
 * An answer made from its schema, for tests of whoever reads it: either with everything that may be there, or with nothing
 * that may be missing. Answers of a running installation have the fields of one kind of campaign only.
 */

interface Schema {
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  maxProperties?: number
  items?: Schema
  minItems?: number
  maxItems?: number
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  format?: string
  description?: string
}

export interface Extreme {
  isFull: boolean
  /** Which of several allowed values is taken; those of an array take turns. */
  turn: number
}

/** What people write: long, in several directions and scripts, with what looks like HTML. */
const LONG =
  '오늘 저녁 8시 🎉 <b onclick="x">אזור</b> {{name}} aVeryLongWordThatNobodyWouldEverWriteButSomebodyDidAnyway '.repeat(
    2,
  )
const ITEMS = 3

export function replyOf(schema: Schema, extreme: Extreme): unknown {
  const { isFull, turn } = extreme
  if (schema.const !== undefined) return schema.const
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) return replyOf(choiceOf(choices, extreme), extreme)
  if (schema.allOf !== undefined)
    return Object.assign({}, ...schema.allOf.map((part) => replyOf(part, extreme)))
  const types = [schema.type ?? (schema.properties ? 'object' : 'string')].flat()
  if (!isFull && types.includes('null')) return null
  if (schema.enum !== undefined) {
    const values = schema.enum.filter((value) => value !== null)
    return values[turn % values.length]
  }
  switch (types.find((type) => type !== 'null')) {
    case 'object':
      return objectOf(schema, extreme)
    case 'array': {
      const count = isFull ? Math.min(schema.maxItems ?? ITEMS, ITEMS) : (schema.minItems ?? 0)
      return Array.from({ length: count }, (_, index) =>
        replyOf(schema.items ?? {}, { isFull, turn: turn + index }),
      )
    }
    case 'integer':
    case 'number':
      return isFull ? Math.min(schema.maximum ?? 12_345_678, 12_345_678) : (schema.minimum ?? 0)
    case 'boolean':
      return turn % 2 === 0
    case 'string':
      return textOf(schema, extreme)
    default:
      return null
  }
}

function choiceOf(choices: readonly Schema[], { isFull, turn }: Extreme): Schema {
  const nothing = choices.find(({ type }) => type === 'null')
  if (!isFull && nothing !== undefined) return nothing
  const values = choices.filter(({ type }) => type !== 'null')
  return values[turn % values.length] ?? {}
}

function objectOf(schema: Schema, extreme: Extreme): Record<string, unknown> {
  const { properties = {}, required = [], additionalProperties, maxProperties } = schema
  const names = Object.keys(properties).filter((name) => extreme.isFull || required.includes(name))
  // Exactly one of several, such as the kinds of an audience; nothing is no valid answer there.
  const taken =
    maxProperties === 1
      ? [Object.keys(properties)[extreme.turn % Object.keys(properties).length] ?? '']
      : names
  const value: Record<string, unknown> = {}
  for (const name of taken) {
    // The page after this one would be asked for, and the one after that.
    value[name] = name === 'nextCursor' ? null : replyOf(properties[name] ?? {}, extreme)
  }
  if (extreme.isFull && typeof additionalProperties === 'object')
    value[`key ${LONG.slice(0, 20)}`] = replyOf(additionalProperties, extreme)
  if (extreme.isFull && additionalProperties === true)
    Object.assign(value, { text: LONG, nested: { list: [1, 'two', null, { three: true }] }, nothing: null })
  return value
}

function textOf({ format, description = '', minLength = 0, maxLength }: Schema, { isFull, turn }: Extreme) {
  if (format === 'uuid') return `0193${String(turn).padStart(4, '0')}-0000-7000-8000-000000000001`
  if (format === 'date-time') return new Date(Date.now() - (turn - 1) * 3_600_000).toISOString()
  if (format === 'date' || description.includes('YYYY-MM-DD')) return `2026-11-${10 + (turn % 20)}`
  if (!isFull) return 'x'.repeat(minLength)
  return `${turn} ${LONG}`.slice(0, maxLength ?? 200).trim()
}
