/**
 * Limits how many calls an API process works on at the same time. A process with more work than it can do then still
 * answers the calls it accepts quickly, and refuses the others at once. CPU use is no measure for this: an API that waits
 * for a slow database is idle.
 *
 *   vital      pause, cancel                       always accepted
 *   normal     reads, and what people do           while a slot is free
 *   repeated   registrations, counts               while less than 85 % of the slots are taken
 *   import     as repeated, and limited in number; takes no slot, since an import may run for hours
 *   export     as normal, and limited in number; takes no slot
 *   watch      as normal; takes no slot: an open event stream costs next to nothing
 *
 * No caller takes all of it: each has one export at a time, and a limit of answers that it has not read yet.
 *
 * The slot limit has two values. All slots are for bursts, such as pages that load a dozen things at once. Once a burst
 * has filled them, the process is overloaded, and for a while only a part of them is used: more concurrent calls would not
 * get more done then, each would only take longer. Figures: docs/performance.md.
 */
import { CHUNKS_OPEN } from '../../audience/import/chunk-writer.ts'
import type { Config } from '../../config/config.ts'
import { AppError } from '../../domain/errors.ts'

export type Load = 'vital' | 'normal' | 'repeated' | 'import' | 'export' | 'watch'

/** The other slots are for people, while programs repeat more calls than the process can answer. */
const REPEATED_SHARE = 0.85
/** While one call uses the connection, another is parsed or answered. */
const SLOTS_PER_CONNECTION = 2
/**
 * 6 of 20. Measured at twice the capacity: the p99 of accepted calls is 2.4 times the unloaded one (target 3), and 79 % of
 * the capacity is used. With 8 it is 3.4 times and 88 %.
 */
const OVERLOADED_SHARE = 0.3
/**
 * Afterwards all slots can be taken again, so that a short burst does not cause refusals for long. In a lasting overload
 * they are full within 20 ms, which is 0.4 % of the time and does not show in the p99.
 */
const OVERLOADED_MS = 5_000
/** Answers that a caller has asked for and does not read: a process has 512 MB, and twenty callers are many. */
const MOST_UNREAD_BYTES = 8 * 1024 * 1024
/** Chosen at random, so that refused clients do not return all at once. */
const RETRY_AFTER_SECONDS = [1, 2, 3, 4, 5] as const

export interface AdmissionFigures {
  slots: number
  inHand: number
  imports: number
  exports: number
  /** Since the process started. */
  refused: number
}

export class Admission {
  readonly #slots: number
  readonly #most: Record<'import' | 'export', number>
  readonly #open = { import: 0, export: 0 }
  /** Callers whose export is running. */
  readonly #exporters = new Set<string>()
  /** Bytes of large answers that each caller has not read yet. */
  readonly #unread = new Map<string, number>()
  readonly #clock: () => number
  #overloadedUntil = Number.NEGATIVE_INFINITY
  #inHand = 0
  #refused = 0
  #heavyRefusal: string | null = null

  constructor(
    { http, database }: Pick<Config, 'http' | 'database'>,
    clock: () => number = () => performance.now(),
  ) {
    this.#clock = clock
    this.#slots = http.slots || database.poolSize * SLOTS_PER_CONNECTION
    // An export uses one connection, an import two. Together they leave at least one connection to other calls.
    const half = Math.max(1, Math.floor((database.poolSize - 1) / 2))
    const imports = Math.max(1, Math.floor(half / CHUNKS_OPEN))
    this.#most = { import: Math.min(http.imports, imports), export: Math.min(http.exports, half) }
  }

  /** Refuses imports, exports and repeated calls until called with null. `reason` completes "The call was refused: …". */
  refuseHeavy(reason: string | null): void {
    this.#heavyRefusal = reason
  }

