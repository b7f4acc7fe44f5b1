/** The forms that a text can be asked to have. */
import { LONGEST_SECONDS } from './field-rule.ts'

type Test = (text: string, now: number) => boolean

/** A time that is meant in milliseconds would be in the year 50,000. */
const FARTHEST_MS = 366 * 24 * 3600 * 1000

export const TEXT_FORMS = {
  /** Source: "Understanding message delivery" of FCM. */
  label: (text) => /^[a-zA-Z0-9-_.~%]{1,50}$/.test(text),
  /** Source: AndroidNotification.color, and the SDK's validator. */
  color: (text) => /^#[0-9a-fA-F]{6}$/.test(text),
  https: isHttps,
  /** The campaign's own link: a web address, or one of the app. */
  link: (text) => isHttps(text) || isAppLink(text),
  /** Source: the SDK's validator. Only what comes after the host: `https` is checked before. */
  image: (text) => URL.canParse(text) && /^(?:\/[\w\-.~!$'()*+,;=:@%]+)*\/?$/.test(new URL(text).pathname),
  /** Source: google.protobuf.Duration as JSON. */
  duration: (text) => DURATION.test(text) && Number(text.slice(0, -1)) <= LONGEST_SECONDS,
  /** Source: google.protobuf.Timestamp as JSON. */
  time: isTime,
  /** TTL of RFC 8030, in FCM's limits. */
  seconds: (text) => /^\d{1,7}$/.test(text) && Number(text) <= LONGEST_SECONDS,
  /** Topic of RFC 8030: base64url, at most 32. Apple decodes it, and no base64 has a length of 4n + 1. */
  topic: (text) => /^[A-Za-z0-9_-]{1,32}$/.test(text) && text.length % 4 !== 1,
  /** Seconds since 1970; 0: try once. */
  expiration: (text, now) =>
    /^\d{1,12}$/.test(text) &&
    (Number(text) === 0 || (Number(text) * 1000 > now && Number(text) * 1000 < now + FARTHEST_MS)),
  /** Apple: at most 64 bytes. In a header, so ASCII. */
  collapse_id: (text) => /^[\x21-\x7e](?:[\x20-\x7e]{0,62}[\x21-\x7e])?$/.test(text),
  /** What Apple lets a bundle identifier be. */
  bundle_id: (text) => /^[A-Za-z0-9.-]{1,155}$/.test(text),
  package_name: (text) => /^[A-Za-z]\w*(?:\.[A-Za-z]\w*)+$/.test(text),
} as const satisfies Record<string, Test>

export type TextForm = keyof typeof TEXT_FORMS

const DURATION = /^\d{1,9}(?:\.\d{1,9})?s$/

/** The same address in ASCII: people copy addresses with letters of their own language. */
export function asciiAddress(text: string): string {
  return /[^\x21-\x7e]/.test(text) && URL.canParse(text) ? new URL(text).href : text
}

/** The characters and hosts that the SDK's validator takes. */
function isHttps(text: string): boolean {
  if (!/^https:\/\/[^/?#][\w:/?#[\]@!$&'()*+,;=.~%-]*$/i.test(text) || !URL.canParse(text)) return false
  const { hostname } = new URL(text)
  if (hostname.startsWith('[')) return true
  return hostname.split('.').every((label) => /^[a-z\d-]+$/i.test(label) && !/^-|-$/.test(label))
}

/** `myshop://sale/7`: of a scheme that an app has registered. FCM hands it on in the data and looks at none of it. */
export function isAppLink(text: string): boolean {
  const scheme = /^([a-z][a-z\d+.-]{0,63}):\/\/[\x21-\x7e]+$/i.exec(text)?.[1]
  return scheme !== undefined && !NOT_OF_AN_APP.has(scheme.toLowerCase())
}

/** Web addresses have to be https, and the rest would be a hole in whatever opens it. */
const NOT_OF_AN_APP = new Set(
  'http https ws wss ftp file blob data javascript vbscript about view-source chrome content'.split(' '),
)

function isTime(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(text)) return false
  const clock = text.slice(0, 19)
  const at = new Date(`${clock}Z`)
  // Date takes 30 February for 2 March.
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(clock) && !Number.isNaN(Date.parse(text))
}
