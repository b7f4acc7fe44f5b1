/**
 * The whole of Carillon as a contender: database, planner, dispatchers and maintenance as they run in production, against
 * a fake FCM that the others use too. The API's process is left out: its deed, sending a campaign, is done from here
 * by the same function.
 *
 * Fresh processes for every round, and a small campaign to warm them up, as the loops are.
 */
import { randomUUIDv7 } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { createCampaign } from '../../src/campaigns/create-campaign.ts'
import { sendCampaign } from '../../src/campaigns/send-campaign.ts'
import { loadConfig } from '../../src/config/config.ts'
import type { Audience } from '../../src/domain/campaign.ts'
import { openPool, type Pool } from '../../src/postgres/pool.ts'
import { createLogger } from '../../src/process/logger.ts'
import type { ProcessSpec } from '../../src/process/process-group.ts'
import { DEFAULT_PROJECT_ID } from '../../src/projects/project.ts'
import { queueSchema } from '../../src/queue/bullmq-backend.ts'
import { openJobQueue } from '../../src/queue/bullmq-job-queue.ts'
import { seedDevices } from '../../testing/devices/seed-devices.ts'
import type { RemoteFakeFcm } from '../../testing/fake-fcm/spawn-fake-fcm.ts'
import { openProcesses, tailOf } from '../../testing/installation/installation.ts'
import { createScratchDatabase } from '../../testing/servers/scratch-database.ts'
import { deleteQueueKeys, makeQueuePrefix } from '../../testing/servers/services.ts'
import { SetupError } from '../../testing/terminal/command.ts'
import { processesOf } from '../../workers/processes.ts'
import { MESSAGE } from '../campaign/run-campaign.ts'
import { cpuSecondsOf, figuresOf } from '../figures/process-figures.ts'
import { BENCH_PROJECT, BENCH_SEED } from './bench-message.ts'
import { checkRound } from './check-round.ts'

const POLL_MS = 20
const silent = createLogger('bench', 'silent')

export interface PipelineOptions {
  postgresUrl: string
  redisUrl: string | null
  fcm: RemoteFakeFcm
  devices: number
  logFile: string
  onSeeded: (count: number) => void
}

export interface Pipeline {
  pool: Pool
  /** One campaign to everybody, in fresh processes. Throws when a message is missing or repeated. */
  round(order: RoundOrder, signal: AbortSignal): Promise<PipelineRound>
}

export interface RoundOrder {
  backend: 'postgresql' | 'redis'
  dispatchers: number
  /** Messages of the campaign before the one that counts. */
  warmUp: number
  /** For the processes, besides what every round has: RECORD_CHUNK and the like. */
  env?: Record<string, string>
  /** How the processes are started, for a profile or a leak. */
  adjust?: (spec: ProcessSpec) => ProcessSpec
  /** Told while the campaign that counts runs. */
  onLook?: (look: Look) => void
}

export interface Look {
  seconds: number
  /** Of the largest dispatcher. */
  rssMb: number
  queueSize: number
}

export interface PipelineRound {
  /** From the call that sends to the closed counts. */
  seconds: number
  /** From the first message that FCM accepted to the last. */
  firstToLastSeconds: number
  planSeconds: number
  /** Of all dispatchers together; null without /proc. */
  dispatcherCpuSeconds: number | null
  peakRssMb: number
  missing: number
  duplicates: number
}

