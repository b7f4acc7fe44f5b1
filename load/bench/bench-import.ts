/**
 * `npm run bench:import`: a CSV file through the API, against `\copy` of the same file into a bare table, and against
 * `\copy` of the rows it makes into the very tables, with their indexes and foreign key: less cannot be done there.
 * By turns; then a file ten times as long, for the memory.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { writeDevicesCsv } from '../../testing/devices/write-devices-csv.ts'
import { type Installation, openInstallation } from '../../testing/installation/installation.ts'
import { say, wholeNumber } from '../../testing/terminal/command.ts'
import { grouped } from '../../testing/terminal/progress.ts'
import { ApiClient, type ImportReport } from '../campaign/api-client.ts'
import { figuresOf } from '../figures/process-figures.ts'
import { median } from '../figures/statistics.ts'
import { type Bench, runBench } from './run-bench.ts'

const HELP = `Usage: npm run bench:import -- [options]

A device list through the API against \\copy, by turns, into empty tables.

  --lines N                 lines of the file (default 200000)
  --rounds R                rounds of each (default 5)
  --long N                  lines of the file that memory is looked at with (default ten times
                            --lines; 0: leave it out)`

const OPTIONS = {
  lines: { type: 'string', default: '200000' },
  rounds: { type: 'string', default: '5' },
  long: { type: 'string' },
} as const

const SEED = 5
/** Peak RSS of the API with the long file, over the short one. */
const RSS_RATIO = 1.1
const BARE = 'bench_bare'

await runBench(HELP, OPTIONS, async (bench) => {
  const { values, stack, folder, signal } = bench
  const lines = wholeNumber('lines', values.lines, 10_000, 10_000_000)
  const rounds = wholeNumber('rounds', values.rounds, 1, 100)
  const long = wholeNumber('long', values.long ?? String(lines * 10), 0, 100_000_000)
  const file = join(folder.path, 'devices.csv')
  await writeDevicesCsv(file, lines, SEED, { isClean: true })

  const { pool, ...carillon } = await install(bench)
  const client = new pg.Client({ connectionString: carillon.config.database.url })
  await client.connect()
  stack.defer(() => client.end())
  await client.query(
    `CREATE TABLE ${BARE} (token text, external_id text, platform text, locale text, timezone text, attributes text, opted_out text)`,
  )
  const copy = (text: string, path: string) =>
    pipeline(createReadStream(path), client.query(copyFrom(text)), { signal })

  const importing = () => importFile(carillon, file, lines, signal)
  const again: number[] = []
  const contenders: Record<string, () => Promise<void>> = {
    copy: () => copy(`COPY ${BARE} FROM STDIN (FORMAT csv, HEADER)`, file),
    import: async () => {
      const { created } = await importing()
      if (created !== lines) throw new Error(`${created} of ${lines} devices were created`)
    },
    // The rows that the import of the round before made.
    tables: async () => {
      await copy('COPY members FROM STDIN', join(folder.path, 'members'))
      await copy('COPY devices FROM STDIN', join(folder.path, 'devices'))
    },
  }
  const seconds: Record<string, number[]> = { copy: [], import: [], tables: [] }
  // Round 0 warms up and makes the rows.
  for (let round = 0; round <= rounds; round++) {
    const names = round % 2 === 0 ? ['copy', 'import', 'tables'] : ['import', 'copy', 'tables']
    for (const name of names) {
      signal.throwIfAborted()
      await client.query(`TRUNCATE members, devices, ${BARE} RESTART IDENTITY`)
      await client.query('CHECKPOINT')
      const took = await timed(contenders[name] as () => Promise<void>)
      if (round > 0) seconds[name]?.push(took)
      if (name === 'import' && round > 0) again.push(await timed(importing))
      if (name === 'import' && round === 0) {
        for (const table of ['members', 'devices']) {
          const rows = client.query(copyTo(`COPY ${table} TO STDOUT`))
          await pipeline(rows, createWriteStream(join(folder.path, table)), { signal })
        }
      }
    }
    if (round > 0) {
      const said = names.map((name) => `${name} ${seconds[name]?.at(-1)?.toFixed(2)} s`)
      say(`  round ${round} of ${rounds}: ${said.join(', ')}`)
    }
  }
  const shortRss = peakRss(carillon)

  const rate = (name: string) => Math.round(lines / median(seconds[name] ?? []))
  /** Of the rates; neighbours in time are compared. */
  const over = (a: string, b: string) =>
    median((seconds[b] ?? []).map((of, round) => of / (seconds[a]?.[round] ?? 0)))
  const figures = {
    lines,
    importRate: rate('import'),
    importAgainRate: Math.round(lines / median(again)),
    copyRate: rate('copy'),
    tablesRate: rate('tables'),
    importOverCopy: rounded(over('import', 'copy')),
    importOverTables: rounded(over('import', 'tables')),
    tablesOverCopy: rounded(over('tables', 'copy')),
    peakRssMb: rounded(shortRss, 1),
    seconds,
    ...(long > 0 && (await importLong(bench, long))),
  }
  const rssRatio = figures.longPeakRssMb === undefined ? undefined : figures.longPeakRssMb / shortRss
  const isFlat = rssRatio === undefined || rssRatio <= RSS_RATIO
  return {
    figures: { ...figures, ...(rssRatio !== undefined && { rssRatio: rounded(rssRatio, 3) }) },
    table: tableOf(figures),
    wrong: isFlat ? [] : [`peak RSS is ${rounded(rssRatio, 3)} × with the long file, at most ${RSS_RATIO}`],
    pool,
  }
})

