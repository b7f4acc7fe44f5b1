/** `npm run chaos`: one campaign while processes are killed and servers stopped. The options are in chaos-options.ts. */
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import type { Config } from '../../src/config/config.ts'
import { CAREFUL_WINDOW } from '../../src/dispatch/send-windows.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { UNWRITTEN_CHUNKS } from '../../src/results/result-writer.ts'
import { seedDevices } from '../../testing/devices/seed-devices.ts'
import { startTokenService } from '../../testing/fake-fcm/token-service.ts'
import { type Installation, openInstallation } from '../../testing/installation/installation.ts'
import { withRunFolder } from '../../testing/installation/run-folder.ts'
import { startEmbeddedPostgres } from '../../testing/servers/embedded-postgres.ts'
import { findFreePort } from '../../testing/servers/free-port.ts'
import { startPrivateRedis } from '../../testing/servers/private-redis.ts'
import { mountSmallDisk } from '../../testing/servers/small-disk.ts'
import { type Command, runCommand, SetupError, say } from '../../testing/terminal/command.ts'
import { ApiClient, type CampaignView } from '../campaign/api-client.ts'
import { compareWithReceiver, countRows } from '../campaign/count-results.ts'
import { MESSAGE } from '../campaign/run-campaign.ts'
import { machine, readVersions } from '../figures/environment.ts'
import { CHAOS_USAGE, type ChaosOptions, parseChaosOptions } from './chaos-options.ts'
import { chaosReportOf, chaosTableOf } from './chaos-report.ts'
import { CHAOS_ROW_HEAD, chaosRowOf } from './chaos-row.ts'
import { disturb, type Happened } from './disturb.ts'
import { follow } from './follow.ts'
import { type Interruption, latenessSeconds } from './in-hand.ts'
import { Network } from './network.ts'
import { Outages } from './outages.ts'
import { Recoveries } from './recoveries.ts'
import { makeSchedule, type Schedule } from './schedule.ts'
import { Supervisor } from './supervisor.ts'
import type { ChaosEvidence } from './verdict.ts'

/** Added to the lease: longer than any server is down. */
const STALL_BEYOND_LEASE_MS = 45_000
const API_PATIENCE_MS = 1_000
/**
 * Small pages, so that a planner can be killed in the middle of a plan. No ramp: in a slow first minute kills would cost
 * little.
 */
const DEFAULTS = { PLAN_PAGE_BATCHES: '4', FCM_RAMP_SECONDS: '0' }

await runCommand(CHAOS_USAGE, parseChaosOptions, (options, command) =>
  withRunFolder(command, async (folder) => {
    const problems = await run(options, folder.logFile, command)
    if (options.json) for (const problem of problems) say(`BROKEN: ${problem}.`)
    if (problems.length > 0) folder.keep()
    return problems.length > 0 ? 1 : 0
  }),
)

/** Returns the broken promises. */
async function run(options: ChaosOptions, logFile: string, command: Command): Promise<string[]> {
  const { stack, signal, progress } = command
  say('Starting Carillon, a PostgreSQL and a fake FCM of its own.')
  const disk = options.diskFull === 0 ? null : await mountSmallDisk()
  const postgres = await startEmbeddedPostgres({ ephemeral: true, log: (line) => say(`  ${line}`) })
  const redis = options.queue === 'redis' ? await startPrivateRedis() : null
  const skipped: string[] = []
  if (typeof disk === 'string') skipped.push(`--disk-full: ${disk}`)
  const smallDisk = typeof disk === 'string' ? null : disk
  const outages = new Outages(postgres, redis, smallDisk)
  stack.defer(() => outages.close())
  if (smallDisk !== null) await keepDatabasesOn(smallDisk.folder, postgres.url)
  if (options.queue === 'redis' && redis === null) {
    throw new SetupError(
      'There is no redis-server on the PATH. Install one, or have the queue on PostgreSQL: --queue postgresql.',
    )
  }
  signal.throwIfAborted()
  const network = new Network()
  stack.defer(() => network.close())
  const tokenService = options.tokenHangs === 0 ? null : await startTokenService({ expiresInSeconds: 6 })
  if (tokenService !== null) stack.defer(() => tokenService.close())
  let supervisor: Supervisor | undefined
  const installation = await openInstallation(
    stack,
    {
      postgresUrl: postgres.url,
      redisUrl: redis?.url ?? null,
      dispatchers: options.dispatchers,
      fcm: { latencyMs: options.latencyMs, errorShares: options.errors, seed: options.seed },
      messagesPerMinute: options.messagesPerMinute,
      logFile,
      // The API must come back on the same port.
      port: await findFreePort(),
      defaults: DEFAULTS,
      ...(tokenService !== null && { env: tokenService.env }),
      ...(options.networkFaults > 0 && { variablesOf: (name, env) => network.variablesOf(name, env) }),
      onLoss: (name, how) => {
        supervisor?.lost(name, how)
        return false
      },
    },
    signal,
  )
  const { config, pool, fcm, processes, specs, address, key } = installation
  const schedule = makeSchedule({
    ...options,
    diskFull: smallDisk === null ? 0 : options.diskFull,
    names: specs.map(({ name }) => name),
    hasRedis: options.queue === 'redis',
    leaseMs: config.dispatcher.leaseMs,
    requestTimeoutMs: config.fcm.requestTimeoutMs,
  })
  // Its connections break when the server stops.
  pool.on('error', () => {})
  supervisor = new Supervisor(processes, specs)
  // Runs before anything that needs the servers is closed: no process is restarted, and servers come back.
  stack.defer(() => outages.end())
  stack.defer(() => supervisor.end())
  await seedDevices(pool, options.devices, options.seed, () => {}, signal)

  const api = new ApiClient(address, key, signal)
  const { id } = await api.post<CampaignView>('/v1/campaigns', {
    name: 'Chaos',
    message: MESSAGE,
    audience: { all: true },
    guarantee: options.guarantee,
  })
  await api.send(id)
  const recoveries = new Recoveries()
  stack.defer(() => recoveries.end())
  const ended = new AbortController()
  const happened: Happened = []
  const interruptions: Interruption[] = []
  const end = AbortSignal.any([signal, ended.signal])
  const disturbing = disturb(
    {
      network,
      tokenService,
      interruptions,
      wait: (ms) => wait(ms, undefined, { signal: end }).catch(() => {}),
      schedule,
      supervisor,
      outages,
      recoveries,
      pool,
      fcm,
      campaignId: id,
      devices: options.devices,
      apiAnswers: () => answers(`${address}/v1/campaigns/${id}`, key),
      say: (line) => say(line),
      signal: end,
    },
    happened,
  )
  const following = follow({
    pool,
    campaignId: id,
    devices: options.devices,
    stallMs: config.dispatcher.leaseMs + STALL_BEYOND_LEASE_MS,
    timeoutMs: options.timeoutSeconds * 1000,
    progress,
    signal,
  })
  // A fault that could not be caused or a process that does not come back is a result too.
  const trouble = await Promise.race([
    following,
    disturbing.then(
      () => following,
      (error: Error) => error.message,
    ),
  ])
  ended.abort()
  await outages.end()
  await Promise.allSettled([disturbing])
  if (trouble === null) await recoveries.closeAll()
  progress.stop()

  const evidence = await collect(
    options,
    schedule,
    id,
    api,
    installation,
    {
      happened,
      deaths: supervisor.deaths,
      trouble:
        trouble ?? (recoveries.open.length > 0 ? `not recovered: ${recoveries.open.join(', ')}` : null),
      recoveries: recoveries.done,
    },
    signal,
  )
  const report = chaosReportOf(evidence, {
    backend: options.queue,
    seed: options.seed,
    skipped,
    latenesses: await latenesses(pool, id, interruptions),
    inFlightAtKills: (await fcm.stats()).abandoned,
    failedStarts: supervisor.failedStarts,
    tuning: tuningOf(config),
    versions: await readVersions(pool, config.queue.redisUrl),
    machine: machine(),
  })
  const row = chaosRowOf(report)
  process.stdout.write(
    options.json
      ? `${JSON.stringify(report)}\n`
      : `\n${chaosTableOf(report)}\n\n${CHAOS_ROW_HEAD}\n${row}\n\n`,
  )
  if (options.json) say(row)
  return report.problems
}

