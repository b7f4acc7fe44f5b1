/**
 * PostgreSQL's clock, as far as this process knows it: what a dispatcher's machine believes the time to be decides nothing, and
 * all dispatchers agree on when a night begins. It was read once, at some moment between a question and its answer, and the
 * process counts on from there; so it is known to lie between two values, which are as far apart as the question took.
 */
export class DatabaseClock {
  readonly #shiftMs: () => number
  #read = 0
  #askedAt = 0
  #answeredAt = 0

  /** `shiftMs`: for tests, which cannot wait for the night. */
  constructor(shiftMs: () => number = () => 0) {
    this.#shiftMs = shiftMs
  }

  /** `read`: PostgreSQL's now(), in milliseconds since 1970; `askedAt`: of performance.now(), before the question left. */
  set(read: number, askedAt: number): void {
    this.#read = read
    this.#askedAt = askedAt
    this.#answeredAt = performance.now()
  }

  /** It is at least so late. */
  get earliest(): number {
    return this.#read + performance.now() - this.#answeredAt + this.#shiftMs()
  }

  /** It is at most so late. A now() that has milliseconds may be as much as one of them old. */
  get latest(): number {
    return this.#read + 1 + performance.now() - this.#askedAt + this.#shiftMs()
  }
}
