/**
 * The OAuth access token for FCM: kept until shortly before it expires, fetched once however many ask, and fetched
 * anew once when FCM refuses it (a token can be revoked, or a clock be wrong, before its time).
 *
 *   refused                                    ──> forgotten; the message is tried again with a new token
 *   refused, and so was the one before it      ──> the credential itself is refused; the campaign must pause
 *   accepted                                   ──> the refusal before it is forgotten
 */

export interface MintedToken {
  token: string
  /** Milliseconds since 1970. */
  expiresAt: number
}

/** Gets a new token; rejects with CredentialError. */
export type MintToken = () => Promise<MintedToken>

/** No token could be had. Refused: the credential is at fault. Otherwise whoever gives tokens was not reachable. */
export class CredentialError extends Error {
  readonly isRefused: boolean
  constructor(message: string, isRefused: boolean, cause?: unknown) {
    super(message, { cause })
    this.name = 'CredentialError'
    this.isRefused = isRefused
  }
}

/** Google's tokens live an hour; five minutes cover a request's time on the way and clocks that differ. */
const RENEW_BEFORE_MS = 5 * 60_000

export class AccessToken {
  readonly #mint: MintToken
  #current: MintedToken | undefined
  #fetching: Promise<string> | undefined
  /** The last token that was refused, and whether the next is worth trying. Not forgotten until one is accepted. */
  #refusal: { token: string; mayRetry: boolean } | undefined

  constructor(mint: MintToken) {
    this.#mint = mint
  }

  /** The token itself when there is one: the hot path must not wait for a promise. */
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
      // What is left of the old one is better than to stop because its giver is away for a minute.
      if (this.#current !== undefined && now < this.#current.expiresAt) return this.#current.token
      throw error
    }
    // The refused one again (a cache at the giver's): the next refusal must count as the second.
    if (minted.token === this.#refusal?.token) this.#refusal = { token: '', mayRetry: false }
    this.#current = minted
    return minted.token
  }

  /** FCM took a request that carried this token. */
  accepted(token: string): void {
    if (this.#refusal !== undefined && token === this.#current?.token) this.#refusal = undefined
  }

  /** FCM answered 401 to this token. True: worth trying again, with another token. */
  refused(token: string): boolean {
    if (token === this.#current?.token) {
      this.#refusal = { token, mayRetry: this.#refusal === undefined }
      this.#current = undefined
    }
    // Many requests carry one token, and all hear what the first of them heard. An older token proves nothing.
    return this.#refusal?.token === token ? this.#refusal.mayRetry : true
  }
}
