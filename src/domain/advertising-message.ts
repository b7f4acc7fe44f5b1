/**
 * How an advertisement reads for Korean members: "(광고)" and who sends it in front, and how to refuse more at the end, as
 * article 50 of the Network Act asks for. Applied when a message is sent; what the campaign stores is what was typed. What the
 * writer has typed already is not added twice. The console previews with the same function. Pure.
 *
 * Not marked: what the app itself makes a text of, which is data and keys of translations.
 */
import type { CampaignMessage } from './message.ts'
import { objectOf } from './message-shown.ts'
import type { Advertiser } from './send-rules.ts'

/** No other spelling is allowed: no [광고], no (광 고). */
const MARK = '(광고)'
const KOREA = 'Asia/Seoul'

/** By the language; without one, by the zone; without that too, by the zone that unknown ones are judged in. */
export function isKorean(
  { locale, timezone }: { locale: string | null; timezone: string | null },
  defaultZone: string,
): boolean {
  if (locale !== null) return /^ko(?:$|-)/.test(locale)
  return (timezone ?? defaultZone) === KOREA
}

/** A title and a body, wherever they are written. */
interface Texts {
  title?: unknown
  body?: unknown
}

export function advertisingMessage(message: CampaignMessage, advertiser: Advertiser): CampaignMessage {
  const { android, apns, webpush } = message
  return {
    ...message,
    ...marked(message, {}, advertiser),
    ...(android?.notification !== undefined && {
      android: { ...android, notification: markedPart(android.notification, message, advertiser) },
    }),
    ...(webpush?.notification !== undefined && {
      webpush: { ...webpush, notification: markedPart(webpush.notification, message, advertiser) },
    }),
    ...(apns !== undefined && { apns: markedApns(apns, message, advertiser) }),
  }
}

function markedPart(part: unknown, message: CampaignMessage, advertiser: Advertiser): object {
  return { ...objectOf(part), ...marked(objectOf(part), message, advertiser) }
}

function markedApns(
  apns: Record<string, unknown>,
  message: CampaignMessage,
  advertiser: Advertiser,
): Record<string, unknown> {
  const payload = objectOf(apns.payload)
  const aps = objectOf(payload.aps)
  if (aps.alert === undefined) return apns
  // A text alone is a body without a title, whatever the message has.
  const alert =
    typeof aps.alert === 'string'
      ? marked({ body: aps.alert }, {}, advertiser).body
      : markedPart(aps.alert, message, advertiser)
  return { ...apns, payload: { ...payload, aps: { ...aps, alert } } }
}

/**
 * The texts of one place. `others`: those that a device gets where this place has none. What is only in `others` is marked
 * there, unless it is needed here for the other half.
 */
function marked(
  given: Texts,
  others: CampaignMessage,
  advertiser: Advertiser,
): { title?: string; body?: string } {
  const title = textOf(given.title)
  const body = textOf(given.body)
  if (title === undefined && body === undefined) return {}
  const hasTitle = title !== undefined || textOf(others.title) !== undefined
  const hasBody = body !== undefined || textOf(others.body) !== undefined
  return {
    ...(title !== undefined && { title: withSender(title, advertiser) }),
    ...(body !== undefined && {
      body: withHint(hasTitle ? body : withSender(body, advertiser), advertiser),
    }),
    // The hint has to stand somewhere.
    ...(!hasBody && { body: advertiser.optOutHint }),
  }
}

function withSender(text: string, { name }: Advertiser): string {
  const start = text.trimStart()
  const rest = start.startsWith(MARK) ? start.slice(MARK.length).trimStart() : start
  return rest.startsWith(name) ? `${MARK} ${rest}` : `${MARK} ${name} ${rest}`
}

function withHint(text: string, { optOutHint }: Advertiser): string {
  return text.trimEnd().endsWith(optOutHint) ? text : `${text.trimEnd()}\n${optOutHint}`
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}
