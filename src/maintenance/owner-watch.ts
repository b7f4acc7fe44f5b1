/**
 * Finds dispatchers that died or hang, and takes their batches back.
 *
 *   dead   nobody holds the owner's lock, and its beat has stood still for DEAD_MS   (killed: taken back within two seconds)
 *   hung   its beat has stood still for the lease, whoever holds its lock            (a network or a machine that hangs)
 *
 * The lock alone is not enough: a connection can break while its process lives, and the process beats again at once. The
 * beat is judged by watching it, with this process's own clock, and not by a time in the row: no clock has to agree with
 * another, and a clock that is set changes nothing.
 *
 * A live owner is not robbed (invariant 13): after PostgreSQL was away, from here or at all, owners first get the time to
 * connect and beat again. Nothing that was seen before counts then, and nobody is declared dead for SETTLED_MS.
 */
import type { Pool } from '../postgres/pool.ts'
import { lookAtOwners, type SeenOwner, takeBack } from './take-back.ts'

export const LOOK_MS = 250
const DEAD_MS = 1_000
/** Twice what a live owner needs at most: a connection that times out, a pause, a new connection, a beat. */
const SETTLED_MS = 4_000
/** After a silence of this long, PostgreSQL counts as having been away. */
const SILENCE_MS = 1_500

export class OwnerWatch {
  readonly #pool: Pool
  readonly #leaseMs: number
  readonly #clock: () => number
  readonly #beats = new Map<number, { beat: number; since: number }>()
  #answeredAt: number | undefined
  #steadySince = 0
  #serverStart: string | undefined

  constructor(pool: Pool, leaseMs: number, clock: () => number = () => performance.now()) {
    this.#pool = pool
    this.#leaseMs = leaseMs
    this.#clock = clock
  }

  /** Call it every LOOK_MS. Returns how many batches were taken back. */
  async look(): Promise<number> {
    const { owners, hasOrphans, serverStart } = await lookAtOwners(this.#pool)
    const now = this.#clock()
    const wasAway =
      this.#answeredAt === undefined ||
      now - this.#answeredAt > SILENCE_MS ||
      serverStart !== this.#serverStart
    this.#answeredAt = now
    this.#serverStart = serverStart
    if (wasAway) this.#steadySince = now
    this.#watch(owners, now, wasAway)
    const dead = owners.flatMap(({ id, beat, isLocked }) => {
      const stillMs = now - (this.#beats.get(id)?.since ?? now)
      const isHung = stillMs >= this.#leaseMs
      const isDead = !isLocked && stillMs >= DEAD_MS && now - this.#steadySince >= SETTLED_MS
      return isHung || isDead ? [{ id, beat, isHung }] : []
    })
    if (dead.length === 0 && !hasOrphans) return 0
    return await takeBack(this.#pool, dead)
  }

  #watch(owners: readonly SeenOwner[], now: number, forget: boolean): void {
    if (forget) this.#beats.clear()
    for (const { id, beat } of owners) {
      if (this.#beats.get(id)?.beat !== beat) this.#beats.set(id, { beat, since: now })
    }
    const known = new Set(owners.map(({ id }) => id))
    for (const id of this.#beats.keys()) if (!known.has(id)) this.#beats.delete(id)
  }
}
