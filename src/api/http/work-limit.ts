/**
 * How many calls are worth having in hand: as many as the process and its database work on at a time, and few that wait
 * for those. More do not get more done, they only take longer, all of them.
 *
 * Where that lies depends on the machine, on how far away the database is, and on what else both have to do, so it is
 * found by trying, and only while calls are turned away:
 *
 *   look    FEWEST are let in for a moment, to see how long calls of each kind take among few
 *   step    of N calls in hand that take r times what they took then, N × (1 − 1/r) wait for more than they did then
 *           (Little's law; the rule is that of TCP Vegas). Where few wait there may be one more, where many one fewer
 *
 * Kinds are compared with themselves, quick and slow ones in the mixture they come in, so that a route with cheap and dear
 * calls limits nobody. When nobody has been turned away for a while, all there is is let in again.
 */

/** In hand during a look; and even where the database does one thing at a time, people are not kept out by each other. */
const FEWEST = 4
/** Of the calls in hand, so many may wait before there are too many, and so many must for there to be enough. */
const MOST_WAITING = 1
const FEWEST_WAITING = 0.25
/** From which a step is judged, and a look. At a thousand a second the limit moves by 20 in a second. */
const ANSWERS = 50
/** From one look to the next: what was seen while a process had just come under load, or was slow for once, is soon put right. */
const LOOK_EVERY_MS = 2_000
/** Calls that take long must not keep a look going: it is over after this, whatever it has seen, and costs a tenth at most. */
const LONGEST_LOOK_MS = 200
/** From the last refusal until all there is is let in. */
const RELAX_MS = 10_000

interface Sum {
  ms: number
  count: number
}

interface Look {
  startedAt: number
  /** Answers to calls that came in before, among many. */
  early: number
  limitBefore: number
  answers: number
  byKind: Map<string, Sum>
}

export class WorkLimit {
  readonly #most: number
  readonly #fewest: number
  readonly #clock: () => number
  /** Milliseconds of each kind among few; of those that a look has seen. */
  readonly #amongFew = new Map<string, number>()
  #limit: number
  #look: Look | undefined
  #lookedAt = Number.NEGATIVE_INFINITY
  #pressedAt = Number.NEGATIVE_INFINITY
  #isPressed = false
  #took: Sum = { ms: 0, count: 0 }
  /** What the same calls would have taken among few. */
  #expectedMs = 0

  /** `most`: where it begins, and what it never exceeds. */
  constructor(most: number, clock: () => number = () => performance.now()) {
    this.#most = most
    this.#fewest = Math.min(FEWEST, most)
    this.#clock = clock
    this.#limit = most
  }

  /** Calls to have in hand at most. */
  get calls(): number {
    const now = this.#clock()
    if (this.#look !== undefined && now - this.#look.startedAt > LONGEST_LOOK_MS) this.#endLook(this.#look)
    if (now - this.#pressedAt > RELAX_MS) this.#limit = this.#most
    return this.#limit
  }

  /** A call was turned away because so many are in hand. */
  pressed(): void {
    this.#pressedAt = this.#clock()
    this.#isPressed = true
  }

  /** A call did its work in so many ms. `kind`: its method and route, of which there are a few dozen. */
  answered(kind: string, ms: number): void {
    if (this.#look !== undefined) {
      this.#see(this.#look, kind, ms)
      return
    }
    this.#took.ms += ms
    this.#took.count += 1
    this.#expectedMs += this.#amongFew.get(kind) ?? ms
    if (this.#took.count < ANSWERS) return
    if (this.#isPressed && this.#clock() - this.#lookedAt > LOOK_EVERY_MS) this.#beginLook()
    else this.#step()
  }

  #beginLook(): void {
    const limitBefore = this.#limit
    this.#look = { startedAt: this.#clock(), early: limitBefore, limitBefore, answers: 0, byKind: new Map() }
    this.#limit = this.#fewest
  }

  #see(look: Look, kind: string, ms: number): void {
    if (look.early > 0) {
      look.early -= 1
      return
    }
    const sum = look.byKind.get(kind) ?? { ms: 0, count: 0 }
    look.byKind.set(kind, { ms: sum.ms + ms, count: sum.count + 1 })
    look.answers += 1
    if (look.answers === ANSWERS) this.#endLook(look)
  }

  #endLook({ byKind, limitBefore }: Look): void {
    for (const [kind, { ms, count }] of byKind) this.#amongFew.set(kind, ms / count)
    this.#look = undefined
    this.#lookedAt = this.#clock()
    this.#limit = limitBefore
    this.#beginStep()
  }

  #step(): void {
    const waiting = this.#limit * (1 - this.#expectedMs / this.#took.ms)
    if (!this.#isPressed || waiting < FEWEST_WAITING) this.#limit = Math.min(this.#most, this.#limit + 1)
    else if (waiting > MOST_WAITING) this.#limit = Math.max(this.#fewest, this.#limit - 1)
    this.#beginStep()
  }

  #beginStep(): void {
    this.#took = { ms: 0, count: 0 }
    this.#expectedMs = 0
    this.#isPressed = false
  }
}
