/**
 * The servers a run needs: the user's own where they are named by DATABASE_URL and REDIS_URL, private ones
 * otherwise. On the user's own, a run leaves nothing and touches nothing but what it made itself.
 */
import { randomBytes } from 'node:crypto'
import { SetupError, say } from '../terminal/command.ts'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import { startPrivateRedis } from './private-redis.ts'
import { withoutPassword } from './scratch-database.ts'

export interface Server {
  url: string
  /** For people: which one it is. */
  description: string
}

/** A PostgreSQL server to make databases on. */
export async function openPostgres(stack: AsyncDisposableStack): Promise<Server> {
  const url = process.env.DATABASE_URL
  if (url) return { url, description: `a database of its own on ${withoutPassword(url)} (DATABASE_URL)` }
  const server = await startEmbeddedPostgres({ ephemeral: true, log: (line) => say(`  ${line}`) }).catch(
    (error: Error) => {
      throw new SetupError(error.message)
    },
  )
  stack.defer(() => server.stop())
  return { url: server.url, description: 'an embedded PostgreSQL in a temporary folder, without fsync' }
}

export async function openRedis(stack: AsyncDisposableStack): Promise<Server> {
  const url = process.env.REDIS_URL
  if (url) return { url, description: `Redis at ${withoutPassword(url)} (REDIS_URL)` }
  const server = await startPrivateRedis()
  if (server === null) {
    throw new SetupError(
      '--redis needs a Redis: REDIS_URL is not set and there is no redis-server on the PATH. Set REDIS_URL, install redis-server, or leave --redis out to have the queue on PostgreSQL.',
    )
  }
  stack.defer(() => server.stop())
  return { url: server.url, description: 'a redis-server of its own' }
}

/** Names the queue's keys, or its schema. Its own for each run, so that two on one Redis do not meet. */
export function makeQueuePrefix(): string {
  return `carillon_run_${Date.now().toString(36)}_${process.pid}_${randomBytes(2).toString('hex')}`
}
