/**
 * Results that FCM has given and PostgreSQL has not: what a crash would repeat, apart from the requests in flight. Over all
 * attempts of this process. While there are too many, or a write has failed, senders start no further request.
 *
 * This and the senders' limits bound what a crash repeats: requests in flight (at most DISPATCH_CONCURRENCY a project) plus
 * `most`, plus the answers that arrive for the requests in flight while nothing can be written.
 */

/** Chunks of results that may be unwritten before nothing more is sent. Ten are about 40 ms at 10,000 a second and chunks of 100. */
export const UNWRITTEN_CHUNKS = 10

export class WriteBacklog {
  readonly #most: number
  readonly #onChange: (isFull: boolean) => void
  readonly #stuck = new Set<object>()
  #unwritten = 0
  #isFull = false

  /** `onChange` is called when it becomes full, and when it has room again. */
  constructor(most: number, onChange: (isFull: boolean) => void) {
    this.#most = most
    this.#onChange = onChange
  }

  get unwritten(): number {
    return this.#unwritten
  }

  get isFull(): boolean {
    return this.#isFull
  }

  added(results: number): void {
    this.#unwritten += results
    this.#check()
  }

  /** Written, or given up. */
  removed(results: number): void {
    this.#unwritten -= results
    this.#check()
  }

  /** The last write of `recorder` has failed: PostgreSQL is unavailable, and each message sent now is one more to repeat. */
  setStuck(recorder: object, isStuck: boolean): void {
    if (isStuck) this.#stuck.add(recorder)
    else this.#stuck.delete(recorder)
    this.#check()
  }

  #check(): void {
    const isFull = this.#stuck.size > 0 || this.#unwritten >= this.#most
    if (isFull === this.#isFull) return
    this.#isFull = isFull
    this.#onChange(isFull)
  }
}
