/**
 * A worker of BullMQ that can be closed whatever its server does. BullMQ waits for its blocking connection to end, and one
 * that is just coming back from an outage at times never says that it has: measured, once in 160 closes after a Redis that was
 * away, and the process stood there until its stop time was over. What matters is waited for without limit, the jobs
 * in hand; saying goodbye is not.
 */
import type { Processor, Worker } from 'bullmq'
import type { Config } from '../config/config.ts'
import type { Logger } from '../process/logger.ts'
import { within } from '../process/within.ts'
import { openWorker } from './bullmq-backend.ts'

const GOODBYE_MS = 2_000

export class QueueWorker<T> {
  readonly #worker: Worker<T, void>
  #inHand = 0
  #isGone = false
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
      // Fetched before, and answered after all: what it needs is closed by now. Maintenance puts it on again.
      if (this.#isGone) throw new Error('the worker was closed before the job came')
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

  /** How many jobs are taken at a time from now on. */
  set concurrency(jobs: number) {
    if (this.#worker.concurrency !== jobs) this.#worker.concurrency = jobs
  }

  /** Takes no more, and resolves when what is in hand has been done. An job whose end could not be told is put on again. */
  async close(): Promise<void> {
    const closed = this.#worker.close()
    for (;;) {
      await Promise.race([closed, this.#idle()])
      const isClosed = await within(GOODBYE_MS, closed).then(
        () => true,
        () => false,
      )
      if (isClosed) return
      // One that had been fetched before may have begun meanwhile.
      if (this.#inHand === 0) break
    }
    this.#isGone = true
    // Or a connection would try to come back for ever.
    void this.#worker.disconnect().catch(() => {})
  }

  #idle(): Promise<void> {
    if (this.#inHand === 0) return Promise.resolve()
    return new Promise((resolve) => this.#onIdle.push(resolve))
  }
}
