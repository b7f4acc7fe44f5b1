/**
 * Access tokens from firebase-admin's application default credential: a service account file, workload identity
 * or the machine's own account, whatever GOOGLE_APPLICATION_CREDENTIALS and the surroundings say.
 */
import { CredentialError, type MintedToken } from './access-token.ts'

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
  'ERR_NETWORK',
])

let apps = 0

/**
 * A new app each time: a credential of the SDK hands out the token it has cached until that expires, also after
 * FCM refused it. firebase-admin is loaded here and not above, because against an endpoint that wants no
 * credential it would only cost 40 MB and half a second.
 */
export async function mintGoogleToken(): Promise<MintedToken> {
  const { deleteApp, initializeApp } = await import('firebase-admin/app')
  const app = initializeApp(undefined, `carillon-access-token-${++apps}`)
  try {
    const { credential } = app.options
    if (credential === undefined) throw new CredentialError('firebase-admin found no credential', true)
    const { access_token: token, expires_in: seconds } = await credential.getAccessToken()
    return { token, expiresAt: Date.now() + seconds * 1000 }
  } catch (error) {
    throw toCredentialError(error)
  } finally {
    await deleteApp(app)
  }
}

function toCredentialError(thrown: unknown): CredentialError {
  if (thrown instanceof CredentialError) return thrown
  const { code, status, message } = thrown as { code?: unknown; status?: unknown; message?: unknown }
  const isNetwork = NETWORK_CODES.has(String(code)) || Number(status) >= 500 || Number(status) === 429
  return new CredentialError(
    isNetwork
      ? `Google's token service could not be reached: ${message}`
      : `Google gave no access token: ${message}. Check GOOGLE_APPLICATION_CREDENTIALS and the account's keys.`,
    !isNetwork,
    thrown,
  )
}
