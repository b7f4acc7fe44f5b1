/** Counts sessions and streams of the fake, and finds the socket under a session, which node:http2 hides. */
import type { Http2SecureServer, ServerHttp2Session, ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

export interface ConnectionStats {
  /** Sessions since the start or the last reset, now, and at most at a time. */
  sessionsOpened: number
  openSessions: number
  maxSessions: number
  /** Streams now, at most at a time, and at most at a time on one session. */
  openStreams: number
  maxStreams: number
  maxStreamsPerSession: number
}

export class Session {
  readonly http2: ServerHttp2Session
  readonly tls: TLSSocket
  /** Under the TLS. */
  readonly tcp: Socket | undefined
  /** Streams above this one are not processed, because of a GOAWAY. */
  lastProcessed = Number.POSITIVE_INFINITY
  streams = 0

  constructor(http2: ServerHttp2Session, tls: TLSSocket, tcp: Socket | undefined) {
    this.http2 = http2
    this.tls = tls
    this.tcp = tcp
  }
}

export class Connections {
  #sessions = new Map<ServerHttp2Session, Session>()
  /** By the port at the other end, which is how a TLS socket's TCP socket is found. */
  #sockets = new Map<number | undefined, Socket>()
  #lastSocket: TLSSocket | undefined
  #sessionsOpened = 0
  #maxSessions = 0
  #openStreams = 0
  #maxStreams = 0
  #maxStreamsPerSession = 0

  constructor(server: Http2SecureServer) {
    server.on('connection', (socket: Socket) => {
      const { remotePort } = socket
      this.#sockets.set(remotePort, socket)
      socket.on('close', () => this.#sockets.delete(remotePort))
      socket.on('error', () => {})
    })
    // Runs just before the session of this socket is made, in the same turn.
    server.prependListener('secureConnection', (socket: TLSSocket) => {
      this.#lastSocket = socket
      socket.on('error', () => {})
    })
    server.on('session', (http2: ServerHttp2Session) => {
      const tls = this.#lastSocket
      if (tls === undefined) throw new Error('a session without a socket')
      this.#sessions.set(http2, new Session(http2, tls, this.#sockets.get(tls.remotePort)))
      this.#sessionsOpened++
      this.#maxSessions = Math.max(this.#maxSessions, this.#sessions.size)
      http2.on('error', () => {})
      http2.on('close', () => this.#sessions.delete(http2))
    })
    server.on('sessionError', () => {})
    server.on('tlsClientError', () => {})
  }

  /** The stream's session, with the stream counted. `closed` must follow. */
  opened(stream: ServerHttp2Stream): Session | undefined {
    const session = this.#sessions.get(stream.session as ServerHttp2Session)
    if (session === undefined) return undefined
    this.#openStreams++
    session.streams++
    if (this.#openStreams > this.#maxStreams) this.#maxStreams = this.#openStreams
    if (session.streams > this.#maxStreamsPerSession) this.#maxStreamsPerSession = session.streams
    return session
  }

  closed(session: Session): void {
    this.#openStreams--
    session.streams--
  }

  get stats(): ConnectionStats {
    return {
      sessionsOpened: this.#sessionsOpened,
      openSessions: this.#sessions.size,
      maxSessions: this.#maxSessions,
      openStreams: this.#openStreams,
      maxStreams: this.#maxStreams,
      maxStreamsPerSession: this.#maxStreamsPerSession,
    }
  }

  get sessions(): Session[] {
    return [...this.#sessions.values()]
  }

  reset(): void {
    this.#sessionsOpened = this.#sessions.size
    this.#maxSessions = this.#sessions.size
    this.#maxStreams = this.#openStreams
    this.#maxStreamsPerSession = 0
  }

  destroyAll(): void {
    for (const socket of this.#sockets.values()) socket.destroy()
  }
}
