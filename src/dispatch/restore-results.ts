/**
 * A dispatcher's part after the database has failed over: it waits until the attempts that it had in hand have ended (their
 * claims are void, so they stop by themselves, and what FCM answers is recorded), writes its last results again, with the uses
 * of frequency caps, and reports what was missing. maintenance/settle-failover.ts waits for these reports.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { keepTrying } from '../postgres/keep-trying.ts'
import type { Pool } from '../postgres/pool.ts'
import type { Logger } from '../process/logger.ts'
import { databaseFailedOver } from '../process/operator-events.ts'
import type { RecentResults, Restored } from '../results/recent-results.ts'

/** An attempt whose claim was answered by the former server at the last moment is in hand after this time. */
const SETTLE_MS = 200
const LOOK_MS = 50

interface RestoreDeps {
  /** Of this process's row in `processes`. */
  processId: string
  pool: Pool
  recent: RecentResults
  /** Whether there are frequency caps: then what was sent is a use of its member. */
  countsUses: boolean
  /** Contains every attempt from its claim to its end. */
  inHand: ReadonlySet<unknown>
  /** Aborted when the process has no time left to wait for the database. */
  giveUp: AbortSignal
  log: Logger
}

/**
 * Returns the function that ends it. It resolves when what has begun is reported, or given up: results that only this
 * process knows must not end with it.
 */
export function restoreAfterFailovers(deps: RestoreDeps): () => Promise<void> {
  const running = new Set<Promise<void>>()
  const onFailover = (message: unknown) => {
    const { timeline } = message as { timeline: number }
    const restoring = restore(deps, timeline)
      .catch((error: Error) =>
        deps.log.error({ err: error, timeline }, 'results could not be written again after a failover'),
      )
      .finally(() => running.delete(restoring))
    running.add(restoring)
  }
  databaseFailedOver.subscribe(onFailover)
  return async () => {
    await Promise.all(running)
    databaseFailedOver.unsubscribe(onFailover)
  }
}

async function restore(deps: RestoreDeps, timeline: number): Promise<void> {
  const { processId, pool, recent, countsUses, inHand, giveUp, log } = deps
  log.warn({ timeline, inHand: inHand.size }, 'the database has failed over to another server')
  await wait(SETTLE_MS)
  const former = [...inHand]
  while (former.some((attempt) => inHand.has(attempt)) && !giveUp.aborted) await wait(LOOK_MS)
  const options = { what: 'write results again after a failover', giveUp, log }
  const restored: Restored = { missing: 0, orphans: 0, isBeyondReach: false }
  await keepTrying(() => recent.restore(pool, restored), options)
  if (countsUses) await keepTrying(() => recent.restoreUses(pool), options)
  log.warn(
    { timeline, ...restored },
    'the last results were written again; missing ones were lost by the failover',
  )
  await keepTrying(
    () =>
      pool.query({
        name: 'failover-report',
        text: `INSERT INTO failover_reports (timeline, process_id, missing, orphans, is_beyond_reach)
               VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
        values: [timeline, processId, restored.missing, restored.orphans, restored.isBeyondReach],
      }),
    options,
  )
}
