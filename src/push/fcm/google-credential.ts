/**
 * Access tokens from Google: with the credential of the environment through firebase-admin, or with a project's own
 * credentials file through the library that firebase-admin itself uses.
 */
import { readFile } from 'node:fs/promises'
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

const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging'

let apps = 0

/**
 * `file` null: the application default credential, which is the file that GOOGLE_APPLICATION_CREDENTIALS names, workload
 * identity, or the account of the machine.
 *
 * The libraries are loaded here and not at the top, because they take 25 MB and a quarter of a second, which an endpoint
 * without credentials need not pay.
 */
export async function mintGoogleToken(file: string | null): Promise<MintedToken> {
  try {
    return await (file === null ? mintFromEnvironment() : mintFromFile(file))
  } catch (error) {
    throw toCredentialError(error, file ?? 'GOOGLE_APPLICATION_CREDENTIALS')
  }
}

/** Makes a new app for each token: a credential returns its cached token until that expires, even after FCM refused it. */
async function mintFromEnvironment(): Promise<MintedToken> {
  const { deleteApp, initializeApp } = await import('firebase-admin/app')
  const app = initializeApp(undefined, `carillon-access-token-${++apps}`)
  try {
    const { credential } = app.options
    if (credential === undefined) throw new CredentialError('firebase-admin found no credential', true)
    const { access_token: token, expires_in: seconds } = await credential.getAccessToken()
    return { token, expiresAt: Date.now() + seconds * 1000 }
  } finally {
    await deleteApp(app)
  }
}

/**
 * Not through firebase-admin: its `cert` keeps one credential for each path until the process ends, so that neither a
 * refused token nor a replaced key file would ever be noticed.
 */
async function mintFromFile(file: string): Promise<MintedToken> {
  const { IdentityPoolClient, JWT } = await import('google-auth-library')
  const content = JSON.parse(await readFile(file, 'utf8'))
  const client =
    content.type === 'external_account'
      ? new IdentityPoolClient({ ...content, scopes: [SCOPE] })
      : new JWT({ email: content.client_email, key: content.private_key, scopes: [SCOPE] })
  const { token } = await client.getAccessToken()
  const { expiry_date: expiresAt } = client.credentials
  if (typeof token !== 'string' || typeof expiresAt !== 'number') {
    throw new CredentialError(`Google's answer to the credential ${file} has no access token`, true)
  }
  return { token, expiresAt }
}

function toCredentialError(thrown: unknown, source: string): CredentialError {
  if (thrown instanceof CredentialError) return thrown
  const { code, status, message } = thrown as { code?: unknown; status?: unknown; message?: unknown }
  const isNetwork = NETWORK_CODES.has(String(code)) || Number(status) >= 500 || Number(status) === 429
  return new CredentialError(
    isNetwork
      ? `Google's token service could not be reached: ${message}`
      : `Google gave no access token: ${message}. Check ${source} and the account's keys.`,
    !isNetwork,
    thrown,
  )
}
