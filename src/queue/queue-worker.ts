/**
 * A BullMQ worker that can be closed whatever state its server is in. BullMQ waits for its blocking connection to end, and a
 * connection that is reconnecting after an outage sometimes never reports its end: measured in one of 160 closes after an
 * outage of Redis, and the process hung until its stop timeout. Closing therefore waits for the jobs in hand without
 * limit, but for the disconnection at most DISCONNECT_TIMEOUT_MS.
 */
import type { Processor, Worker } from 'bullmq'
import type { Config } from '../config/config.ts'
import type { Logger } from '../process/logger.ts'
import { within } from '../process/within.ts'
import { openWorker } from './bullmq-backend.ts'

const DISCONNECT_TIMEOUT_MS = 2_000

export class QueueWorker<T> {
  readonly #worker: Worker<T, void>
  #inHand = 0
  #isClosed = false
  #onIdle: (() => void)[] = []

  constructor(
    queueName: string,
    config: Config,
    processName: string,
    concurrency: number,
    process: Processor<T, void>,
    log: Logger,
  ) {
    const counted: Processor<T, void> = async (...job) => {
      // The job was fetched before the close but arrived after it, and what it needs is closed. Maintenance adds it again.
      if (this.#isClosed) throw new Error('the worker was closed before the job arrived')
      this.#inHand += 1
      try {
        await process(...job)
      } finally {
        this.#inHand -= 1
        if (this.#inHand === 0) for (const resolve of this.#onIdle.splice(0)) resolve()
      }
    }
    this.#worker = openWorker<T>(queueName, config, processName, concurrency, counted, log)
  }

  async waitUntilReady(): Promise<void> {
    await this.#worker.waitUntilReady()
  }

  /** How many jobs may run at a time from now on. */
  set concurrency(jobs: number) {
    if (this.#worker.concurrency !== jobs) this.#worker.concurrency = jobs
  }

  /**
   * Takes no more jobs and resolves when those in hand have ended. A job whose end could not be reported is added again.
   */
  async close(): Promise<void> {
    const closed = this.#worker.close()
    for (;;) {
      await Promise.race([closed, this.#idle()])
      const isClosed = await within(DISCONNECT_TIMEOUT_MS, closed).then(
        () => true,
        () => false,
      )
      if (isClosed) return
      // A job that was fetched before the close may have started meanwhile.
      if (this.#inHand === 0) break
    }
    this.#isClosed = true
    // Otherwise the connection would try to reconnect for ever.
    void this.#worker.disconnect().catch(() => {})
  }

  #idle(): Promise<void> {
    if (this.#inHand === 0) return Promise.resolve()
    return new Promise((resolve) => this.#onIdle.push(resolve))
  }
}
