/**
 * How many requests to have in flight, derived from measurements, not configured.
 *
 * The algorithm is the gradient limit of Netflix's concurrency-limits, with the minimum round-trip time probed for as in
 * TCP BBR. Once a window (longer than a round trip) the limit becomes
 *
 *   limit × gradient + √limit      gradient = TOLERANCE × base / now, from ½ to 1 for a longer round trip
 *                                  1 + (1 - now / (TOLERANCE × base)) / 2, from 1 to 1¼ for a shorter one
 *
 * `now` is the window's mean round-trip time and `base` the lowest mean of the last windows. While the round trip is not
 * longer than TOLERANCE × base the limit grows; beyond that, requests queue somewhere (in FCM, on the network, or for this
 * process's CPU) and it shrinks. In the beginning it doubles each window, until a queue shows or the rate stops growing.
 * Netflix's limit only grows by √limit. From 20 to 1,500 that takes 18 s at FCM's latency; a quarter a window takes 5 s.
 *
 *   slow start ──a queue shows──> steady ──base is old──> drain ──> probe ──> steady
 *       ^                            └──still slow although it shrank──^  │
 *       └────────────────────────────────────the base has changed─────────┘
 *
 * Why not Vegas: it compares with the single fastest answer. FCM takes 100 to 250 ms without any queue, and Vegas would take
 * that spread for one. Why the probe: a base that only ages would creep up with a queue of our own making, and a base that
 * never ages would hold the limit down for good once FCM has become slower.
 */

/** Round trips up to this multiple of `base` do not count as queueing. */
const TOLERANCE = 2
/** A shorter round trip counts as this long: a queue of so few milliseconds delays nobody, and what starts next is ready. */
const SHORTEST_BASE_MS = 25
const SMALLEST = 20
const FIRST = 200
/** A window is no shorter, and has no fewer answers, or its mean is noise. */
const SHORTEST_WINDOW_MS = 200
const FEWEST_ANSWERS = 20
/** In a slow start, doubling the limit must raise the rate by this factor, as in BBR; otherwise something is full. */
const WORTH_DOUBLING = 1.25
/**
 * A probe is two windows at this share of the limit: one for the queue to drain, one to measure. Below 1 / TOLERANCE, or the
 * queue would stay. At this interval it costs 2 % of the rate at FCM's latency and 5 % at three times that. Less often would
 * leave the limit of a slow FCM in place for too long after FCM is fast again: requests then queue for the CPU, and the
 * round trip does not show it. A third of such a limit would still queue, so it is a third of what the rate needs at the
 * lowest round trip ever seen, if that is less.
 */
const PROBE_SHARE = 1 / 3
const PROBE_EVERY_MS = 20_000
/** A gradient below this is a round trip that has become longer, by a quarter beyond the tolerance. */
const SLOWER = 0.8
/**
 * Windows that shrank so in a row: the round trip did not get shorter, so it is probably not our queue that makes it long,
 * and a probe tells; then the limit is again what it was before. Five would take eight seconds at 1 s a round trip.
 */
const SHRUNK_IN_VAIN = 2
/** After answers that say "too many" (429 for the project, or no answer in time). The many of one window cut once. */
const CUT = 0.7
/**
 * Of the limit, in one window. A single answer that is lost says nothing about the load: with one in a thousand lost, and a
 * cut for each window in which that happens, a limit of 1,500 was at its minimum within five seconds.
 */
const REFUSED_SHARE = 0.05

type Phase = 'slow_start' | 'steady' | 'drain' | 'probe'

export class ConcurrencyLimit {
  readonly #most: number
  readonly #now: () => number
  #limit: number
  #phase: Phase = 'slow_start'
  #baseMs = Number.POSITIVE_INFINITY
  #probedAt: number
  #lowestMs = Number.POSITIVE_INFINITY
  #probeLimit = 0
  #latencyMs: number | null = null
  #windowAt: number
  #answers = 0
  #sumMs = 0
  #mostInFlight = 0
  #refusals = 0
  #wasCut = false
  #shrunk = 0
  /** The limit before the first of these windows, and the round trip in the last. */
  #beforeShrinking = 0
  #slowMs = 0
  #rate = 0

  /** `most`: an upper bound that is never exceeded. `first`: before anything was measured. `now`: a monotonic clock in ms. */
  constructor(most: number, now: () => number = () => performance.now(), first = FIRST) {
    this.#most = most
    this.#now = now
    this.#limit = Math.min(first, most)
    this.#windowAt = now()
    this.#probedAt = this.#windowAt
  }

