/**
 * What a device of each platform makes of the message: what its platform part says goes before what is said for all.
 * Only what can be seen is looked at.
 */
import type { Platform } from '../../../../src/domain/campaign.ts'
import type { CampaignMessage } from '../../../../src/domain/message.ts'

export interface Shown {
  title: string
  body: string
  imageUrl: string | null
}

export function shownOn(platform: Platform, message: CampaignMessage): Shown {
  const { title, body, imageUrl } = message
  const part = overridesOn(platform, message)
  return {
    title: text(part.title) ?? title,
    body: text(part.body) ?? body,
    imageUrl: httpsOf(text(part.image) ?? imageUrl),
  }
}

function overridesOn(
  platform: Platform,
  { android, apns, webpush }: CampaignMessage,
): Record<string, unknown> {
  if (platform === 'android') return object(android?.notification)
  if (platform === 'web') return object(webpush?.notification)
  const alert = object(object(apns?.payload).aps).alert
  const options = object(apns?.fcmOptions ?? apns?.fcm_options)
  return { ...(typeof alert === 'string' ? { body: alert } : object(alert)), image: options.image }
}

/** Anything else would not load here, and not on a device either. */
function httpsOf(address: string | undefined): string | null {
  return address !== undefined && URL.canParse(address) && new URL(address).protocol === 'https:'
    ? address
    : null
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
