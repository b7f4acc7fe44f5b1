/**
 * How many calls are worth having in hand: as many as the process and its database work on at a time, and few that wait
 * for those. More do not get more done, they only take longer, all of them.
 *
 * Where that lies depends on the machine, on how far away the database is, and on what else both have to do, so it is
 * found by trying. Of N calls in hand that take r times what they take alone, N × (1 − 1/r) are waiting (Little's law;
 * the rule is that of TCP Vegas). With few waiting there may be one more, with many one fewer. What a call takes alone
 * is the least its route took in the last seconds.
 *
 * Only while calls are turned away does it matter, and only then is it judged: a slow answer now and then, or a route that
 * has cheap and dear calls, limits nobody.
 */

/** Of the calls that are in hand, this many may wait before there are too many, and this many must for there to be enough. */
const MOST_WAITING = 3
const FEWEST_WAITING = 1.5
/**
 * Calls come in bunches, and with few let in there is nothing to do between two of them: measured at twice the capacity, with
 * never fewer than 4, 5, 6, 8 about 68, 75, 80, 94 % of the rate is left, and the p99 is 2.2, 2.5, 3.0, 3.8 times the unloaded one.
 */
const FEWEST = 5
/** Answers from which one step is judged. At a thousand a second the limit moves by 20 in a second. */
const ANSWERS_A_STEP = 50
/**
 * What was quickest is forgotten after one to two of these, so that a database that became slower is not held against its past.
 * Under pressure it is then looked for again, with few in hand for one step: among many it would not be seen, and the limit
 * would rise a little each time.
 */
const MEMORY_MS = 10_000
/** That step is over after this at the latest: where calls take seconds, few in hand must not be all for a minute. */
const LONGEST_LOOK_MS = 500

interface Least {
  now: number
  before: number
}

export class WorkLimit {
  readonly #most: number
  readonly #fewest: number
  readonly #clock: () => number
  readonly #least = new Map<string, Least>()
  #rememberedAt: number
  #limit: number
  #answers = 0
  #took = 0
  #alone = 0
  #isPressed = false
  /** While few are let in to see what a call takes alone: the limit to go back to. */
  #limitBefore: number | undefined

  /** `most`: where it begins, and what it never exceeds. */
  constructor(most: number, clock: () => number = () => performance.now()) {
    this.#most = most
    this.#fewest = Math.min(FEWEST, most)
    this.#clock = clock
    this.#rememberedAt = clock()
    this.#limit = most
  }

  /** Calls to have in hand at most. */
  get calls(): number {
    return this.#limit
  }

  /** A call was turned away because so many are in hand. */
  pressed(): void {
    this.#isPressed = true
  }

  /** A call was answered. `kind`: its method and route, of which there are a few dozen. */
  answered(kind: string, ms: number): void {
    this.#forget()
    const least = this.#least.get(kind) ?? { now: Number.POSITIVE_INFINITY, before: Number.POSITIVE_INFINITY }
    least.now = Math.min(least.now, ms)
    this.#least.set(kind, least)
    this.#answers += 1
    this.#took += ms
    this.#alone += Math.min(least.now, least.before)
    const isLookOver = this.#limitBefore !== undefined && this.#clock() - this.#rememberedAt > LONGEST_LOOK_MS
    if (this.#answers === ANSWERS_A_STEP || isLookOver) this.#step()
  }

  #step(): void {
    this.#limit = this.#nextLimit()
    this.#limitBefore = undefined
    this.#isPressed = false
    this.#beginStep()
  }

  #beginStep(): void {
    this.#answers = 0
    this.#took = 0
    this.#alone = 0
  }

  #nextLimit(): number {
    if (this.#limitBefore !== undefined) return this.#limitBefore
    const waiting = this.#limit * (1 - this.#alone / this.#took)
    const isEnough = this.#isPressed && waiting >= FEWEST_WAITING
    if (!isEnough) return Math.min(this.#most, this.#limit + 1)
    return waiting > MOST_WAITING ? Math.max(this.#fewest, this.#limit - 1) : this.#limit
  }

  #forget(): void {
    const now = this.#clock()
    if (now - this.#rememberedAt < MEMORY_MS) return
    this.#rememberedAt = now
    if (this.#isPressed) {
      this.#limitBefore ??= this.#limit
      this.#limit = this.#fewest
      this.#beginStep()
    }
    for (const [kind, least] of this.#least) {
      if (least.now === Number.POSITIVE_INFINITY) this.#least.delete(kind)
      else this.#least.set(kind, { now: Number.POSITIVE_INFINITY, before: least.now })
    }
  }
}
