/**
 * Long-lived HTTP/2 sessions to one origin. Allocates one stream at a time on a session with a free one, and opens as many
 * sessions as are needed.
 *
 *   connecting ──SETTINGS seen──> open ──GOAWAY · close · error · idle · old · silent──> retired ──last stream──> gone
 *
 * Guarantees: no stream is opened on a session before its SETTINGS are known (a server that allows fewer than 100
 * streams would refuse most of an earlier burst), and none above its limit. The number of sessions is bounded, and so is
 * the time that a request waits for a stream.
 */
import type { Logger } from '../../process/logger.ts'
import { Deadlines, type Expiring } from './deadlines.ts'
import { KeepAlive } from './http2/keep-alive.ts'
import { openConnection } from './http2/open-connection.ts'
import { DEFAULT_STREAMS, PooledSession } from './pooled-session.ts'
import { reasonOf } from './reason-of.ts'

/**
 * For a server that allows few streams; messages then wait for a stream. 256 with 10 streams each carry 10,000 messages a
 * second at FCM's latency of 250 ms. Each costs 0.1 MB.
 */
const MAX_SESSIONS = 256
/** A session that allows no streams is kept, because the server may raise the limit, but others would be no better. */
const MAX_BLOCKED_SESSIONS = 2
/** A server, proxy or firewall may refuse further sessions: those there are are used, and one more is tried this often. */
const RETRY_MS = 1_000
export interface PoolOptions {
  origin: string
  /** PEM to trust instead of the system's. */
  ca?: string | Buffer | undefined
  proxy: URL | null
  /** For opening a session, and for waiting for a stream. */
  timeoutMs: number
  log: Logger
}

/** No session could be opened: nothing was sent. */
export class ConnectError extends Error {
  constructor(origin: string, cause: unknown) {
    super(`cannot connect to ${origin}: ${reasonOf(cause)}`, { cause })
    this.name = 'ConnectError'
  }
}

interface Waiter extends Expiring {
  resolve: (session: PooledSession) => void
  reject: (error: ConnectError) => void
}

export class SessionPool {
  /** Requests that can be in flight at a time: more would only wait for a stream, and their time would run out. */
  capacity = Number.POSITIVE_INFINITY
  readonly #options: PoolOptions
  #open: PooledSession[] = []
  /** Sessions that take no more requests and still wait for answers. */
  #retired = new Set<PooledSession>()
  #connecting = 0
  #isFailing = false
  #retry: NodeJS.Timeout | undefined
  readonly #keepAlive: KeepAlive
  /** In order of arrival. */
  readonly #waiters = new Set<Waiter>()
  readonly #deadlines: Deadlines
  readonly #closing = new AbortController()

  constructor(options: PoolOptions) {
    this.#options = options
    this.#deadlines = new Deadlines(options.timeoutMs)
    this.#keepAlive = new KeepAlive({ onCheck: () => this.#retireIdle(), log: options.log })
  }

  /** Sessions that can take requests. */
  get size(): number {
    return this.#open.length
  }

