/**
 * How large a message is, as FCM and as Apple count it. The API, the console and the fake FCM use the same functions.
 * What is known of the counting, and what is assumed, is in docs/messages.md.
 */
import { type FcmForm, fcmFormOf } from './fcm-form.ts'
import type { CampaignMessage } from './message.ts'
import { objectOf } from './message-shown.ts'

/** Of the keys and values of one message. Source: ErrorCode reference of FCM v1, INVALID_ARGUMENT. */
export const MESSAGE_LIMIT_BYTES = 4096
/** Of the JSON that Apple gets. Source: "Generating a remote notification". */
export const APNS_LIMIT_BYTES = 4096

/** As long as the identifiers that campaigns get: see collapseIdOf in push/push-message.ts. */
const COLLAPSE_ID = 'x'.repeat(22)

/** Bytes that count against FCM's limit, with what Carillon adds. */
export function messageBytes(message: CampaignMessage): number {
  return payloadBytes(fcmFormOf(message, COLLAPSE_ID))
}

/** Bytes of the JSON that Apple gets, with what Carillon and FCM add. */
export function apnsBytes(message: CampaignMessage): number {
  const { notification = {}, data, apns } = fcmFormOf(message, COLLAPSE_ID)
  const { image, ...alert } = notification
  const payload = objectOf(apns.payload)
  const options = { ...(image !== undefined && { image }), ...objectOf(apns.fcmOptions) }
  const json = {
    ...data,
    ...payload,
    aps: { ...(Object.keys(alert).length > 0 && { alert }), ...objectOf(payload.aps) },
    ...(options.image !== undefined && { fcm_options: { image: options.image } }),
    ...ADDED_BY_FCM,
  }
  return bytesOf(JSON.stringify(json))
}

/** As iOS apps find them in what they receive; Google does not document them. */
const ADDED_BY_FCM = {
  'gcm.message_id': '1764432000000000',
  'google.c.a.e': '1',
  'google.c.fid': 'x'.repeat(22),
  'google.c.sender.id': '123456789012',
}

/**
 * The keys and values that every device gets, and those of the largest platform part: a device gets only its own. Takes a
 * message of FCM v1 in camelCase. Not counted: the target, headers, options, and whatever is only JSON.
 */
export function payloadBytes({ notification, data, android, apns, webpush }: Partial<FcmForm>): number {
  return (
    contentBytes(notification) +
    contentBytes(data) +
    Math.max(
      contentBytes(android?.notification) + contentBytes(android?.data),
      contentBytes(apns?.payload),
      contentBytes(webpush?.notification) + contentBytes(webpush?.data),
    )
  )
}

/** No message within the limits has as much, whatever is not counted: a few addresses and names of apps. */
const MOST_CHARACTERS = 65_536
const MOST_VALUES = 16_384

/** Quickly, for a message whose fields are not checked yet: a megabyte of them would keep the API from everything else. */
export function isFarTooLarge(message: unknown): boolean {
  let characters = 0
  let values = 0
  const rest: unknown[] = [message]
  while (rest.length > 0) {
    const value = rest.pop()
    values += 1
    if (typeof value === 'string') characters += value.length
    else if (Array.isArray(value)) {
      if (value.length > MOST_VALUES) return true
      rest.push(...value)
    } else if (typeof value === 'object' && value !== null) {
      for (const key in value) {
        characters += key.length
        rest.push((value as Record<string, unknown>)[key])
        if (rest.length > MOST_VALUES) return true
      }
    }
    if (characters > MOST_CHARACTERS || values > MOST_VALUES) return true
  }
  return false
}

function contentBytes(value: unknown): number {
  if (value === undefined || value === null) return 0
  if (typeof value !== 'object') return bytesOf(String(value))
  if (Array.isArray(value)) return value.reduce<number>((sum, inner) => sum + contentBytes(inner), 0)
  return Object.entries(value).reduce((sum, [key, inner]) => sum + bytesOf(key) + contentBytes(inner), 0)
}

const utf8 = new TextEncoder()

/** Without Buffer: the console counts while a person types. */
function bytesOf(text: string): number {
  return utf8.encode(text).length
}
