/**
 * Long-lived HTTP/2 sessions to one origin. Allocates one stream at a time on a session with a free one, and opens as many
 * sessions as are needed.
 *
 *   connecting ──SETTINGS seen──> open ──GOAWAY · close · error · idle · old · silent──> retired ──last stream──> gone
 *
 * Guarantees: no stream is opened on a session before its SETTINGS are known (a server that allows fewer than 100
 * streams would refuse most of an earlier burst), and none above its limit.
 */
import type { Logger } from '../../process/logger.ts'
import type { Http2Connection } from './http2/connection.ts'
import { openConnection } from './http2/open-connection.ts'

/** FCM's limit; it answers a higher number with GOAWAY (firebase-admin uses the same limit). A server may allow fewer. */
const MAX_STREAMS = 100
/** FCM closes an idle connection after about 3 minutes; a request sent at that moment would be in doubt. */
const MAX_IDLE_MS = 120_000
/** Spreads the load again after the servers behind the host name have changed. */
const MAX_AGE_MS = 30 * 60_000

export interface PoolOptions {
  origin: string
  /** PEM to trust instead of the system's. */
  ca?: string | Buffer | undefined
  connectTimeoutMs: number
  log: Logger
}

/** No session could be opened: nothing was sent. */
export class ConnectError extends Error {
  constructor(origin: string, cause: unknown) {
    super(`cannot connect to ${origin}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.name = 'ConnectError'
  }
}

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
    return Math.min(MAX_STREAMS, this.http2.maxStreams ?? MAX_STREAMS)
  }
}

interface Waiter {
  resolve: (session: PooledSession) => void
  reject: (error: ConnectError) => void
}

export class SessionPool {
  readonly #options: PoolOptions
  #open: PooledSession[] = []
  /** Sessions that take no more requests and still wait for answers. */
  #retired = new Set<PooledSession>()
  #connecting = 0
  #waiters: Waiter[] = []
  readonly #closing = new AbortController()

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** Sessions that can take requests. */
  get size(): number {
    return this.#open.length
  }

  /** Opens sessions until there is room for this many streams at a time; rejects with ConnectError. */
  async warmUp(streams: number): Promise<void> {
    const now = performance.now()
    for (const session of [...this.#open]) if (isStale(session, now)) this.retire(session)
    while (!this.#closing.signal.aborted) {
      const room = this.#open.reduce((sum, session) => sum + session.limit, 0)
      if (room >= streams) return
      const perSession = this.#open[0]?.limit ?? MAX_STREAMS
      const missing = Math.ceil((streams - room) / Math.max(1, perSession))
      await Promise.all(Array.from({ length: missing }, () => this.#connect()))
    }
  }

  /** Allocates a stream and returns its session, or a promise of it. `release` frees the stream. */
  take(): PooledSession | Promise<PooledSession> {
    const now = performance.now()
    for (const session of this.#open) {
      if (session.streams >= session.limit) continue
      if (isStale(session, now)) {
        this.retire(session)
        return this.take()
      }
      return this.#taken(session, now)
    }
    if (this.#closing.signal.aborted)
      return Promise.reject(new ConnectError(this.#options.origin, 'the sender is closed'))
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject })
      // Enough for the waiters; more are opened when a session turns out to allow fewer streams.
      if (this.#connecting * MAX_STREAMS < this.#waiters.length) this.#connectForWaiters()
    })
  }

  release(session: PooledSession): void {
    session.streams--
    if (session.streams > 0) {
      if (!session.isRetired && this.#waiters.length > 0) this.#serve()
      return
    }
    if (session.isRetired) {
      this.#retired.delete(session)
      session.http2.destroy()
      return
    }
    // An idle session must not keep the process alive.
    session.http2.unref()
    if (this.#waiters.length > 0) this.#serve()
  }

  /** Starts no more requests on the session; it is closed when its last stream has ended. */
  retire(session: PooledSession): void {
    if (session.isRetired) return
    session.isRetired = true
    this.#open = this.#open.filter((other) => other !== session)
    if (session.streams === 0) session.http2.destroy()
    else this.#retired.add(session)
  }

  /** Ends every session at once; their open streams end as lost. */
  close(): void {
    this.#closing.abort()
    this.#failWaiters(new ConnectError(this.#options.origin, 'the sender is closed'))
    for (const session of [...this.#open, ...this.#retired]) session.http2.destroy()
  }

  #taken(session: PooledSession, now: number): PooledSession {
    if (session.streams === 0) {
      session.http2.ref()
      session.lastUsedAt = now
    }
    session.streams++
    return session
  }

  #serve(): void {
    const now = performance.now()
    for (const session of this.#open) {
      while (this.#waiters.length > 0 && session.streams < session.limit) {
        this.#waiters.shift()?.resolve(this.#taken(session, now))
      }
    }
    if (this.#waiters.length > 0 && this.#connecting === 0) this.#connectForWaiters()
  }

  #connectForWaiters(): void {
    this.#connect().catch((error: ConnectError) => this.#failWaiters(error))
  }

  #failWaiters(error: ConnectError): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const { reject } of waiters) reject(error)
  }

  /** Resolves when the session's SETTINGS are known. */
  async #connect(): Promise<void> {
    const { origin, ca, connectTimeoutMs: timeoutMs, log } = this.#options
    let session: PooledSession | undefined
    const onClosing = () => session && this.retire(session)
    this.#connecting++
    const { signal } = this.#closing
    try {
      session = new PooledSession(await openConnection({ origin, ca, timeoutMs, signal, onClosing, log }))
    } catch (error) {
      throw new ConnectError(origin, error)
    } finally {
      this.#connecting--
    }
    session.http2.unref()
    if (signal.aborted || session.http2.isClosing) {
      session.http2.destroy()
      throw new ConnectError(origin, 'the connection was closed before it was used')
    }
    this.#open.push(session)
    this.#serve()
  }
}

function isStale(session: PooledSession, now: number): boolean {
  if (session.http2.isClosing) return true
  return (
    (session.streams === 0 && now - session.lastUsedAt > MAX_IDLE_MS) || now - session.openedAt > MAX_AGE_MS
  )
}
