/** `npm run demo`: everything from an empty machine to a checked campaign. See demo-options.ts for what it takes. */
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { writeDevicesCsv } from '../testing/devices/write-devices-csv.ts'
import { type Installation, makeUser, openInstallation } from '../testing/installation/installation.ts'
import { makeRunFolder, type RunFolder } from '../testing/installation/run-folder.ts'
import { openPostgres, openRedis, type Server } from '../testing/servers/services.ts'
import { type Command, runCommand, say } from '../testing/terminal/command.ts'
import { grouped, percent } from '../testing/terminal/progress.ts'
import { ApiClient, type ImportReport, RefusedError } from './campaign/api-client.ts'
import { problemsOf } from './campaign/check-result.ts'
import { bytesPerDelivery } from './campaign/count-results.ts'
import { measure } from './campaign/measure.ts'
import { CampaignRecord } from './campaign/run-campaign.ts'
import { DEMO_HELP, type DemoOptions, parseDemoOptions } from './demo-options.ts'
import { askFigures } from './figures/process-answers.ts'
import { machine } from './figures/surroundings.ts'
import { readVersions } from './figures/versions.ts'
import { watch } from './figures/watch.ts'
import { demoTableOf } from './report/demo-table.ts'
import { FAKE_FCM, outcomeOf, reportOf } from './report/report.ts'

/** Of the tokens. The same on every run, so that two runs can be compared. */
const SEED = 1

await runCommand(async (command) => {
  const options = parseDemoOptions(process.argv.slice(2))
  if (options.help) {
    process.stdout.write(`${DEMO_HELP}\n`)
    return 0
  }
  const folder = await makeRunFolder()
  command.stack.defer(() => folder.remove())
  try {
    return await demonstrate(options, folder, command)
  } catch (error) {
    if (!command.signal.aborted && !(error instanceof RefusedError)) folder.keep()
    throw error
  }
})

async function demonstrate(options: DemoOptions, folder: RunFolder, command: Command): Promise<number> {
  const { stack, signal } = command
  say('Starting Carillon.')
  const postgres = await openPostgres(stack)
  const redis = options.redis ? await openRedis(stack) : null
  signal.throwIfAborted()
  const installation = await openInstallation(
    stack,
    {
      postgresUrl: postgres.url,
      redisUrl: redis?.url ?? null,
      dispatchers: options.dispatchers,
      fcm: { deadShare: options.dead, seed: SEED },
      messagesPerMinute: options.messagesPerMinute,
      logFile: folder.logFile,
    },
    signal,
  )
  describe(options, installation, postgres, redis)

  const problems = await Promise.race([run(options, installation, folder, command), installation.loss])
  for (const problem of problems) say(`DOES NOT ADD UP: ${problem}.`)
  if (problems.length > 0) folder.keep()
  if (options.stay && !signal.aborted) await stay(installation, signal)
  return problems.length > 0 ? 1 : 0
}

/** Imports, sends, checks and prints. Returns what does not add up. */
async function run(
  options: DemoOptions,
  { config, pool, fcm, processes, address, key }: Installation,
  folder: RunFolder,
  { stack, signal, progress }: Command,
): Promise<string[]> {
  const seen = watch(stack, config, () => new Map([...processes.pids, [FAKE_FCM, fcm.pid]]))
  const api = new ApiClient(address, key, signal)
  const file = options.file ?? join(folder.path, 'devices.csv')
  const written = options.file ? null : await writeDevicesCsv(file, options.devices, SEED)
  const lines = written ? written.devices + written.malformed : await countLines(file, signal)

  const importing = progress.start('import', lines)
  const startedAt = performance.now()
  const imported = await api.importCsv(file, (share) => importing.update(Math.floor(share * lines)))
  const importSeconds = (performance.now() - startedAt) / 1000
  importing.end()
  sayRejected(imported)

  const record = new CampaignRecord()
  const evidence = await measure({
    api,
    pool,
    fcm,
    progress,
    signal,
    expected: written,
    imported,
    record,
    seen,
  })
  const problems = problemsOf(evidence)
  const report = reportOf(outcomeOf(evidence, problems), {
    ...(await askFigures(processes)),
    importSeconds,
    record,
    processes: seen.processes,
    queuePeak: seen.queuePeak,
    bytesPerDelivery: await bytesPerDelivery(pool),
    fcmAnswers: (await fcm.stats()).byStatus,
    backend: config.queue.redisUrl === null ? 'postgresql' : 'redis',
    versions: await readVersions(pool, config.queue.redisUrl),
    machine: machine(),
  })
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `\n${demoTableOf(report)}\n\n`)
  return problems
}

function describe(
  options: DemoOptions,
  { address }: Installation,
  postgres: Server,
  redis: Server | null,
): void {
  const rateLimit =
    options.messagesPerMinute === 'unlimited'
      ? 'no rate limit (the real one: 600,000 a minute unless you ask)'
      : `${grouped(options.messagesPerMinute)} messages a minute`
  say(`  API         ${address}
  database    ${postgres.description}
  queue    ${redis ? redis.description : 'BullMQ on the same PostgreSQL'}
  dispatchers ${options.dispatchers}
  FCM         a fake on this machine, ${percent(options.dead)} of the tokens dead;
              ${rateLimit}
`)
}

function sayRejected({ rejected, rejectedLines }: ImportReport): void {
  const [first] = rejectedLines
  if (first === undefined) return
  say(`            ${rejected === 1 ? '1 line' : `${grouped(rejected)} lines`} cannot be used. Line ${first.line}:
            ${first.reason}`)
}

async function stay({ address, key, pool }: Installation, signal: AbortSignal): Promise<void> {
  const user = await makeUser(pool)
  say(`Carillon stays up until Ctrl-C.

  console  ${address}
  user     ${user.name}
  password ${user.password}

  API   ${address}
  docs  ${address}/docs
  key   ${key}

  KEY=${key}
  curl -H "Authorization: Bearer $KEY" ${address}/v1/campaigns
`)
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}

/** Lines of the user's own list, without its header. */
async function countLines(file: string, signal: AbortSignal): Promise<number> {
  let lines = 0
  for await (const piece of createReadStream(file, { signal })) {
    for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) lines++
  }
  return Math.max(1, lines - 1)
}
