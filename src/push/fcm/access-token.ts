/**
 * The OAuth access token for FCM: used until it expires, renewed in the background before that, and replaced once when FCM
 * refuses it (a token can be revoked early, and clocks can differ).
 *
 *   token refused                            ──> discarded; the message is tried again with a new token
 *   token refused, as was the one before it  ──> the credential itself is refused; the campaign must pause
 *   token accepted                           ──> an earlier refusal no longer counts
 *
 * Minting has a deadline, runs once at a time, and backs off after a failure. Callers only wait for it while there is no
 * valid token; during the back-off they get the last failure at once.
 */
import type { Logger } from '../../process/logger.ts'

export interface MintedToken {
  token: string
  /** Milliseconds since 1970. */
  expiresAt: number
}

/** Gets a new token; rejects with CredentialError. The signal is aborted when the token is no longer needed. */
export type MintToken = (signal: AbortSignal) => Promise<MintedToken>

/** No token was obtained. `isRefused`: the credential is at fault. Otherwise the token service could not be reached. */
export class CredentialError extends Error {
  readonly isRefused: boolean
  constructor(message: string, isRefused: boolean, cause?: unknown) {
    super(message, { cause })
    this.name = 'CredentialError'
    this.isRefused = isRefused
  }
}

/** `host` is the token service's, for messages. */
export function tokenServiceUnreachable(host: string, reason: string, cause?: unknown): CredentialError {
  return new CredentialError(
    `The token service ${host} could not be reached: ${reason}. Check that this machine can connect to ${host}, directly or through the proxy in FCM_PROXY or HTTPS_PROXY.`,
    false,
    cause,
  )
}

export interface AccessTokenOptions {
  /** Of the token service, for messages. */
  host: () => string
  log: Logger
}

/** Google's tokens are valid for an hour, so an outage of the token service of five minutes is not noticed. */
const RENEW_BEFORE_MS = 5 * 60_000
const MINT_TIMEOUT_MS = 10_000
const FIRST_BACK_OFF_MS = 1_000
const LONGEST_BACK_OFF_MS = 30_000

export class AccessToken {
  readonly #mint: MintToken
  readonly #options: AccessTokenOptions
  #current: (MintedToken & { renewAt: number }) | undefined
  #minting: { token: Promise<string>; abort: AbortController } | undefined
  /** The last mint failed; the next one is allowed at `mayMintAt`, in the time of performance.now(). */
  #failure: { error: unknown; inARow: number; mayMintAt: number; isHarmless: boolean } | undefined
  /** The last token that was refused, and whether another is worth trying. Kept until a token is accepted. */
  #refusal: { token: string; mayRetry: boolean } | undefined
  #isClosed = false

  constructor(mint: MintToken, options: AccessTokenOptions) {
    this.#mint = mint
    this.#options = options
  }

  /** Returns the token itself when there is one, so that the hot path does not await a promise. */
  get(now = Date.now()): string | Promise<string> {
    if (this.#current !== undefined && now < this.#current.expiresAt) {
      if (now >= this.#current.renewAt) this.#startMinting(now)
      return this.#current.token
    }
    this.#startMinting(now)
    return this.#minting?.token ?? Promise.reject(this.#failure?.error ?? closedError())
  }

  /** FCM accepted a request with this token. */
  accepted(token: string): void {
    if (this.#refusal !== undefined && token === this.#current?.token) this.#refusal = undefined
  }

  /** FCM answered 401 to this token. Returns true if the message is worth trying again with a new token. */
  refused(token: string): boolean {
    if (token === this.#current?.token) {
      this.#refusal = { token, mayRetry: this.#refusal === undefined }
      this.#current = undefined
    }
    // All requests with the same token get the same answer from here. An older token proves nothing about the credential.
    return this.#refusal?.token === token ? this.#refusal.mayRetry : true
  }

  /** Ends a mint at once; its callers get CredentialError. */
  close(): void {
    this.#isClosed = true
    this.#minting?.abort.abort(closedError())
  }

  /** Does nothing while a mint runs or the last one failed too recently. */
  #startMinting(now: number): void {
    if (this.#minting !== undefined || this.#isClosed) return
    if (this.#failure !== undefined && performance.now() < this.#failure.mayMintAt) return
    const abort = new AbortController()
    const token = this.#mintInTime(abort)
      .then((minted) => this.#minted(minted, now))
      .catch((error: unknown) => this.#failed(error, now))
    this.#minting = { token, abort }
    // While the old token is valid, no request waits for the new one.
    token.catch(() => {})
  }

  async #mintInTime(abort: AbortController): Promise<MintedToken> {
    const { signal } = abort
    const aborted = Promise.withResolvers<never>()
    signal.addEventListener('abort', () => aborted.reject(signal.reason))
    const timer = setTimeout(() => {
      const reason = `no answer within ${MINT_TIMEOUT_MS / 1000} s`
      abort.abort(tokenServiceUnreachable(this.#options.host(), reason))
    }, MINT_TIMEOUT_MS)
    timer.unref()
    try {
      return await Promise.race([this.#mint(signal), aborted.promise])
    } finally {
      clearTimeout(timer)
    }
  }

  #minted(minted: MintedToken, now: number): string {
    if (minted.expiresAt <= now) {
      throw new CredentialError('The token service returned a token that has already expired.', false)
    }
    this.#minting = undefined
    if (this.#failure !== undefined) this.#options.log.info('access tokens are available again')
    this.#failure = undefined
    // The token service returned the refused token again, from a cache: the next refusal counts as the second.
    if (minted.token === this.#refusal?.token) this.#refusal = { token: '', mayRetry: false }
    // A cached token can have less than five minutes left. Renewing it on each call would be as many mints as messages.
    const halfLife = now + Math.max(FIRST_BACK_OFF_MS, (minted.expiresAt - now) / 2)
    this.#current = { ...minted, renewAt: Math.max(minted.expiresAt - RENEW_BEFORE_MS, halfLife) }
    return minted.token
  }

  #failed(error: unknown, now: number): never {
    this.#minting = undefined
    const isHarmless = this.#current !== undefined && now < this.#current.expiresAt
    // Logged once for each outage, and again when sending begins to stop.
    if (!this.#isClosed && (this.#failure === undefined || (this.#failure.isHarmless && !isHarmless))) {
      this.#options.log.error(
        { err: error },
        isHarmless
          ? 'the access token could not be renewed; it is used until it expires'
          : 'there is no access token for FCM: nothing can be sent',
      )
    }
    // After a refusal the campaign pauses. Resumed with a corrected key, it must not get the old refusal for long.
    const isRefused = error instanceof CredentialError && error.isRefused
    const inARow = isRefused ? 0 : (this.#failure?.inARow ?? -1) + 1
    const longest = Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** inARow)
    const mayMintAt = performance.now() + longest * (0.5 + Math.random() / 2)
    this.#failure = { error, inARow, mayMintAt, isHarmless }
    throw error
  }
}

function closedError(): CredentialError {
  return new CredentialError('the sender is closed', false)
}
