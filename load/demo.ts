/** `npm run demo`: a whole Carillon, from an empty machine to a campaign of which every result was checked. */
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { writeDevicesCsv } from '../testing/devices/write-devices-csv.ts'
import {
  accessTo,
  type Installation,
  makeUser,
  openInstallation,
} from '../testing/installation/installation.ts'
import { type RunFolder, withRunFolder } from '../testing/installation/run-folder.ts'
import { openPostgres, openRedis, type Server } from '../testing/servers/services.ts'
import { type Command, runCommand, say } from '../testing/terminal/command.ts'
import { grouped, percent } from '../testing/terminal/format.ts'
import { flag, parseOptions, share, UsageError, whole } from '../testing/terminal/options.ts'
import { ApiClient } from './campaign/api-client.ts'
import { measure } from './campaign/measure.ts'
import * as shared from './options.ts'
import { textOf } from './report/table.ts'

const DEVICES = 100_000
/** Of the tokens: the same in every run, so that runs can be compared. */
const SEED = 1

const OPTIONS = {
  devices: whole(1, 10_000_000, null, `devices in the audience (default: ${DEVICES})`),
  file: shared.file(
    'CSV with address, externalId, platform and any of locale, timezone, attributes, optedOut',
  ),
  redis: shared.redis,
  dispatchers: shared.dispatchers(2),
  latencyMs: shared.latencyMs(shared.REAL_LATENCY),
  dead: share(0.02, 'share of the tokens that FCM calls unregistered'),
  messagesPerMinute: shared.messagesPerMinute('unlimited'),
  stay: flag('keep it running at the end, until Ctrl-C'),
  json: shared.json,
}

const USAGE = {
  command: 'npm run demo --',
  about: `Starts a whole Carillon with a fake FCM, imports a device list, sends a campaign to all of it
and checks every result. Nothing leaves this machine.`,
  options: OPTIONS,
  notes: `With DATABASE_URL set, the run creates a database on that server and drops it at the end;
otherwise a private PostgreSQL is started.`,
}

export type DemoOptions = ReturnType<typeof parseDemoOptions>

export function parseDemoOptions(args: string[]) {
  const values = parseOptions(OPTIONS, args)
  if (values.file !== null && values.devices !== null) {
    throw new UsageError(
      '--file and --devices exclude each other: the list decides how many devices there are.',
    )
  }
  return { ...values, devices: values.devices ?? DEVICES }
}

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
      fcm: { deadShare: options.dead, latencyMs: options.latencyMs, seed: SEED },
      messagesPerMinute: options.messagesPerMinute,
      logFile: folder.logFile,
    },
    signal,
  )
  describe(options, installation, postgres, redis)
  const imported = await Promise.race([
    importDevices(options, installation, folder, command),
    installation.loss,
  ])
  const { report } = await measure(installation, imported, command)
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `\n${textOf([report], [])}\n\n`)
  const { problems } = report
  if (options.json) for (const problem of problems) say(`CHECK FAILED: ${problem}.`)
  if (problems.length > 0) folder.keep()
  if (options.stay && !signal.aborted) await stay(installation, signal)
  return problems.length > 0 ? 1 : 0
}

async function importDevices(
  options: DemoOptions,
  { address, key }: Installation,
  folder: RunFolder,
  { signal, progress }: Command,
) {
  const file = options.file ?? join(folder.path, 'devices.csv')
  const written = options.file ? null : await writeDevicesCsv(file, options.devices, SEED)
  const lines = written ? written.devices + written.malformed : await countLines(file, signal)
  const importing = progress.start('import', lines)
  const startedAt = performance.now()
  const api = new ApiClient(address, key, signal)
  const imported = await api.importCsv(file, (share) => importing.update(Math.floor(share * lines)))
  const importSeconds = (performance.now() - startedAt) / 1000
  importing.end()
  const [first] = imported.rejectedLines
  if (first) {
    say(`            ${grouped(imported.rejected)} lines were rejected. Line ${first.line}:
            ${first.reason}`)
  }
  return { expected: written, imported, importSeconds }
}

function describe(
  { messagesPerMinute, dispatchers, dead, latencyMs }: DemoOptions,
  { address }: Installation,
  postgres: Server,
  redis: Server | null,
): void {
  const rateLimit =
    typeof messagesPerMinute === 'string'
      ? 'no rate limit (the default quota of the real one is 600,000 a minute)'
      : `${grouped(messagesPerMinute)} messages a minute`
  say(`  API         ${address}
  database    ${postgres.description}
  queue       ${redis ? redis.description : 'BullMQ on the same PostgreSQL'}
  dispatchers ${dispatchers}
  FCM         a fake on this machine that takes ${latencyMs.join(' to ')} ms to answer, about as long as the real one;
              ${percent(dead)} of the tokens are dead;
              ${rateLimit}
`)
}

async function stay({ address, key, pool }: Installation, signal: AbortSignal): Promise<void> {
  say(`Carillon stays up until Ctrl-C.\n${accessTo(address, await makeUser(pool), key)}`)
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

if (import.meta.main) {
  await runCommand(USAGE, parseDemoOptions, (options, command) =>
    withRunFolder(command, (folder) => demonstrate(options, folder, command)),
  )
}