async function collect(
  { devices, guarantee, mostRepeated }: ChaosOptions,
  { whilePlanning, whileSending }: Schedule,
  id: string,
  api: ApiClient,
  { config, pool, fcm }: Installation,
  facts: Pick<ChaosEvidence, 'happened' | 'deaths' | 'trouble' | 'recoveries'>,
  signal: AbortSignal,
): Promise<ChaosEvidence> {
  const view = await patientGet(api, `/v1/campaigns/${id}`, signal)
  const [rows, receiver] = await Promise.all([countRows(pool, id), fcm.stats()])
  const accepted = (addresses: string[]) => fcm.acceptedCounts(addresses)
  const comparison = await compareWithReceiver(pool, id, accepted, () => {}, signal)
  const { batches, recordChunk } = config.dispatcher
  const { concurrency } = config.fcm
  return {
    ...facts,
    guarantee,
    mostRepeated,
    expected: { devices, malformed: 0, optedOut: 0 },
    imported: null,
    state: view.state,
    progress: view.progress,
    rows,
    receiver,
    comparison,
    scheduled: [...whilePlanning, ...whileSending].map(({ what }) => what),
    atRiskPerInterruption:
      guarantee === 'at_most_once' ? batches * CAREFUL_WINDOW : concurrency + UNWRITTEN_CHUNKS * recordChunk,
  }
}

async function latenesses(pool: Pool, id: string, interruptions: readonly Interruption[]): Promise<number[]> {
  const all: number[] = []
  for (const interruption of interruptions) {
    const late = await latenessSeconds(pool, id, interruption)
    if (late !== null) all.push(late)
  }
  return all
}

/** The databases that are made from now on are there. Their log is not: PostgreSQL would crash when it cannot write that. */
async function keepDatabasesOn(folder: string, url: string): Promise<void> {
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  try {
    await admin.query(`CREATE TABLESPACE small LOCATION '${folder}'`)
    await admin.query('ALTER DATABASE template0 SET TABLESPACE small')
  } finally {
    await admin.end()
  }
}

/** The API may have been killed last and be restarting. */
async function patientGet(api: ApiClient, path: string, signal: AbortSignal): Promise<CampaignView> {
  for (let triesLeft = 60; ; triesLeft--) {
    try {
      return await api.get<CampaignView>(path)
    } catch (error) {
      if (triesLeft === 0) throw error
      await wait(500, undefined, { signal })
    }
  }
}

async function answers(url: string, key: string): Promise<boolean> {
  const answer = await fetch(url, {
    headers: { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(API_PATIENCE_MS),
  })
  await answer.body?.cancel()
  return answer.ok
}

function tuningOf({ fcm, dispatcher, planner, queue }: Config): Record<string, number> {
  return {
    requestsInFlight: fcm.concurrency,
    requestTimeoutMs: fcm.requestTimeoutMs,
    batchesAtOnce: dispatcher.batches,
    batchSize: planner.batchSize,
    recordChunk: dispatcher.recordChunk,
    batchLeaseMs: dispatcher.leaseMs,
    retryFirstDelayMs: dispatcher.retryFirstDelayMs,
    queueWatermark: queue.watermark,
  }
}
