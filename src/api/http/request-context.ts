/** Dependencies of the routes, and the fields that our hooks add to a request and read from a route's config. */
import type { Registry } from 'prom-client'
import type { Caller } from '../../access/caller.ts'
import type { Claim } from '../../access/idempotency.ts'
import type { KeyRing } from '../../access/key-ring.ts'
import type { Sessions } from '../../access/sessions.ts'
import type { Config } from '../../config/config.ts'
import type { Permission } from '../../domain/permissions.ts'
import type { System } from '../../health/read-system.ts'
import type { Pool } from '../../postgres/pool.ts'
import type { Prisma } from '../../postgres/prisma.ts'
import type { Logger } from '../../process/logger.ts'
import type { PushSender } from '../../push/push-sender.ts'
import type { JobQueue } from '../../queue/job-queue.ts'
import type { Admission } from './admission.ts'

export interface AppDeps {
  config: Config
  pool: Pool
  prisma: Prisma
  queue: JobQueue
  log: Logger
  /** Called before the first test message; the app closes the sender. */
  openSender: () => PushSender
  /** Limits on concurrent work; the memory watch refuses heavy calls through it. */
  admission?: Admission
  /** `isServedHere`: the API itself serves them at /metrics. */
  metrics?: { registry: Registry; isServedHere: boolean }
  /** True once the process was told to stop. */
  isDraining?: () => boolean
  /** Time limit for receiving a JSON body. */
  bodyTimeoutMs?: number
  /** Time limit for receiving the headers. */
  headersTimeoutMs?: number
  /** Folder of the built console. Default: console/dist. */
  consoleFolder?: string
  /** Intervals of the live campaign streams. */
  liveTimes?: LiveTimes
}

export interface LiveTimes {
  lookEveryMs: number
  beatEveryMs: number
  staleAfterMs: number
}

/** `AppDeps` and what the app creates itself. */
export interface RouteDeps extends AppDeps {
  keyRing: KeyRing
  sessions: Sessions
  readSystem: () => Promise<System>
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Number of open event streams. */
    openStreams: () => number
  }
  interface FastifyRequest {
    /** Set on every route under /v1 that needs a permission. */
    caller: Caller
    /** Id for the row that a POST creates; the same one if the request is repeated after a crash. */
    subjectId: string
    /** Claim on the Idempotency-Key of this request while it runs. */
    claim: Claim | null
    claimTimer: NodeJS.Timeout | null
  }
  interface FastifyContextConfig {
    /** What a caller needs to call the route. The app does not start if a route under /v1 has none. */
    permission?: Permission | 'anyone'
    /** The handler reads the body as a stream. */
    isStream?: boolean
    /** Fields of the body that are left out of the fingerprint by which a repeat is recognised. */
    secretFields?: readonly string[]
    /** Removes from a reply what must not be stored for a replay. */
    withoutSecret?: (body: string) => string
  }
}
