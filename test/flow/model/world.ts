/**
 * What the commands of the model-based tests act on: real PostgreSQL and a real queue, the fake FCM, dispatchers that can be
 * killed, and a planner and a maintenance process that do their work when a command says so. Time is PostgreSQL's, so
 * leases and delays are short instead.
 */
import { randomUUIDv7 } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { ActionDeps } from '../../../src/campaigns/enqueue-campaign.ts'
import { resumeCampaign } from '../../../src/campaigns/resume-campaign.ts'
import { sendCampaign } from '../../../src/campaigns/send-campaign.ts'
import { completeDueCancels } from '../../../src/campaigns/undo-cancel.ts'
import { OWNER_LOCK } from '../../../src/dispatch/batch-owner.ts'
import type { Guarantee } from '../../../src/domain/campaign.ts'
import { AppError } from '../../../src/domain/errors.ts'
import { closeSettled } from '../../../src/maintenance/close-campaigns.ts'
import { OwnerWatch } from '../../../src/maintenance/owner-watch.ts'
import { QueuedCursor } from '../../../src/maintenance/rescue-unqueued.ts'
import { runMaintenance, runOwnerWatch } from '../../../src/maintenance/run-maintenance.ts'
import { planCampaign } from '../../../src/planning/plan-campaign.ts'
import type { Pool } from '../../../src/postgres/pool.ts'
import { openPool } from '../../../src/postgres/pool.ts'
import { createLogger } from '../../../src/process/logger.ts'
import { openJobQueue } from '../../../src/queue/bullmq-job-queue.ts'
import { enqueueBatches } from '../../../src/queue/enqueue-batches.ts'
import type { JobQueue } from '../../../src/queue/job-queue.ts'
import { TcpDoor } from '../../../testing/network/tcp-door.ts'
import { deleteQueueKeys } from '../../../testing/servers/queue-keys.ts'
import { testConfig } from '../../support/config.ts'
import { createCampaign } from '../../support/factories.ts'
import { noGuard, seen, versionOf } from '../../support/seen.ts'
import { until } from '../../support/until.ts'
import { type Ground, makeDevices } from './ground.ts'
import { SeverableDispatcher } from './severable-dispatcher.ts'
import { WatchedMessages } from './watched-messages.ts'

/** Long enough that a busy machine does not miss a beat, which is due five times in it. */
export const LEASE_MS = 2_000
const HANG_MS = LEASE_MS * 1.2
const SETTLE_MS = 30_000
const TICK_MS = 50
const NEVER = new AbortController().signal

const ENV = {
  BATCH_LEASE_MS: LEASE_MS,
  FCM_REQUEST_TIMEOUT_MS: LEASE_MS / 2 - 50,
  RETRY_ATTEMPTS: 50,
  BATCH_SIZE: 5,
  PLAN_PAGE_BATCHES: 2,
  QUEUE_WATERMARK: 4,
  DISPATCH_BATCHES: 3,
  DISPATCH_CONCURRENCY: 4,
  RECORD_CHUNK: 3,
}

export interface ModelCampaign {
  id: string
  chain: string
  guarantee: Guarantee
}

interface Unsettled {
  id: string
  state: string
  reason: string
  isCanceling: boolean
  isPlanned: boolean
}

export class World {
  readonly ground: Ground
  readonly campaigns: ModelCampaign[] = []
  readonly dispatchers: SeverableDispatcher[] = []
  readonly watched: WatchedMessages
  /** Times that a batch with this device was in hand when a dispatcher was killed or hung, by campaign and device. */
  readonly risks = new Map<string, number>()
  /** What has happened, with its milliseconds, for whoever reads a failure. */
  readonly history: string[] = []
  readonly problems: string[] = []
  /** Of each device, also of deleted ones. */
  readonly addresses = new Map<number, string>()
  readonly #env: Record<string, string | number>
  readonly #door: TcpDoor
  readonly #pool: Pool
  readonly #queue: JobQueue
  readonly #owners: OwnerWatch
  readonly #queuedCursor = new QueuedCursor()
  readonly #startedAt = performance.now()
  #started = 0

  private constructor(ground: Ground, env: Record<string, string | number>, door: TcpDoor) {
    this.ground = ground
    this.#env = env
    this.#door = door
    this.watched = new WatchedMessages(ground.pool)
    const config = testConfig({
      ...env,
      DATABASE_URL: door.through(ground.databaseUrl),
      REDIS_URL: ground.redisUrl,
      DATABASE_POOL_SIZE: 2,
    })
    this.#pool = openPool(config.database, 'maintenance', LOG)
    this.#queue = openJobQueue(config, 'maintenance', LOG)
    this.#owners = new OwnerWatch(this.#pool, LEASE_MS)
  }

