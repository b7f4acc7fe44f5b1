/**
 * The message as form fields, and as the API takes it. Validated with the server's own check, so that the form and the
 * API cannot disagree.
 */
import { checkMessage } from '../../../../src/domain/check-message.ts'
import { AppError, type FieldError } from '../../../../src/domain/errors.ts'
import { type CampaignMessage, MESSAGE_LIMIT_BYTES, messageBytes } from '../../../../src/domain/message.ts'

export const PLATFORM_PARTS = ['android', 'apns', 'webpush'] as const
type PlatformPart = (typeof PLATFORM_PARTS)[number]

export interface MessageForm {
  title: string
  body: string
  imageUrl: string
  link: string
  data: { key: string; value: string }[]
  /** JSON text. */
  android: string
  apns: string
  webpush: string
}

export type MessageProblem = {
  /** A field of the form; for a line of data, "data.2". */
  field: string
} & (
  | { code: 'missing' | 'not_https' | 'not_an_object' | 'reserved' | 'twice' | 'link_is_taken' }
  | { code: 'too_large'; over: number }
  /** The server's sentence about a field of a platform part. */
  | { code: 'other'; sentence: string }
)

export interface ReadMessage {
  /** As far as it is valid: the preview shows it even while fields are missing. */
  message: CampaignMessage
  bytes: number
  problems: MessageProblem[]
}

export const emptyMessage: MessageForm = {
  title: '',
  body: '',
  imageUrl: '',
  link: '',
  data: [],
  android: '',
  apns: '',
  webpush: '',
}

export function messageFormOf(message: CampaignMessage): MessageForm {
  const { title, body, imageUrl = '', link = '', data = {}, android, apns, webpush } = message
  return {
    title,
    body,
    imageUrl,
    link,
    data: Object.entries(data).map(([key, value]) => ({ key, value })),
    android: jsonOf(android),
    apns: jsonOf(apns),
    webpush: jsonOf(webpush),
  }
}

export function readMessage(form: MessageForm): ReadMessage {
  const problems: MessageProblem[] = []
  const message: CampaignMessage = { title: form.title, body: form.body }
  for (const field of ['title', 'body'] as const) {
    if (form[field].trim() === '') problems.push({ field, code: 'missing' })
  }
  for (const field of ['imageUrl', 'link'] as const) {
    if (form[field].trim() !== '') message[field] = form[field].trim()
  }
  const data = readData(form.data, problems)
  if (data !== undefined) message.data = data
  for (const part of PLATFORM_PARTS) {
    const value = readPart(part, form[part], problems)
    if (value !== undefined) message[part] = value
  }
  const checked = check(message, form)
  problems.push(...checked.problems)
  const bytes = messageBytes(message)
  if (bytes > MESSAGE_LIMIT_BYTES) {
    problems.push({ field: 'size', code: 'too_large', over: bytes - MESSAGE_LIMIT_BYTES })
  }
  return { message: checked.message, bytes, problems }
}

function readData(
  lines: MessageForm['data'],
  problems: MessageProblem[],
): Record<string, string> | undefined {
  const data: Record<string, string> = {}
  for (const [index, { key, value }] of lines.entries()) {
    const field = `data.${index}`
    if (key === '' && value === '') continue
    if (key === '') problems.push({ field, code: 'missing' })
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

/** The message as the server normalizes it, and its validation errors by form field. */
function check(message: CampaignMessage, form: MessageForm): Pick<ReadMessage, 'message' | 'problems'> {
  try {
    return { message: checkMessage(message), problems: [] }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid_message') return { message, problems: [] }
    return { message, problems: error.fields.map((each) => problemOf(each, form)) }
  }
}

function problemOf({ field, problem }: FieldError, form: MessageForm): MessageProblem {
  const [, , name = '', ...rest] = field.split('/')
  if (name === 'link' || name === 'imageUrl') return { field: name, code: 'not_https' }
  if (name === 'data') {
    const key = rest.join('/')
    const index = form.data.findIndex((line) => line.key === key)
    return { field: `data.${index}`, code: key === 'link' ? 'link_is_taken' : 'reserved' }
  }
  return { field: name, code: 'other', sentence: `${rest.join('/')} ${problem}` }
}

function jsonOf(part: Record<string, unknown> | undefined): string {
  return part === undefined ? '' : JSON.stringify(part, null, 2)
}