  /** Requests that may be in flight now. */
  get current(): number {
    const isProbing = this.#phase === 'drain' || this.#phase === 'probe'
    return Math.floor(isProbing ? this.#probeLimit : this.#limit)
  }

  /** Mean round-trip time of the last window; null before the first has ended. */
  get latencyMs(): number | null {
    return this.#latencyMs
  }

  /** Round-trip time without a queue, as far as is known; null before it was measured. */
  get baseMs(): number | null {
    return Number.isFinite(this.#baseMs) ? this.#baseMs : null
  }

  /** Takes the duration of an answered request, and how many were in flight with it. */
  answered(durationMs: number, inFlight: number): void {
    this.#answers += 1
    this.#sumMs += durationMs
    if (inFlight > this.#mostInFlight) this.#mostInFlight = inFlight
    if (this.#answers < FEWEST_ANSWERS) return
    const now = this.#now()
    if (now - this.#windowAt >= this.#windowMs()) this.#endWindow(now)
  }

  /** An answer that asks for less: 429 for the whole project, or none in time. */
  refused(): void {
    this.#refusals += 1
    if (this.#wasCut || this.#refusals <= REFUSED_SHARE * this.#limit) return
    this.#wasCut = true
    this.#phase = 'steady'
    this.#set(this.#limit * CUT)
  }

  /** One and a half round trips: what was changed at its beginning shows at its end. */
  #windowMs(): number {
    return Math.max(SHORTEST_WINDOW_MS, (1.5 * this.#sumMs) / this.#answers)
  }

  #endWindow(now: number): void {
    const meanMs = this.#sumMs / this.#answers
    this.#latencyMs = meanMs
    const rate = (this.#answers / (now - this.#windowAt)) * 1000
    const wasUsed = this.#mostInFlight >= 0.8 * this.current
    const wasCut = this.#wasCut
    const lastRate = this.#rate
    this.#windowAt = now
    this.#answers = 0
    this.#sumMs = 0
    this.#mostInFlight = 0
    this.#refusals = 0
    this.#wasCut = false
    this.#rate = rate
    switch (this.#phase) {
      case 'drain':
        this.#phase = 'probe'
        return
      case 'probe':
        this.#endProbe(meanMs, now)
        return
      case 'slow_start':
        this.#learnBase(meanMs)
        if (!wasUsed) return
        if (this.#gradient(meanMs) < 1 || rate < lastRate * WORTH_DOUBLING) {
          this.#phase = 'steady'
          this.#set(Math.min(this.#limit, (TOLERANCE * rate * this.#baseMs) / 1000))
        } else this.#set(this.#limit * 2)
        return
      case 'steady':
        this.#learnBase(meanMs)
        this.#adjust(meanMs, wasUsed && !wasCut)
        if (now - this.#probedAt > PROBE_EVERY_MS || this.#shrunk >= SHRUNK_IN_VAIN) this.#startProbe(rate)
    }
  }

  #learnBase(meanMs: number): void {
    const ms = Math.max(SHORTEST_BASE_MS, meanMs)
    this.#lowestMs = Math.min(this.#lowestMs, ms)
    this.#baseMs = Math.min(this.#baseMs, ms)
  }

  /** Below 1: requests queue. Above 1: there is no queue, and the limit may grow by that factor. */
  #gradient(meanMs: number): number {
    const used = Math.max(meanMs, 0.001) / (TOLERANCE * this.#baseMs)
    return used > 1 ? Math.max(0.5, 1 / used) : 1 + (1 - used) / 2
  }

  /** A limit that is not used says nothing about a higher one, so only a used one grows. */
  #adjust(meanMs: number, mayGrow: boolean): void {
    const gradient = this.#gradient(meanMs)
    if (gradient < 1) {
      if (this.#shrunk === 0) this.#beforeShrinking = this.#limit
      this.#slowMs = meanMs
      // A gradient near 1 is the balance that a full CPU settles at, not a slower FCM.
      this.#shrunk = gradient < SLOWER ? this.#shrunk + 1 : 0
      this.#set(this.#limit * gradient + Math.sqrt(this.#limit))
      return
    }
    this.#shrunk = 0
    if (mayGrow) this.#set(this.#limit * gradient + Math.sqrt(this.#limit))
  }

  #startProbe(rate: number): void {
    const needed = (TOLERANCE * rate * this.#lowestMs) / 1000
    this.#probeLimit = Math.max(this.#least, PROBE_SHARE * Math.min(this.#limit, needed))
    this.#phase = 'drain'
  }

  #endProbe(meanMs: number, now: number): void {
    const ms = Math.max(SHORTEST_BASE_MS, meanMs)
    const isNew = ms > WORTH_DOUBLING * this.#baseMs || ms < this.#baseMs / WORTH_DOUBLING
    // As slow with a fraction in flight: it shrank in vain. A queue of ours would have become shorter.
    if (isNew && this.#shrunk > 0 && meanMs > SLOWER * this.#slowMs) this.#set(this.#beforeShrinking)
    this.#baseMs = ms
    this.#probedAt = now
    this.#shrunk = 0
    this.#rate = 0
    this.#phase = isNew ? 'slow_start' : 'steady'
  }

  get #least(): number {
    return Math.min(SMALLEST, this.#most)
  }

  #set(limit: number): void {
    this.#limit = Math.max(this.#least, Math.min(this.#most, limit))
  }
}
