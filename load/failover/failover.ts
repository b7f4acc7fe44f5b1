/** `npm run failover`: one campaign during which the servers under it fail over. The options are in failover-options.ts. */
import { setTimeout as wait } from 'node:timers/promises'
import { seedDevices } from '../../testing/devices/seed-devices.ts'
import { openInstallation } from '../../testing/installation/installation.ts'
import { withRunFolder } from '../../testing/installation/run-folder.ts'
import { startPostgresPair } from '../../testing/servers/postgres-pair.ts'
import { startRedisCluster } from '../../testing/servers/redis-cluster.ts'
import { startRedisWithSentinels } from '../../testing/servers/redis-sentinels.ts'
import { type Command, runCommand, SetupError, say } from '../../testing/terminal/command.ts'
import { outline, rounded } from '../../testing/terminal/format.ts'
import { ApiClient, type CampaignView } from '../campaign/api-client.ts'
import { compareWithReceiver, countRows } from '../campaign/count-results.ts'
import { MESSAGE } from '../campaign/run-campaign.ts'
import { machine, readVersions } from '../figures/environment.ts'
import { FAILOVER_USAGE, type FailoverOptions, parseFailoverOptions } from './failover-options.ts'

/** Shares of the audience that FCM has accepted when something happens. */
const AT = { redis: 0.25, detach: 0.5, postgres: 0.6 }
const LOOK_MS = 20

await runCommand(FAILOVER_USAGE, parseFailoverOptions, (options, command) =>
  withRunFolder(command, async (folder) => {
    const report = await run(options, folder.logFile, command)
    process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `\n${outline(report)}\n\n`)
    if (report.problems.length > 0) folder.keep()
    return report.problems.length > 0 ? 1 : 0
  }),
)

