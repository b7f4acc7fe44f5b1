/**
 * A running Carillon for flow tests: a database of its own, a fake FCM in the test's process (so that gates and
 * faults are at hand), and the real workers as child processes (so that they can be killed).
 */
import { type ChildProcess, fork } from 'node:child_process'
import { randomUUIDv7 } from 'node:crypto'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { cancelCampaign } from '../../src/campaigns/cancel-campaign.ts'
import { deleteCampaign } from '../../src/campaigns/edit-campaign.ts'
import type { ActionDeps } from '../../src/campaigns/enqueue-campaign.ts'
import { pauseCampaign } from '../../src/campaigns/pause-campaign.ts'
import { resendCampaign } from '../../src/campaigns/resend-campaign.ts'
import { restoreCampaign } from '../../src/campaigns/restore-campaign.ts'
import { resumeCampaign } from '../../src/campaigns/resume-campaign.ts'
import { sendCampaign } from '../../src/campaigns/send-campaign.ts'
import { beginCancel, keepCampaign } from '../../src/campaigns/undo-cancel.ts'
import type { Resent } from '../../src/domain/campaign.ts'
import type { DeliveryCode } from '../../src/domain/delivery-result.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { createLogger } from '../../src/process/logger.ts'
import { openJobQueue } from '../../src/queue/bullmq-job-queue.ts'
import type { JobQueue } from '../../src/queue/job-queue.ts'
import { type FakeFcm, startFakeFcm } from '../../testing/fake-fcm/fake-fcm.ts'
import type { FakeFcmOptions } from '../../testing/fake-fcm/options.ts'
import { tokenFor } from '../../testing/fake-fcm/token.ts'
import { testConfig, testEnv } from './config.ts'
import { createTestDatabase } from './database.ts'
import { type CampaignColumns, createCampaign, createDevices } from './factories.ts'
import type { QueueBackend } from './queues.ts'
import { noGuard, seen, seenOrigin, versionOf } from './seen.ts'
import { until } from './until.ts'

export type WorkerName = 'api' | 'planner' | 'dispatcher' | 'maintenance'

export interface CarillonOptions {
  devices: number
  /** Of these, the first so many have tokens that FCM calls UNREGISTERED, and the next so many that it calls invalid. */
  dead?: number
  invalid?: number
  fcm?: FakeFcmOptions
  /** Over those of testEnv. Batches are of 50 unless told otherwise, so that a few hundred devices make a campaign. */
  env?: Record<string, string | number>
  workers?: readonly WorkerName[]
  /** A migrated one on other servers than those of the global setup. The caller closes it. */
  database?: { pool: Pool; url: string }
}

export class Carillon {
  readonly pool: Pool
  readonly fcm: FakeFcm
  readonly queue: JobQueue
  readonly deviceIds: readonly number[]
  /** Of the device at the same place in `deviceIds`. */
  readonly tokens: readonly string[]
  readonly #env: Record<string, string>
  readonly #children = new Set<ChildProcess>()
  readonly #action: ActionDeps
  #apiUrl: string | undefined

