/**
 * Opens BullMQ's queues and workers on the configured backend: Redis through ioredis, or PostgreSQL.
 */
import {
  createIORedisClient,
  createPostgresBackend,
  type Processor,
  Queue,
  RedisConnection,
  type RedisOptions,
  Worker,
  type WorkerOptions,
  withBackend,
} from 'bullmq'
import { Cluster } from 'ioredis'
import type pg from 'pg'
import type { Config } from '../config/config.ts'
import { connectionTo } from '../postgres/host-client.ts'
import type { Logger } from '../process/logger.ts'
import { type OpenRedisOptions, openRedis } from './open-redis.ts'
import { wakeWhenBlocked } from './wake-blocked.ts'

export const PLANS = 'plans'
export const BATCHES = 'batches'
/** Batches of campaigns with a rate of their own: hundreds of them must not stand before the others in one line. */
export const RATED_BATCHES = 'rated-batches'

export interface PlanRef {
  campaignId: string
}

const onPostgres = withBackend(createPostgresBackend)

/** How BullMQ opens every connection to Redis: it has no option for a cluster whose connections it closes itself. */
RedisConnection.clientFactory = (options) => {
  const { url = '', connectionName, commandTimeout, maxRetriesPerRequest, enableOfflineQueue } = options
  const own: OpenRedisOptions = { connectionName, commandTimeout, maxRetriesPerRequest, enableOfflineQueue }
  const client = openRedis(url, own)
  // BullMQ gives its blocking connections a name that begins with the prefix.
  if (client instanceof Cluster && connectionName?.startsWith('{')) wakeWhenBlocked(client)
  return createIORedisClient(client)
}

/** Used by reconnecting-queue.ts only; all other code uses ReconnectingQueue. */
export function openQueue<T>(queueName: string, config: Config, processName: string, log: Logger): Queue<T> {
  const { redisUrl, prefix } = config.queue
  const queue =
    redisUrl === null
      ? // The two types differ only in what `getBackend()` returns, which is not used here.
        (new onPostgres.Queue<T>(queueName, {
          connection: postgresConnection(config, processName, 2),
        }) as unknown as Queue<T>)
      : new Queue<T>(queueName, {
          prefix: redisPrefix(prefix),
          connection: {
            ...redisConnection(redisUrl, processName),
            // Callers must not wait for Redis to reconnect.
            enableOfflineQueue: false,
            commandTimeout: 5_000,
            maxRetriesPerRequest: 1,
          },
        })
  queue.on('error', logAtMostEvery10s(log))
  return queue
}

/**
 * Used by queue-worker.ts only; all other code uses QueueWorker.
 *
 * `maxStalledCount` is practically unlimited: a job whose worker died must run again, however often that happens. Batches
 * that kill their dispatcher are detected by the attempts counted in PostgreSQL. All workers of a queue share the stalled
 * check, so its interval must be the same in every process.
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
    // BullMQ's default of 15 s after a failed connection would make a restart of PostgreSQL last that long.
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
  worker.on('error', logAtMostEvery10s(log))
  worker.on('failed', (job, error) => log.error({ err: error, job: job?.id }, 'a queue job failed'))
  return worker
}

/**
 * BullMQ listens for errors of idle connections only. A connection that breaks while in use rejects its query and also emits
 * `error`, which ends the process if there is no listener. This happened in a process that started while PostgreSQL
 * stopped.
 */
function listening(Client: typeof pg.Client): typeof pg.Client {
  return class extends Client {
    constructor(config?: string | pg.ClientConfig) {
      super(config)
      this.on('error', () => {})
    }
  }
}

function postgresConnection(config: Config, processName: string, max: number) {
  const connection = connectionTo(config.database.url)
  return {
    ...connection,
    Client: listening(connection.Client),
    schema: queueSchema(config.queue.prefix),
    max,
    connectionTimeoutMillis: 5_000,
    application_name: `carillon-${processName}-queue`,
  }
}

function redisConnection(url: string, processName: string): RedisOptions {
  return { url, connectionName: `carillon-${processName}` }
}

/** The braces put all keys of a queue into one slot of a Redis Cluster. */
function redisPrefix(prefix: string): string {
  return `{${prefix}}`
}

/** The PostgreSQL schema of the queue's own tables; `npm run migrate` creates it. */
export function queueSchema(prefix: string): string {
  return `${prefix}_queue`
}

/** An unavailable backend reports the same error many times a second. */
function logAtMostEvery10s(log: Logger): (error: Error) => void {
  let silentUntil = 0
  return (error) => {
    if (Date.now() < silentUntil) return
    silentUntil = Date.now() + 10_000
    log.warn({ err: error }, 'the queue backend reports an error (logged at most every ten seconds)')
  }
}