function install({ postgresUrl, folder, stack, signal }: Bench<typeof OPTIONS>): Promise<Installation> {
  const { logFile } = folder
  const nothingSent = { redisUrl: null, dispatchers: 0, fcm: {}, messagesPerMinute: 'unlimited' } as const
  return openInstallation(stack, { postgresUrl, logFile, ...nothingSent }, signal)
}

async function importFile(
  { address, key }: Pick<Installation, 'address' | 'key'>,
  file: string,
  lines: number,
  signal: AbortSignal,
): Promise<ImportReport> {
  const report = await new ApiClient(address, key, signal).importCsv(file, () => {})
  if (report.accepted === lines && report.rejected === 0) return report
  throw new Error(`of ${lines} lines ${report.accepted} were accepted, ${report.rejected} rejected`)
}

/** In an installation of its own, whose API has not imported anything before. */
async function importLong(bench: Bench<typeof OPTIONS>, lines: number) {
  await using stack = new AsyncDisposableStack()
  const file = join(bench.folder.path, 'long.csv')
  await writeDevicesCsv(file, lines, SEED, { isClean: true })
  const carillon = await install({ ...bench, stack })
  const took = await timed(() => importFile(carillon, file, lines, bench.signal))
  const longPeakRssMb = peakRss(carillon)
  return { longLines: lines, longRate: Math.round(lines / took), longPeakRssMb: rounded(longPeakRssMb, 1) }
}

function peakRss({ processes }: Pick<Installation, 'processes'>): number {
  return figuresOf(processes.pids.get('api') ?? 0)?.peakRssMb ?? 0
}

async function timed(deed: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await deed()
  return (performance.now() - startedAt) / 1000
}

function rounded(value: number, digits = 2): number {
  return Number(value.toFixed(digits))
}

function tableOf(figures: {
  lines: number
  importRate: number
  importAgainRate: number
  copyRate: number
  tablesRate: number
  importOverCopy: number
  importOverTables: number
  tablesOverCopy: number
  peakRssMb: number
  longLines?: number
  longRate?: number
  longPeakRssMb?: number
}): string {
  const row = (label: string, rate: number, rest = '') =>
    `  ${label.padEnd(44)} ${`${grouped(rate)}/s`.padStart(11)}  ${rest}`.trimEnd()
  const { longLines, longRate, longPeakRssMb } = figures
  return [
    row('\\copy into a bare table', figures.copyRate),
    row('\\copy of the same rows into the tables', figures.tablesRate, `${figures.tablesOverCopy} of it`),
    row(
      'the API, empty tables',
      figures.importRate,
      `${figures.importOverCopy}, and ${figures.importOverTables} of the tables'`,
    ),
    row('the API, the same file again', figures.importAgainRate, `peak RSS ${figures.peakRssMb} MB`),
    ...(longLines !== undefined && longRate !== undefined
      ? [row(`the API, ${grouped(longLines)} lines`, longRate, `peak RSS ${longPeakRssMb} MB`)]
      : []),
  ].join('\n')
}
