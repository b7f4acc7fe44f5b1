/** What each platform displays: its platform part overrides the common fields. Only visible fields are considered. */
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

/** Other addresses would not load here, nor on a device. */
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
