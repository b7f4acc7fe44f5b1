/** Checks a value against its rule, adds what is wrong, and returns the value as it is stored. */
import type { FieldRule, ObjectRule } from './field-rule.ts'
import { type Expected, type MessageProblem, type ProblemCode, problem } from './message-problem.ts'
import { asciiAddress, TEXT_FORMS } from './text-forms.ts'

export interface Findings {
  problems: MessageProblem[]
  now: number
}

type Json = Record<string, unknown>

/** More are not looked for: a message of a megabyte may have a hundred thousand. */
const ENOUGH_PROBLEMS = 50
const isEnough = ({ problems }: Findings) => problems.length >= ENOUGH_PROBLEMS

export function checkField(value: unknown, rule: FieldRule, field: string, found: Findings): unknown {
  const wrong = (code: ProblemCode, expected: Expected = '') => {
    found.problems.push(problem(field, code, value, expected))
    return value
  }
  switch (rule.is) {
    case 'any':
      return value
    case 'refused':
      return wrong(rule.because)
    case 'boolean':
      return typeof value === 'boolean' ? value : wrong('wrong_type', 'boolean')
    case 'choice':
      return rule.choices.includes(value as string)
        ? value
        : wrong(codeOfChoice(rule.choices, value), choicesFor(value, rule.choices))
    case 'number':
      if (typeof value !== 'number') return wrong('wrong_type', 'number')
      if (rule.isWhole && !Number.isInteger(value)) return wrong('not_whole', rangeOf(rule))
      return value >= rule.least && value <= rule.most ? value : wrong('not_in_range', rangeOf(rule))
    case 'text': {
      if (typeof value !== 'string') return wrong('wrong_type', 'string')
      if (value.trim() === '') return wrong('empty')
      if (rule.form === undefined) return value
      const isAddress = rule.form === 'https' || rule.form === 'image' || rule.form === 'link'
      const text = isAddress ? asciiAddress(value) : value
      const form = rule.form === 'image' && !TEXT_FORMS.https(text) ? 'https' : rule.form
      return TEXT_FORMS[form](text, found.now) ? text : wrong(`not_${form}`)
    }
    case 'list':
      if (!Array.isArray(value)) return wrong('wrong_type', 'array')
      if (value.length === 0 && !rule.mayBeEmpty) return wrong('empty')
      return value.map((each, index) =>
        isEnough(found) ? each : checkField(each, rule.of, `${field}/${index}`, found),
      )
    case 'either':
      if (typeof value === 'string') return checkField(value, rule.text, field, found)
      return isObject(value)
        ? checkField(value, rule.object, field, found)
        : wrong('wrong_type', 'string, object')
    case 'number or list':
      if (typeof value === 'number') return checkField(value, rule.number, field, found)
      return Array.isArray(value)
        ? checkField(value, rule.list, field, found)
        : wrong('wrong_type', 'number, array')
    case 'texts':
      return isObject(value) ? checkTexts(value, field, found) : wrong('wrong_type', 'object')
    case 'object':
      return isObject(value) ? checkObject(value, rule, field, found) : wrong('wrong_type', 'object')
  }
}

/** Source: the `data` field of FCM v1's Message. `collapse_key` is what the Android SDK drops on top of it. */
function checkTexts(texts: Json, field: string, found: Findings): Json {
  for (const [key, value] of Object.entries(texts)) {
    if (isEnough(found)) break
    const at = `${field}/${key}`
    if (key === '') found.problems.push(problem(field, 'nameless_key'))
    else if (isReserved(key)) found.problems.push(problem(at, 'reserved_key', value))
    if (typeof value !== 'string') found.problems.push(problem(at, 'wrong_type', value, 'string'))
  }
  return texts
}

function isReserved(key: string): boolean {
  return /^(?:from|message_type|collapse_key)$|^(?:google|gcm)\./.test(key)
}

function checkObject(given: Json, rule: ObjectRule, field: string, found: Findings): Json {
  const { fields, rest, required = [], needs = {} } = rule
  const names = new Map(Object.keys(fields).map((name) => [spelling(name, rule.naming), name]))
  const givenAs = new Map<string, string>()
  const checked: [string, unknown][] = []
  for (const [key, value] of Object.entries(given)) {
    if (isEnough(found)) break
    const at = `${field}/${key}`
    const name = names.get(spelling(key, rule.naming))
    if (name === undefined) {
      if (rest) {
        if (/^(?:google|gcm)\./.test(key)) found.problems.push(problem(at, 'reserved_key', value))
        checked.push([key, value])
      } else found.problems.push(unknown(at, key, rule, value))
      continue
    }
    const earlier = givenAs.get(name)
    if (earlier === undefined) checked.push([name, checkField(value, fields[name] as FieldRule, at, found)])
    else found.problems.push(problem(at, 'twice', value, earlier))
    givenAs.set(name, key)
  }
  for (const name of required) {
    if (!givenAs.has(name)) found.problems.push(problem(`${field}/${name}`, 'missing'))
  }
  for (const [name, other] of Object.entries(needs)) {
    const as = givenAs.get(name)
    if (as !== undefined && !givenAs.has(other)) {
      found.problems.push(problem(`${field}/${as}`, 'needs', given[as], other))
    }
  }
  // Not by assignment: a field may be called "__proto__".
  return Object.fromEntries(checked)
}

function spelling(name: string, naming: ObjectRule['naming']): string {
  if (naming === 'header') return name.toLowerCase()
  return naming === 'camel' ? name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()) : name
}

function unknown(at: string, key: string, { fields }: ObjectRule, value: unknown): MessageProblem {
  const allowed = Object.entries(fields).filter(([, rule]) => rule.is !== 'refused')
  const near = allowed.find(([name]) => bare(name) === bare(key))?.[0]
  return near === undefined
    ? problem(
        at,
        'unknown',
        value,
        allowed.map(([name]) => name),
      )
    : problem(at, 'misspelt', value, near)
}

/** "contentAvailable", "content_available" and "content-available" are one name to whoever mistypes it. */
export function bare(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '')
}

/** Where 10 is given for "10", the quotes are the answer. */
function choicesFor(value: unknown, choices: readonly (string | number)[]): readonly (string | number)[] {
  const isNumeral = typeof value === 'number' && choices.some((choice) => choice === String(value))
  return isNumeral ? choices.map((choice) => JSON.stringify(choice)) : choices
}

function codeOfChoice(choices: readonly unknown[], value: unknown): ProblemCode {
  const isPushType = choices.includes('background')
  return isPushType && OTHER_PUSH_TYPES.includes(value as string) ? 'push_type_not_for_apps' : 'not_one_of'
}

/** Apple's other push types: they go to a token or topic of their own, which FCM does not have. */
const OTHER_PUSH_TYPES = [
  'liveactivity',
  'location',
  'voip',
  'complication',
  'fileprovider',
  'mdm',
  'pushtotalk',
  'widgets',
  'controls',
]

function rangeOf({ least, most }: { least: number; most: number }): string {
  return `${least} … ${most}`
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
