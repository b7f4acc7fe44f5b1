/**
 * Model-based tests: random commands against real PostgreSQL, a real queue and real dispatchers, and after each run every
 * promise is checked for every device. MODEL_RUNS says how many runs (CI: 500); a failure is shrunk, and its message
 * says how to run it again.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { startFakeFcm } from '../../../testing/fake-fcm/fake-fcm.ts'
import { createTestDatabase } from '../../support/database.ts'
import { type QueueBackend, queueBackends } from '../../support/queues.ts'
import { COMMANDS, commandsRun, type Model } from './commands.ts'
import { firstCampaign, send } from './deeds.ts'
import type { Ground } from './ground.ts'
import { judge } from './judge.ts'
import { World } from './world.ts'

const RUNS = Number(process.env.MODEL_RUNS ?? 60)
const SEED = Number(process.env.MODEL_SEED ?? Math.floor(Math.random() * 2 ** 31))
const PATH = process.env.MODEL_PATH
const REPLAY = process.env.MODEL_REPLAY
/** Runs mostly wait, for leases and answers: two at a time on each queue use the time of others. */
const LANES = 2
const BACKENDS = queueBackends()
/** A lane's runs, and shrinking a failure, which is cut short. */
const TIMEOUT_MS = 600_000
const SHRINK_MS = 120_000

const ZONE = process.env.TZ
afterAll(() => {
  if (ZONE === undefined) delete process.env.TZ
  else process.env.TZ = ZONE
  console.info(
    `commands run: ${[...commandsRun]
      .sort()
      .map(([name, count]) => `${count} ${name}`)
      .join(', ')}`,
  )
})

/** Each lane has runs of its own. */
const seedOf = (backend: QueueBackend, lane: number) => SEED + BACKENDS.indexOf(backend) * LANES + lane

describe.each(BACKENDS)('random commands, on $name', (backend) => {
  const grounds: Ground[] = []
  beforeAll(async () => {
    for (let lane = 0; lane < LANES; lane++) {
      const { pool, url } = await createTestDatabase()
      const fcm = await startFakeFcm({
        keepMessages: 10_000,
        latencyMs: [5, 60],
        seed: seedOf(backend, lane),
      })
      const prefix = backend.redisUrl === null ? backend.prefix : `${backend.prefix}_${lane}`
      grounds.push({
        pool,
        databaseUrl: url,
        redisUrl: backend.redisUrl,
        prefix,
        fcm,
        nextToken: 0,
        leftovers: [],
      })
    }
  })
  afterAll(async () => {
    for (const { leftovers, fcm } of grounds) {
      await Promise.all(leftovers)
      await fcm.close()
    }
  })

  for (let lane = 0; lane < LANES; lane++) {
    const name = `every promise is kept, lane ${lane + 1}`
    test.concurrent(name, { timeout: TIMEOUT_MS }, async () => {
      const seed = seedOf(backend, lane)
      const property = fc.asyncProperty(
        fc.integer({ min: 6, max: 40 }),
        firstCampaign,
        fc.integer({ min: 1, max: 2 }),
        fc.commands(COMMANDS, {
          maxCommands: 14,
          size: 'max',
          ...(REPLAY !== undefined && { replayPath: REPLAY }),
        }),
        async (devices, campaign, dispatchers, commands) => {
          await runOnce(grounds[lane] as Ground, { devices, campaign, dispatchers, commands })
        },
      )
      const details = await fc.check(property, {
        seed,
        numRuns: Math.ceil(RUNS / LANES / BACKENDS.length),
        interruptAfterTimeLimit: TIMEOUT_MS - SHRINK_MS,
        ...(PATH !== undefined && { path: PATH }),
      })
      console.info(`${backend.name}, lane ${lane + 1}: ${details.numRuns} runs with seed ${seed}`)
      if (!details.failed) return
      const report = (await fc.asyncDefaultReportMessage(details)) ?? ''
      const replay = /replayPath="([^"]*)"/.exec(report)?.[1] ?? ''
      const how = `MODEL_SEED=${SEED} MODEL_PATH='${details.counterexamplePath}' MODEL_REPLAY='${replay}' npx vitest run --project integration test/flow/model -t '${backend.name}.*lane ${lane + 1}'`
      throw new Error(`${report}\nAgain: ${how}\n${(details.errorInstance as Error).message}`)
    })
  }
})

interface Run {
  devices: number
  campaign: Parameters<typeof send>[1]
  dispatchers: number
  commands: Iterable<fc.AsyncCommand<Model, World>>
}

/** Throws with the broken promises and what led to them. */
async function runOnce(ground: Ground, { devices, campaign, dispatchers, commands }: Run): Promise<void> {
  const world = await World.open(ground, devices)
  try {
    for (let started = 0; started < dispatchers; started++) await world.startDispatcher()
    await send(world, campaign)
    const model: Model = { campaigns: 1, dispatchers, kills: 0 }
    await fc.asyncModelRun(() => ({ model, real: world }), commands)
    world.note('settle')
    await world.settle()
    const problems = await judge(world)
    if (problems.length > 0) throw new Error(problems.join('\n'))
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${world.history.map((line) => `  ${line}`).join('\n')}`, {
      cause: error,
    })
  } finally {
    await world.close()
  }
}
