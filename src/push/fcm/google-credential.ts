/**
 * Access tokens from Google, through the library that firebase-admin itself uses. Not through firebase-admin: its `cert`
 * keeps one credential for each path until the process ends, so that neither a refused token nor a replaced key file
 * would ever be noticed, and its requests cannot be aborted.
 */
import { readFileSync } from 'node:fs'
import { globalAgent as httpAgent } from 'node:http'
import { globalAgent as httpsAgent } from 'node:https'
import type { AuthClient, IdentityPoolClientOptions } from 'google-auth-library'
import { type EgressProxy, proxyFor } from '../../config/egress-proxy.ts'
import { CredentialError, type MintedToken, tokenServiceUnreachable } from './access-token.ts'
import { expectGoogleHosts, readCredential } from './google-hosts.ts'
import { TunnelAgent } from './tunnel-agent.ts'

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

export interface GoogleCredential {
  /**
   * Null: the application default credential, which is the file that GOOGLE_APPLICATION_CREDENTIALS names, workload
   * identity, or the account of the machine.
   */
  file: string | null
  /** The file that GOOGLE_APPLICATION_CREDENTIALS names, if there is one; looked at where `file` is null. */
  environmentFile?: string | null
  /** False: the file may name nobody but Google. */
  isTrusted?: boolean
  proxy: EgressProxy | null
}

/**
 * Makes a new client for each token: a client returns its cached token until that expires, even after FCM refused it.
 *
 * The library is loaded here and not at the top, because it takes much memory and time, which an endpoint without
 * credentials need not pay.
 */
export async function mintGoogleToken(
  { file, environmentFile = null, isTrusted = false, proxy }: GoogleCredential,
  signal: AbortSignal,
): Promise<MintedToken> {
  try {
    const { GoogleAuth, IdentityPoolClient, JWT } = await import('google-auth-library')
    // A redirect would take the signed request wherever the token service says.
    const transporterOptions = { signal, redirect: 'error' as const, agent: agentFor(proxy, signal) }
    const options = { scopes: [SCOPE], transporterOptions }
    // Each time: the file may have been replaced.
    const source = file ?? environmentFile
    const content = source === null ? undefined : readCredential(source)
    if (source !== null && !isTrusted) expectGoogleHosts(source, content)
    let client: AuthClient
    if (file === null || content === undefined) {
      client = await new GoogleAuth({ scopes: SCOPE, clientOptions: options }).getClient()
    } else {
      // Not GoogleAuth's `keyFilename`: the library deprecates it, because a file could then choose any kind of credential.
      client =
        content.type === 'external_account'
          ? new IdentityPoolClient({ ...(content as unknown as IdentityPoolClientOptions), ...options })
          : new JWT({ email: String(content.client_email), key: String(content.private_key), ...options })
    }
    shareTransporter(client)
    const { token } = await client.getAccessToken()
    const { expiry_date: expiresAt } = client.credentials
    if (typeof token !== 'string' || typeof expiresAt !== 'number') {
      throw new CredentialError("Google's answer has no access token, or none that expires.", true)
    }
    return { token, expiresAt }
  } catch (error) {
    throw toCredentialError(error, file)
  }
}

/**
 * The library reads HTTPS_PROXY and HTTP_PROXY itself unless it is given an agent, but knows neither FCM_PROXY nor domains in
 * NO_PROXY. http:// addresses, such as those of the machine's metadata, are always local.
 */
function agentFor(proxy: EgressProxy | null, signal: AbortSignal) {
  return (target: URL) => {
    if (target.protocol !== 'https:') return httpAgent
    const through = proxyFor(proxy, target)
    return through === null ? httpsAgent : new TunnelAgent(through, signal)
  }
}

/**
 * A client for workload identity exchanges its token with a transporter of its own, which knows none of our options. There
 * is no public option for this; if a later version renames the field, a test fails.
 */
function shareTransporter(client: AuthClient): void {
  const { stsCredential } = client as unknown as { stsCredential?: { transporter?: unknown } }
  if (stsCredential !== undefined) stsCredential.transporter = client.transporter
}

/** The host that gives out the tokens, for messages. `file`: also the one that GOOGLE_APPLICATION_CREDENTIALS names. */
export function tokenHostOf(file: string | null): string {
  if (file === null) return 'metadata.google.internal'
  try {
    const { token_url: url } = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof url === 'string') return new URL(url).host
  } catch {
    // Not readable, or not JSON: the message about that is made where the file is used.
  }
  return 'oauth2.googleapis.com'
}

function toCredentialError(thrown: unknown, file: string | null): CredentialError {
  if (thrown instanceof CredentialError) return thrown
  const { code, config, response, status, message } = thrown as {
    code?: unknown
    config?: { url?: URL | string }
    response?: unknown
    status?: unknown
    message?: unknown
  }
  // A request that got no answer has a `config` only. Without one, the key or the file is at fault.
  const isUnanswered = config !== undefined && response === undefined
  if (isUnanswered || NETWORK_CODES.has(String(code)) || Number(status) >= 500 || Number(status) === 429) {
    const host = config?.url === undefined ? tokenHostOf(file) : new URL(config.url).host
    return tokenServiceUnreachable(host, String(message), thrown)
  }
  return new CredentialError(
    `Google did not issue an access token: ${message}. Check ${file ?? 'GOOGLE_APPLICATION_CREDENTIALS'} and the account's keys.`,
    true,
    thrown,
  )
}
