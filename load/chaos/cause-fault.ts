/** Causes one fault, and starts measuring how long it takes until all is well again. */
import type { Pool } from '../../src/postgres/pool.ts'
import type { TokenService } from '../../testing/fake-fcm/token-service.ts'
import { backAfterSeconds, followInterruption, type Interruption, readInterruption } from './in-hand.ts'
import type { Network } from './network.ts'
import type { Outages } from './outages.ts'
import type { Recoveries } from './recoveries.ts'
import { type Happening, roleOf } from './schedule.ts'
import { readStanding } from './standing.ts'
import type { Supervisor } from './supervisor.ts'

export interface CauseDeps {
  supervisor: Supervisor
  outages: Outages
  network: Network
  /** Null: no fault of the schedule needs it. */
  tokenService: TokenService | null
  recoveries: Recoveries
  pool: Pool
  campaignId: string
  /** Whether a request to the API is answered. */
  apiAnswers: () => Promise<boolean>
  /** What each killed dispatcher had in hand; filled here. */
  interruptions: Interruption[]
  /** Resolves early when the campaign has ended. */
  wait: (ms: number) => Promise<void>
}

/** Other faults may happen during an outage; a kill is done when the process is dead. */
export function cause(what: Happening, deps: CauseDeps): { done: Promise<void>; isOutage: boolean } {
  const { outages, network } = deps
  const outage = (done: Promise<void>) => ({ done, isOutage: true })
  const thenGoesOn = (ended: Promise<void>) => outage(ended.then(() => expectAnotherBatch(what.kind, deps)))
  switch (what.kind) {
    case 'kill':
      return { done: kill(what.name, deps), isOutage: false }
    case 'redis_wipe':
      return thenGoesOn(outages.wipeRedis())
    case 'redis_stop':
      return thenGoesOn(outages.stopRedis(what.downMs))
    case 'pg_restart':
    case 'pg_outage':
      return thenGoesOn(outages.restartPostgres(what.how, what.downMs))
    case 'pg_termination':
      return thenGoesOn(outages.terminateBackends(what.share))
    case 'disk_full':
      return thenGoesOn(outages.fillDisk(what.ms))
    case 'token_hang':
      return thenGoesOn(hangTokens(what.ms, deps))
    case 'freeze':
      if (what.length === 'long') expectToGoOnElsewhere('freeze', deps)
      return outage(deps.supervisor.freeze(what.name, deps.wait(what.ms)))
    case 'network':
      if (what.how === 'half_open' && what.server === 'postgres') expectToGoOnElsewhere('half_open', deps)
      return thenGoesOn(network.disturb(what.name, what.server, what.how, deps.wait(what.ms)))
  }
}

async function kill(name: string, deps: CauseDeps): Promise<void> {
  const { supervisor, recoveries, pool, campaignId, apiAnswers } = deps
  await supervisor.kill(name)
  const since = performance.now()
  const role = roleOf(name)
  expectRestart(name, since, deps)
  if (role === 'dispatcher') deps.interruptions.push(expectToGoOnElsewhere(role, deps))
  else if (role === 'planner') {
    let before: number | null = null
    recoveries.add(role, since, async () => {
      const { planned, isPlanned } = await readStanding(pool, campaignId)
      before ??= planned
      return isPlanned || planned > before
    })
  } else if (role === 'api') recoveries.add(role, since, apiAnswers)
}

/** Measured apart: a dispatcher's batches do not wait for its restart. For maintenance it is all there is. */
function expectRestart(name: string, since: number, { supervisor, recoveries }: CauseDeps): void {
  let isReady = false
  void supervisor.whenReady(name).then(
    () => {
      isReady = true
    },
    () => {},
  )
  const role = roleOf(name)
  recoveries.add(role === 'maintenance' ? role : 'restart', since, async () => isReady)
}

/** Called when a dispatcher has just been interrupted. What is returned is filled as soon as PostgreSQL answers. */
function expectToGoOnElsewhere(kind: string, { recoveries, pool, campaignId }: CauseDeps): Interruption {
  const since = performance.now()
  const interruption: Interruption = { at: '', batches: [] }
  recoveries.add(kind, since, async () => {
    if (interruption.at === '') Object.assign(interruption, await readInterruption(pool, campaignId))
    const elapsedMs = () => performance.now() - since
    if (!(await followInterruption(pool, campaignId, interruption, elapsedMs))) return false
    return { seconds: backAfterSeconds(interruption) }
  })
  return interruption
}

async function hangTokens(ms: number, { tokenService, wait }: CauseDeps): Promise<void> {
  if (tokenService === null) throw new Error('there is no token service')
  tokenService.hang(true)
  await wait(ms)
  tokenService.hang(false)
}

function expectAnotherBatch(kind: string, { recoveries, pool, campaignId }: CauseDeps): void {
  let before: number | null = null
  recoveries.add(kind, performance.now(), async () => {
    const { attempts } = await readStanding(pool, campaignId)
    before ??= attempts
    return attempts > before
  })
}

export function nameOf(what: Happening): string {
  switch (what.kind) {
    case 'kill':
      return `kill -9 ${what.name}`
    case 'redis_stop':
      return `Redis stops for ${what.downMs} ms`
    case 'redis_wipe':
      return 'Redis loses everything'
    case 'pg_restart':
    case 'pg_outage':
      return `PostgreSQL ${what.how === 'crash' ? 'crashes' : 'stops'}, away for ${what.downMs} ms`
    case 'pg_termination':
      return 'PostgreSQL ends half of the connections'
    case 'freeze':
      return `${what.name} is frozen for ${what.ms} ms`
    case 'network':
      return `the network between ${what.name} and ${what.server} is ${what.how === 'slow' ? 'slow' : 'half open'} for ${what.ms} ms`
    case 'disk_full':
      return `PostgreSQL's disk is full for ${what.ms} ms`
    case 'token_hang':
      return `the token service hangs for ${what.ms} ms`
  }
}
