/**
 * Lets requests in by the work that is in hand, so that a process under more load than it can carry answers what it
 * takes as fast as ever and says at once what it does not take. CPU says nothing here: an API that waits for a slow
 * database is idle.
 *
 *   vital      pause, cancel           always
 *   normal     reads, and what people do   while a slot is free
 *   repeated   what machines repeat    while less than 85 % of the slots are taken
 *   import     as repeated, and so many at a time; holds no slot, since it may take hours
 *   export     as normal, and so many at a time; holds no slot
 *   watch      as normal; holds no slot: an open event stream is no work
 */
import { CHUNKS_OPEN } from '../../audience/chunk-writer.ts'
import type { Config } from '../../config/config.ts'
import { AppError } from '../../domain/errors.ts'
import { WorkLimit } from './work-limit.ts'

export type Load = 'vital' | 'normal' | 'repeated' | 'import' | 'export' | 'watch'

/** What is left of the slots for people while machines ask for more than there is. */
const REPEATED_SHARE = 0.85
/**
 * Slots for each connection of the pool, at most: while one call uses it, one is prepared or waits. Under pressure fewer, where
 * more would only wait: work-limit.ts.
 */
const SLOTS_PER_CONNECTION = 2
/** Whoever is refused comes back within these, not all at once. */
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
  readonly #limit: WorkLimit
  readonly #most: Record<'import' | 'export', number>
  readonly #open = { import: 0, export: 0 }
  #inHand = 0
  #refused = 0
  #heavyRefusal: string | null = null

  constructor({ http, database }: Pick<Config, 'http' | 'database'>) {
    this.#limit = new WorkLimit(http.slots || database.poolSize * SLOTS_PER_CONNECTION)
    // An export has one connection at a time, an import two; together they leave at least one to everybody else.
    const half = Math.max(1, Math.floor((database.poolSize - 1) / 2))
    const imports = Math.max(1, Math.floor(half / CHUNKS_OPEN))
    this.#most = { import: Math.min(http.imports, imports), export: Math.min(http.exports, half) }
  }

  /** `reason` completes "The call was refused: …"; null takes everything again. Imports, exports and repeated calls. */
  refuseHeavy(reason: string | null): void {
    this.#heavyRefusal = reason
  }

  figures(): AdmissionFigures {
    const { import: imports, export: exports } = this.#open
    return { slots: this.#limit.calls, inHand: this.#inHand, imports, exports, refused: this.#refused }
  }

  /** Whether anything is refused now. */
  get isPressed(): boolean {
    return this.#heavyRefusal !== null || this.#inHand >= this.#mostRepeated
  }

  /** Throws the refusal, takes nothing: to be asked before a request has cost anything. */
  check(load: Load): void {
    const refusal = this.refusal(load)
    if (refusal !== undefined) throw refusal
  }

  /** What a call that is not taken is to be told, counted as told. */
  refusal(load: Load): AppError | undefined {
    const problem = this.#problem(load)
    if (problem === undefined) return undefined
    this.#refused += 1
    return new AppError(
      'overloaded',
      `The call was refused: ${problem}. Nothing has changed; repeat it later.`,
      {
        retryAfterSeconds: RETRY_AFTER_SECONDS[Math.floor(Math.random() * RETRY_AFTER_SECONDS.length)] ?? 1,
      },
    )
  }

  /**
   * Takes what the call needs, or throws as `check` does. The returned function gives it back; once is enough. `kind`: its
   * method and route. `isDone`: the call did its work; one that was refused for what is in it says nothing about how long work takes.
   */
  enter(load: Load, kind = ''): (isDone?: boolean) => void {
    this.check(load)
    if (load === 'watch') return () => {}
    let isLeft = false
    if (load === 'import' || load === 'export') {
      this.#open[load] += 1
      return () => {
        if (!isLeft) this.#open[load] -= 1
        isLeft = true
      }
    }
    this.#inHand += 1
    const startedAt = performance.now()
    return (isDone = false) => {
      if (isLeft) return
      isLeft = true
      this.#inHand -= 1
      if (isDone) this.#limit.answered(kind, performance.now() - startedAt)
    }
  }

  get #mostRepeated(): number {
    return Math.max(1, Math.floor(this.#limit.calls * REPEATED_SHARE))
  }

  #problem(load: Load): string | undefined {
    if (load === 'vital') return undefined
    const isHeavy = load !== 'normal' && load !== 'watch'
    if (isHeavy && this.#heavyRefusal !== null) return this.#heavyRefusal
    const isRepeated = load === 'repeated' || load === 'import'
    const slots = this.#limit.calls
    const most = isRepeated ? this.#mostRepeated : slots
    if (this.#inHand >= most) {
      this.#limit.pressed()
      const rest = isRepeated ? `, and from ${most} on only what people do is taken` : ''
      return `${this.#inHand} of ${slots} calls that this process takes at a time are in hand${rest}`
    }
    if ((load === 'import' || load === 'export') && this.#open[load] >= this.#most[load]) {
      return `${this.#open[load]} ${load}s are running, as many as this process takes at a time`
    }
    return undefined
  }
}
