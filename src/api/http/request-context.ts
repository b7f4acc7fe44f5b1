/** Dependencies of the routes, and the fields our hooks add to requests and read from route configs. */
import type { Registry } from 'prom-client'
import type { Caller } from '../../access/caller.ts'
import type { Claim } from '../../access/idempotency.ts'
import type { KeyRing } from '../../access/key-ring.ts'
import type { Sessions } from '../../access/sessions.ts'
import type { AudienceCounter } from '../../audience/audience-counter.ts'
import type { AtCapCount } from '../../audience/count-at-cap.ts'
import type { AudienceCount } from '../../audience/count-audience.ts'
import type { ZoneCount } from '../../audience/count-zones.ts'
import type { Config } from '../../config/config.ts'
import type { Permission } from '../../domain/permissions.ts'
import type { System } from '../../health/read-system.ts'
import type { Pool } from '../../postgres/pool.ts'
import type { Prisma } from '../../postgres/prisma.ts'
import type { Logger } from '../../process/logger.ts'
import type { OpenSender } from '../../push/create-sender.ts'
import type { Senders } from '../../push/senders.ts'
import type { JobQueue } from '../../queue/job-queue.ts'
import type { Admission } from './admission.ts'
import type { ReaderLimits } from './slow-readers.ts'

export interface AppDeps {
  config: Config
  pool: Pool
  prisma: Prisma
  queue: JobQueue
  log: Logger
  /** Called for each project when its first test message is to be sent; the app closes the senders. */
  openSender: OpenSender
  /** Limits the calls of this process. The memory watch refuses heavy calls through it. */
  admission?: Admission
  /** `isServedHere`: the API itself serves them, at /metrics. */
  metrics?: { registry: Registry; isServedHere: boolean }
  /** True once the process is stopping. */
  isDraining?: () => boolean
  /** Time limit for receiving a JSON body. */
  bodyTimeoutMs?: number
  /** How long request headers may take to arrive. */
  headersTimeoutMs?: number
  /** When a client that does not read is ended. */
  readerLimits?: ReaderLimits
  /** Folder of the built console. Default: console/dist. */
  consoleFolder?: string
  /** Intervals of the event streams. */
  liveTimes?: LiveTimes
}

export interface LiveTimes {
  lookEveryMs: number
  beatEveryMs: number
  staleAfterMs: number
}

/** `AppDeps` and what the app itself creates. Without Prisma: only the access routes get it. */
export interface RouteDeps extends Omit<AppDeps, 'prisma'> {
  keyRing: KeyRing
  sessions: Sessions
  readSystem: () => Promise<System>
  senders: Senders
  /** At most a few counts run in a process, whoever asks. */
  countAudience: AudienceCounter<AudienceCount>
  countAtCap: AudienceCounter<AtCapCount>
  countDevices: AudienceCounter<number>
  countZones: AudienceCounter<ZoneCount[]>
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Number of open event streams. */
    openStreams: () => number
  }
  interface FastifyRequest {
    /** Set on all routes under /v1 except those for anyone. */
    caller: Caller
    /** The id of the resource a POST creates. A repeat after a crash gets the same id. */
    subjectId: string
    /** The claim on this request's Idempotency-Key while the request runs. */
    claim: Claim | null
    claimTimer: NodeJS.Timeout | null
    /** Of a body that was read as a stream, once it was: its hash. */
    contentHash: (() => string) | null
  }
  interface FastifyContextConfig {
    /** What a caller needs to call the route. The app does not start if a route under /v1 has none. */
    permission?: Permission | 'anyone'
    /** A session must have given its password in the last minutes: access, and what cannot be taken back. */
    isDangerous?: boolean
    /** The handler reads the body as a stream. */
    isStream?: boolean
    /** Fields of the body that are left out of the hash that recognises a repeat. */
    secretFields?: readonly string[]
    /** Removes from an answer what must not be stored for a replay. */
    withoutSecret?: (body: string) => string
  }
}
