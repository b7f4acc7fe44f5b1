/**
 * Addresses of other services look like FCM's to a program. FCM refuses each of them, so they are refused here, by name.
 */
import { isEmptyWord, isRuinedNumber } from './clean-text.ts'
import { type DeviceField, type Rejection, type RejectionCode, reject, shorten } from './rejection.ts'

/** FCM's tokens have about 160 characters and no documented limit. An index row of PostgreSQL is limited to 2,704 bytes. */
export const MAX_ADDRESS_LENGTH = 2_048
const EXPECTED = `an FCM registration token or installation id: 1 to ${MAX_ADDRESS_LENGTH} ASCII characters without spaces`

/** No spaces, no control characters. */
const ADDRESS = /^[\x21-\x7e]+$/
/** What every foreign form below has and no address of FCM's does, or a length that FCM's never have. */
const SUSPECT = /[%'"<>[{/]|^[0-9a-f]{64,}$|^[0-9a-f-]{36}$|^expo/i

const FOREIGN: readonly [code: RejectionCode, form: RegExp, meaning: string][] = [
  [
    'expo_token',
    /^expo(nent)?pushtoken\[/i,
    'an Expo token; export the FCM token (getDevicePushTokenAsync) instead',
  ],
  [
    'push_url',
    /^[a-z][a-z0-9+.-]*:\/\/|^\{.*"endpoint"/i,
    'the URL of a web push subscription; FCM needs the token that getToken returns in the browser',
  ],
  [
    'apns_token',
    /^<?[0-9a-f]{8}(?: ?[0-9a-f]{8})*>$|^<?[0-9a-f]{64,200}$/i,
    "an Apple (APNs) token; FCM needs the token that Firebase's SDK returns in the app",
  ],
  [
    'uuid_address',
    /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
    "a UUID, such as another service's id of the device; FCM needs its token",
  ],
  ['encoded_address', /%[0-9a-f]{2}/i, 'percent-encoded; write it as FCM gave it, with ":" and not "%3A"'],
  ['quoted_address', /^['"`]|['"`]$/, 'in quotes that are part of the value; write it without'],
]

/** Nearly all: as long as FCM's are, of their characters, and with one that no hexadecimal number has. */
const USUAL = /^[\w:-]{100,400}$/
const NOT_HEX = /[g-z:_]/

/** Whether nothing else has to be looked at: this is asked for every line of a list. */
export function isUsualAddress(address: unknown): address is string {
  return typeof address === 'string' && USUAL.test(address) && NOT_HEX.test(address)
}

/** Why the address cannot be used, or undefined. It is clean (see clean-text.ts). */
export function addressProblem(address: unknown, field: DeviceField = 'address'): Rejection | undefined {
  const code: RejectionCode = field === 'replaces' ? 'invalid_replaces' : 'invalid_address'
  if (typeof address !== 'string' || address === '') return reject(code, field, address, EXPECTED)
  if (isEmptyWord(address)) {
    return {
      code: 'empty_word',
      field,
      value: address,
      reason: `${field} is ${address}, which stands for an empty value`,
    }
  }
  if (SUSPECT.test(address)) {
    for (const [name, form, meaning] of FOREIGN) {
      if (form.test(address)) {
        const value = shorten(address)
        return { code: name, field, value, reason: `${field} ${value} is ${meaning}` }
      }
    }
  }
  if (ADDRESS.test(address) && address.length <= MAX_ADDRESS_LENGTH) {
    if (!isRuinedNumber(address)) return undefined
    const reason = `${field} is ${address}, a number that a spreadsheet has rounded; export it as text`
    return { code: 'ruined_number', field, value: address, reason }
  }
  const at = /[^\x21-\x7e]/.exec(address)?.index
  if (at === undefined) return reject(code, field, address, EXPECTED)
  // The fault may be far behind the characters that are shown.
  const fault = JSON.stringify(address.slice(at, at + 1))
  const value = shorten(address)
  return {
    code,
    field,
    value,
    reason: `${field} has ${fault} at character ${at + 1} of ${address.length}; expected ${EXPECTED}`,
  }
}