  /** `devices`: two for each member. */
  static async open(ground: Ground, devices: number): Promise<World> {
    const { pool, fcm, redisUrl, prefix } = ground
    const first = ground.nextToken
    await makeDevices(ground, devices)
    const env = {
      ...ENV,
      FCM_CA_FILE: fcm.caFile,
      QUEUE_PREFIX: redisUrl === null ? prefix : `${prefix}_${first}`,
      LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
    }
    const world = new World(ground, env, await TcpDoor.to(ground.databaseUrl))
    const stored = await pool.query<{ id: number; address: string }>('SELECT id, address FROM devices')
    for (const { id, address } of stored.rows) world.addresses.set(id, address)
    return world
  }

  get action(): ActionDeps {
    return { pool: this.ground.pool, queue: this.#queue, log: LOG, watermark: ENV.QUEUE_WATERMARK }
  }

  /** A time of performance.now() as the history has it. */
  msOf(at: number): number {
    return Math.round(at - this.#startedAt)
  }

  note(what: string): void {
    this.history.push(`${this.msOf(performance.now())} ms: ${what}`)
  }

  async startDispatcher(): Promise<void> {
    const { databaseUrl, redisUrl, fcm } = this.ground
    const name = `dispatcher ${++this.#started}`
    const dispatcher = await SeverableDispatcher.start(
      name,
      { databaseUrl, redisUrl, fcmOrigin: fcm.origin },
      this.#env,
      (why) => this.problems.push(`${name} ended by itself: ${why}`),
    )
    this.dispatchers.push(dispatcher)
  }

  /** All devices of batches that are in hand when it is dead are at risk, also those of other dispatchers. */
  async kill(dispatcher: SeverableDispatcher): Promise<void> {
    this.dispatchers.splice(this.dispatchers.indexOf(dispatcher), 1)
    const { pool, leftovers } = this.ground
    const ports = dispatcher.postgres.clientPorts
    const { rows: owners } = await pool.query<{ id: number }>(
      `SELECT l.objid::int AS id FROM pg_locks l JOIN pg_stat_activity a USING (pid)
       WHERE l.locktype = 'advisory' AND l.classid = $1 AND a.client_port = ANY($2::int[])`,
      [OWNER_LOCK, ports],
    )
    leftovers.push((await dispatcher.kill()).leftovers)
    // PostgreSQL executes what it was asked before it notices that nobody is there.
    await until(
      async () => {
        const { rowCount } = await pool.query(
          'SELECT FROM pg_stat_activity WHERE datname = current_database() AND client_port = ANY($1::int[])',
          [ports],
        )
        return rowCount === 0
      },
      { what: `PostgreSQL has noticed that ${dispatcher.name} is gone` },
    )
    await this.#noteRisks()
    // How soon its death is noticed is tested elsewhere (owner-watch.test.ts); here its batches are taken back by the next look.
    await pool.query('DELETE FROM batch_owners WHERE id = ANY($1::int[])', [owners.map(({ id }) => id)])
  }

  async #noteRisks(): Promise<void> {
    const { rows } = await this.ground.pool.query<{ key: string }>(
      `SELECT campaign_id || ' ' || id AS key FROM batches CROSS JOIN unnest(device_ids) AS i (id) WHERE state = 'sending'`,
    )
    this.note(`at risk: ${rows.length} devices`)
    for (const { key } of rows) this.risks.set(key, (this.risks.get(key) ?? 0) + 1)
  }

  /** SIGTERM: it must neither repeat nor leave anything. */
  async stop(dispatcher: SeverableDispatcher): Promise<void> {
    this.dispatchers.splice(this.dispatchers.indexOf(dispatcher), 1)
    await dispatcher.stop()
  }

  /** `createdAt`: when its draft was made, which decides the month in which its results are kept. */
  async send(options: { guarantee: Guarantee; names: string[] | null; createdAt: Date; isPlanned: boolean }) {
    const { guarantee, names, createdAt, isPlanned } = options
    const id = uuid7At(createdAt)
    const audience = names === null ? { all: true as const } : { externalIds: names }
    await createCampaign(this.ground.pool, { id, guarantee, audience })
    try {
      await sendCampaign({ ...this.action, guard: noGuard }, id, await seen(this.ground.pool, id))
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'audience_empty') throw error
      await this.ground.pool.query('DELETE FROM campaigns WHERE id = $1', [id])
      return
    }
    this.campaigns.push({ id, chain: id, guarantee })
    this.note(`campaign ${this.campaigns.length - 1} is ${id}`)
    if (isPlanned) await this.plan(id)
    else await this.plan(id, 1)
  }

  /** What a planner does with the campaign's job: all of it, or it is killed after some pages. */
  async plan(id: string, pages = Number.POSITIVE_INFINITY): Promise<void> {
    const killed = new AbortController()
    let left = pages
    const deps = { pool: this.ground.pool, batchSize: ENV.BATCH_SIZE, pageBatches: ENV.PLAN_PAGE_BATCHES }
    const onPage = async () => {
      left -= 1
      if (left <= 0) killed.abort()
      await enqueueBatches(this.action, id).catch((error: Error) => this.note(`enqueue: ${error.message}`))
    }
    await planCampaign({ ...deps, onPage }, id, killed.signal)
  }

