/**
 * What the smaller benchmarks have in common: their options, a bound in time, a PostgreSQL to make databases on, a folder
 * for the log that is kept when something goes wrong, and one JSON object or a table at the end.
 */
import type { ParseArgsOptionsConfig } from 'node:util'
import type { Pool } from '../../src/postgres/pool.ts'
import { makeRunFolder, type RunFolder } from '../../testing/installation/run-folder.ts'
import { openPostgres } from '../../testing/servers/services.ts'
import {
  type Command,
  parseOptions,
  runCommand,
  SetupError,
  say,
  type Values,
  wholeNumber,
} from '../../testing/terminal/command.ts'
import { databaseSettings, machine, versions } from '../figures/surroundings.ts'

const COMMON = {
  'timeout-seconds': { type: 'string', default: '3600' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

const COMMON_HELP = `  --timeout-seconds N       stop after this time (default 3600)
  --json                    one JSON object on stdout instead of the table
  --help

DATABASE_URL is used where it is set: a database of its own on it, dropped afterwards.
Otherwise an embedded PostgreSQL without fsync: not for figures to publish.`

export interface Bench<T extends ParseArgsOptionsConfig> extends Command {
  values: Values<T>
  postgresUrl: string
  folder: RunFolder
}

export interface BenchResult {
  figures: object
  table: string
  /** Any of it makes the exit status 1. */
  wrong: string[]
  /** For the versions and settings of the database that was measured. */
  pool: Pool
}

/** `help`: usage and the options of its own; the common ones follow. */
export async function runBench<const T extends ParseArgsOptionsConfig>(
  help: string,
  options: T,
  deed: (bench: Bench<T>) => Promise<BenchResult>,
): Promise<never> {
  return await runCommand(async (command) => {
    const all = parseOptions(process.argv.slice(2), { ...options, ...COMMON })
    const { json, help: isHelp, 'timeout-seconds': timeoutText } = all as Values<typeof COMMON>
    if (isHelp) {
      process.stdout.write(`${help}\n${COMMON_HELP}\n`)
      return 0
    }
    const seconds = wholeNumber('timeout-seconds', timeoutText, 10, 86_400)
    const timeout = AbortSignal.timeout(seconds * 1000)
    const { stack } = command
    const folder = await makeRunFolder()
    stack.defer(() => folder.remove())
    try {
      const postgres = await openPostgres(stack)
      say(`  database  ${postgres.description}`)
      const signal = AbortSignal.any([command.signal, timeout])
      const values = all as Values<T>
      const result = await deed({ ...command, signal, values, postgresUrl: postgres.url, folder })
      if (json) {
        const surroundings = {
          machine: machine(),
          versions: await versions(result.pool, null),
          postgresql: await databaseSettings(result.pool),
        }
        process.stdout.write(`${JSON.stringify({ ...result.figures, ...surroundings })}\n`)
      } else process.stdout.write(`\n${result.table}\n\n`)
      for (const sentence of result.wrong) say(`  WRONG: ${sentence}`)
      if (result.wrong.length > 0) folder.keep()
      return result.wrong.length > 0 ? 1 : 0
    } catch (error) {
      if (!command.signal.aborted) folder.keep()
      if (timeout.aborted) throw new SetupError(`Not done in ${seconds} s (--timeout-seconds).`)
      throw error
    }
  })
}
