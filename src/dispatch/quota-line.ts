/**
 * Who is next for the quota of a project, within this process. Whoever asks PostgreSQL gets the next free slot of the rate
 * limit; so no more is asked for than leaves within LEAD_MS, and the rest waits here, where it can still be overtaken: the most
 * urgent campaign first, and of equally urgent ones the one that has had least. Between processes, a campaign that is less
 * urgent than another one anywhere takes only what would pass unused (`mostUrgent`).
 *
 * A batch asks for one window at a time, and not before the one before has left. A campaign with one batch in hand would
 * therefore get every third window beside one with two, so while a campaign that has had less is about to ask, the others wait
 * to the last moment (LEAST_LEAD_MS).
 *
 * Without a limit nothing waits here, and neither do slow campaigns with a rate of their own, as long as they are few.
 */
import type { Pool } from '../postgres/pool.ts'
import { type Budget, type Reservation, reserve } from '../projects/rate-limit.ts'

/**
 * How far ahead the quota is reserved: more than a statement and a late timer take, and little enough to be overtaken in. Or so
 * much of a window, where one lasts long.
 */
const LEAD_MS = 60
const LEAD_WINDOWS = 0.5
const LEAST_LEAD_MS = 15
const LEAST_LEAD_WINDOWS = 0.2
/** Reservations that PostgreSQL is asked for at a time: with one, a database 20 ms away would be the limit. */
const AT_ONCE = 4
/**
 * So far ahead may a campaign reserve that is less urgent than another: what is free so late is not wanted by that one, which
 * reserves a window (20 ms) ahead.
 */
const UNWANTED_MS = 8
/** What a campaign may make up for after it had nothing to ask for: while its next batch was claimed, say. */
const CREDIT_SECONDS = 1
/**
 * A campaign whose own rate is less than this share of the quota does not wait for its turn: it would take no more if it had to,
 * and there may be hundreds of them. Of what all of them have together, only so much: they would otherwise come before the most
 * urgent campaign, all day.
 */
const SLOW_SHARE = 0.01
const SLOW_TOGETHER = 0.1
/** Many of them may begin in one moment. */
const SLOW_BURST_MS = 1_000
/** A campaign that has not asked for so long is not about to. */
const ABSENT_MS = 500

export interface Asker {
  campaignId: string
  /** 1 (first) to 10. */
  priority: number
  /** Of its own; null: none. */
  ratePerMinute: number | null
}

interface Waiting {
  share: Share
  priority: number
  messages: number
  /** In the time of this process: then it is refused. */
  until: number
  signal: AbortSignal
  onWait: () => void
  settle: (reservation: Reservation) => void
  fail: (error: unknown) => void
}

/** What a campaign has had, in messages from a common beginning. */
interface Share {
  priority: number
  had: number
  askedAt: number
}

export class QuotaLine {
  readonly #pool: Pool
  readonly #budget: Budget
  readonly #msPerMessage: number
  #waiting: Waiting[] = []
  /** Reservations that were asked for and not answered, and their messages. */
  #asking = 0
  #askingFor = 0
  /** When the last window that was reserved is over. */
  #reservedUntil = 0
  /** By campaign. */
  readonly #shares = new Map<string, Share>()
  /** What the last campaign whose turn it was had had before. */
  #level = 0
  #mostUrgent = 10
  /** When one that yields may ask again. */
  #unwantedAt = 0
  /** Until when slow campaigns have used up their part of the quota. */
  #slowUntil = 0
  #timer: NodeJS.Timeout | undefined

  constructor(pool: Pool, budget: Budget) {
    this.#pool = pool
    this.#budget = budget
    this.#msPerMessage = 60_000 / budget.perMinute
  }

  /** The priority of the most urgent campaign of the project that has something to send, in whatever process. */
  set mostUrgent(priority: number) {
    this.#mostUrgent = priority
  }

  /**
   * Reserves from the project's quota when it is the asker's turn. Not granted: it was not its turn within `longestMs`, the
   * quota is blocked for longer, or `signal` was aborted before it was its turn. `onWait` is called when it is kept waiting by
   * the quota, not by a statement.
   */
  reserve(
    asker: Asker,
    messages: number,
    longestMs: number,
    { signal, onWait }: { signal: AbortSignal; onWait: () => void },
  ): Promise<Reservation> {
    const isUnlimited = !Number.isFinite(this.#budget.perMinute)
    if (isUnlimited || this.#takesSlowPart(asker, messages))
      return reserve(this.#pool, this.#budget, messages, longestMs)
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        share: this.#shareOf(asker),
        priority: asker.priority,
        messages,
        until: performance.now() + longestMs,
        signal,
        onWait,
        settle: (reservation) => {
          signal.removeEventListener('abort', onAbort)
          resolve(reservation)
        },
        fail: (error) => {
          signal.removeEventListener('abort', onAbort)
          reject(error)
        },
      }
      const onAbort = () => this.#leave(waiting)
      signal.addEventListener('abort', onAbort)
      this.#waiting.push(waiting)
      this.#advance()
    })
  }

