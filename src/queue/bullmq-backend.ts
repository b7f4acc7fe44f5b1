/**
 * Opens BullMQ's queues and workers on the backend the configuration names: Redis through ioredis, or PostgreSQL.
 */
import { createPostgresBackend, type Processor, Queue, Worker, type WorkerOptions, withBackend } from 'bullmq'
import pg from 'pg'
import type { Config } from '../config/config.ts'
import type { Logger } from '../process/logger.ts'

export const PLANS = 'plans'
export const BATCHES = 'batches'

export interface PlanRef {
  campaignId: string
}

const onPostgres = withBackend(createPostgresBackend)

/** See queue-queue.ts, which is what everybody else opens. */
export function openQueue<T>(queueName: string, config: Config, processName: string, log: Logger): Queue<T> {
  const { redisUrl, prefix } = config.queue
  const queue =
    redisUrl === null
      ? // The two differ only in what `getBackend()` returns, which nobody here asks for.
        (new onPostgres.Queue<T>(queueName, {
          connection: postgresConnection(config, processName, 2),
        }) as unknown as Queue<T>)
      : new Queue<T>(queueName, {
          prefix: redisPrefix(prefix),
          connection: {
            ...redisConnection(redisUrl, processName),
            // Whoever puts something on has better to do than wait for Redis to come back.
            enableOfflineQueue: false,
            commandTimeout: 5_000,
            maxRetriesPerRequest: 1,
          },
        })
  queue.on('error', sayOnce(log))
  return queue
}

/**
 * See queue-worker.ts, which is what everybody else opens.
 *
 * `maxStalledCount` is as good as unlimited: a job whose worker died must run again however often that
 * happens. Batches that kill their dispatcher are recognised by the attempts counted in PostgreSQL. The stalled
 * check is shared by all workers of a queue, so its interval has to be the same in every process.
 */
export function openWorker<T>(
  queueName: string,
  config: Config,
  processName: string,
  concurrency: number,
  processor: Processor<T, void>,
  log: Logger,
): Worker<T, void> {
  const { redisUrl, prefix } = config.queue
  const options: Omit<WorkerOptions, 'connection'> = {
    concurrency,
    lockDuration: 30_000,
    stalledInterval: 15_000,
    maxStalledCount: 1_000_000,
    // Left alone, a worker that was refused a connection asks again after 15 s: so long would PostgreSQL's restart last.
    runRetryDelay: 1_000,
  }
  const worker =
    redisUrl === null
      ? (new onPostgres.Worker<T, void>(queueName, processor, {
          ...options,
          connection: postgresConnection(config, processName, 4),
        }) as unknown as Worker<T, void>)
      : new Worker<T, void>(queueName, processor, {
          ...options,
          prefix: redisPrefix(prefix),
          connection: { ...redisConnection(redisUrl, processName), maxRetriesPerRequest: null },
        })
  worker.on('error', sayOnce(log))
  worker.on('failed', (job, error) => log.error({ err: error, job: job?.id }, 'a queue job failed'))
  return worker
}

/**
 * BullMQ listens for errors of connections that are idle, and not of those it has in use. One that breaks then tells whoever
 * asked, and says `error` as well, which without a listener ends the process: a start while PostgreSQL stopped did.
 */
class Client extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config)
    this.on('error', () => {})
  }
}

function postgresConnection(config: Config, processName: string, max: number) {
  return {
    Client,
    connectionString: config.database.url,
    schema: queueSchema(config.queue.prefix),
    max,
    connectionTimeoutMillis: 5_000,
    application_name: `carillon-${processName}-queue`,
  }
}

function redisConnection(url: string, processName: string) {
  return {
    url,
    connectionName: `carillon-${processName}`,
    // BullMQ's own strategy waits up to 20 s, which is how long campaigns would stand still after an outage.
    retryStrategy: (attempt: number) => Math.min(100 * 2 ** attempt, 2_000) + Math.random() * 100,
  }
}

/** In braces, all keys of a queue fall into one slot of a Redis Cluster. */
function redisPrefix(prefix: string): string {
  return `{${prefix}}`
}

/** The PostgreSQL schema of the queue's own tables; `npm run migrate` makes it. */
export function queueSchema(prefix: string): string {
  return `${prefix}_queue`
}

/** A backend that is away reports the same error many times a second: one line in ten seconds says as much. */
function sayOnce(log: Logger): (error: Error) => void {
  let quietUntil = 0
  return (error) => {
    if (Date.now() < quietUntil) return
    quietUntil = Date.now() + 10_000
    log.warn({ err: error }, 'the queue backend reports an error (said once in ten seconds)')
  }
}
