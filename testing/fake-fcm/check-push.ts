/**
 * What push services refuse in a message that is well formed. Sources: the `data` field of FCM v1's Message, and Apple's
 * "Sending notification requests to APNs". The fake does not know which addresses are Apple's, so it looks at all messages.
 */
import { APNS_LIMIT_BYTES } from '../../src/domain/message-size.ts'
import { isObject, type Problem } from './check-field.ts'

type Json = Record<string, unknown>

const objectOf = (value: unknown): Json => (isObject(value) ? value : {})

export function checkPush(message: Json): Problem | undefined {
  const apns = objectOf(message.apns)
  const headers = Object.fromEntries(
    Object.entries(objectOf(apns.headers)).map(([name, value]) => [name.toLowerCase(), value]),
  )
  const aps = objectOf(objectOf(apns.payload).aps)
  const notification = objectOf(message.notification)
  const alerts =
    notification.title !== undefined || notification.body !== undefined || aps.alert !== undefined
  const interrupts = alerts || aps.sound !== undefined || aps.badge !== undefined
  // Without what FCM adds: certainly too large.
  if (Buffer.byteLength(JSON.stringify(apns.payload ?? {})) > APNS_LIMIT_BYTES) {
    return { field: 'message.apns.payload', description: 'The payload is larger than Apple takes' }
  }
  const field = 'message.apns.headers'
  const { 'apns-priority': priority, 'apns-push-type': type } = headers
  if (type === 'background' && interrupts) {
    return { field, description: 'A background push must not have an alert, a sound or a badge' }
  }
  if (type === 'background' && priority !== '5') {
    return { field, description: 'A background push must have the priority 5' }
  }
  if (type === 'alert' && !interrupts) {
    return { field, description: 'An alert push must have an alert, a sound or a badge' }
  }
  const isDataOnly = message.data !== undefined || aps['content-available'] !== undefined
  if (!interrupts && isDataOnly && priority !== undefined && priority !== '5') {
    return { field, description: 'Only the priority 5 is allowed for a message that has data only' }
  }
  return undefined
}