export async function openPipeline(
  stack: AsyncDisposableStack,
  options: PipelineOptions,
  signal: AbortSignal,
): Promise<Pipeline> {
  const { postgresUrl, redisUrl, fcm, devices, logFile, onSeeded } = options
  const prefix = makeQueuePrefix()
  const database = await createScratchDatabase(postgresUrl, queueSchema(prefix))
  stack.defer(() => database.drop())
  if (redisUrl !== null) stack.defer(() => deleteQueueKeys(redisUrl, prefix))
  const log = openSync(logFile, 'a')
  stack.defer(() => closeSync(log))

  const envFor = (backend: RoundOrder['backend']) => ({
    PATH: process.env.PATH,
    DATABASE_URL: database.url,
    REDIS_URL: backend === 'redis' ? (redisUrl ?? '') : '',
    QUEUE_PREFIX: prefix,
    FCM_ENDPOINT: fcm.origin,
    FCM_CA_FILE: fcm.caFile,
    FCM_PROJECT_ID: BENCH_PROJECT,
    // What is measured is how fast it can, not how well it keeps to a quota.
    FCM_MESSAGES_PER_MINUTE: 'unlimited',
    FCM_RAMP_SECONDS: '0',
    STOP_TIMEOUT_MS: '12000',
    LOG_LEVEL: 'warn',
  })
  const pool = openPool(loadConfig(envFor('postgresql')).database, 'bench', silent)
  stack.defer(() => pool.end())
  await seedDevices(pool, devices, BENCH_SEED, onSeeded, signal)
  await pool.query('VACUUM ANALYZE')

  async function round(order: RoundOrder, signal: AbortSignal): Promise<PipelineRound> {
    await using round = new AsyncDisposableStack()
    await pool.query('TRUNCATE campaigns, batches, deliveries, rate_limits')
    const env = { ...envFor(order.backend), ...order.env }
    const config = loadConfig(env)
    const queue = openJobQueue(config, 'bench', silent)
    round.defer(() => queue.close())
    const lost = Promise.withResolvers<never>()
    lost.promise.catch(() => {})
    const processes = openProcesses(round, {
      env,
      output: log,
      onLoss: (name, how) => {
        tailOf(logFile).then((tail) =>
          lost.reject(new SetupError(`The ${name} process died: ${how}. The last it said:\n${tail}`)),
        )
        return false
      },
    })
    const specs = processesOf(order.dispatchers).filter(({ name }) => name !== 'api')
    await Promise.all(specs.map((spec) => processes.start(order.adjust?.(spec) ?? spec)))
    const dispatchers = () =>
      [...processes.pids].filter(([name]) => name.startsWith('dispatcher')).map(([, pid]) => pid)

    const send = async (audience: Audience, look?: () => Promise<void>): Promise<string> => {
      const id = randomUUIDv7()
      const campaign = { id, name: 'Bench', message: MESSAGE, audience, priority: 5, createdBy: null }
      await createCampaign(pool, {
        ...campaign,
        projectId: DEFAULT_PROJECT_ID,
        guarantee: 'at_least_once',
        ratePerMinute: null,
        scheduledAt: null,
      })
      const deps = { pool, queue, log: silent, watermark: config.queue.watermark }
      await sendCampaign(deps, id)
      await Promise.race([untilClosed(pool, id, signal, look), lost.promise])
      return id
    }

    await fcm.reset()
    const externalIds = Array.from({ length: order.warmUp }, (_, index) => `member-${index + 1}`)
    if (order.warmUp > 0) await send({ externalIds })
    await settle(pool)
    await fcm.reset()
    const cpuBefore = cpuSecondsOf(dispatchers())
    const startedAt = performance.now()
    const { onLook } = order
    const look = async () => {
      const rssMb = Math.max(...dispatchers().map((pid) => figuresOf(pid)?.rssMb ?? 0))
      const queueSize = await queue.size()
      onLook?.({ seconds: (performance.now() - startedAt) / 1000, rssMb, queueSize })
    }
    const id = await send({ all: true }, onLook && look)
    const seconds = (performance.now() - startedAt) / 1000
    const cpuAfter = cpuSecondsOf(dispatchers())
    const peakRssMb = Math.max(...dispatchers().map((pid) => figuresOf(pid)?.peakRssMb ?? 0))
    return {
      ...(await checkRound(pool, fcm, id, devices)),
      seconds,
      dispatcherCpuSeconds: cpuBefore !== null && cpuAfter !== null ? cpuAfter - cpuBefore : null,
      peakRssMb,
    }
  }

  return { pool, round }
}

/** What the rounds before have left to be written must not be written during this one. Needs no luck, but a superuser. */
async function settle(pool: Pool): Promise<void> {
  await pool.query('CHECKPOINT').catch(() => {})
}

async function untilClosed(
  pool: Pool,
  id: string,
  signal: AbortSignal,
  look?: () => Promise<void>,
): Promise<void> {
  for (let polls = 0; ; polls++) {
    const { rows } = await pool.query<{ state: string; isClosed: boolean; detail: string | null }>({
      name: 'bench-closed',
      text: `SELECT state, closed_at IS NOT NULL AS "isClosed", pause_detail AS detail FROM campaigns WHERE id = $1`,
      values: [id],
    })
    const campaign = rows[0]
    if (campaign?.isClosed) return
    if (campaign?.state === 'paused') throw new Error(`the campaign paused itself: ${campaign.detail}`)
    if (polls % 10 === 0) await look?.()
    await delay(POLL_MS, undefined, { signal })
  }
}
