/**
 * A BullMQ queue that can be opened and closed while its server is unavailable. BullMQ's own queue, opened then,
 *
 *   on PostgreSQL  checks the schema once and keeps the failure: every later call rejects. Such a queue is discarded here,
 *                  and the next call uses a new one.
 *   on Redis       lets every call wait for the first connection without a limit, so that the API could not accept a
 *                  campaign. The wait is limited here. After the first connection, commands fail at once.
 */
import type { Queue } from 'bullmq'
import type { Config } from '../config/config.ts'
import type { Logger } from '../process/logger.ts'
import { within } from '../process/within.ts'
import { openQueue } from './bullmq-backend.ts'

/** An available server answers within this time. */
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

  /** Returns the queue to call. Rejects if its server has not been available yet. */
  async connected(): Promise<Queue<T>> {
    const queue = this.#queue
    try {
      // PostgreSQL connections have their own timeout.
      await (this.#isOnRedis ? within(FIRST_CONNECTION_MS, queue.waitUntilReady()) : queue.waitUntilReady())
      return queue
    } catch (error) {
      // Of several concurrent calls that fail, only the first replaces the queue.
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

/** Closing fails while Redis is unavailable, and would leave a connection that tries to reconnect for ever. */
async function closeQueue(queue: Queue): Promise<void> {
  await within(CLOSE_MS, queue.close()).catch(() => {
    // Not awaited: it resolves only after the server has answered.
    void queue.disconnect().catch(() => {})
  })
}