  figures(): AdmissionFigures {
    const { import: imports, export: exports } = this.#open
    return { slots: this.#usableSlots, inHand: this.#inHand, imports, exports, refused: this.#refused }
  }

  /** Whether some kind of call would be refused now. */
  get isPressed(): boolean {
    return this.#heavyRefusal !== null || this.#inHand >= this.#repeatedSlots
  }

  /** Throws the refusal, if any. Takes no slot: called before the request has cost anything. */
  check(load: Load): void {
    const refusal = this.refusal(load)
    if (refusal !== undefined) throw refusal
  }

  /** The error to answer a refused call with, or undefined if the call is accepted. Counts the refusal. */
  refusal(load: Load): AppError | undefined {
    const problem = this.#problem(load)
    return problem === undefined ? undefined : this.#refuse(problem)
  }

  /**
   * Takes a slot, or throws like `check`. The returned function frees it; calling it again has no effect. `callerId`: null if
   * the route is for anyone.
   */
  enter(load: Load, callerId: string | null = null): () => void {
    this.check(load)
    if (callerId !== null) this.#checkCaller(load, callerId)
    if (load === 'watch') return () => {}
    const kind = load === 'import' || load === 'export' ? load : null
    if (kind === null) this.#inHand += 1
    else this.#open[kind] += 1
    if (kind === 'export' && callerId !== null) this.#exporters.add(callerId)
    let hasLeft = false
    return () => {
      if (hasLeft) return
      hasLeft = true
      if (kind === null) this.#inHand -= 1
      else this.#open[kind] -= 1
      if (kind === 'export' && callerId !== null) this.#exporters.delete(callerId)
    }
  }

  /** An answer of so many bytes is being sent. Call the returned function when it has been read, or the client has left. */
  hold(callerId: string, bytes: number): () => void {
    const add = (more: number) => {
      const unread = (this.#unread.get(callerId) ?? 0) + more
      if (unread > 0) this.#unread.set(callerId, unread)
      else this.#unread.delete(callerId)
    }
    add(bytes)
    let isDone = false
    return () => {
      if (!isDone) add(-bytes)
      isDone = true
    }
  }

  #checkCaller(load: Load, callerId: string): void {
    if (load === 'vital') return
    const unread = this.#unread.get(callerId) ?? 0
    if (load === 'export' && this.#exporters.has(callerId)) {
      throw this.#refuse('you have an export running already; wait for it, or end it')
    }
    if (unread > MOST_UNREAD_BYTES) {
      throw this.#refuse(
        `you have not read ${unread} bytes of earlier answers yet; read them, or end those calls`,
      )
    }
  }

  #refuse(problem: string): AppError {
    this.#refused += 1
    return new AppError(
      'overloaded',
      `The call was refused: ${problem}. Nothing has changed; try again later.`,
      {
        retryAfterSeconds: RETRY_AFTER_SECONDS[Math.floor(Math.random() * RETRY_AFTER_SECONDS.length)] ?? 1,
      },
    )
  }

  get #usableSlots(): number {
    if (this.#clock() >= this.#overloadedUntil) return this.#slots
    return Math.max(1, Math.floor(this.#slots * OVERLOADED_SHARE))
  }

  get #repeatedSlots(): number {
    return Math.max(1, Math.floor(this.#usableSlots * REPEATED_SHARE))
  }

  #problem(load: Load): string | undefined {
    if (load === 'vital') return undefined
    const isHeavy = load !== 'normal' && load !== 'watch'
    if (isHeavy && this.#heavyRefusal !== null) return this.#heavyRefusal
    const isRepeated = load === 'repeated' || load === 'import'
    const most = isRepeated ? this.#repeatedSlots : this.#usableSlots
    if (this.#inHand >= most) {
      const kind = isRepeated ? ' of this kind' : ''
      this.#noteOverload()
      return `this process is overloaded; it is working on ${this.#inHand} calls and accepts ${most}${kind}`
    }
    if ((load === 'import' || load === 'export') && this.#open[load] >= this.#most[load]) {
      const count = this.#open[load]
      return `${count} ${load}${count === 1 ? ' is' : 's are'} running, which is the limit of this process`
    }
    return undefined
  }

  /** Not prolonged by refusals: at a load just below the capacity, the lower limit would never end. */
  #noteOverload(): void {
    const now = this.#clock()
    if (now >= this.#overloadedUntil) this.#overloadedUntil = now + OVERLOADED_MS
  }
}
