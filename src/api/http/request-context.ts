/** What the routes are built from, and what our hooks put on a request and read from a route. */
import type { Registry } from 'prom-client'
import type { Role } from '../../access/api-key.ts'
import type { Caller } from '../../access/caller.ts'
import type { Claim } from '../../access/idempotency.ts'
import type { KeyRing } from '../../access/key-ring.ts'
import type { Sessions } from '../../access/sessions.ts'
import type { Config } from '../../config/config.ts'
import type { System } from '../../health/read-system.ts'
import type { Pool } from '../../postgres/pool.ts'
import type { Prisma } from '../../postgres/prisma.ts'
import type { Logger } from '../../process/logger.ts'
import type { OpenSender } from '../../push/create-sender.ts'
import type { Senders } from '../../push/senders.ts'
import type { JobQueue } from '../../queue/job-queue.ts'
import type { Admission } from './admission.ts'

export interface AppDeps {
  config: Config
  pool: Pool
  prisma: Prisma
  queue: JobQueue
  log: Logger
  /** Called for each project when its first test message is to be sent; the app closes the senders. */
  openSender: OpenSender
  /** What the process may take; whoever watches its memory refuses heavy calls with it. */
  admission?: Admission
  /** `isServedHere`: by the API itself, at /metrics. */
  metrics?: { registry: Registry; isServedHere: boolean }
  /** True from the moment the process has been told to stop. */
  isDraining?: () => boolean
  /** How long a JSON body may take to arrive. */
  bodyTimeoutMs?: number
  /** How long its headers may take. */
  headersTimeoutMs?: number
  /** Where the built console is; console/dist unless a test has one of its own. */
  consoleFolder?: string
  /** How often watched campaigns are looked at, and what goes with it. */
  liveTimes?: LiveTimes
}

export interface LiveTimes {
  lookEveryMs: number
  beatEveryMs: number
  staleAfterMs: number
}

/** `AppDeps` and what the app opens for itself. */
export interface RouteDeps extends AppDeps {
  keyRing: KeyRing
  sessions: Sessions
  readSystem: () => Promise<System>
  senders: Senders
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Event streams that are open now. */
    openStreams: () => number
  }
  interface FastifyRequest {
    /** Set on every route under /v1 that not just anyone may call. */
    caller: Caller
    /** The id a POST gives to what it creates; the same again when a request is repeated after a crash. */
    subjectId: string
    /** The claim on the Idempotency-Key of this request, while it runs. */
    claim: Claim | null
    claimTimer: NodeJS.Timeout | null
  }
  interface FastifyContextConfig {
    /** The least role that may call the route. Every route under /v1 has one, or the app does not start. */
    role?: Role | 'anyone'
    /** The body is read by the handler, at its own speed. */
    isStream?: boolean
    /** Fields of the body that must not be kept, not even hashed with the rest, to recognise a repeat. */
    secretFields?: readonly string[]
    /** Takes from an answer what must not be kept for a replay. */
    withoutSecret?: (body: string) => string
  }
}
