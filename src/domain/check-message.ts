/**
 * Finds what FCM would refuse in a message for every device, before anything is sent. Runs after the schema has checked
 * the shape, for rules that a schema cannot express. Knows the top-level fields of the platform parts of FCM v1; their
 * contents are checked by FCM alone (test send with `validateOnly`).
 */
import { AppError, type FieldError } from './errors.ts'
import { type CampaignMessage, MESSAGE_LIMIT_BYTES, messageBytes } from './message.ts'

const PLATFORM_FIELDS = {
  android: {
    collapseKey: 'string',
    priority: 'string',
    ttl: 'string',
    restrictedPackageName: 'string',
    data: 'object',
    notification: 'object',
    fcmOptions: 'object',
    directBootOk: 'boolean',
    bandwidthConstrainedOk: 'boolean',
    restrictedSatelliteOk: 'boolean',
  },
  apns: { headers: 'object', payload: 'object', liveActivityToken: 'string', fcmOptions: 'object' },
  webpush: { headers: 'object', data: 'object', notification: 'object', fcmOptions: 'object' },
} as const satisfies Record<string, Record<string, 'string' | 'object' | 'boolean'>>

type PlatformPart = keyof typeof PLATFORM_FIELDS
/** A message may have thousands of problems; more than these are not useful. */
const MOST_PROBLEMS = 20
const LONGEST_FIELD = 200
/** Objects whose values must be strings for FCM. */
const TEXT_MAPS: readonly string[] = ['android.data', 'apns.headers', 'webpush.headers', 'webpush.data']

/** Returns the message as it is stored, with platform fields in camelCase. Throws an AppError with every problem found. */
export function checkMessage(given: CampaignMessage): CampaignMessage {
  const problems: FieldError[] = []
  const message: CampaignMessage = { ...given }
  checkAddress('/message/link', given.link, problems)
  checkAddress('/message/imageUrl', given.imageUrl, problems)
  checkDataKeys('/message/data', given.data, problems)
  if (given.link !== undefined && given.data?.link !== undefined) {
    problems.push({
      field: '/message/data/link',
      problem: 'is reserved: the "link" of the message is sent under this name. Give only one of the two',
    })
  }
  for (const part of Object.keys(PLATFORM_FIELDS) as PlatformPart[]) {
    const fields = given[part]
    if (fields !== undefined) message[part] = checkPart(part, fields, problems)
  }
  if (problems.length > 0) {
    const first = problems.slice(0, MOST_PROBLEMS).map(({ field, problem }) => ({
      field: field.slice(0, LONGEST_FIELD).toWellFormed(),
      problem,
    }))
    const all = first.map(({ field, problem }) => `${field} ${problem}`).join('; ')
    throw new AppError('invalid_message', `The message cannot be sent: ${all}.`, { fields: first })
  }
  const bytes = messageBytes(message)
  if (bytes > MESSAGE_LIMIT_BYTES) {
    const detail = `The message has ${bytes} bytes; FCM accepts at most ${MESSAGE_LIMIT_BYTES} (text, data and the largest platform part together). Shorten it by ${bytes - MESSAGE_LIMIT_BYTES}.`
    throw new AppError('message_too_large', detail, {
      fields: [{ field: '/message', problem: `has ${bytes} bytes; at most ${MESSAGE_LIMIT_BYTES}` }],
    })
  }
  return message
}

function checkAddress(field: string, address: string | undefined, problems: FieldError[]): void {
  if (address === undefined) return
  if (URL.canParse(address) && new URL(address).protocol === 'https:') return
  problems.push({ field, problem: `is ${show(address)}; expected an https:// address` })
}

/** Source: the `data` field of FCM v1's Message. */
function checkDataKeys(
  field: string,
  data: Record<string, unknown> | undefined,
  problems: FieldError[],
): void {
  for (const key of Object.keys(data ?? {})) {
    if (key === 'from' || key === 'message_type' || /^(google|gcm)\./.test(key)) {
      problems.push({
        field: `${field}/${key}`,
        problem: 'is reserved by FCM ("from", "message_type", "google.…", "gcm.…"); choose another name',
      })
    } else if (key === '') {
      problems.push({ field, problem: 'has a key without a name; every value needs a name' })
    }
  }
}

/** FCM accepts snake_case and camelCase. Carillon adds fields in camelCase, so everything is converted to it. */
function checkPart(
  part: PlatformPart,
  fields: Record<string, unknown>,
  problems: FieldError[],
): Record<string, unknown> {
  const known: Record<string, string> = PLATFORM_FIELDS[part]
  const checked: Record<string, unknown> = {}
  for (const [given, value] of Object.entries(fields)) {
    const name = given.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
    const field = `/message/${part}/${given}`
    const expected = Object.hasOwn(known, name) ? known[name] : undefined
    if (expected === undefined) {
      problems.push({ field, problem: `is unknown; allowed are ${Object.keys(known).join(', ')}` })
    } else if (Object.hasOwn(checked, name)) {
      problems.push({ field, problem: 'is given twice, in snake_case and camelCase; give it once' })
    } else if (typeOf(value) !== expected) {
      problems.push({ field, problem: `is ${show(value)}; expected ${expected}` })
    } else if (TEXT_MAPS.includes(`${part}.${name}`)) {
      checkTexts(field, value as Record<string, unknown>, problems)
    }
    checked[name] = value
  }
  if (part === 'android') {
    checkDataKeys('/message/android/data', checked.data as Record<string, unknown> | undefined, problems)
    checkForm(
      '/message/android/priority',
      checked.priority,
      /^(normal|high)$/i,
      '"normal" or "high"',
      problems,
    )
    const seconds = 'seconds with an "s", such as "3600s"'
    checkForm('/message/android/ttl', checked.ttl, /^\d{1,9}(\.\d{1,9})?s$/, seconds, problems)
  }
  return checked
}

function checkTexts(field: string, map: Record<string, unknown>, problems: FieldError[]): void {
  for (const [key, value] of Object.entries(map)) {
    if (typeof value === 'string') continue
    problems.push({ field: `${field}/${key}`, problem: `is ${show(value)}; expected a string` })
  }
}

function checkForm(
  field: string,
  value: unknown,
  form: RegExp,
  expected: string,
  problems: FieldError[],
): void {
  if (typeof value !== 'string' || form.test(value)) return
  problems.push({ field, problem: `is ${show(value)}; expected ${expected}` })
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 80).toWellFormed()}…` : text
}
