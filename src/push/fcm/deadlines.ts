/**
 * One timer for all requests in flight. All have the same timeout, so the oldest always expires first, and a request costs
 * one insertion and one removal instead of its own timer.
 */
export interface Expiring {
  expiresAt: number
  expire(): void
}

export class Deadlines {
  readonly #timeoutMs: number
  readonly #items = new Set<Expiring>()
  #timer: NodeJS.Timeout | undefined

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  add(item: Expiring): void {
    item.expiresAt = performance.now() + this.#timeoutMs
    this.#items.add(item)
    // A deadline is noticed at most a twentieth of the timeout late. The timer runs only while requests are in flight.
    this.#timer ??= setInterval(() => this.#expire(), Math.max(1, this.#timeoutMs / 20))
  }

  remove(item: Expiring): void {
    this.#items.delete(item)
  }

  clear(): void {
    this.#items.clear()
    this.#stop()
  }

  #expire(): void {
    const now = performance.now()
    for (const item of this.#items) {
      if (item.expiresAt > now) return
      this.#items.delete(item)
      item.expire()
    }
    if (this.#items.size === 0) this.#stop()
  }

  #stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