  private constructor(
    pool: Pool,
    fcm: FakeFcm,
    queue: JobQueue,
    deviceIds: readonly number[],
    tokens: readonly string[],
    env: Record<string, string>,
  ) {
    this.pool = pool
    this.fcm = fcm
    this.queue = queue
    this.deviceIds = deviceIds
    this.tokens = tokens
    this.#env = env
    const log = createLogger('test', 'silent')
    this.#action = {
      pool,
      queue,
      log,
      watermark: Number(env.QUEUE_WATERMARK ?? 64),
    }
  }

  /** Stopped by itself when the test has ended, unless told otherwise. */
  static async start(
    backend: QueueBackend,
    {
      devices,
      dead = 0,
      invalid = 0,
      fcm: fcmOptions,
      env = {},
      workers = ['planner', 'dispatcher', 'maintenance'],
      database,
    }: CarillonOptions,
    /** For tests that share one: keeps `stop` for their `afterAll`. */
    whenDone: (stop: () => Promise<void>) => void = onTestFinished,
  ): Promise<Carillon> {
    const { pool, url } = database ?? (await createTestDatabase())
    const fcm = await startFakeFcm(fcmOptions)
    const variables = {
      DATABASE_URL: url,
      ...backend.env,
      // One prefix for one Carillon: on Redis the tests of a block would otherwise share queues.
      ...(backend.redisUrl !== null && { QUEUE_PREFIX: `${backend.prefix}_${Carillon.#count++}` }),
      FCM_ENDPOINT: fcm.origin,
      FCM_CA_FILE: fcm.caFile,
      BATCH_SIZE: 50,
      DISPATCH_BATCHES: 2,
      LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'warn',
      ...env,
    }
    const queue = openJobQueue(testConfig(variables), 'test', createLogger('test', 'silent'))
    const { deviceIds } = await createDevices(pool, devices, { lastSeenAt: new Date(Date.now() - 60_000) })
    const tokens = deviceIds.map((_, index) =>
      tokenFor(index, { kind: index < dead ? 'dead' : index < dead + invalid ? 'invalid' : 'live' }),
    )
    await pool.query(
      'UPDATE devices d SET address = t.token FROM unnest($1::bigint[], $2::text[]) AS t (id, token) WHERE d.id = t.id',
      [deviceIds, tokens],
    )
    const carillon = new Carillon(pool, fcm, queue, deviceIds, tokens, testEnv(variables))
    whenDone(() => carillon.stop())
    await Promise.all(workers.map((worker) => carillon.startWorker(worker)))
    return carillon
  }
  static #count = 0

  /** Resolves when the process says that it does its work. */
  async startWorker(name: WorkerName, env: Record<string, string | number> = {}): Promise<ChildProcess> {
    return await this.startProcess(new URL(`../../workers/${name}.ts`, import.meta.url), name, env)
  }

  async startProcess(
    file: URL,
    name: string,
    env: Record<string, string | number> = {},
  ): Promise<ChildProcess> {
    const child = fork(file, {
      env: {
        ...this.#env,
        ...Object.fromEntries(Object.entries(env).map(([key, value]) => [key, String(value)])),
      },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#children.add(child)
    const exited = once(child, 'exit').then(([code, signal]) => {
      this.#children.delete(child)
      return `${name} ended before it was ready: ${signal ?? `exit status ${code}`}`
    })
    const said = await Promise.race([once(child, 'message') as Promise<[{ url?: string }]>, exited])
    if (typeof said === 'string') throw new Error(said)
    this.#apiUrl = said[0].url ?? this.#apiUrl
    return child
  }

  /** A draft, sent. */
  async send(columns: CampaignColumns = {}): Promise<string> {
    const id = await createCampaign(this.pool, columns)
    await sendCampaign({ ...this.#action, guard: noGuard }, id, await seen(this.pool, id))
    return id
  }

  async pause(id: string): Promise<{ inFlight: number }> {
    return await pauseCampaign(this.#action, id)
  }

  async resume(id: string): Promise<void> {
    await resumeCampaign(this.#action, id, await versionOf(this.pool, id))
  }

  async cancel(id: string): Promise<void> {
    await cancelCampaign(this.#action, id)
  }

  async beginCancel(id: string, undoSeconds: number): Promise<{ inFlight: number }> {
    return await beginCancel(this.#action, id, undoSeconds)
  }

  async keep(id: string): Promise<void> {
    await keepCampaign(this.#action, id)
  }

  async delete(id: string): Promise<void> {
    await deleteCampaign(this.pool, id, await versionOf(this.pool, id))
  }

  async restore(id: string): Promise<void> {
    await restoreCampaign(this.pool, id)
  }

  /** Returns the id of the campaign that sends again. */
  async resend(id: string, only: Resent, codes?: readonly DeliveryCode[]): Promise<string> {
    const asked = { id: randomUUIDv7(), only, codes, createdBy: null, seen: await seenOrigin(this.pool, id) }
    return (await resendCampaign(this.#action, id, asked)).id
  }

  /** Of the API that was started last. */
  get apiUrl(): string {
    if (this.#apiUrl === undefined) throw new Error('No API was started.')
    return this.#apiUrl
  }

  /** What its processes are started with. */
  get env(): Readonly<Record<string, string>> {
    return this.#env
  }

  /** What processes have said of themselves, the oldest first. */
  async processes(role: string) {
    const { rows } = await this.pool.query('SELECT * FROM processes WHERE role = $1 ORDER BY started_at', [
      role,
    ])
    return rows
  }

  get queuePrefix(): string {
    return this.#env.QUEUE_PREFIX ?? 'carillon'
  }

  async campaign(id: string) {
    const { rows } = await this.pool.query('SELECT * FROM campaigns WHERE id = $1', [id])
    return rows[0]
  }

  async counts(id: string) {
    const { rows } = await this.pool.query<Record<string, number>>(
      `SELECT coalesce(sum(size), 0)::int AS size, coalesce(sum(sent), 0)::int AS sent,
         coalesce(sum(failed), 0)::int AS failed, coalesce(sum(skipped), 0)::int AS skipped,
         coalesce(sum(in_doubt), 0)::int AS in_doubt, coalesce(sum(canceled), 0)::int AS canceled,
         max(attempt)::int AS attempts, max(spent)::int AS spent
       FROM batches WHERE campaign_id = $1`,
      [id],
    )
    return rows[0] as Record<
      'size' | 'sent' | 'failed' | 'skipped' | 'in_doubt' | 'canceled' | 'attempts' | 'spent',
      number
    >
  }

  /** Batches that a dispatcher has claimed and not ended. */
  async inHand(id: string): Promise<number> {
    const { rows } = await this.pool.query(
      `SELECT count(*) AS n FROM batches WHERE campaign_id = $1 AND state = 'sending'`,
      [id],
    )
    return rows[0].n
  }

  /** Closed: finished, or canceled with no message in flight. */
  async closed(id: string, timeoutMs = 45_000): Promise<void> {
    await until(async () => (await this.campaign(id)).closed_at !== null, {
      what: `the counts of campaign ${id} are closed`,
      timeoutMs,
    }).catch(async (error: Error) => {
      const { rows } = await this.pool.query(
        'SELECT seq, state, attempt, spent, owner, size, sent, failed, not_before, queued_at FROM batches WHERE campaign_id = $1 AND state NOT IN ($2, $3) LIMIT 5',
        [id, 'done', 'canceled'],
      )
      const { state, pause_reason, pause_detail } = await this.campaign(id)
      throw new Error(
        `${error.message}; ${JSON.stringify({ state, pause_reason, pause_detail, rows }, null, 1)}`,
      )
    })
  }

  async stop(): Promise<void> {
    const stopped = Promise.all([...this.#children].map((child) => stopChild(child)))
    // Opens every gate: a dispatcher must not wait for the answers that a failed test still holds.
    await this.fcm.close()
    await stopped
    await this.queue.close()
  }
}

/** SIGTERM, and SIGKILL for one that does not go: a test must not hang on what it has shown to be broken. */
export async function stopChild(
  child: ChildProcess,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const exited = once(child, 'exit')
  child.kill(signal)
  const force = setTimeout(() => child.kill('SIGKILL'), 90_000)
  const [code] = await exited
  clearTimeout(force)
  return code as number | null
}
