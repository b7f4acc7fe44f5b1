/**
 * Long-lived HTTP/2 sessions to one origin. Gives out one stream at a time on a session that has room for it, and
 * opens as many sessions as that needs.
 *
 *   connecting ──SETTINGS seen──> open ──GOAWAY · close · error · idle · old · silent──> retired ──last stream──> gone
 *
 * Promises: no stream is asked of a session before its SETTINGS are known (a burst sent earlier gets most of it
 * refused by a server that allows fewer than 100), nor above its limit, so nothing ever waits inside node:http2
 * where we could not tell a request that left from one that did not.
 */
import { type ClientHttp2Session, connect } from 'node:http2'
import type { Socket } from 'node:net'
import type { Logger } from '../runtime/logger.ts'

/** FCM's limit; it answers more with GOAWAY (firebase-admin sets the same). A server may say fewer. */
const MAX_STREAMS = 100
/** FCM closes an idle connection after about 3 minutes; a request sent just then would be lost in doubt. */
const MAX_IDLE_MS = 120_000
/** Lets load spread again after servers behind the name have changed. */
const MAX_AGE_MS = 30 * 60_000

export interface PoolOptions {
  origin: string
  /** PEM to trust instead of the system's. */
  ca?: string | Buffer | undefined
  connectTimeoutMs: number
  log: Logger
}

/** No session could be opened: nothing left this machine. */
export class ConnectError extends Error {
  constructor(origin: string, cause: unknown) {
    super(`cannot connect to ${origin}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.name = 'ConnectError'
  }
}

export class PooledSession {
  readonly http2: ClientHttp2Session
  readonly openedAt = performance.now()
  streams = 0
  /** When the last answer, or the first request after idleness, was seen. */
  lastUsedAt = this.openedAt
  /** Of a GOAWAY: streams above this one were not processed. */
  lastProcessed = Number.POSITIVE_INFINITY
  isRetired = false

  readonly #socket: Socket | undefined

  constructor(http2: ClientHttp2Session, socket: Socket | undefined) {
    this.http2 = http2
    this.#socket = socket
  }

  /**
   * After a GOAWAY the session counts as closed, and destroying it only half-closes the connection: it would be there
   * until the other side ends it too, which a server that is stuck never does.
   */
  end(): void {
    this.http2.destroy()
    this.#socket?.destroy()
  }

  get limit(): number {
    return Math.min(MAX_STREAMS, this.http2.remoteSettings.maxConcurrentStreams ?? MAX_STREAMS)
  }
}

interface Waiter {
  resolve: (session: PooledSession) => void
  reject: (error: ConnectError) => void
}

export class SessionPool {
  readonly #options: PoolOptions
  #open: PooledSession[] = []
  #all = new Set<ClientHttp2Session>()
  #connecting = 0
  #waiters: Waiter[] = []
  #isClosed = false

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
    while (!this.#isClosed) {
      const room = this.#open.reduce((sum, session) => sum + session.limit, 0)
      if (room >= streams) return
      const perSession = this.#open[0]?.limit ?? MAX_STREAMS
      const missing = Math.ceil((streams - room) / Math.max(1, perSession))
      await Promise.all(Array.from({ length: missing }, () => this.#connect()))
    }
  }

  /** A session with one stream taken on it, or a promise of one; `release` gives the stream back. */
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
    if (this.#isClosed) return Promise.reject(new ConnectError(this.#options.origin, 'the sender is closed'))
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject })
      // Enough for those who wait; more are opened when a session turns out to allow fewer streams.
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
      session.end()
      return
    }
    // An idle session must not keep the process alive.
    session.http2.unref()
    if (this.#waiters.length > 0) this.#serve()
  }

  /** Gives it no more requests; it goes when its last stream has ended. */
  retire(session: PooledSession): void {
    if (session.isRetired) return
    session.isRetired = true
    this.#open = this.#open.filter((other) => other !== session)
    if (session.streams === 0) session.end()
  }

  /** Ends every session at once; streams still on them end as lost. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#failWaiters(new ConnectError(this.#options.origin, 'the sender is closed'))
    const closing = [...this.#all].map(
      (http2) =>
        new Promise<void>((resolve) =>
          http2.closed && http2.destroyed ? resolve() : http2.once('close', () => resolve()),
        ),
    )
    for (const http2 of this.#all) http2.destroy()
    await Promise.all(closing)
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
    const { origin, ca, connectTimeoutMs, log } = this.#options
    this.#connecting++
    const http2 = connect(origin, { ...(ca !== undefined && { ca }), ALPNProtocols: ['h2'] })
    let socket: Socket | undefined
    http2.once('connect', (_, connected) => {
      socket = connected
    })
    this.#all.add(http2)
    http2.on('error', (err) => log.debug({ err }, 'FCM session failed'))
    http2.on('close', () => this.#all.delete(http2))
    try {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`no SETTINGS within ${connectTimeoutMs} ms`)),
          connectTimeoutMs,
        )
        http2.once('remoteSettings', () => {
          clearTimeout(timer)
          resolve()
        })
        const failed = (error?: Error) => {
          clearTimeout(timer)
          reject(error ?? new Error('the connection was closed before it was ready'))
        }
        http2.once('error', failed)
        http2.once('close', failed)
      })
    } catch (error) {
      http2.destroy()
      throw new ConnectError(origin, error)
    } finally {
      this.#connecting--
    }
    const session = new PooledSession(http2, socket)
    http2.unref()
    http2.on('goaway', (_code: number, lastStreamId: number) => {
      session.lastProcessed = lastStreamId
      this.retire(session)
    })
    http2.on('close', () => this.retire(session))
    this.#open.push(session)
    this.#serve()
  }
}

function isStale(session: PooledSession, now: number): boolean {
  if (session.http2.closed || session.http2.destroyed) return true
  return (
    (session.streams === 0 && now - session.lastUsedAt > MAX_IDLE_MS) || now - session.openedAt > MAX_AGE_MS
  )
}
