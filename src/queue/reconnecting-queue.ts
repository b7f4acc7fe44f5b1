/**
 * A queue of BullMQ that may be opened, and closed, at the wrong moment. Opened while its server is away,
 *
 *   on PostgreSQL  BullMQ looks once whether the schema is the right one, and remembers that it could not: every call
 *                  rejects for ever. Such a queue is thrown away here, and the next call opens another.
 *   on Redis       every call waits without end for the first connection, and whoever asked waits with it: a campaign would
 *                  not be accepted. Once there has been one, every command fails at once.
 */
import type { Queue } from 'bullmq'
import type { Config } from '../config/config.ts'
import type { Logger } from '../process/logger.ts'
import { within } from '../process/within.ts'
import { openQueue } from './bullmq-backend.ts'

/** A server that is there has answered by then. */
const FIRST_CONNECTION_MS = 1_000
const CLOSE_MS = 2_000

export class ReconnectingQueue<T> {
  readonly #open: () => Queue<T>
  readonly #isOnRedis: boolean
  #queue: Queue<T>

  constructor(queueName: string, config: Config, processName: string, log: Logger) {
    this.#open = () => openQueue<T>(queueName, config, processName, log)
    this.#isOnRedis = config.queue.redisUrl !== null
    this.#queue = this.#open()
  }

  /** The queue to call. Rejects while its server has not been there yet. */
  async connected(): Promise<Queue<T>> {
    const queue = this.#queue
    try {
      // PostgreSQL's connections have a limit of their own.
      await (this.#isOnRedis ? within(FIRST_CONNECTION_MS, queue.waitUntilReady()) : queue.waitUntilReady())
      return queue
    } catch (error) {
      // Of several calls that found out together, one puts a new queue in its place.
      if (!this.#isOnRedis && this.#queue === queue) {
        this.#queue = this.#open()
        await closeQueue(queue)
      }
      throw error
    }
  }

  async close(): Promise<void> {
    await closeQueue(this.#queue)
  }
}

/** To say goodbye to a Redis that is away fails, and would leave a connection that tries to come back for ever. */
async function closeQueue(queue: Queue): Promise<void> {
  await within(CLOSE_MS, queue.close()).catch(() => {
    // Resolves when the server has said goodbye too.
    void queue.disconnect().catch(() => {})
  })
}
