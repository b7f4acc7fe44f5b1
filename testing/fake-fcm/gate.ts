/**
 * Holds requests until a test releases them, so that a test can act while they are in flight, without sleeping.
 */

export interface GateOptions {
  /** Requests for these addresses only; left out, every request. */
  addresses?: readonly string[]
  /**
   * `arrival` (default): nothing is decided while held, the device has not got the message.
   * `answer`: the device has got it, and the sender has not heard so.
   */
  at?: 'arrival' | 'answer'
}

/** Shorter than a test's own timeout, so that the error says what was waited for. */
const WAIT_LIMIT_MS = 25_000

export class Gate<T> {
  readonly at: 'arrival' | 'answer'
  readonly #addresses: Set<string> | undefined
  readonly #resume: (request: T) => void
  #isOpen = false
  #held: T[] = []
  #waiting: { count: number; resolve: () => void }[] = []

  constructor(options: GateOptions, resume: (request: T) => void) {
    this.at = options.at ?? 'arrival'
    this.#addresses = options.addresses === undefined ? undefined : new Set(options.addresses)
    this.#resume = resume
  }

  get held(): number {
    return this.#held.length
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  matches(address: string | undefined): boolean {
    return this.#addresses === undefined || (address !== undefined && this.#addresses.has(address))
  }

  keep(request: T): void {
    this.#held.push(request)
    this.#waiting = this.#waiting.filter((waiting) => {
      if (this.#held.length < waiting.count) return true
      waiting.resolve()
      return false
    })
  }

  /** The sender has given up this request. */
  forget(request: T): void {
    this.#held = this.#held.filter((other) => other !== request)
  }

  /** Resolves when this many are held at once; rejects after 25 seconds, saying how many came. */
  waitForHeld(count: number): Promise<void> {
    if (this.#held.length >= count) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`waited ${WAIT_LIMIT_MS} ms for ${count} held requests; ${this.held} came`)),
        WAIT_LIMIT_MS,
      )
      const done = () => {
        clearTimeout(timer)
        resolve()
      }
      this.#waiting.push({ count, resolve: done })
    })
  }

  /** Releases some requests, the oldest first; later ones are still held. */
  release(count = Number.POSITIVE_INFINITY): void {
    const due = this.#held.slice(0, count)
    this.#held = this.#held.slice(count)
    for (const request of due) this.#resume(request)
  }

  /** Releases all requests and holds no others. */
  open(): void {
    this.#isOpen = true
    this.release()
  }
}
