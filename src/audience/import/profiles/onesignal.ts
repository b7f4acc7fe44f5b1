/** OneSignal's CSV export of subscriptions (`csv_export`). Only Android's have an address of FCM's. */
import type { Rejection } from '../../../domain/rejection.ts'
import { timezoneOfSeconds } from '../../../domain/timezone.ts'
import type { JsonObject } from '../parse-json.ts'
import { objectOf, type Profile, type ProfileDevice, textAt, valueAt } from './profile.ts'

export const onesignal: Profile = {
  name: 'onesignal',
  isOf: (names) => names.has('identifier') && names.has('device_type'),
  columns: {
    identifier: 'address',
    external_user_id: 'externalId',
    external_id: 'externalId',
    device_type: 'platform',
    language: 'locale',
    timezone_id: 'timezone',
    timezone: 'timezone',
    tags: 'attributes',
    notification_types: 'optedOut',
    last_active: 'lastSeenAt',
  },
  devicesOf,
}

/** Their `device_type`. 1: Android. */
const APPLE = new Set(['0'])
const BROWSERS = new Set(['4', '5', '6', '7', '8', '9', '17'])
const OTHERS = new Map<string, string>(
  Object.entries({
    2: 'Fire OS (ADM)',
    3: 'Windows Phone',
    10: 'Alexa',
    11: 'e-mail',
    13: 'Huawei',
    14: 'SMS',
  }),
)
/**
 * Their `notification_types` of somebody who has unsubscribed: in the app, in the dashboard, or through the API, with and
 * without a reason. 1 and above is subscribed; 0 has no permission, and other negative ones are errors.
 */
const UNSUBSCRIBED: ReadonlySet<string | undefined> = new Set(['-2', '-22', '-30', '-31'])

function devicesOf(entry: JsonObject): ProfileDevice[] {
  const type = textAt(entry, 'device_type') ?? ''
  const seconds = textAt(entry, 'timezone')
  const types = textAt(entry, 'notification_types')
  const values = {
    address: valueAt(entry, 'identifier'),
    externalId: valueAt(entry, 'external_user_id') ?? valueAt(entry, 'external_id'),
    platform: APPLE.has(type) ? 'ios' : BROWSERS.has(type) ? 'web' : 'android',
    locale: valueAt(entry, 'language'),
    timezone:
      valueAt(entry, 'timezone_id') ??
      (seconds === undefined ? undefined : timezoneOfSeconds(Number(seconds))),
    attributes: objectOf(valueAt(entry, 'tags')),
    optedOut: UNSUBSCRIBED.has(types) ? true : Number(types) > 0 ? false : undefined,
    lastSeenAt: valueAt(entry, 'last_active'),
  }
  const rejection = problemOf(entry, type)
  // Opting out of mail or text messages says nothing about push.
  const keepsMember = rejection?.code !== 'other_channel'
  return [rejection === undefined ? { values, keepsMember } : { values, rejection, keepsMember }]
}

function problemOf(entry: JsonObject, type: string): Rejection | undefined {
  const other = OTHERS.get(type)
  if (other !== undefined) {
    return {
      code: 'other_channel',
      value: type,
      reason: `device_type is ${type} (${other}), which FCM does not reach`,
    }
  }
  if (APPLE.has(type)) {
    const reason =
      "identifier is an Apple (APNs) token, which FCM cannot use; the member is kept, and the device comes when the app, with Firebase's SDK, registers it"
    return { code: 'apns_token', field: 'address', reason }
  }
  if (BROWSERS.has(type)) {
    const reason =
      'the subscription is one of a browser, made with keys of OneSignal; FCM needs the token that getToken returns in the browser'
    return { code: 'push_url', field: 'address', reason }
  }
  const invalid = textAt(entry, 'invalid_identifier')?.toLowerCase()
  if (invalid === 't' || invalid === 'true') {
    return {
      code: 'inactive_device',
      value: 't',
      reason: 'invalid_identifier is t: OneSignal could not reach the device any more',
    }
  }
  if (valueAt(entry, 'identifier') === undefined) {
    return { code: 'no_address', reason: 'identifier is empty: the device has no push token' }
  }
  return undefined
}
