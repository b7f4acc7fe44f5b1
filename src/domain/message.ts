/**
 * The message of a campaign, in the form of the API and of the database, and its size as FCM counts it.
 * `android`, `apns` and `webpush` are passed to FCM unchanged, in the form of FCM v1.
 */

type Json = { [key: string]: unknown }

export interface CampaignMessage {
  title: string
  body: string
  imageUrl?: string
  /** Opened on a tap. Sent as `webpush.fcmOptions.link`, and as `data.link` for apps. */
  link?: string
  data?: Record<string, string>
  android?: Json
  apns?: Json
  webpush?: Json
}

/** FCM's limit on the keys and values of one message. Source: ErrorCode reference, INVALID_ARGUMENT. */
export const MESSAGE_LIMIT_BYTES = 4096

/**
 * Bytes that count against FCM's limit: the parts for every platform (notification, data) plus the largest of the three
 * platform parts, because a device receives only its own.
 */
export function messageBytes(message: CampaignMessage): number {
  const { title, body, imageUrl, link, data, android, apns, webpush } = message
  const shared = bytesOf({ title, body, imageUrl, data: link === undefined ? data : { ...data, link } })
  return shared + Math.max(bytesOf(android), bytesOf(apns), bytesOf(webpush))
}

/** Without Buffer: the console uses it while a user types. */
function bytesOf(value: unknown): number {
  return value === undefined ? 0 : new TextEncoder().encode(JSON.stringify(value)).length
}
