/** Repeatable random choices: a fuzz run depends only on the seed and the number of the request. */
import { randomFrom } from '../../testing/fake-fcm/token.ts'

export class Dice {
  readonly #next: () => number

  constructor(seed: number) {
    this.#next = randomFrom(seed)
  }

  chance(share: number): boolean {
    return this.#next() < share
  }

  /** From 0 to `count - 1`. */
  below(count: number): number {
    return Math.floor(this.#next() * count)
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T
  }

  uuid(): string {
    const hex = Array.from({ length: 32 }, () => this.below(16).toString(16)).join('')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
  }
}
