/**
 * A token service on this machine, and the credentials file that leads Google's own library to it: workload identity
 * lets the file say where tokens are to be had. Gives out minted-1, minted-2, …
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TokenService {
  /** For the process under test. */
  env: Record<string, string>
  origin: string
  /** The token that is given out next. */
  readonly next: string
  /** Requests that have arrived and neither were answered nor given up. */
  openRequests: () => number
  /** Whether it accepts requests without answering them. Those that have no answer then never get one. */
  hang(isHanging: boolean): void
  /** It cannot be reached any more; the credentials stay. */
  stop(): Promise<void>
  close(): Promise<void>
}

/** `isRefusing`: answers that the account is disabled. `isSilent`: accepts requests and never answers. `isSlow`: answers
 * one byte at a time, without an end. `certificate`: it speaks https with this one. `expiresInSeconds`: how long its tokens
 * are valid. */
export async function startTokenService({
  isRefusing = false,
  isSilent = false,
  isSlow = false,
  certificate = undefined as { cert: string; key: string } | undefined,
  expiresInSeconds = 3600,
} = {}): Promise<TokenService> {
  let minted = 0
  let isHanging = isSilent
  let openRequests = 0
  const listener: RequestListener = (request, response) => {
    request.resume()
    openRequests++
    response.on('close', () => void openRequests--)
    if (isHanging) return
    if (isSlow) {
      const timer = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(timer))
      return
    }
    response.writeHead(isRefusing ? 400 : 200, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify(
        isRefusing
          ? { error: 'invalid_grant', error_description: 'The account is disabled.' }
          : {
              access_token: `minted-${++minted}`,
              issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
              token_type: 'Bearer',
              expires_in: expiresInSeconds,
            },
      ),
    )
  }
  const server = certificate === undefined ? createServer(listener) : createTlsServer(certificate, listener)
  const origin = () =>
    `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const directory = mkdtempSync(join(tmpdir(), 'carillon-test-'))
  const file = join(directory, 'credentials.json')
  writeFileSync(join(directory, 'subject'), 'subject-token')
  writeFileSync(
    file,
    JSON.stringify({
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${origin()}/token`,
      credential_source: { file: join(directory, 'subject') },
    }),
  )
  const stop = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return {
    // Without the second the library asks Google for the project's name. The third: this service is not Google's.
    env: {
      GOOGLE_APPLICATION_CREDENTIALS: file,
      GOOGLE_CLOUD_PROJECT: 'carillon-test',
      FCM_ENDPOINT_TRUSTED: 'true',
    },
    get next() {
      return `minted-${minted + 1}`
    },
    origin: origin(),
    openRequests: () => openRequests,
    hang: (hangs) => {
      isHanging = hangs
    },
    stop,
    close: async () => {
      await stop()
      rmSync(directory, { recursive: true })
    },
  }
}
