/**
 * Converts an FCM v1 message to the form of the firebase-admin SDK, which renames and converts a few fields when it sends:
 * times are in milliseconds, enumerations in lower case. All other fields are the same.
 */
import type { Message } from 'firebase-admin/messaging'

type Json = Record<string, unknown>

export function toSdkMessage(message: Readonly<Json>): Omit<Message, 'token'> {
  const android = message.android as Json | undefined
  if (android === undefined) return message as Omit<Message, 'token'>
  const { ttl, priority, notification, ...rest } = android
  return {
    ...message,
    android: {
      ...rest,
      ...(ttl !== undefined && { ttl: milliseconds(ttl) }),
      ...(priority !== undefined && { priority: String(priority).toLowerCase() }),
      ...(notification !== undefined && { notification: toSdkNotification(notification as Json) }),
    },
  } as Omit<Message, 'token'>
}

function toSdkNotification(notification: Json): Json {
  const { notificationPriority, eventTime, vibrateTimings, lightSettings, ...rest } = notification
  return {
    ...rest,
    ...(notificationPriority !== undefined && {
      priority: String(notificationPriority).replace('PRIORITY_', '').toLowerCase(),
    }),
    ...(eventTime !== undefined && { eventTimestamp: new Date(String(eventTime)) }),
    ...(vibrateTimings !== undefined && {
      vibrateTimingsMillis: (vibrateTimings as unknown[]).map(milliseconds),
    }),
    ...(lightSettings !== undefined && { lightSettings: toSdkLights(lightSettings as Json) }),
  }
}

/** FCM's colour is four numbers from 0 to 1, the SDK's is `#RRGGBBAA`. */
function toSdkLights({ color, lightOnDuration, lightOffDuration }: Json): Json {
  const { red = 0, green = 0, blue = 0, alpha = 1 } = (color ?? {}) as Record<string, number>
  const hex = [red, green, blue, alpha].map((part) =>
    Math.round(part * 255)
      .toString(16)
      .padStart(2, '0'),
  )
  return {
    color: `#${hex.join('')}`,
    lightOnDurationMillis: milliseconds(lightOnDuration),
    lightOffDurationMillis: milliseconds(lightOffDuration),
  }
}

/** Takes `"3600s"` or `"0.5s"`; anything else is left for the SDK to reject. */
function milliseconds(duration: unknown): unknown {
  return typeof duration === 'string' && /^\d+(\.\d+)?s$/.test(duration)
    ? Math.round(Number(duration.slice(0, -1)) * 1000)
    : duration
}
