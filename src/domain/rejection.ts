/** Why a line or a field of a device list is not used: a code for programs, a sentence, and what was found. */

/** Fields of a device, in the order in which they are documented. */
export const DEVICE_FIELDS = [
  'address',
  'externalId',
  'platform',
  'kind',
  'locale',
  'timezone',
  'attributes',
  'optedOut',
  'consentAt',
  'marketingConsent',
  'marketingConsentAt',
  'nightConsent',
  'nightConsentAt',
  'replaces',
  'installationId',
  'lastSeenAt',
] as const
export type DeviceField = (typeof DEVICE_FIELDS)[number]

export const REJECTION_CODES = [
  'invalid_address',
  // Addresses that are none of FCM's, told by their form. See device-address.ts.
  'expo_token',
  'apns_token',
  'push_url',
  'uuid_address',
  'encoded_address',
  'quoted_address',
  'invalid_external_id',
  // An id or address that means nothing ("NULL"), or that a spreadsheet has rounded ("1.23457E+11").
  'empty_word',
  'ruined_number',
  'invalid_platform',
  'invalid_kind',
  'invalid_locale',
  'invalid_timezone',
  'invalid_attributes',
  'invalid_opted_out',
  'invalid_consent_at',
  'invalid_consent',
  'invalid_replaces',
  'invalid_installation_id',
  'invalid_last_seen_at',
  // Only in exports of other systems. See audience/import/profile.ts.
  'inactive_device',
  'other_channel',
  'no_address',
  'invalid_json',
  'invalid_csv',
  'line_too_long',
] as const
export type RejectionCode = (typeof REJECTION_CODES)[number]

export interface Rejection {
  code: RejectionCode
  field?: DeviceField
  /** What was found, shortened. */
  value?: string
  reason: string
}

/** `locale is "xx_"; expected …`, with the value shortened to a readable length. */
export function reject(code: RejectionCode, field: DeviceField, value: unknown, expected: string): Rejection {
  if (value === undefined || value === null || value === '') {
    return { code, field, reason: `${field} is missing; expected ${expected}` }
  }
  const shown = shorten(JSON.stringify(value) ?? String(value))
  return { code, field, value: shown, reason: `${field} is ${shown}; expected ${expected}` }
}

export function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60).toWellFormed()}… (${text.length} characters)` : text
}
