/** `npm run load`: what a campaign costs, for one audience or several. See load-options.ts for what it takes. */
import { writeFile } from 'node:fs/promises'
import { makeRunFolder } from '../testing/installation/run-folder.ts'
import { openPostgres, openRedis, type Server } from '../testing/servers/services.ts'
import { type Command, InterruptedError, runCommand, say } from '../testing/terminal/command.ts'
import { percent } from '../testing/terminal/progress.ts'
import { type MeasuredRun, runSize } from './campaign/run-size.ts'
import { runTarget } from './campaign/run-target.ts'
import { conditionLines } from './figures/conditions.ts'
import { LOAD_HELP, type LoadOptions, parseLoadOptions } from './load-options.ts'
import { loadTableOf } from './report/load-table.ts'
import { pageOf } from './report/page.ts'
import { ratiosOf } from './report/ratios.ts'
import type { Results } from './report/run.ts'

/** As `timeout` of GNU has it. */
const TIMED_OUT = 124

await runCommand(async (command) => {
  const args = process.argv.slice(2)
  const options = parseLoadOptions(args)
  if (options.help) {
    process.stdout.write(`${LOAD_HELP}\n`)
    return 0
  }
  const timeout = AbortSignal.timeout(options.timeoutSeconds * 1000)
  const bounded = { ...command, signal: AbortSignal.any([command.signal, timeout]) }
  const results: Results = { runs: [], details: {}, lines: [] }
  const at = new Date()
  try {
    if (options.target === null) await runAll(options, bounded, results)
    else await runTarget(options, options.target, bounded, results)
  } catch (error) {
    await show(options, results, at, args)
    if (timeout.aborted && !command.signal.aborted) {
      throw new InterruptedError(`Not done in ${options.timeoutSeconds} s (--timeout-seconds).`, TIMED_OUT)
    }
    throw error
  }
  await show(options, results, at, args)
  return results.runs.some(({ report }) => report.problems.length > 0) ? 1 : 0
})

async function runAll(options: LoadOptions, command: Command, results: Results): Promise<void> {
  const { stack, signal } = command
  const folder = await makeRunFolder()
  stack.defer(() => folder.remove())
  const take = ({ run, conditions }: MeasuredRun) => {
    results.runs.push(run)
    const { versions: _, machine: __, ...details } = conditions
    results.details = details
    results.lines = conditionLines(conditions, options)
    if (run.report.problems.length > 0) folder.keep()
  }
  try {
    const postgres = await openPostgres(stack)
    const redis = options.redis ? await openRedis(stack) : null
    describe(options, postgres, redis)
    for (const devices of options.devices) {
      signal.throwIfAborted()
      await runSize(devices, options, { postgres, redis, folder }, command, take)
    }
  } catch (error) {
    if (!signal.aborted) folder.keep()
    throw error
  }
}

async function show(
  options: LoadOptions,
  { runs, details, lines }: Results,
  at: Date,
  args: string[],
): Promise<void> {
  const reports = runs.map(({ report }) => report)
  const { json, help: _, report: page, target, ...settings } = options
  if (json) {
    const isPartial = reports.length < options.devices.length || reports.some((report) => report.isPartial)
    const where = target === null ? {} : { target: target.address }
    const object = {
      settings: { ...settings, ...where },
      ...details,
      isPartial,
      runs: reports,
      ratios: ratiosOf(reports),
    }
    process.stdout.write(`${JSON.stringify(object)}\n`)
  } else if (reports.length > 0) process.stdout.write(`\n${loadTableOf(reports, lines)}\n\n`)
  if (page !== null && reports.length > 0) {
    await writeFile(
      page,
      pageOf(runs, { command: `npm run load -- ${withoutKey(args)}`, at, conditions: lines }),
    )
    say(`The page is ${page}`)
  }
}

/** The page is passed on, a key must not be. */
function withoutKey(args: readonly string[]): string {
  return args
    .map((text, i) => (args[i - 1] === '--key' ? '…' : text.replace(/^--key=.*/s, '--key=…')))
    .join(' ')
}

function describe(options: LoadOptions, postgres: Server, redis: Server | null): void {
  const [min, max] = options.latencyMs
  say(`  database    ${postgres.description}
  queue    ${redis ? redis.description : 'BullMQ on the same PostgreSQL'}
  dispatchers ${options.dispatchers}
  FCM         a fake on this machine: ${min} to ${max} ms, ${percent(options.dead)} of the tokens dead`)
}
