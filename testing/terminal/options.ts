/**
 * A command declares its options once, as a table: flag, value, range, default and help. Parsing, the checks and the
 * help text all derive from that table.
 */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'

/** The command line is wrong. */
export class UsageError extends Error {}

export interface Option<T> {
  /** Default: the option's name in kebab-case. */
  flag?: string
  /** Placeholder in the help text. A switch has none. */
  value?: string
  /** For the message about a wrong value, "a whole number from 1 to 16". Default: the placeholder. */
  expected?: string
  /** For the help text. */
  range?: string
  /** Without a default, an option that is not given is null. */
  fallback?: string
  help: string
  /** Undefined: the text is not valid. */
  read: (text: string) => T | undefined
}

// biome-ignore lint/suspicious/noExplicitAny: options of different types stand in one table
export type Options = Readonly<Record<string, Option<any>>>
export type Values<O extends Options> = { -readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never }
type OrNull<D> = null extends D ? null : never

export interface Usage {
  /** `npm run demo --` */
  command: string
  about: string
  options: Options
  /** Paragraphs below the options. */
  notes?: string
}

export function flag(help: string): Option<boolean> {
  return { help, read: () => true }
}

/** `fallback`: null for an option without a default. */
export function option<T, D extends string | null>(
  value: string,
  fallback: D,
  help: string,
  read: (text: string) => T | undefined,
  expected = value,
): Option<T | OrNull<D>> {
  return { value, help, read, expected, ...(fallback !== null && { fallback }) }
}

export function whole<D extends number | null>(min: number, max: number, fallback: D, help: string) {
  const read = (text: string) => {
    const value = Number(text)
    return /^\d+$/.test(text) && value >= min && value <= max ? value : undefined
  }
  const made = option('N', fallback?.toString() ?? null, help, read, `a whole number from ${min} to ${max}`)
  return { ...made, range: `${min} to ${max}` } as Option<number | OrNull<D>>
}

/** A part of the whole, such as 0.02. */
export function share(fallback: number, help: string): Option<number> {
  const read = (text: string) =>
    text !== '' && Number(text) >= 0 && Number(text) <= 1 ? Number(text) : undefined
  return option('SHARE', String(fallback), help, read, 'a number from 0 to 1, such as 0.02')
}

/** The first value is the default. */
export function oneOf<const T extends string>(values: readonly T[], help: string): Option<T> {
  const names = values.join(' or ')
  return option(
    'NAME',
    values[0] ?? '',
    `${help}: ${names}`,
    (text) => values.find((one) => one === text),
    names,
  )
}

/** Several values, separated by commas. */
export function list<T>(one: Option<T>, fallback: string): Option<T[]> {
  const read = (text: string) => {
    const values = text.split(',').map(one.read)
    return values.every((value) => value !== undefined) ? values : undefined
  }
  return {
    ...one,
    value: `${one.value},…`,
    fallback,
    read,
    expected: `${one.expected}, or several, with commas`,
  }
}

/** Throws a UsageError that says which value is wrong and what was expected. */
export function parseOptions<O extends Options>(options: O, args: string[]): Values<O> {
  const given = parse(options, args)
  const values = Object.entries(options).map(([name, option]) => {
    const text = given[flagOf(name, option)]
    if (option.value === undefined) return [name, text === true]
    const used = typeof text === 'string' ? text : option.fallback
    if (used === undefined) return [name, null]
    const value = option.read(used)
    if (value !== undefined) return [name, value]
    throw new UsageError(`--${flagOf(name, option)} is "${used}"; expected ${option.expected}.`)
  })
  return Object.fromEntries(values)
}

function parse(options: Options, args: string[]): Record<string, unknown> {
  const config: ParseArgsOptionsConfig = {}
  for (const [name, option] of Object.entries(options)) {
    config[flagOf(name, option)] = { type: option.value === undefined ? 'boolean' : 'string' }
  }
  try {
    return parseArgs({ args, options: config, strict: true }).values
  } catch (error) {
    const { message } = error as Error
    // Node's message goes on to explain positional arguments, which no command takes.
    throw new UsageError(message.replace(/\. To specify a positional argument.*$/s, '.').replace(/\.?$/, '.'))
  }
}

function flagOf(name: string, option: Option<unknown>): string {
  return option.flag ?? name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

const COLUMN = 28
const WIDTH = 92

export function helpOf({ command, about, options, notes }: Usage): string {
  const lines = Object.entries({ ...options, help: flag('print this text') }).flatMap(([name, option]) => {
    const facts = [option.range, option.fallback && `default ${option.fallback}`].filter(Boolean).join(', ')
    const words = `${option.help}${facts && ` (${facts})`}`.split(' ')
    const left = `  --${flagOf(name, option)} ${option.value ?? ''}`.trimEnd()
    return wrap(words).map((line, index) => `${(index === 0 ? left : '').padEnd(COLUMN)}${line}`)
  })
  const head = `Usage: ${command} [options]\n\n${about}`
  return `${[head, lines.join('\n'), ...(notes ? [notes] : [])].join('\n\n')}\n`
}

function wrap(words: readonly string[]): string[] {
  const lines = ['']
  for (const word of words) {
    const last = lines.at(-1) ?? ''
    if (last !== '' && COLUMN + last.length + word.length >= WIDTH) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`.trimStart()
  }
  return lines
}
