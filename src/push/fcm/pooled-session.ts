/** One HTTP/2 session of the pool: how many streams it has, how many are in use, and when it is to be replaced. */
import type { Http2Connection } from './http2/connection.ts'

/** For a server that advertises no limit: FCM's, which it advertises (firebase-admin uses the same). */
export const DEFAULT_STREAMS = 100
/** More streams on one connection are not worth its single congestion window, whatever the server advertises. */
const MAX_STREAMS = 1_000
/** The next session may reach a server that allows streams. */
const MAX_BLOCKED_MS = 30_000
/** FCM closes an idle connection after about 3 minutes; a request sent at that moment would be in doubt. */
const MAX_IDLE_MS = 120_000
/** Spreads the load again after the servers behind the host name have changed. */
const MAX_AGE_MS = 30 * 60_000

export class PooledSession {
  readonly http2: Http2Connection
  readonly openedAt = performance.now()
  streams = 0
  /** Time of the last answer, or of the first request after an idle period. */
  lastUsedAt = this.openedAt
  isRetired = false

  constructor(http2: Http2Connection) {
    this.http2 = http2
  }

  get limit(): number {
    return Math.min(MAX_STREAMS, this.http2.maxStreams ?? DEFAULT_STREAMS)
  }

  /** True: it should take no more requests. `now`: performance.now(). */
  isStale(now: number): boolean {
    if (this.http2.isClosing) return true
    const age = now - this.openedAt
    return (
      (this.limit === 0 && age > MAX_BLOCKED_MS) ||
      (this.streams === 0 && now - this.lastUsedAt > MAX_IDLE_MS) ||
      age > MAX_AGE_MS
    )
  }
}