  /** What maintenance does twice a second. During an outage it fails. */
  async tick(): Promise<void> {
    try {
      const pool = this.#pool
      const deps = {
        ...this.action,
        pool,
        planAheadMs: 0,
        standstillMs: 100,
        queuedCursor: this.#queuedCursor,
      }
      await runOwnerWatch(this.#owners, deps)
      await runMaintenance(deps)
      await completeDueCancels(deps)
      await closeSettled(pool, LOG, NEVER)
    } catch (error) {
      const said = `tick: ${(error as Error).message}`
      // During an outage every one of them says the same.
      if (this.history.at(-1)?.endsWith(said) !== true) this.note(said)
    }
  }

  /** Nobody reaches PostgreSQL for this long. Maintenance goes on trying, and its first tick comes as early as it can. */
  async outage(ms: number): Promise<void> {
    const doors = [this.#door, ...this.dispatchers.map(({ postgres }) => postgres)]
    await Promise.all(doors.map((door) => door.shut()))
    const endsAt = performance.now() + ms
    while (performance.now() < endsAt) {
      await this.tick()
      await wait(Math.min(TICK_MS, Math.max(0, endsAt - performance.now())))
    }
    await Promise.all(doors.map((door) => door.open()))
    await this.tick()
  }

  /** The way of one dispatcher to PostgreSQL hangs for longer than the lease: what it has in hand is taken from it. */
  async hang(dispatcher: SeverableDispatcher): Promise<void> {
    dispatcher.postgres.hold()
    const endsAt = performance.now() + HANG_MS
    await this.#noteRisks()
    while (performance.now() < endsAt) {
      await this.tick()
      await wait(TICK_MS)
    }
    await dispatcher.postgres.open()
  }

  /** The queue loses everything. */
  async wipeQueue(): Promise<void> {
    const { pool, redisUrl, prefix } = this.ground
    if (redisUrl === null) await pool.query(`TRUNCATE ${prefix}_queue.job CASCADE`)
    else await deleteQueueKeys(redisUrl, String(this.#env.QUEUE_PREFIX))
  }

  /** Everything works again, everybody resumes: resolves when every campaign is closed. */
  async settle(): Promise<void> {
    const { pool, fcm } = this.ground
    fcm.clearFaults()
    if (this.dispatchers.length === 0) await this.startDispatcher()
    const deadline = performance.now() + SETTLE_MS
    for (;;) {
      const { rows } = await pool.query<Unsettled>(
        `SELECT id, state, pause_reason AS reason, cancel_at IS NOT NULL AS "isCanceling", is_planned AS "isPlanned"
         FROM campaigns WHERE closed_at IS NULL`,
      )
      if (rows.length === 0) return
      for (const { id, state, reason, isCanceling, isPlanned } of rows) {
        if (!isPlanned) await this.plan(id)
        if (state !== 'paused') continue
        if (isCanceling) {
          // Final by the next tick, whether it was a second ago or is a minute ahead.
          await pool.query('UPDATE campaigns SET cancel_at = now() WHERE id = $1 AND cancel_at IS NOT NULL', [
            id,
          ])
          continue
        }
        if (reason !== 'by_operator') throw new Error(`campaign ${id} has paused itself: ${reason}`)
        await this.watched.look()
        await resumeCampaign(this.action, id, await versionOf(pool, id))
      }
      if (performance.now() > deadline)
        throw new Error(`not closed in ${SETTLE_MS} ms: ${await this.#open()}`)
      await this.tick()
      await this.watched.look()
      await wait(TICK_MS / 2)
    }
  }

  async #open(): Promise<string> {
    const { rows } = await this.ground.pool.query(
      `SELECT c.id, c.state AS campaign, b.* FROM campaigns c LEFT JOIN batches b
       ON b.campaign_id = c.id AND b.state NOT IN ('done', 'canceled') WHERE c.closed_at IS NULL LIMIT 5`,
    )
    return JSON.stringify(rows)
  }

  /** Resolves when nothing of the run can act any more. */
  async close(): Promise<void> {
    const { leftovers, redisUrl } = this.ground
    for (const dispatcher of this.dispatchers) leftovers.push((await dispatcher.kill()).leftovers)
    await Promise.all([this.#queue.close(), this.#pool.end()])
    await this.#door.shut()
    if (redisUrl !== null) await deleteQueueKeys(redisUrl, String(this.#env.QUEUE_PREFIX))
  }
}

const LOG = createLogger('test', process.env.TEST_LOG_LEVEL ?? 'silent')

/** A UUIDv7 that was made then. */
function uuid7At(at: Date): string {
  const time = at.getTime().toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}${randomUUIDv7().slice(13)}`
}
