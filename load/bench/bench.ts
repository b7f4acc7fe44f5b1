/** `npm run bench`: the whole pipeline against loops that only send. See bench-options.ts for what it takes. */

import { spawnFakeFcm } from '../../testing/fake-fcm/spawn-fake-fcm.ts'
import { makeRunFolder } from '../../testing/installation/run-folder.ts'
import { openPostgres, openRedis } from '../../testing/servers/services.ts'
import { runCommand, SetupError, say } from '../../testing/terminal/command.ts'
import { databaseSettings, machine, versions } from '../figures/surroundings.ts'
import { BENCH_HELP, parseBenchOptions } from './bench-options.ts'
import { figuresOf, tableOf } from './bench-report.ts'
import {
  type Contender,
  findBestCalls,
  h2loadContender,
  loopContender,
  type Measured,
  pipelineContender,
  type Surroundings,
} from './contenders.ts'
import { H2LOAD_MISSING } from './h2load.ts'
import { installOthers } from './others.ts'
import { openPipeline } from './pipeline.ts'

await runCommand(async (command) => {
  const options = parseBenchOptions(process.argv.slice(2))
  if (options.help) {
    process.stdout.write(`${BENCH_HELP}\n`)
    return 0
  }
  const { stack, progress } = command
  const timeout = AbortSignal.timeout(options.timeoutSeconds * 1000)
  const signal = AbortSignal.any([command.signal, timeout])
  const folder = await makeRunFolder()
  stack.defer(() => folder.remove())
  try {
    const postgres = await openPostgres(stack)
    const redis = await openRedis(stack)
    say(`  database  ${postgres.description}\n  queue  there, and on ${redis.description}`)
    const fcm = stack.use(await spawnFakeFcm({ latencyMs: options.latencyMs }))
    const seeding = progress.start('seeding', options.messages)
    const pipeline = await openPipeline(
      stack,
      {
        postgresUrl: postgres.url,
        redisUrl: redis.url,
        fcm,
        devices: options.messages,
        logFile: folder.logFile,
        onSeeded: (count) => seeding.update(count),
      },
      signal,
    )
    seeding.end()
    const surroundings: Surroundings = { fcm, pipeline, folder: folder.path }
    const calls = await findBestCalls(options, surroundings, signal)
    say(`  firebase-admin is fastest with ${calls.best} calls at a time: ${JSON.stringify(calls.rates)}`)
    const others = options.others
      ? await installOthers(folder.path, calls.best, options, surroundings, signal)
      : []
    const contenders: Contender[] = [
      loopContender(
        'sdk',
        `firebase-admin, ${calls.best} calls of 500 at a time`,
        'sdk-loop.ts',
        calls.best,
        options,
        surroundings,
      ),
      pipelineContender('postgresql', 1, options, surroundings),
      loopContender(
        'http2',
        `node:http2, ${options.inFlight} in flight`,
        'http2-loop.ts',
        options.inFlight,
        options,
        surroundings,
      ),
      pipelineContender('redis', 1, options, surroundings),
      h2loadContender(options, surroundings),
      ...(options.moreDispatchers > 1
        ? (['postgresql', 'redis'] as const).map((backend) =>
            pipelineContender(backend, options.moreDispatchers, options, surroundings),
          )
        : []),
      ...others,
    ]
    const rounds = await runRounds(contenders, options.rounds, signal)
    const figures = figuresOf(rounds)
    if (figures.h2loadRate === null) say(`  ${H2LOAD_MISSING}`)
    if (options.json) {
      const { json: _, help: __, ...settings } = options
      const result = {
        ...figures,
        rounds: options.rounds,
        missing: 0,
        duplicates: 0,
        settings: { ...settings, sdkCalls: calls },
        machine: machine(),
        versions: await versions(pipeline.pool, redis.url),
        postgresql: await databaseSettings(pipeline.pool),
        byRound: Object.fromEntries([...rounds].map(([{ name }, measured]) => [name, measured])),
      }
      process.stdout.write(`${JSON.stringify(result)}\n`)
    } else process.stdout.write(`\n${tableOf(rounds, figures)}\n\n`)
    return 0
  } catch (error) {
    if (!command.signal.aborted) folder.keep()
    if (timeout.aborted) throw new SetupError(`Not done in ${options.timeoutSeconds} s (--timeout-seconds).`)
    throw error
  }
})

/** By turns, every other round in the opposite order: what changes on the machine meanwhile meets all alike. */
async function runRounds(
  contenders: readonly Contender[],
  rounds: number,
  signal: AbortSignal,
): Promise<Map<Contender, Measured[]>> {
  const results = new Map<Contender, Measured[]>(contenders.map((contender) => [contender, []]))
  for (let round = 0; round < rounds; round++) {
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      signal.throwIfAborted()
      const measured = await contender.round(signal)
      results.get(contender)?.push(measured)
      const rate = measured.rate === null ? 'not measured' : `${Math.round(measured.rate)}/s`
      say(`  round ${round + 1} of ${rounds}: ${rate.padStart(12)}  ${contender.label}`)
    }
  }
  return results
}
