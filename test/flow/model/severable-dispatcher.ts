/**
 * A whole dispatcher in the test's own process, which can be killed: its connections are reset and its doors stay shut, so
 * nothing that it still does reaches anybody. To PostgreSQL, Redis and FCM that is a process that was killed; to the test
 * it costs milliseconds instead of the second that a process needs to start.
 */
import { runDispatcher } from '../../../src/dispatch/run-dispatcher.ts'
import { createLogger } from '../../../src/process/logger.ts'
import { RecentErrors } from '../../../src/process/recent-errors.ts'
import { createSender } from '../../../src/push/create-sender.ts'
import { TcpDoor } from '../../../testing/network/tcp-door.ts'
import { testConfig } from '../../support/config.ts'

export interface Reachable {
  databaseUrl: string
  redisUrl: string | null
  fcmOrigin: string
}

type Step = (hurry: AbortSignal) => Promise<unknown> | unknown

export class SeverableDispatcher {
  readonly name: string
  readonly postgres: TcpDoor
  readonly #others: readonly TcpDoor[]
  readonly #steps: Step[] = []
  readonly #hurry = new AbortController()
  #stopReason: string | null = null

  private constructor(name: string, postgres: TcpDoor, others: readonly TcpDoor[]) {
    this.name = name
    this.postgres = postgres
    this.#others = others
  }

  /** Resolves when it takes batches. `onEnd` is called if it decides to end by itself. */
  static async start(
    name: string,
    { databaseUrl, redisUrl, fcmOrigin }: Reachable,
    env: Record<string, string | number>,
    onEnd: (why: string) => void,
  ): Promise<SeverableDispatcher> {
    const postgres = await TcpDoor.to(databaseUrl)
    const fcm = await TcpDoor.to(fcmOrigin)
    const redis = redisUrl === null ? null : await TcpDoor.to(redisUrl)
    const dispatcher = new SeverableDispatcher(name, postgres, redis === null ? [fcm] : [fcm, redis])
    const config = testConfig({
      ...env,
      DATABASE_URL: postgres.through(databaseUrl),
      REDIS_URL: redisUrl === null || redis === null ? null : redis.through(redisUrl),
      FCM_ENDPOINT: fcm.through(fcmOrigin),
    })
    await runDispatcher(
      {
        role: 'dispatcher',
        config,
        log: createLogger('dispatcher', config.logLevel),
        recentErrors: new RecentErrors(),
        onStop: (_, step) => dispatcher.#steps.push(step),
        ready: () => {},
        stop: onEnd,
        stopReason: () => dispatcher.#stopReason,
      },
      createSender,
    )
    return dispatcher
  }

  /**
   * Resolves when it can reach nobody any more; `leftovers` resolves when nothing of it is left in this process, which may
   * take seconds: it still tries to reach its servers.
   */
  async kill(): Promise<{ leftovers: Promise<void> }> {
    await this.#shut()
    const leftovers = this.#end('killed')
    // After the first step has begun: it listens for this.
    this.#hurry.abort()
    return { leftovers }
  }

  /** As SIGTERM does. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM')
    await this.#shut()
  }

  async #shut(): Promise<void> {
    await Promise.all([this.postgres, ...this.#others].map((door) => door.shut()))
  }

  async #end(why: string): Promise<void> {
    this.#stopReason = why
    // A killed one fails in most of them: it reaches nobody.
    for (const step of this.#steps.reverse()) await Promise.resolve(step(this.#hurry.signal)).catch(() => {})
  }
}
