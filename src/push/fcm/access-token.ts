/**
 * The OAuth access token for FCM: kept until shortly before it expires, fetched once for concurrent callers, and replaced
 * once when FCM refuses it (a token can be revoked early, and clocks can differ).
 *
 *   token refused                            ──> discarded; the message is tried again with a new token
 *   token refused, as was the one before it  ──> the credential itself is refused; the campaign must pause
 *   token accepted                           ──> an earlier refusal no longer counts
 */

export interface MintedToken {
  token: string
  /** Milliseconds since 1970. */
  expiresAt: number
}

/** Gets a new token; rejects with CredentialError. */
export type MintToken = () => Promise<MintedToken>

/** No token was obtained. `isRefused`: the credential is at fault. Otherwise the token service could not be reached. */
export class CredentialError extends Error {
  readonly isRefused: boolean
  constructor(message: string, isRefused: boolean, cause?: unknown) {
    super(message, { cause })
    this.name = 'CredentialError'
    this.isRefused = isRefused
  }
}

/** Google's tokens are valid for an hour; five minutes cover the duration of a request and clocks that differ. */
const RENEW_BEFORE_MS = 5 * 60_000

export class AccessToken {
  readonly #mint: MintToken
  #current: MintedToken | undefined
  #fetching: Promise<string> | undefined
  /** The last token that was refused, and whether another is worth trying. Kept until a token is accepted. */
  #refusal: { token: string; mayRetry: boolean } | undefined

  constructor(mint: MintToken) {
    this.#mint = mint
  }

  /** Returns the token itself when there is one, so that the hot path does not await a promise. */
  get(now = Date.now()): string | Promise<string> {
    if (this.#current !== undefined && now < this.#current.expiresAt - RENEW_BEFORE_MS) {
      return this.#current.token
    }
    this.#fetching ??= this.#fetch(now).finally(() => {
      this.#fetching = undefined
    })
    return this.#fetching
  }

  async #fetch(now: number): Promise<string> {
    let minted: MintedToken
    try {
      minted = await this.#mint()
    } catch (error) {
      // The old token still works until it expires, and the token service may only be away for a minute.
      if (this.#current !== undefined && now < this.#current.expiresAt) return this.#current.token
      throw error
    }
    // The token service returned the refused token again, from a cache: the next refusal counts as the second.
    if (minted.token === this.#refusal?.token) this.#refusal = { token: '', mayRetry: false }
    this.#current = minted
    return minted.token
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
}