  /** Opens sessions until there is room for this many streams at a time, or enough sessions; rejects with ConnectError. */
  async warmUp(streams: number): Promise<void> {
    const now = performance.now()
    for (const session of [...this.#open]) if (session.isStale(now)) this.retire(session)
    while (!this.#closing.signal.aborted) {
      const room = this.#streams
      if (room >= streams) return
      // The first session tells how many streams the server allows.
      const perSession = this.#open[0]?.limit ?? streams
      const missing = Math.ceil((streams - room) / Math.max(1, perSession))
      const more = Math.min(missing, this.#mayOpen())
      if (more === 0) return
      await Promise.all(Array.from({ length: more }, () => this.#connect()))
    }
  }

  /** Allocates a stream and returns its session, or a promise of it. `release` frees the stream. */
  take(): PooledSession | Promise<PooledSession> {
    const now = performance.now()
    for (const session of this.#open) {
      const hasStream = session.streams < session.limit
      if ((hasStream || session.limit === 0) && session.isStale(now)) {
        this.retire(session)
        return this.take()
      }
      if (hasStream) return this.#taken(session, now)
    }
    if (this.#closing.signal.aborted)
      return Promise.reject(new ConnectError(this.#options.origin, 'the sender is closed'))
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { resolve, reject, expiresAt: 0, expire: () => this.#expired(waiter) }
      this.#waiters.add(waiter)
      this.#deadlines.add(waiter)
      this.#connectForWaiters()
    })
  }

  release(session: PooledSession): void {
    session.streams--
    if (session.streams > 0) {
      if (!session.isRetired && this.#waiters.size > 0) this.#serve()
      return
    }
    if (session.isRetired) {
      this.#retired.delete(session)
      session.http2.destroy()
      return
    }
    // An idle session must not keep the process alive.
    session.http2.unref()
    if (this.#waiters.size > 0) this.#serve()
  }

  /** Starts no more requests on the session; it is closed when its last stream has ended. */
  retire(session: PooledSession): void {
    if (session.isRetired) return
    session.isRetired = true
    this.#open = this.#open.filter((other) => other !== session)
    this.#count()
    if (session.streams === 0) session.http2.destroy()
    else this.#retired.add(session)
    // Not for a blocked session: a server that closes those would get one connection after another.
    if (session.limit > 0) this.#connectForWaiters()
  }

  /** Ends every session at once; their open streams end as lost. */
  close(): void {
    this.#closing.abort()
    clearTimeout(this.#retry)
    this.#deadlines.clear()
    this.#failWaiters(new ConnectError(this.#options.origin, 'the sender is closed'))
    for (const session of [...this.#open, ...this.#retired]) session.http2.destroy()
  }

  #retireIdle(): void {
    const now = performance.now()
    for (const session of [...this.#open]) {
      if (session.streams === 0 && session.isStale(now)) this.retire(session)
    }
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
      for (const waiter of this.#waiters) {
        if (session.streams >= session.limit) break
        this.#waiters.delete(waiter)
        this.#deadlines.remove(waiter)
        waiter.resolve(this.#taken(session, now))
      }
    }
    this.#connectForWaiters()
  }

  /** Opens at the same time what the waiters need. One after the other, each would take several round trips. */
  #connectForWaiters(): void {
    const wanted = Math.ceil(this.#waiters.size / this.#perSession) - this.#connecting
    for (let left = Math.min(wanted, this.#mayOpen()); left > 0; left--) {
      this.#connect().catch((error: ConnectError) => {
        // Otherwise the waiters get the next streams of the sessions there are.
        if (this.#open.every((session) => session.limit === 0)) this.#failWaiters(error)
      })
    }
  }

  /** Streams that the next session will allow, as far as the sessions there are can tell. */
  get #perSession(): number {
    return this.#open.find((session) => session.limit > 0)?.limit ?? DEFAULT_STREAMS
  }

  #count(): void {
    const streams = this.#streams
    // Without a stream, messages wait until their time is up, and the log says why.
    this.capacity =
      streams === 0
        ? Number.POSITIVE_INFINITY
        : streams + (this.#mayOpen() + this.#connecting) * this.#perSession
  }

  get #streams(): number {
    return this.#open.reduce((sum, session) => sum + session.limit, 0)
  }

  #mayRetry(): void {
    this.#retry = undefined
    this.#count()
    this.#connectForWaiters()
  }

  /** The number of sessions that may be opened now. */
  #mayOpen(): number {
    if (this.#isFailing && this.#streams > 0) {
      return this.#retry === undefined && this.#connecting === 0 ? 1 : 0
    }
    const blocked = this.#open.filter((session) => session.limit === 0).length
    // With one blocked session, those that are being opened are assumed to be blocked as well.
    const mayBeBlocked = blocked === 0 ? MAX_SESSIONS : MAX_BLOCKED_SESSIONS - blocked - this.#connecting
    return Math.max(0, Math.min(MAX_SESSIONS - this.#open.length - this.#connecting, mayBeBlocked))
  }

  #expired(waiter: Waiter): void {
    if (!this.#waiters.delete(waiter)) return
    const { origin, timeoutMs } = this.#options
    const isBlocked = this.#open.length > 0 && this.#open.every((session) => session.limit === 0)
    const reason = isBlocked ? 'the server allows no streams' : 'all streams are in use'
    const error = new ConnectError(origin, `${reason}; none became free within ${timeoutMs} ms`)
    // A session that is still being opened fails as well, with the reason.
    if (this.#open.length > 0) this.#failed(error)
    waiter.reject(error)
  }

  /** Logs the first failure only, until a session that allows streams is opened. */
  #failed(error: ConnectError): void {
    if (this.#isFailing || this.#closing.signal.aborted) return
    this.#isFailing = true
    this.#options.log.error({ err: error }, 'no connection to FCM')
  }

  #failWaiters(error: ConnectError): void {
    for (const waiter of [...this.#waiters]) {
      this.#waiters.delete(waiter)
      this.#deadlines.remove(waiter)
      waiter.reject(error)
    }
  }

  /** Resolves when the session's SETTINGS are known. */
  async #connect(): Promise<void> {
    const { origin, ca, proxy, timeoutMs, log } = this.#options
    let session: PooledSession | undefined
    const onClosing = () => session && this.retire(session)
    const onLimit = () => {
      this.#count()
      this.#serve()
    }
    this.#connecting++
    const { signal } = this.#closing
    try {
      const opening = { origin, ca, proxy, timeoutMs, signal, onClosing, onLimit, log }
      session = new PooledSession(await openConnection(opening))
    } catch (cause) {
      const error = new ConnectError(origin, cause)
      this.#failed(error)
      this.#retry ??= setTimeout(() => this.#mayRetry(), RETRY_MS).unref()
      throw error
    } finally {
      this.#connecting--
      this.#count()
    }
    session.http2.unref()
    if (signal.aborted || session.http2.isClosing) {
      session.http2.destroy()
      throw new ConnectError(origin, 'the connection was closed before it was used')
    }
    if (session.limit > 0 && this.#isFailing) {
      this.#isFailing = false
      this.#options.log.info({ origin }, 'connected to FCM again')
    }
    this.#open.push(session)
    this.#count()
    log.debug({ streams: session.limit, sessions: this.#open.length }, 'connected to FCM')
    this.#keepAlive.add(session.http2)
    this.#serve()
  }
}
