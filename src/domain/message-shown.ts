/**
 * Which platforms show a notification for a message. FCM decides by what is in it: `notification`, or the platform's own
 * `notification` or `aps`, makes a notification; everything else is a data message, which only the app sees.
 * Takes messages that are not checked yet as well: the console shows what is typed.
 */
import type { Platform } from './campaign.ts'
import { isBlank } from './clean-text.ts'
import type { CampaignMessage } from './message.ts'

type Json = Record<string, unknown>

export function showsOn(message: CampaignMessage): Record<Platform, boolean> {
  const isForAll = hasText(message, 'title', 'body')
  const aps = objectOf(objectOf(message.apns?.payload).aps)
  return {
    android: isForAll || message.android?.notification !== undefined,
    ios: isForAll || aps.alert !== undefined || aps.sound !== undefined || aps.badge !== undefined,
    web: isForAll || message.webpush?.notification !== undefined,
  }
}

/** Something to read, on the platforms that show a notification of their own. */
export function saysOn(message: CampaignMessage): Record<Platform, boolean> {
  const isForAll = hasText(message, 'title', 'body')
  const { alert } = objectOf(objectOf(message.apns?.payload).aps)
  return {
    android:
      isForAll ||
      hasText(objectOf(message.android?.notification), 'title', 'body', 'titleLocKey', 'bodyLocKey'),
    ios: isForAll || hasText({ alert }, 'alert') || hasText(objectOf(alert), ...ALERT_TEXTS),
    web: isForAll || hasText(objectOf(message.webpush?.notification), 'title', 'body'),
  }
}

const ALERT_TEXTS = ['title', 'subtitle', 'body', 'title-loc-key', 'subtitle-loc-key', 'loc-key']

function hasText(object: object, ...names: readonly string[]): boolean {
  return names.some((name) => {
    const text = (object as Json)[name]
    return typeof text === 'string' && !isBlank(text)
  })
}

export function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {}
}
