/** Braze's export of a segment (`/users/export/segment`), NDJSON: one line is one person, with any number of devices. */
import { fieldNamed } from '../column-names.ts'
import type { JsonObject } from '../parse-json.ts'
import { isObject, type Profile, type ProfileDevice, textAt, valueAt } from './profile.ts'

export const braze: Profile = {
  name: 'braze',
  isOf: (names) =>
    names.has('push_tokens') ||
    // A list of one's own may have their ids beside its addresses.
    (names.has('braze_id') && names.has('external_id') && ![...names].some(isAddress)),
  columns: {
    push_tokens: 'address',
    external_id: 'externalId',
    language: 'locale',
    time_zone: 'timezone',
    custom_attributes: 'attributes',
    push_subscribe: 'optedOut',
    push_unsubscribed_at: 'consentAt',
    push_opted_in_at: 'consentAt',
  },
  devicesOf,
}

function isAddress(name: string): boolean {
  return fieldNamed(name) === 'address'
}

function devicesOf(entry: JsonObject): ProfileDevice[] {
  const subscription = textAt(entry, 'push_subscribe')?.toLowerCase()
  // "subscribed" is what everybody is who has said nothing.
  const optedOut = subscription === 'unsubscribed' ? true : subscription === 'opted_in' ? false : undefined
  const said = optedOut === undefined ? undefined : optedOut ? 'push_unsubscribed_at' : 'push_opted_in_at'
  const person = {
    externalId: valueAt(entry, 'external_id'),
    locale: localeOf(entry),
    timezone: valueAt(entry, 'time_zone'),
    attributes: valueAt(entry, 'custom_attributes'),
    optedOut,
    consentAt: said === undefined ? undefined : valueAt(entry, said),
  }
  const tokens = Array.isArray(entry.push_tokens) ? entry.push_tokens.filter(isObject) : []
  if (tokens.length === 0) {
    const reason = 'push_tokens is empty: the person has no device that can be reached'
    return [{ values: person, rejection: { code: 'no_address', reason }, keepsMember: true }]
  }
  return tokens.map((token) => ({
    values: {
      ...person,
      address: valueAt(token, 'token'),
      platform: valueAt(token, 'platform') ?? platformOfApp(token),
      installationId: valueAt(token, 'device_id'),
    },
    keepsMember: true,
  }))
}

function localeOf(entry: JsonObject): string | undefined {
  const language = textAt(entry, 'language')
  const country = textAt(entry, 'country')
  if (language === undefined || !/^[a-z]{2,3}$/i.test(language)) return language
  return country !== undefined && /^[a-z]{2}$/i.test(country) ? `${language}-${country}` : language
}

/** Older exports name the app, "Shop (Android)", and no platform. */
function platformOfApp(token: JsonObject): string | undefined {
  return /android|ios|web/i.exec(textAt(token, 'app') ?? '')?.[0]
}
