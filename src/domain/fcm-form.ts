/**
 * A campaign's message as FCM v1 takes it, without its target. What Carillon adds:
 *
 * - a collapse identifier, so that a repeat replaces the first one: on Android `notification.tag`, and `collapseKey` for a
 *   data message, which an `android.notification` would turn into an empty notification; for Apple `apns-collapse-id`; for
 *   browsers `Topic` (not yet delivered) and `notification.tag` (shown already),
 * - for Apple devices that are shown nothing, what Apple demands of a silent push: push type, priority and
 *   `content-available`, without which the app is not woken,
 * - the link, in the data, and for browsers if it is https: FCM takes no other there, and no browser opens an app link.
 *
 * What the campaign sets itself takes precedence, whatever the case of a header's name.
 */
import { type CampaignMessage, PLATFORM_PARTS } from './message.ts'
import { isAppLink } from './message-rules/text-forms.ts'
import { objectOf, showsOn } from './message-shown.ts'

type Json = Record<string, unknown>

export interface FcmForm {
  notification?: Json
  data?: Record<string, string>
  android: Json
  apns: Json
  webpush: Json
}

export function fcmFormOf(message: CampaignMessage, collapseId: string): FcmForm {
  const { title, body, imageUrl, link } = message
  const [android, apns, webpush] = PLATFORM_PARTS.map((part) => objectOf(message[part]))
  const shows = showsOn(message)
  const isForAll = title !== undefined || body !== undefined
  const image = imageUrl === undefined ? {} : { image: imageUrl }
  // Without a text for all platforms, each that has its own gets the image there.
  const ownImage = isForAll ? {} : image
  const data = withLink(message.data, link)
  const webLink = link !== undefined && !isAppLink(link) ? { link } : {}
  return {
    ...(isForAll && {
      notification: {
        ...(title !== undefined && { title }),
        ...(body !== undefined && { body }),
        ...image,
      },
    }),
    ...(data !== undefined && { data }),
    android: {
      ...(!shows.android && { collapseKey: collapseId }),
      ...android,
      // FCM takes these instead of the data for all.
      ...(android?.data !== undefined && { data: withLink(objectOf(android.data) as Texts, link) }),
      ...(shows.android && {
        notification: { tag: collapseId, ...ownImage, ...objectOf(android?.notification) },
      }),
    },
    apns: apnsOf(apns ?? {}, shows.ios, collapseId, ownImage),
    webpush: {
      ...webpush,
      headers: withHeaders({ Topic: collapseId }, webpush?.headers),
      ...(webpush?.data !== undefined && { data: withLink(objectOf(webpush.data) as Texts, link) }),
      ...(shows.web && {
        notification: { tag: collapseId, ...ownImage, ...objectOf(webpush?.notification) },
        ...(('link' in webLink || webpush?.fcmOptions !== undefined) && {
          fcmOptions: { ...webLink, ...objectOf(webpush?.fcmOptions) },
        }),
      }),
    },
  }
}

function apnsOf(apns: Json, isShown: boolean, collapseId: string, image: Json): Json {
  const collapse = { 'apns-collapse-id': collapseId }
  if (isShown) {
    const options = { ...image, ...objectOf(apns.fcmOptions) }
    return {
      ...apns,
      headers: withHeaders(collapse, apns.headers),
      ...(Object.keys(options).length > 0 && { fcmOptions: options }),
    }
  }
  const payload = objectOf(apns.payload)
  return {
    ...apns,
    headers: withHeaders({ 'apns-push-type': 'background', 'apns-priority': '5', ...collapse }, apns.headers),
    payload: { ...payload, aps: { 'content-available': 1, ...objectOf(payload.aps) } },
  }
}

type Texts = Record<string, string>

function withLink(data: Texts | undefined, link: string | undefined): Texts | undefined {
  return link === undefined ? data : { link, ...data }
}

/** HTTP compares the names of headers without their case. */
function withHeaders(added: Record<string, string>, given: unknown): Json {
  const own = objectOf(given)
  const taken = new Set(Object.keys(own).map((name) => name.toLowerCase()))
  const missing = Object.entries(added).filter(([name]) => !taken.has(name.toLowerCase()))
  return { ...Object.fromEntries(missing), ...own }
}