async function run(options: FailoverOptions, logFile: string, command: Command) {
  const { devices, replication, guarantee, loseDispatcher, dispatchers, seed } = options
  const { stack } = command
  const signal = AbortSignal.any([command.signal, AbortSignal.timeout(options.timeoutSeconds * 1000)])
  const isAsynchronous = replication === 'asynchronous'
  say('Starting Carillon, a PostgreSQL with a standby, and a fake FCM of its own.')
  const pair = await startPostgresPair({ isSynchronous: !isAsynchronous })
  stack.defer(() => pair.stop())
  const redis = await openRedisFor(options.queue)
  if (redis !== null) stack.defer(() => redis.stop())
  const installation = await openInstallation(
    stack,
    {
      postgresUrl: pair.url,
      redisUrl: redis?.url ?? null,
      dispatchers,
      fcm: { latencyMs: options.latencyMs, seed },
      messagesPerMinute: options.messagesPerMinute as number | 'unlimited',
      logFile,
      env: { FCM_RAMP_SECONDS: '0' },
      // As systemd, Docker or `npm start` would.
      onLoss: () => true,
    },
    signal,
  )
  const { pool, fcm, processes, address, key, config } = installation
  pool.on('error', () => {})
  await seedDevices(pool, devices, seed, () => {}, signal)
  const api = new ApiClient(address, key, signal)
  const draft = { name: 'Failover', message: MESSAGE, audience: { all: true }, guarantee }
  const { id } = await api.post<CampaignView>('/v1/campaigns', draft)
  await api.send(id)

  const accepted = async () => (await fcm.stats()).accepted
  const reached = async (share: number) => {
    while ((await accepted()) < share * devices) await wait(LOOK_MS, undefined, { signal })
  }
  /**
   * Seconds until dispatchers send again: until maintenance has settled the failover, and FCM has accepted a hundredth more. What
   * was in flight is answered before that. When an operator has to decide: until the campaign says so.
   */
  const goesOn = async (since: number) => {
    while (!(await isSettled())) await wait(LOOK_MS, undefined, { signal })
    const target = Math.min(devices, (await accepted()) + devices / 100)
    while ((await accepted()) < target && !(await isLeftToOperator())) {
      await wait(LOOK_MS, undefined, { signal })
    }
    return rounded((performance.now() - since) / 1000, 1)
  }
  const campaign = async () => {
    const { rows } = await pool
      .query<{
        state: string
        pause_reason: string | null
        pause_detail: string | null
        closed_at: Date | null
      }>('SELECT state, pause_reason, pause_detail, closed_at FROM campaigns WHERE id = $1', [id])
      .catch(() => ({ rows: [] }))
    return rows[0]
  }
  const isSettled = async () => {
    const { rowCount } = await pool
      .query('SELECT FROM database_timelines HAVING count(*) = 2 AND count(settled_at) = 2')
      .catch(() => ({ rowCount: 0 }))
    return rowCount === 1
  }
  const isLeftToOperator = async () => (await isSettled()) && (await campaign())?.state === 'paused'

  if (redis !== null) {
    await reached(AT.redis)
    say('  the master of the queue is killed')
    await redis.killMaster(config.queue.prefix)
  }
  await reached(AT.detach)
  if (isAsynchronous) await pair.detach()
  await reached(AT.postgres)
  // On a machine that is busy enough, detaching takes longer than the rest of the campaign, and nothing would be shown.
  const left = devices - (await accepted())
  say(`  the primary is killed${loseDispatcher ? ' with a dispatcher' : ''}, the standby promoted`)
  const since = performance.now()
  if (loseDispatcher) processes.kill('dispatcher 1')
  await pair.killFirst()
  await pair.promote()
  const secondsUntilSending = await goesOn(since)

  let said: string | null = null
  for (;;) {
    const seen = await campaign()
    if (seen?.closed_at) break
    if (said === null && (await isLeftToOperator())) {
      said = (await campaign())?.pause_detail ?? ''
      say(`  ${said}`)
      await api.resume(id)
    }
    await wait(10 * LOOK_MS, undefined, { signal })
  }
  const [rows, receiver] = await Promise.all([countRows(pool, id), fcm.stats()])
  const acceptedCounts = (list: string[]) => fcm.acceptedCounts(list)
  const comparison = await compareWithReceiver(pool, id, acceptedCounts, () => {}, signal)
  const { rows: reports } = await pool.query<{ missing: number }>(
    'SELECT coalesce(sum(missing), 0)::int AS missing FROM failover_reports',
  )
  const { sent, failed, skipped, inDoubt } = rows.deliveries
  const lost = rows.audience - sent - failed - skipped - inDoubt
  const repeated = receiver.accepted - receiver.distinct
  const isTold = said !== null
  const problems = [
    ...(left > 0 ? [] : ['the campaign was over when the primary was killed: lower --messages-per-minute']),
    ...(rows.audience === devices ? [] : [`the audience is ${rows.audience}, not ${devices}`]),
    ...(lost === 0 ? [] : [`${lost} devices have no result`]),
    ...(comparison.sentNotReceived === 0 ? [] : [`${comparison.sentNotReceived} are recorded, not received`]),
    // A killed dispatcher repeats what it had in flight under at_least_once, as docs/guarantees.md says.
    ...(repeated === 0 || (loseDispatcher && guarantee === 'at_least_once')
      ? []
      : [`${repeated} messages were repeated`]),
    ...(loseDispatcher && isAsynchronous && !isTold ? ['the operator was not told'] : []),
  ]
  return {
    queue: options.queue,
    replication,
    guarantee,
    loseDispatcher,
    audience: rows.audience,
    lost,
    repeated,
    sent,
    inDoubt,
    resultsWrittenAgain: reports[0]?.missing ?? 0,
    secondsUntilSending,
    leftToOperator: said,
    problems,
    versions: await readVersions(pool, config.queue.redisUrl),
    machine: machine(),
  }
}

async function openRedisFor(queue: FailoverOptions['queue']) {
  if (queue === 'postgresql') return null
  const started = queue === 'cluster' ? await startRedisCluster() : await startRedisWithSentinels()
  if (started === null)
    throw new SetupError('There is no redis-server on the PATH. Install one, or --queue postgresql.')
  const killMaster = (prefix: string) =>
    'killMasterOf' in started ? started.killMasterOf(prefix) : started.killMaster()
  return { url: started.url, stop: () => started.stop(), killMaster }
}
