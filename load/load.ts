/** `npm run load`: what a campaign costs, for one audience size or several. */
import { accessSync, constants } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { withRunFolder } from '../testing/installation/run-folder.ts'
import { openPostgres, openRedis } from '../testing/servers/services.ts'
import { type Command, InterruptedError, runCommand, say } from '../testing/terminal/command.ts'
import { grouped, percent } from '../testing/terminal/format.ts'
import { list, option, parseOptions, share, whole } from '../testing/terminal/options.ts'
import { conditionLines, fcmOptionsOf, type LoadConditions, readConditions } from './campaign/conditions.ts'
import { measureSeeded } from './campaign/measure.ts'
import { runTarget, TARGET_OPTIONS, targetOf } from './campaign/run-target.ts'
import * as shared from './options.ts'
import { pageOf } from './report/page.ts'
import { type Run, ratiosOf } from './report/report.ts'
import { type Conditions, textOf } from './report/table.ts'

const OPTIONS = {
  devices: list(shared.devices(100_000), '100000'),
  dispatchers: shared.dispatchers(1),
  redis: shared.redis,
  latencyMs: shared.latencyMs('20:60'),
  dead: share(0.03, 'share of the tokens that FCM calls unregistered'),
  errors: shared.errors(''),
  quotaPerMinute: whole(1, 100_000_000, null, "FCM's quota and the rate limit (default: unlimited)"),
  seed: shared.seed,
  report: option(
    'FILE.html',
    null,
    'also write a page with plots',
    pageFile,
    'a file name ending in .html, in a folder that can be written to',
  ),
  timeoutSeconds: { ...shared.timeoutSeconds(3600), help: 'give up after this time, all sizes together' },
  json: shared.json,
  ...TARGET_OPTIONS,
}

const USAGE = {
  command: 'npm run load --',
  about: `Sends campaigns against a fake FCM, checks every result from both sides, and prints what it took.
Each size runs in fresh processes and a fresh database.`,
  options: OPTIONS,
  notes: `DISPATCH_CONCURRENCY, RECORD_CHUNK and other variables of .env.example are passed on, except those
that name a server.

The exit status is 0 when all checks pass, 1 when not, 2 for wrong options. 124
(--timeout-seconds) and 130 (Ctrl-C) mean that the report is partial.`,
}

/** The exit status of GNU timeout. */
const TIMED_OUT = 124

/** Filled while the command runs, so that what there is can be shown whenever it ends. */
interface Results {
  runs: Run[]
  conditions: LoadConditions | null
}

export type LoadOptions = ReturnType<typeof parseLoadOptions>

export function parseLoadOptions(args: string[], env: NodeJS.ProcessEnv = process.env) {
  const values = parseOptions(OPTIONS, args)
  const { key: _, ca: __, yes: ___, ...rest } = values
  return { ...rest, target: targetOf(values, args, env) }
}

/** Checked before an hour's run, not after it. */
function pageFile(path: string): string | undefined {
  try {
    accessSync(dirname(resolve(path)), constants.W_OK)
    return /\.html?$/.test(path) ? path : undefined
  } catch {
    return undefined
  }
}

async function load(options: LoadOptions, command: Command): Promise<number> {
  const { devices: sizes, target, timeoutSeconds, seed } = options
  const timeout = AbortSignal.timeout(timeoutSeconds * 1000)
  const bounded = { ...command, signal: AbortSignal.any([command.signal, timeout]) }
  const results: Results = { runs: [], conditions: null }
  const at = new Date()
  try {
    if (target === null) await loadHere(options, bounded, results)
    else await runTarget(sizes[0] ?? 0, seed, target, bounded, (run) => results.runs.push(run))
  } catch (error) {
    await show(options, results, at)
    if (timeout.aborted && !command.signal.aborted) {
      throw new InterruptedError(`Not done in ${timeoutSeconds} s (--timeout-seconds).`, TIMED_OUT)
    }
    throw error
  }
  await show(options, results, at)
  return results.runs.some(({ report }) => report.problems.length > 0) ? 1 : 0
}

async function loadHere(options: LoadOptions, command: Command, results: Results): Promise<void> {
  const { stack, signal } = command
  await withRunFolder(command, async (folder) => {
    const postgres = await openPostgres(stack)
    const redis = options.redis ? await openRedis(stack) : null
    say(`  database    ${postgres.description}
  queue       ${redis ? redis.description : 'BullMQ on the same PostgreSQL'}
  dispatchers ${options.dispatchers}
  FCM         a fake on this machine: ${options.latencyMs.join(' to ')} ms, ${percent(options.dead)} of the tokens dead`)
    const take = (run: Run) => {
      results.runs.push(run)
      if (run.report.problems.length > 0) folder.keep()
    }
    for (const devices of options.devices) {
      signal.throwIfAborted()
      say(`\n${grouped(devices)} devices`)
      const run = await measureSeeded(
        devices,
        {
          postgresUrl: postgres.url,
          redisUrl: redis?.url ?? null,
          dispatchers: options.dispatchers,
          fcm: fcmOptionsOf(options),
          messagesPerMinute: options.quotaPerMinute ?? 'unlimited',
          logFile: folder.logFile,
          seed: options.seed,
        },
        command,
        {
          onPartial: take,
          onOpen: async (installation) => {
            results.conditions = await readConditions(installation)
          },
        },
      )
      take(run)
    }
  })
}

async function show(options: LoadOptions, results: Results, at: Date): Promise<void> {
  const { runs, conditions } = results
  const reports = runs.map(({ report }) => report)
  const { json, report: page, target, ...settings } = options
  if (json) {
    const isPartial = reports.length < options.devices.length || reports.some((report) => report.isPartial)
    const where = target === null ? {} : { target: target.address }
    const object = { settings: { ...settings, ...where }, ...conditions, isPartial, runs: reports }
    process.stdout.write(`${JSON.stringify({ ...object, ratios: ratiosOf(reports) })}\n`)
  }
  const [first] = reports
  if (first === undefined) return
  const lines: Conditions = conditions
    ? conditionLines(conditions, first, settings)
    : [
        ['target', target?.address ?? ''],
        ['seen from outside', 'what FCM received, and the memory and CPU time of the processes, are unknown'],
      ]
  if (!json) process.stdout.write(`\n${textOf(reports, lines)}\n\n`)
  if (page === null) return
  await writeFile(
    page,
    pageOf(runs, { command: `npm run load -- ${withoutKey(process.argv.slice(2))}`, at, conditions: lines }),
  )
  say(`The page is ${page}`)
}

/** The page may be published; a key must not be. */
function withoutKey(args: readonly string[]): string {
  return args
    .map((text, i) => (args[i - 1] === '--key' ? '…' : text.replace(/^--key=.*/s, '--key=…')))
    .join(' ')
}

if (import.meta.main) await runCommand(USAGE, parseLoadOptions, load)
