/**
 * `npm run bench:memory`: a dispatcher's peak memory for a small and a large audience, and for one that leaks. Each
 * size has a database, a fake FCM and processes of its own.
 */

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { spawnFakeFcm } from '../../testing/fake-fcm/spawn-fake-fcm.ts'
import { makeRunFolder } from '../../testing/installation/run-folder.ts'
import { openPostgres, openRedis } from '../../testing/servers/services.ts'
import {
  parseOptions,
  runCommand,
  SetupError,
  say,
  UsageError,
  wholeNumber,
} from '../../testing/terminal/command.ts'
import { databaseSettings, machine, versions } from '../figures/surroundings.ts'
import { type MemoryRun, memoryFiguresOf, memoryTableOf } from './memory-report.ts'
import { type Look, openPipeline } from './pipeline.ts'

const HELP = `Usage: npm run bench:memory -- [options]

  --devices N,M,…           audience sizes (default 100000,1000000)
  --leak-devices N          audience of the dispatcher that leaks on purpose (default 300000)
  --redis                   queue on Redis: REDIS_URL, or a redis-server from the PATH
                            (default: on PostgreSQL)
  --timeout-seconds N       stop after this time (default 3600)
  --json                    one JSON object on stdout instead of the table
  --help

Ends with 1 when a message is lost or repeated, or when the leak goes unnoticed.`

const WARM_UP = 5_000
/** The default of QUEUE_WATERMARK, and one for the entry of the plan. */
const WATERMARK = 64 + 1

await runCommand(async ({ stack, signal: interruption, progress }) => {
  const values = parseOptions(process.argv.slice(2), {
    devices: { type: 'string', default: '100000,1000000' },
    'leak-devices': { type: 'string', default: '300000' },
    redis: { type: 'boolean', default: false },
    'timeout-seconds': { type: 'string', default: '3600' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  })
  if (values.help) {
    process.stdout.write(`${HELP}\n`)
    return 0
  }
  const sizes = values.devices.split(',').map((text) => wholeNumber('devices', text, 10_000, 100_000_000))
  if (new Set(sizes).size < 2)
    throw new UsageError(`--devices is "${values.devices}"; expected two sizes or more.`)
  const leakDevices = wholeNumber('leak-devices', values['leak-devices'], 100_000, 10_000_000)
  const seconds = wholeNumber('timeout-seconds', values['timeout-seconds'], 10, 86_400)
  const timeout = AbortSignal.timeout(seconds * 1000)
  const signal = AbortSignal.any([interruption, timeout])
  const folder = await makeRunFolder()
  stack.defer(() => folder.remove())

  const postgres = await openPostgres(stack)
  const redis = values.redis ? await openRedis(stack) : null
  say(`  database  ${postgres.description}\n  queue  ${redis?.description ?? 'there'}`)
  let surroundings: object = {}

  async function run(devices: number, isLeaking: boolean): Promise<MemoryRun> {
    await using own = new AsyncDisposableStack()
    const fcm = own.use(await spawnFakeFcm({}))
    const bar = progress.start('seeding', devices)
    const urls = { postgresUrl: postgres.url, redisUrl: redis?.url ?? null }
    const onSeeded = (count: number) => bar.update(count)
    const pipeline = await openPipeline(
      own,
      { ...urls, fcm, devices, logFile: folder.logFile, onSeeded },
      signal,
    )
    bar.end()
    const looks: Look[] = []
    const leak = pathToFileURL(join(import.meta.dirname, 'leak.ts')).href
    const round = await pipeline.round(
      {
        backend: redis ? 'redis' : 'postgresql',
        dispatchers: 1,
        warmUp: WARM_UP,
        env: isLeaking ? { NODE_OPTIONS: `--import ${leak}` } : {},
        onLook: (look) => looks.push(look),
      },
      signal,
    )
    const name = isLeaking ? 'with a leak' : 'devices'
    say(`  ${devices} ${name}: ${round.peakRssMb.toFixed(1)} MB, ${round.seconds.toFixed(1)} s`)
    const { rows } = await pipeline.pool.query<{ bytes: number }>(
      `SELECT sum(pg_total_relation_size(relid))::float8 / (SELECT count(*) FROM deliveries) AS bytes
       FROM pg_partition_tree('deliveries')`,
    )
    surroundings = {
      machine: machine(),
      versions: await versions(pipeline.pool, redis?.url ?? null),
      postgresql: await databaseSettings(pipeline.pool),
    }
    return { devices, isLeaking, round, looks, bytesPerDelivery: rows[0]?.bytes ?? 0 }
  }

  try {
    const runs: MemoryRun[] = []
    for (const devices of sizes) runs.push(await run(devices, false))
    runs.push(await run(leakDevices, true))
    const figures = memoryFiguresOf(runs, WATERMARK)
    if (values.json)
      process.stdout.write(`${JSON.stringify({ ...figures, missing: 0, duplicates: 0, ...surroundings })}\n`)
    else process.stdout.write(`\n${memoryTableOf(figures)}\n\n`)
    if (figures.leak.isCaught) return 0
    folder.keep()
    return 1
  } catch (error) {
    if (!interruption.aborted) folder.keep()
    if (timeout.aborted) throw new SetupError(`Not done in ${seconds} s (--timeout-seconds).`)
    throw error
  }
})
