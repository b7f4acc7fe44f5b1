/**
 * The message of a campaign, in the form of the API and of the database. `android`, `apns` and `webpush` are in the form
 * of FCM v1; src/domain/fcm-form.ts makes the whole message that FCM gets.
 */

type Json = { [key: string]: unknown }

export interface CampaignMessage {
  /** Title, body or both: a notification. Neither, and no text in a platform part: a silent message, which needs data. */
  title?: string
  body?: string
  imageUrl?: string
  /** Opened on a tap. Sent as `data.link` for apps, and as `webpush.fcmOptions.link` if it is https. */
  link?: string
  data?: Record<string, string>
  android?: Json
  apns?: Json
  webpush?: Json
  /** "{{name}}" in a text is meant as it stands. Otherwise it is refused, because nothing fills it in. */
  placeholders?: 'literal'
}

export const PLATFORM_PARTS = ['android', 'apns', 'webpush'] as const
export type PlatformPart = (typeof PLATFORM_PARTS)[number]
