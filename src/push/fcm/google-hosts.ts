/**
 * Which hosts are Google's, for what must not go to anybody else: access tokens, and the signed requests that they are had for. A
 * credentials file says itself where its tokens are to be had, and whoever can change it could have them sent on from there.
 */
import { readFileSync } from 'node:fs'
import type { SenderSettings } from '../../projects/project.ts'

/** What FCM_ENDPOINT gets when it is not Google's: the bearer that Firebase's emulators accept. */
export const EMULATOR_BEARER = 'owner'

const GOOGLE_DOMAIN = '.googleapis.com'
/** Key files of before 2017 name it. */
const OLD_TOKEN_HOST = 'accounts.google.com'

/** Fields of credentials files, also of nested ones, that say where something secret is sent. */
const ADDRESS_FIELDS: ReadonlySet<string> = new Set([
  'token_uri',
  'token_url',
  'token_info_url',
  'revoke_url',
  'service_account_impersonation_url',
])

/** https, on its own port, without a user: "https://fcm.googleapis.com@evil.example" is an address at evil.example. */
export function isGoogleAddress(text: unknown): boolean {
  if (typeof text !== 'string' || !URL.canParse(text)) return false
  const { protocol, hostname, port, username, password } = new URL(text)
  if (protocol !== 'https:' || port !== '' || username !== '' || password !== '') return false
  return hostname.endsWith(GOOGLE_DOMAIN) || hostname === OLD_TOKEN_HOST
}

/** Whether FCM gets an access token of Google: only Google, or whoever the operator trusts with it. */
export function needsGoogleToken({
  isGoogle,
  isTrusted,
  credentialsFile,
}: Pick<SenderSettings, 'isGoogle' | 'isTrusted' | 'credentialsFile'>): boolean {
  return isGoogle || (isTrusted && credentialsFile !== null)
}

/** What an operator should read once: who is sent what. */
export function bearerNotice(settings: SenderSettings): string {
  const { endpoint, isGoogle, isTrusted, credentialsFile } = settings
  if (isGoogle) return `FCM is ${endpoint} and gets Google's access tokens`
  if (needsGoogleToken(settings)) {
    return `FCM is ${endpoint}, which is not Google's, and gets Google's access tokens all the same: FCM_ENDPOINT_TRUSTED is true`
  }
  const because =
    credentialsFile === null
      ? 'there are no credentials for it'
      : isTrusted
        ? 'it has no credentials'
        : `no token is fetched with ${credentialsFile}; if this endpoint may have them, set FCM_ENDPOINT_TRUSTED=true`
  return `FCM is ${endpoint}, which is not Google's, and gets the bearer of emulators, "${EMULATOR_BEARER}": ${because}`
}

/** The content of a credentials file. Errors quote nothing of it: it may be a key. */
export function readCredential(file: string): Record<string, unknown> {
  let content: unknown
  try {
    content = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const isReadable = error instanceof SyntaxError
    throw new Error(`${file} ${isReadable ? 'is not JSON' : `cannot be read: ${(error as Error).message}`}.`)
  }
  if (typeof content !== 'object' || content === null) throw new Error(`${file} is no credential.`)
  return content as Record<string, unknown>
}

/** Throws when the file would have a secret sent to somebody who is not Google. */
export function expectGoogleHosts(file: string, content: unknown): void {
  const found = findForeign(content)
  if (found === undefined) return
  const [field, value] = found
  throw new Error(
    `${file} has the ${field} ${JSON.stringify(value).slice(0, 200)}, which is not Google's. Nothing is sent there. Download the file again from the Firebase console; if it is right, set FCM_ENDPOINT_TRUSTED=true.`,
  )
}

function findForeign(content: unknown, depth = 0): [field: string, value: unknown] | undefined {
  if (typeof content !== 'object' || content === null || depth > 5) return undefined
  for (const [field, value] of Object.entries(content)) {
    if (ADDRESS_FIELDS.has(field) && !isGoogleAddress(value)) return [field, value]
    // The domain that Google's library builds its addresses with.
    if (field === 'universe_domain' && value !== 'googleapis.com') return [field, value]
    const nested = findForeign(value, depth + 1)
    if (nested !== undefined) return nested
  }
  return undefined
}
