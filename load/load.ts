/** `npm run load`: what a campaign costs, for one audience or several. See load-options.ts for what it takes. */
import { ApiClient } from './campaign/api-client.ts'
import { problemsOf } from './campaign/check-result.ts'
import { measure } from './campaign/measure.ts'
import { seedDevices } from './devices/seed-devices.ts'
import { readVersions } from './figures/versions.ts'
import { watch } from './figures/watch.ts'
import { openInstallation } from './installation/installation.ts'
import { makeRunFolder, type RunFolder } from './installation/run-folder.ts'
import { LOAD_HELP, type LoadOptions, parseLoadOptions } from './load-options.ts'
import { comparisonTableOf, ratiosOf } from './report/load-report.ts'
import { FAKE_FCM, type Report, reportOf } from './report/report.ts'
import { openPostgres, openRedis, type Server } from './servers/services.ts'
import { type Command, runCommand, SetupError, say } from './terminal/command.ts'
import { grouped, percent } from './terminal/progress.ts'

await runCommand(async (command) => {
  const options = parseLoadOptions(process.argv.slice(2))
  if (options.help) {
    process.stdout.write(`${LOAD_HELP}\n`)
    return 0
  }
  const { stack } = command
  const folder = await makeRunFolder()
  stack.defer(() => folder.remove())
  const timeout = AbortSignal.timeout(options.timeoutSeconds * 1000)
  const bounded = { ...command, signal: AbortSignal.any([command.signal, timeout]) }
  const reports: Report[] = []
  try {
    const postgres = await openPostgres(stack)
    const redis = options.redis ? await openRedis(stack) : null
    describe(options, postgres, redis)
    for (const devices of options.devices) {
      bounded.signal.throwIfAborted()
      reports.push(await runOne(devices, options, { postgres, redis, folder }, bounded))
    }
  } catch (error) {
    if (reports.length > 0) say('Stopped before the end; these sizes were complete.')
    print(options, reports)
    if (!command.signal.aborted) folder.keep()
    if (timeout.aborted) throw new SetupError(`Not done in ${options.timeoutSeconds} s (--timeout-seconds).`)
    throw error
  }
  print(options, reports)
  const hasProblems = reports.some(({ problems }) => problems.length > 0)
  if (hasProblems) folder.keep()
  return hasProblems ? 1 : 0
})

interface Surroundings {
  postgres: Server
  redis: Server | null
  folder: RunFolder
}

async function runOne(
  devices: number,
  options: LoadOptions,
  { postgres, redis, folder }: Surroundings,
  { signal, progress }: Command,
): Promise<Report> {
  say(`\n${grouped(devices)} devices`)
  // Of its own, closed before the next size begins: its processes must not be the ones that measured this one.
  await using stack = new AsyncDisposableStack()
  const { config, pool, fcm, processes, address, key, loss } = await openInstallation(
    stack,
    {
      postgresUrl: postgres.url,
      redisUrl: redis?.url ?? null,
      dispatchers: options.dispatchers,
      fcm: {
        deadShare: options.dead,
        latencyMs: options.latencyMs,
        errorShares: options.errors,
        quotaPerMinute: options.quotaPerMinute,
        seed: options.seed,
      },
      messagesPerMinute: options.quotaPerMinute ?? 'unlimited',
      logFile: folder.logFile,
    },
    signal,
  )
  const work = async (): Promise<Report> => {
    const seeding = progress.start('seeding', devices)
    await seedDevices(pool, devices, options.seed, (count) => seeding.update(count), signal)
    seeding.end()
    const seen = watch(stack, config, () => new Map([...processes.pids, [FAKE_FCM, fcm.pid]]))
    const api = new ApiClient(address, key, signal)
    const expected = { devices, malformed: 0, optedOut: 0 }
    const evidence = await measure({ api, pool, fcm, progress, signal, expected, imported: null })
    seen.look()
    const problems = problemsOf(evidence)
    for (const problem of problems) say(`DOES NOT ADD UP: ${problem}.`)
    return reportOf(
      evidence,
      {
        importSeconds: 0,
        peakRssMb: seen.peakRssMb,
        conveyorPeak: seen.conveyorPeak,
        backend: redis === null ? 'postgresql' : 'redis',
        versions: await readVersions(pool, redis?.url ?? null),
      },
      problems,
    )
  }
  return await Promise.race([work(), loss])
}

function print(options: LoadOptions, reports: readonly Report[]): void {
  if (options.json) {
    const { json: _, help: __, ...settings } = options
    process.stdout.write(`${JSON.stringify({ settings, runs: reports, ratios: ratiosOf(reports) })}\n`)
  } else if (reports.length > 0) {
    process.stdout.write(`\n${comparisonTableOf(reports)}\n\n`)
  }
}

function describe(options: LoadOptions, postgres: Server, redis: Server | null): void {
  const [min, max] = options.latencyMs
  say(`  database    ${postgres.description}
  conveyor    ${redis ? redis.description : 'BullMQ on the same PostgreSQL'}
  dispatchers ${options.dispatchers}
  FCM         a fake on this machine: ${min} to ${max} ms, ${percent(options.dead)} of the tokens dead`)
}
