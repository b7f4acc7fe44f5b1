/**
 * Amazon Pinpoint's export of endpoints, NDJSON or CSV. The service ended in October 2026; its users hold these files.
 * Addresses of its APNs channels are Apple's own and cannot be used through FCM.
 */
import type { JsonObject } from '../parse-json.ts'
import { isObject, objectOf, type Profile, type ProfileDevice, textAt, valueAt } from './profile.ts'

export const pinpoint: Profile = {
  name: 'pinpoint',
  isOf: (names) =>
    names.has('ChannelType') && (names.has('Address') || names.has('OptOut') || names.has('User')),
  columns: {
    Address: 'address',
    'User.UserId': 'externalId',
    User: 'externalId',
    ChannelType: 'platform',
    'Demographic.Platform': 'platform',
    Demographic: 'platform',
    'Demographic.Locale': 'locale',
    'Demographic.Timezone': 'timezone',
    OptOut: 'optedOut',
    EffectiveDate: 'lastSeenAt',
    Attributes: 'attributes',
    'User.UserAttributes': 'attributes',
  },
  devicesOf,
}

const PUSH_CHANNELS = new Set(['GCM', 'FCM', 'APNS', 'APNS_SANDBOX', 'APNS_VOIP', 'APNS_VOIP_SANDBOX'])

function devicesOf(entry: JsonObject): ProfileDevice[] {
  const channel = textAt(entry, 'ChannelType')?.toUpperCase() ?? ''
  const isApple = channel.startsWith('APNS')
  const optOut = textAt(entry, 'OptOut')?.toUpperCase()
  const values = {
    address: valueAt(entry, 'Address'),
    externalId: valueAt(entry, 'User.UserId'),
    platform: isApple ? 'ios' : 'android',
    locale: valueAt(entry, 'Demographic.Locale'),
    timezone: valueAt(entry, 'Demographic.Timezone'),
    attributes: attributesOf(entry),
    optedOut: optOut === 'ALL' ? true : optOut === 'NONE' ? false : optOut,
    lastSeenAt: valueAt(entry, 'EffectiveDate'),
  }
  if (!PUSH_CHANNELS.has(channel)) {
    // An address for mail or text messages; opting out of those says nothing about push.
    const reason = `the endpoint is for ${channel === '' ? 'no channel' : channel}, not for push through FCM`
    return [{ values, rejection: { code: 'other_channel', value: channel, reason }, keepsMember: false }]
  }
  if (isApple) return [{ values, rejection: APNS_ADDRESS, keepsMember: true }]
  if (textAt(entry, 'EndpointStatus')?.toUpperCase() === 'INACTIVE') {
    const reason = 'EndpointStatus is INACTIVE: Pinpoint could not reach the device any more'
    return [{ values, rejection: { code: 'inactive_device', value: 'INACTIVE', reason }, keepsMember: true }]
  }
  return [{ values, keepsMember: true }]
}

const APNS_ADDRESS = {
  code: 'apns_token',
  field: 'address',
  reason:
    "the address is an Apple (APNs) token, which FCM cannot use; the member is kept, and the device comes when the app, with Firebase's SDK, registers it",
} as const

/**
 * Attributes of the endpoint, and of the user over them. Pinpoint writes each as a list; a list of one is its value, which
 * is what a filter asks for.
 */
function attributesOf(entry: JsonObject): JsonObject | undefined {
  const attributes: JsonObject = {}
  for (const prefix of ['Attributes', 'User.UserAttributes']) {
    const nested = objectOf(valueAt(entry, prefix))
    const flat = Object.entries(entry)
      .filter(([name]) => name.startsWith(`${prefix}.`))
      .map(([name, value]): [string, unknown] => [name.slice(prefix.length + 1), value])
    for (const [name, value] of [...Object.entries(nested ?? {}), ...flat]) {
      const list = listOf(value)
      if (list.length > 0) attributes[name] = list.length === 1 ? list[0] : list
    }
  }
  return Object.keys(attributes).length > 0 ? attributes : undefined
}

/** In CSV a list may be written as JSON. */
function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  if (typeof value === 'string' && value.startsWith('[')) {
    try {
      return JSON.parse(value) as unknown[]
    } catch {
      return [value]
    }
  }
  return value === undefined || value === null || value === '' || isObject(value) ? [] : [value]
}
