/**
 * A CSV file through the API, against `\copy` of the same file into a bare table, and against `\copy` of the resulting
 * rows into the real tables with their indexes and foreign key, which is the lower bound for those tables. In turns; then
 * a file ten times as long, for the memory.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import iconv from 'iconv-lite'
import pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { writeDevicesCsv } from '../../testing/devices/write-devices-csv.ts'
import { type Installation, openInstallation } from '../../testing/installation/installation.ts'
import { say } from '../../testing/terminal/command.ts'
import { rounded } from '../../testing/terminal/format.ts'
import { oneOf, whole } from '../../testing/terminal/options.ts'
import { ApiClient } from '../campaign/api-client.ts'
import { figuresOf } from '../figures/processes.ts'
import { median } from '../figures/statistics.ts'
import { type BenchContext, benchmark, fullSpeed } from './benchmark.ts'

const SEED = 5
/** Peak RSS of the API with the long file, over the short one. */
const MAX_RSS_RATIO = 1.1
const BARE = 'bench_bare'
const FORMS = ['utf-8', 'cp949', 'gzip'] as const
type Form = (typeof FORMS)[number]
const CITIES = ['서울', '부산', '대구', '인천', '광주', '대전', '울산', '제주']

export const imports = benchmark(
  `A device list through the API against \\copy, in turns, into empty tables.
Fails when the long file takes more than ${MAX_RSS_RATIO} × the memory.`,
  {
    lines: whole(10_000, 10_000_000, 200_000, 'lines of the file'),
    rounds: whole(1, 100, 5, 'rounds of each'),
    as: oneOf(FORMS, 'how the files are saved'),
    long: whole(
      0,
      100_000_000,
      null,
      'lines of the file for the memory; 0: none (default: ten times --lines)',
    ),
  },
  async ({ lines, rounds, long, as }, context) => {
    const { stack, folder, signal } = context
    const file = join(folder.path, 'devices.csv')
    await writeDevicesCsv(file, lines, SEED, { isClean: true })
    const saved = await saveAs(as, file)
    const carillon = await openInstallation(stack, { ...fullSpeed(context), dispatchers: 0 }, signal)
    const client = new pg.Client({ connectionString: carillon.config.database.url })
    await client.connect()
    stack.defer(() => client.end())
    await client.query(
      `CREATE TABLE ${BARE} (address text, external_id text, platform text, locale text, timezone text, attributes text, opted_out text)`,
    )
    const copy = (text: string, path: string) =>
      pipeline(createReadStream(path), client.query(copyFrom(text)), { signal })
    const importing = () => importFile(carillon, saved, lines, signal)
    const contenders = {
      copy: () => copy(`COPY ${BARE} FROM STDIN (FORMAT csv, HEADER)`, file),
      import: async () => {
        const created = await importing()
        if (created !== lines) throw new Error(`${created} of ${lines} devices were created`)
      },
      // The rows that the import of round 0 made.
      tables: async () => {
        for (const table of ['members', 'devices'])
          await copy(`COPY ${table} FROM STDIN`, join(folder.path, table))
      },
    }
    const seconds: Record<'copy' | 'import' | 'tables' | 'again', number[]> = {
      copy: [],
      import: [],
      tables: [],
      again: [],
    }
    // Round 0 warms up and makes the rows.
    for (let round = 0; round <= rounds; round++) {
      const order = ['copy', 'import', 'tables'] as const
      for (const name of round % 2 === 0 ? order : (['import', 'copy', 'tables'] as const)) {
        signal.throwIfAborted()
        await client.query(`TRUNCATE members, devices, ${BARE} RESTART IDENTITY`)
        await client.query('CHECKPOINT')
        const took = await timed(contenders[name])
        if (round > 0) seconds[name].push(took)
        if (name !== 'import') continue
        if (round > 0) seconds.again.push(await timed(importing))
        for (const table of round === 0 ? ['members', 'devices'] : []) {
          const rows = client.query(copyTo(`COPY ${table} TO STDOUT`))
          await pipeline(rows, createWriteStream(join(folder.path, table)), { signal })
        }
      }
      const texts = order.map((name) => `${name} ${seconds[name].at(-1)?.toFixed(2)} s`)
      if (round > 0) say(`  round ${round} of ${rounds}: ${texts.join(', ')}`)
    }
    const rate = (name: keyof typeof seconds) => Math.round(lines / median(seconds[name]))
    /** Of the rates of neighbouring rounds. */
    const over = (a: keyof typeof seconds, b: keyof typeof seconds) =>
      rounded(median(seconds[b].map((value, round) => value / (seconds[a][round] ?? 0))))
    const figures = {
      lines,
      importRate: rate('import'),
      importAgainRate: rate('again'),
      copyRate: rate('copy'),
      tablesRate: rate('tables'),
      importOverCopy: over('import', 'copy'),
      importOverTables: over('import', 'tables'),
      tablesOverCopy: over('tables', 'copy'),
      peakRssMb: peakRss(carillon),
      seconds,
    }
    const longLines = long ?? lines * 10
    const memory = longLines > 0 ? await importLong(longLines, as, figures.peakRssMb, context) : null
    const { rssRatio = 0 } = memory ?? {}
    const wrong =
      rssRatio <= MAX_RSS_RATIO
        ? []
        : [`peak RSS is ${rssRatio} × with the long file, at most ${MAX_RSS_RATIO}`]
    return { ...figures, ...memory, wrong }
  },
)

/** As Korean Excel saves it, with ids in Korean, or compressed. Returns the file that is sent. */
async function saveAs(form: Form, file: string): Promise<string> {
  if (form === 'utf-8') return file
  const saved = `${file}.${form}`
  const source = createReadStream(file)
  if (form === 'gzip') await pipeline(source, createGzip(), createWriteStream(saved))
  else await pipeline(cp949Lines(createInterface({ input: source })), createWriteStream(saved))
  return saved
}

async function* cp949Lines(lines: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let index = 0
  for await (const line of lines) {
    // By a single word, the encoding could not be told.
    const city = CITIES[index++ % CITIES.length]
    yield iconv.encode(`${line.replace(',member-', `,${city}-`)}\r\n`, 'cp949')
  }
}

/** In an installation of its own, whose API has not imported anything before. */
async function importLong(longLines: number, as: Form, shortRssMb: number, context: BenchContext) {
  await using stack = new AsyncDisposableStack()
  const file = join(context.folder.path, 'long.csv')
  await writeDevicesCsv(file, longLines, SEED, { isClean: true })
  const saved = await saveAs(as, file)
  const carillon = await openInstallation(stack, { ...fullSpeed(context), dispatchers: 0 }, context.signal)
  const took = await timed(() => importFile(carillon, saved, longLines, context.signal))
  const longPeakRssMb = peakRss(carillon)
  const rssRatio = rounded(longPeakRssMb / shortRssMb, 3)
  return { longLines, longRate: Math.round(longLines / took), longPeakRssMb, rssRatio }
}

/** Returns how many devices were created. */
async function importFile({ address, key }: Installation, file: string, lines: number, signal: AbortSignal) {
  const { accepted, rejected, created } = await new ApiClient(address, key, signal).importCsv(file, () => {})
  if (accepted === lines && rejected === 0) return created
  throw new Error(`of ${lines} lines ${accepted} were accepted, ${rejected} rejected`)
}

function peakRss({ processes }: Installation): number {
  return rounded(figuresOf(processes.pids.get('api') ?? 0)?.peakRssMb ?? 0, 1)
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return (performance.now() - startedAt) / 1000
}
