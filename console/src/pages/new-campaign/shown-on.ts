/** What each platform displays: its platform part overrides the common fields. Only visible fields are considered. */
import type { Platform } from '../../../../src/domain/campaign.ts'
import type { CampaignMessage } from '../../../../src/domain/message.ts'
import { objectOf, showsOn } from '../../../../src/domain/message-shown.ts'

export interface Shown {
  /** Null: the device shows the app's name, or nothing, in its place. */
  title: string | null
  body: string | null
  imageUrl: string | null
  /** A text is the name of one of the app's own, in brackets. */
  isFromApp: boolean
}

/** Null: nothing is shown. */
export function shownOn(platform: Platform, message: CampaignMessage): Shown | null {
  if (!showsOn(message)[platform]) return null
  const part = overridesOn(platform, message)
  const title = textOf(part.title) ?? message.title ?? keyOf(part.titleKey)
  const body = textOf(part.body) ?? message.body ?? keyOf(part.bodyKey)
  return {
    title: title ?? null,
    body: body ?? null,
    imageUrl: httpsOf(textOf(part.image) ?? message.imageUrl),
    isFromApp: [part.titleKey, part.bodyKey].some((key) => {
      const named = keyOf(key)
      return named !== undefined && (named === title || named === body)
    }),
  }
}

function overridesOn(
  platform: Platform,
  { android, apns, webpush }: CampaignMessage,
): Record<string, unknown> {
  if (platform === 'android') {
    const notification = objectOf(android?.notification)
    return { ...notification, titleKey: notification.titleLocKey, bodyKey: notification.bodyLocKey }
  }
  if (platform === 'web') return objectOf(webpush?.notification)
  const { alert } = objectOf(objectOf(apns?.payload).aps)
  const { image } = objectOf(apns?.fcmOptions)
  if (typeof alert === 'string') return { body: alert, image }
  const given = objectOf(alert)
  return { ...given, titleKey: given['title-loc-key'], bodyKey: given['loc-key'], image }
}

/** Other addresses would not load here, nor on a device. */
function httpsOf(address: string | undefined): string | null {
  return address !== undefined && URL.canParse(address) && new URL(address).protocol === 'https:'
    ? address
    : null
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function keyOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? `[${value}]` : undefined
}
