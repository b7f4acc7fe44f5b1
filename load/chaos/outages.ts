/** Stops and breaks the private PostgreSQL and Redis of a run. Outages of one server never overlap. */
import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'
import pg from 'pg'
import type { EmbeddedPostgres } from '../../testing/servers/embedded-postgres.ts'
import { type PrivateRedis, startPrivateRedis } from '../../testing/servers/private-redis.ts'
import type { SmallDisk } from '../../testing/servers/small-disk.ts'

export class Outages {
  readonly #postgres: EmbeddedPostgres
  #redis: PrivateRedis | null
  /** The outage in progress of each server. */
  readonly #current = { postgres: Promise.resolve(), redis: Promise.resolve() }
  readonly #ending = new AbortController()

  readonly #disk: SmallDisk | null

  /** `disk`: where PostgreSQL keeps the run's database, if it can be full. */
  constructor(postgres: EmbeddedPostgres, redis: PrivateRedis | null, disk: SmallDisk | null = null) {
    this.#postgres = postgres
    this.#redis = redis
    this.#disk = disk
  }

  /** Empties the queue at once. */
  async wipeRedis(): Promise<void> {
    const { redis } = this.#current
    await redis
    const client = new Redis(this.#server.url, { maxRetriesPerRequest: 1 })
    client.on('error', () => {})
    try {
      await client.flushall()
    } finally {
      client.disconnect()
    }
  }

  /** Resolves when Redis is back, empty. */
  stopRedis(downMs: number): Promise<void> {
    return this.#inTurn('redis', async () => {
      const { port, stop } = this.#server
      await stop()
      await this.#wait(downMs)
      this.#redis = await startPrivateRedis({ port })
    })
  }

  /** Resolves when PostgreSQL answers again. */
  restartPostgres(how: 'orderly' | 'crash', downMs: number): Promise<void> {
    return this.#inTurn('postgres', async () => {
      await this.#postgres.halt(how)
      await this.#wait(downMs)
      await this.#postgres.resume()
    })
  }

  /** Resolves when PostgreSQL has room again. */
  fillDisk(ms: number): Promise<void> {
    return this.#inTurn('postgres', async () => {
      if (this.#disk === null) throw new Error('there is no disk to fill')
      await this.#disk.fill()
      await this.#wait(ms)
      await this.#disk.free()
    })
  }

  /** Terminates a share of Carillon's connections. */
  terminateBackends(share: number): Promise<void> {
    return this.#inTurn('postgres', async () => {
      const admin = new pg.Client({ connectionString: this.#postgres.url })
      admin.on('error', () => {})
      await admin.connect()
      try {
        await admin.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE application_name LIKE 'carillon-%' AND application_name <> 'carillon-run' AND random() < $1`,
          [share],
        )
      } finally {
        await admin.end()
      }
    })
  }

  /** Brings servers back at once and starts no further outage. */
  async end(): Promise<void> {
    this.#ending.abort()
    await Promise.allSettled(Object.values(this.#current))
  }

  /** Stops the servers themselves. */
  async close(): Promise<void> {
    await this.end()
    await this.#redis?.stop()
    await this.#postgres.stop()
    await this.#disk?.close()
  }

  #inTurn(server: 'postgres' | 'redis', outage: () => Promise<void>): Promise<void> {
    const mine = this.#current[server].then(() => (this.#ending.signal.aborted ? undefined : outage()))
    this.#current[server] = mine
    mine.catch(() => {})
    return mine
  }

  async #wait(ms: number): Promise<void> {
    await wait(ms, undefined, { signal: this.#ending.signal }).catch(() => {})
  }

  get #server(): PrivateRedis {
    if (this.#redis === null) throw new Error('there is no Redis to stop')
    return this.#redis
  }
}
