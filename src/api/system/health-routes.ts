/**
 * For whoever watches the process. `live`: it turns. `ready`: it can take requests, which needs the database, all
 * migrations, and nobody having told it to stop. A queue that is away is reported and does not make it unready:
 * campaigns are taken into PostgreSQL and go on when it is back.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { AppError } from '../../domain/errors.ts'
import { MigrationError, pendingMigrations } from '../../postgres/migrate.ts'
import { within } from '../../process/within.ts'
import { OneOf } from '../http/common-schemas.ts'
import type { RouteDeps } from '../http/request-context.ts'

const PATIENCE_MS = 2_000

export function healthRoutes({ pool, queue, isDraining }: RouteDeps): FastifyPluginAsyncTypebox {
  /** Files of this release against rows of the database: once they agree, they go on agreeing. */
  let isMigrated = false

  const checkReady = async () => {
    if (isDraining?.()) throw notReady('This process is stopping. Send requests to another.')
    try {
      await within(PATIENCE_MS, pool.query('SELECT 1'))
    } catch (error) {
      throw notReady('The database does not answer. Check DATABASE_URL and the server it names.', error)
    }
    if (isMigrated) return
    const pending = await pendingMigrations(pool).catch((error: unknown) => {
      throw error instanceof MigrationError ? notReady(error.message, error) : error
    })
    if (pending.length > 0) {
      throw notReady(`The database lacks ${pending.join(', ')}. Run "npm run migrate".`)
    }
    isMigrated = true
  }

  return async (app) => {
    app.get(
      '/health/live',
      {
        schema: {
          tags: ['operations'],
          summary: 'The process is running',
          security: [],
          response: { 200: Type.Object({ status: OneOf(['ok']) }) },
        },
      },
      async () => ({ status: 'ok' as const }),
    )

    app.get(
      '/health/ready',
      {
        schema: {
          tags: ['operations'],
          summary: 'The process can take requests',
          security: [],
          response: {
            200: Type.Object({
              status: OneOf(['ok', 'degraded']),
              queue: OneOf(['ok', 'unreachable']),
            }),
          },
        },
      },
      async (request) => {
        await checkReady()
        try {
          await within(PATIENCE_MS, queue.ping())
          return { status: 'ok' as const, queue: 'ok' as const }
        } catch (error) {
          request.log.warn({ err: error }, 'the queue does not answer')
          return { status: 'degraded' as const, queue: 'unreachable' as const }
        }
      },
    )
  }
}

function notReady(detail: string, cause?: unknown): AppError {
  return new AppError('not_ready', detail, { retryAfterSeconds: 5, cause })
}
