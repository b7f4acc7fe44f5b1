/**
 * Sends a PING on connections that are silent, and ends those on which it is not answered. Thus a connection that a
 * firewall has dropped without telling is found before requests are sent on it and time out, and firewalls that drop idle
 * connections keep ours.
 */
import type { Logger } from '../../../process/logger.ts'
import type { Http2Connection } from './connection.ts'

/** Firewalls and NAT gateways drop connections that are silent for longer; the shortest usual limit is 30 s. */
const PING_AFTER_MS = 20_000
/** Servers answer a PING at once. */
const PING_TIMEOUT_MS = 5_000
const CHECK_MS = 2_500

export interface KeepAliveOptions {
  /** Called before each check: connections that are idle for too long should be closed and not kept alive. */
  onCheck: () => void
  log: Logger
}

export class KeepAlive {
  readonly #options: KeepAliveOptions
  readonly #connections = new Set<Http2Connection>()
  #timer: NodeJS.Timeout | undefined
  #checkedAt = 0

  constructor(options: KeepAliveOptions) {
    this.#options = options
  }

  /** Until the connection is gone. Does not keep the process alive. */
  add(connection: Http2Connection): void {
    this.#connections.add(connection)
    if (this.#timer !== undefined) return
    this.#checkedAt = performance.now()
    this.#timer = setInterval(() => this.#check(), CHECK_MS)
    this.#timer.unref()
  }

  #check(): void {
    this.#options.onCheck()
    const now = performance.now()
    // After the process was suspended, answers have arrived that it could not read yet.
    const wasSuspended = now - this.#checkedAt > 2 * CHECK_MS
    this.#checkedAt = now
    for (const connection of this.#connections) {
      if (connection.isGone) {
        this.#connections.delete(connection)
        continue
      }
      const { heardAt, pingedAt } = connection
      if (heardAt >= pingedAt) {
        if (now - heardAt >= PING_AFTER_MS) connection.ping()
      } else if (now - pingedAt >= PING_TIMEOUT_MS && !wasSuspended) {
        const silentMs = Math.round(now - heardAt)
        this.#options.log.info({ silentMs }, 'a connection to FCM does not answer a PING and is closed')
        connection.destroy()
      }
    }
    if (this.#connections.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
