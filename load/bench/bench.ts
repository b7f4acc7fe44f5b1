/** `npm run bench -- <what>`: one benchmark, bounded in time, with a database of its own. */
import pg from 'pg'
import { withRunFolder } from '../../testing/installation/run-folder.ts'
import { openPostgres } from '../../testing/servers/services.ts'
import { type Command, runCommand, SetupError, say } from '../../testing/terminal/command.ts'
import { columns, outline } from '../../testing/terminal/format.ts'
import { UsageError } from '../../testing/terminal/options.ts'
import { databaseSettings, machine, readVersions } from '../figures/environment.ts'
import { adaptive } from './adaptive.ts'
import type { Benchmark, BenchRun } from './benchmark.ts'
import { caps } from './caps.ts'
import { fairShare } from './fair-share.ts'
import { growth } from './growth.ts'
import { hosts } from './hosts.ts'
import { imports } from './import.ts'
import { memory } from './memory.ts'
import { migrate } from './migrate.ts'
import { onTime } from './on-time.ts'
import { overload } from './overload.ts'
import { pipeline } from './pipeline.ts'
import { plan } from './plan.ts'
import { reads } from './reads.ts'
import { viewers } from './viewers.ts'

const OTHERS = {
  adaptive,
  caps,
  'fair-share': fairShare,
  hosts,
  memory,
  migrate,
  import: imports,
  'on-time': onTime,
  plan,
  reads,
  viewers,
  overload,
  growth,
}
const BENCHES: Readonly<Record<string, Benchmark>> = { pipeline, ...OTHERS }

const [first = ''] = process.argv.slice(2)
const isNamed = first !== '' && !first.startsWith('-')
const name = isNamed ? first : 'pipeline'
const chosen = BENCHES[name] ?? pipeline

const names = Object.entries(BENCHES).map(([key, { about }]) => [key, about.split('\n')[0] ?? ''])
const usage = {
  command: `npm run bench -- ${isNamed ? name : '[what]'}`,
  about: isNamed
    ? chosen.about
    : `${columns(names, 'll')}\n\nEach has its own options and --help. Those of pipeline, the default:`,
  options: chosen.options,
  notes: `With DATABASE_URL set, the benchmark creates databases on that server and drops them at the end.
Otherwise it starts a PostgreSQL without fsync: its figures are not for publication.

The exit status is 1 when a check or a target failed.`,
}

function parse(args: string[]): BenchRun {
  if (BENCHES[name] !== undefined) return chosen.parse(isNamed ? args.slice(1) : args)
  throw new UsageError(`There is no benchmark "${name}"; expected ${Object.keys(BENCHES).join(', ')}.`)
}

async function runBench({ json, timeoutSeconds, run }: BenchRun, command: Command): Promise<number> {
  const timeout = AbortSignal.timeout(timeoutSeconds * 1000)
  const signal = AbortSignal.any([command.signal, timeout])
  return await withRunFolder(command, async (folder) => {
    const postgres = await openPostgres(command.stack)
    say(`  database  ${postgres.description}`)
    const result = await run({ ...command, signal, postgres, folder }).catch((error) => {
      if (!timeout.aborted || command.signal.aborted) throw error
      throw new SetupError(`Not done in ${timeoutSeconds} s (--timeout-seconds).`)
    })
    if (json) {
      const pool = new pg.Pool({ connectionString: postgres.url, max: 1 })
      const measuredOn = {
        versions: await readVersions(pool, null),
        postgresql: await databaseSettings(pool),
      }
      await pool.end()
      process.stdout.write(`${JSON.stringify({ ...result, machine: machine(), ...measuredOn })}\n`)
    } else process.stdout.write(`\n${outline(result)}\n\n`)
    if (result.wrong?.length) folder.keep()
    return result.wrong?.length ? 1 : 0
  })
}

await runCommand(usage, parse, runBench)