  /** Whether a slow campaign goes out of turn. The part that slow ones have together is used up by it. */
  #takesSlowPart({ ratePerMinute }: Asker, messages: number): boolean {
    const { perMinute } = this.#budget
    const now = performance.now()
    if (ratePerMinute === null || ratePerMinute > SLOW_SHARE * perMinute) return false
    if (this.#slowUntil > now + SLOW_BURST_MS) return false
    this.#slowUntil = Math.max(now, this.#slowUntil) + (messages * this.#msPerMessage) / SLOW_TOGETHER
    return true
  }

  #shareOf({ campaignId, priority }: Asker): Share {
    const now = performance.now()
    const known = this.#shares.get(campaignId)
    if (known === undefined) {
      for (const [id, { askedAt }] of this.#shares) if (now - askedAt > 60_000) this.#shares.delete(id)
    }
    const credit = (CREDIT_SECONDS * 1_000) / this.#msPerMessage
    const share = known ?? { priority, had: this.#level, askedAt: now }
    share.had = Math.max(share.had, this.#level - credit)
    share.askedAt = now
    this.#shares.set(campaignId, share)
    return share
  }

  #advance(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const now = performance.now()
    for (const late of this.#waiting.filter(({ until }) => until <= now)) this.#leave(late)
    let lead = this.#leadAt(now)
    let next = this.#next(now)
    while (next !== undefined && this.#asking < AT_ONCE && lead < this.#longestLead(next, now)) {
      this.#waiting = this.#waiting.filter((one) => one !== next)
      void this.#ask(next)
      lead = this.#leadAt(now)
      next = this.#next(now)
    }
    if (this.#waiting.length === 0) return
    if (lead >= LEAST_LEAD_MS) for (const { onWait } of this.#waiting) onWait()
    const turn = next === undefined ? this.#unwantedAt : now + lead - this.#longestLead(next, now)
    // With as many asking as may, the next one is called by an answer; but whoever has waited for long enough leaves.
    const call = this.#asking < AT_ONCE ? turn : Number.POSITIVE_INFINITY
    const wake = Math.min(call, ...this.#waiting.map(({ until }) => until))
    this.#timer = setTimeout(() => this.#advance(), Math.max(1, wake - now))
  }

  #leadAt(now: number): number {
    return Math.max(0, this.#reservedUntil - now) + this.#askingFor * this.#msPerMessage
  }

  /** Leaves the line without a reservation: it may ask again. */
  #leave(waiting: Waiting): void {
    if (!this.#waiting.includes(waiting)) return
    this.#waiting = this.#waiting.filter((one) => one !== waiting)
    waiting.settle({ isGranted: false, waitMs: 0 })
  }

  /** Of the most urgent, the first of the campaign that has had least. */
  #next(now: number): Waiting | undefined {
    let best: Waiting | undefined
    for (const one of this.#waiting) {
      if (this.#yields(one) && now < this.#unwantedAt) continue
      const isBetter =
        best === undefined ||
        one.priority < best.priority ||
        (one.priority === best.priority && one.share.had < best.share.had)
      if (isBetter) best = one
    }
    return best
  }

  /** Less, while a campaign that comes before it is about to ask. */
  #longestLead({ share, priority, messages }: Waiting, now: number): number {
    const windowMs = messages * this.#msPerMessage
    for (const other of this.#shares.values()) {
      if (now - other.askedAt > ABSENT_MS) continue
      if (other.priority < priority || (other.priority === priority && other.had < share.had))
        return Math.max(LEAST_LEAD_MS, LEAST_LEAD_WINDOWS * windowMs)
    }
    return Math.max(LEAD_MS, LEAD_WINDOWS * windowMs)
  }

  #yields({ priority }: Waiting): boolean {
    return priority > this.#mostUrgent
  }

  async #ask(next: Waiting): Promise<void> {
    const { share, messages, until, signal } = next
    const before = share.had
    share.had += messages
    this.#asking += 1
    this.#askingFor += messages
    try {
      const left = Math.max(0, until - performance.now())
      const longestMs = this.#yields(next) ? Math.min(left, UNWANTED_MS) : left
      const reservation = await reserve(this.#pool, this.#budget, messages, longestMs)
      const now = performance.now()
      if (reservation.isGranted) {
        this.#level = Math.max(this.#level, before)
        const end = now + reservation.waitMs + messages * this.#msPerMessage
        this.#reservedUntil = Math.max(this.#reservedUntil, end)
        next.settle(reservation)
        return
      }
      share.had -= messages
      if (reservation.waitMs < until - now && !signal.aborted) {
        // It asks again when there is something that nobody wants.
        this.#unwantedAt = now + reservation.waitMs - UNWANTED_MS
        next.onWait()
        this.#waiting.push(next)
      } else next.settle(reservation)
    } catch (error) {
      share.had -= messages
      next.fail(error)
    } finally {
      this.#asking -= 1
      this.#askingFor -= messages
      this.#advance()
    }
  }
}
