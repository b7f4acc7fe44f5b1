/**
 * The message as form fields, and as the API takes it. Validated with the server's own check, so that the form and the
 * API cannot disagree.
 */
import { inspectMessage } from '../../../../src/domain/check-message.ts'
import { isBlank } from '../../../../src/domain/clean-text.ts'
import { type CampaignMessage, PLATFORM_PARTS, type PlatformPart } from '../../../../src/domain/message.ts'
import type { MessageProblem as RuleProblem } from '../../../../src/domain/message-rules/message-problem.ts'
import { showsOn } from '../../../../src/domain/message-shown.ts'
import {
  APNS_LIMIT_BYTES,
  apnsBytes,
  MESSAGE_LIMIT_BYTES,
  messageBytes,
} from '../../../../src/domain/message-size.ts'

export interface MessageForm {
  /** `silent`: data for the app; what is in the fields for a notification is kept and not sent. */
  kind: 'notification' | 'silent'
  title: string
  body: string
  imageUrl: string
  link: string
  data: { key: string; value: string }[]
  /** JSON text. */
  android: string
  apns: string
  webpush: string
  /** Texts like {{name}} are meant as they stand. */
  isLiteral: boolean
}

export type MessageProblem = {
  /** A field of the form; for a line of data, "data.2". */
  field: string
} & (
  | {
      code:
        | 'no_text'
        | 'no_data'
        | 'no_key'
        | 'not_https'
        | 'not_link'
        | 'not_image'
        | 'not_an_object'
        | 'reserved'
        | 'twice'
        | 'link_is_taken'
        | 'image_without_text'
        | 'shows_something'
    }
  | { code: 'too_large'; over: number }
  | { code: 'placeholders'; found: string[] }
  /** Of a field of a platform part; `path` is the way to it inside the JSON. */
  | { code: 'rule'; path: string; rule: RuleProblem }
)

export interface ReadMessage {
  /** As far as it is valid: the preview shows it even while fields are missing. */
  message: CampaignMessage
  bytes: number
  /** By how much it is too large for Apple devices, although FCM takes it; 0 if it is not. */
  overOnApple: number
  problems: MessageProblem[]
}

export const emptyMessage: MessageForm = {
  kind: 'notification',
  title: '',
  body: '',
  imageUrl: '',
  link: '',
  data: [],
  android: '',
  apns: '',
  webpush: '',
  isLiteral: false,
}

export function messageFormOf(message: CampaignMessage): MessageForm {
  const { title = '', body = '', imageUrl = '', link = '', data = {}, android, apns, webpush } = message
  return {
    kind: showsSomething(message) ? 'notification' : 'silent',
    title,
    body,
    imageUrl,
    link,
    data: Object.entries(data).map(([key, value]) => ({ key, value })),
    android: jsonOf(android),
    apns: jsonOf(apns),
    webpush: jsonOf(webpush),
    isLiteral: message.placeholders === 'literal',
  }
}

/** What a person calls the message: its title, or its text. Empty if it shows none of its own. */
export function headlineOf({ kind, title, body }: Pick<MessageForm, 'kind' | 'title' | 'body'>): string {
  return kind === 'silent' ? '' : ([title, body].find((text) => !isBlank(text))?.trim() ?? '')
}

export function readMessage(form: MessageForm): ReadMessage {
  const problems: MessageProblem[] = []
  const given: CampaignMessage = {}
  const texts = form.kind === 'silent' ? [] : (['title', 'body'] as const)
  for (const field of texts) if (!isBlank(form[field])) given[field] = form[field]
  const addresses = form.kind === 'silent' ? (['link'] as const) : (['imageUrl', 'link'] as const)
  for (const field of addresses) if (form[field].trim() !== '') given[field] = form[field].trim()
  const data = readData(form.data, problems)
  if (data !== undefined) given.data = data
  for (const part of PLATFORM_PARTS) {
    const value = readPart(part, form[part], problems)
    if (value !== undefined) given[part] = value
  }
  if (form.isLiteral) given.placeholders = 'literal'
  const { message, problems: rules, placeholders } = inspectMessage(given)
  problems.push(...rules.map((rule) => problemOf(rule, form)), ...problemsOfKind(form, message, rules))
  if (placeholders.length > 0) {
    const found = [...new Set(placeholders.map(({ expected }) => expected))]
    problems.push({ field: 'placeholders', code: 'placeholders', found })
  }
  const bytes = messageBytes(message)
  if (bytes > MESSAGE_LIMIT_BYTES) {
    problems.push({ field: 'size', code: 'too_large', over: bytes - MESSAGE_LIMIT_BYTES })
  }
  const overOnApple = bytes > MESSAGE_LIMIT_BYTES ? 0 : Math.max(0, apnsBytes(message) - APNS_LIMIT_BYTES)
  return { message, bytes, overOnApple, problems }
}

/** What the server takes, and the person did not mean. */
function problemsOfKind(form: MessageForm, message: CampaignMessage, rules: RuleProblem[]): MessageProblem[] {
  // Said already.
  if (rules.some(({ code }) => code === 'nothing_to_send')) return []
  if (form.kind === 'notification') {
    return showsSomething(message) ? [] : [{ field: 'title', code: 'no_text' }]
  }
  const shows = showsOn(message)
  const showing = { android: shows.android, apns: shows.ios, webpush: shows.web }
  return PLATFORM_PARTS.filter((part) => showing[part]).map((field) => ({ field, code: 'shows_something' }))
}

function showsSomething(message: CampaignMessage): boolean {
  return Object.values(showsOn(message)).some(Boolean)
}

function readData(
  lines: MessageForm['data'],
  problems: MessageProblem[],
): Record<string, string> | undefined {
  // Without a prototype: `__proto__` is a key like any other.
  const data: Record<string, string> = Object.create(null)
  for (const [index, { key, value }] of lines.entries()) {
    const field = `data.${index}`
    if (key === '' && value === '') continue
    if (key === '') problems.push({ field, code: 'no_key' })
    else if (Object.hasOwn(data, key)) problems.push({ field, code: 'twice' })
    else data[key] = value
  }
  return Object.keys(data).length > 0 ? data : undefined
}

function readPart(
  part: PlatformPart,
  json: string,
  problems: MessageProblem[],
): Record<string, unknown> | undefined {
  if (json.trim() === '') return undefined
  try {
    const value: unknown = JSON.parse(json)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>
    }
  } catch {
    // Reported below: the browser's message about invalid JSON is not helpful.
  }
  problems.push({ field: part, code: 'not_an_object' })
  return undefined
}

function problemOf(rule: RuleProblem, form: MessageForm): MessageProblem {
  const [, , name = '', ...rest] = rule.field.split('/')
  if (rule.code === 'nothing_to_send') {
    return form.kind === 'silent' ? { field: 'data', code: 'no_data' } : { field: 'title', code: 'no_text' }
  }
  if (name === 'imageUrl' && rule.code === 'image_without_text') return { field: name, code: rule.code }
  if (name === 'link' || name === 'imageUrl') {
    if (name === 'link') return { field: name, code: 'not_link' }
    return { field: name, code: rule.code === 'not_image' ? 'not_image' : 'not_https' }
  }
  if (name === 'data') {
    const key = rest.join('/')
    const index = form.data.findIndex((line) => line.key === key)
    return { field: `data.${index}`, code: rule.code === 'link_is_taken' ? rule.code : 'reserved' }
  }
  return { field: name, code: 'rule', path: rest.join('/'), rule }
}

function jsonOf(part: Record<string, unknown> | undefined): string {
  return part === undefined ? '' : JSON.stringify(part, null, 2)
}
