/** Causes each fault of the schedule when its share of the campaign is reached, and starts measuring the recovery. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Pool } from '../../src/postgres/pool.ts'
import type { RemoteFakeFcm } from '../../testing/fake-fcm/spawn-fake-fcm.ts'
import { batchesInHand, stillStanding } from './in-hand.ts'
import type { Outages } from './outages.ts'
import type { Recoveries } from './recoveries.ts'
import { type Happening, type Planned, roleOf, type Schedule } from './schedule.ts'
import { readStanding } from './standing.ts'
import type { Supervisor } from './supervisor.ts'

const LOOK_MS = 10

export interface DisturbOptions {
  schedule: Schedule
  supervisor: Supervisor
  outages: Outages
  recoveries: Recoveries
  pool: Pool
  fcm: RemoteFakeFcm
  campaignId: string
  devices: number
  /** Whether a request to the API is answered. */
  apiAnswers: () => Promise<boolean>
  say: (line: string) => void
  /** Aborted when the campaign has ended: remaining faults are skipped. */
  signal: AbortSignal
}

/** What has happened, in order. */
export type Happened = Happening[]

/** Resolves when everything has happened and every server is back, or `signal` was aborted. */
export async function disturb(options: DisturbOptions, happened: Happened): Promise<void> {
  const { schedule, pool, fcm, campaignId, devices, signal } = options
  const outages: Promise<void>[] = []
  const lane = async (all: readonly Planned[], shareOf: () => Promise<number>) => {
    for (const planned of all) {
      while ((await shareOf().catch(() => 0)) < planned.share) await wait(LOOK_MS, undefined, { signal })
      await wait(planned.delayMs, undefined, { signal })
      options.say(`  ${`${Math.round(planned.share * 100)} %`.padStart(5)}  ${nameOf(planned.what)}`)
      const { done, isOutage } = make(planned.what, options)
      // A failure is reported where it is awaited.
      done.catch(() => {})
      if (isOutage) outages.push(done)
      else await done
      signal.throwIfAborted()
      happened.push(planned.what)
    }
  }
  try {
    await Promise.all([
      lane(schedule.whilePlanning, async () => (await readStanding(pool, campaignId)).planned / devices),
      lane(schedule.whileSending, async () => (await fcm.stats()).distinct / devices),
    ])
    await Promise.all(outages)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** Other faults may happen during an outage; a kill is done when the process is dead. */
function make(what: Happening, options: DisturbOptions): { done: Promise<void>; isOutage: boolean } {
  const { outages } = options
  switch (what.kind) {
    case 'kill':
      return { done: kill(what.name, options), isOutage: false }
    case 'redis_wipe':
      return { done: thenGoesOn('redis_wipe', outages.wipeRedis(), options), isOutage: true }
    case 'redis_stop':
      return { done: thenGoesOn('redis_stop', outages.stopRedis(what.downMs), options), isOutage: true }
    case 'pg_restart':
      return {
        done: thenGoesOn('pg_restart', outages.restartPostgres(what.how, what.downMs), options),
        isOutage: true,
      }
    case 'pg_termination':
      return {
        done: thenGoesOn('pg_termination', outages.terminateBackends(what.share), options),
        isOutage: true,
      }
  }
}

async function kill(name: string, options: DisturbOptions): Promise<void> {
  const { supervisor, recoveries, pool, campaignId, apiAnswers } = options
  await supervisor.kill(name)
  const since = performance.now()
  const role = roleOf(name)
  if (role === 'dispatcher') {
    let standing: Awaited<ReturnType<typeof batchesInHand>> | null = null
    recoveries.add(role, since, async () => {
      standing =
        standing === null
          ? await batchesInHand(pool, campaignId)
          : await stillStanding(pool, campaignId, standing)
      return standing.length === 0
    })
  } else if (role === 'planner') {
    let before: number | null = null
    recoveries.add(role, since, async () => {
      const { planned, isPlanned } = await readStanding(pool, campaignId)
      before ??= planned
      return isPlanned || planned > before
    })
  } else if (role === 'api') recoveries.add(role, since, apiAnswers)
  else {
    let isReady = false
    void supervisor.whenReady(name).then(
      () => {
        isReady = true
      },
      () => {},
    )
    recoveries.add(role, since, async () => isReady)
  }
}

async function thenGoesOn(
  kind: string,
  outage: Promise<void>,
  { recoveries, pool, campaignId }: DisturbOptions,
): Promise<void> {
  await outage
  let before: number | null = null
  recoveries.add(kind, performance.now(), async () => {
    const { attempts } = await readStanding(pool, campaignId)
    before ??= attempts
    return attempts > before
  })
}

function nameOf(what: Happening): string {
  switch (what.kind) {
    case 'kill':
      return `kill -9 ${what.name}`
    case 'redis_stop':
      return `Redis stops for ${what.downMs} ms`
    case 'redis_wipe':
      return 'Redis loses everything'
    case 'pg_restart':
      return `PostgreSQL ${what.how === 'crash' ? 'crashes' : 'stops'}, away for ${what.downMs} ms`
    case 'pg_termination':
      return 'PostgreSQL ends half of the connections'
  }
}
