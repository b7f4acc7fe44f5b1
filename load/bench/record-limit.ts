/**
 * Preloaded into a dispatcher: it writes what it has found and what limits it, ten times a second, as lines of JSON to the
 * file BENCH_SERIES. Heartbeats come every two seconds, which is too seldom for a plot.
 */
import { openSync, writeSync } from 'node:fs'
import { LimitWatch } from '../../src/health/limit-watch.ts'

export interface LimitSample {
  /** Date.now(). */
  at: number
  limit: number
  inFlight: number
  latencyMs: number | null
  batches: number
  slots: number
  limitedBy: string | null
}

const file = process.env.BENCH_SERIES
if (process.argv[1]?.endsWith('dispatcher.ts') && file !== undefined) {
  const to = openSync(file, 'a')
  const { look } = LimitWatch.prototype
  LimitWatch.prototype.look = function recorded(facts) {
    look.call(this, facts)
    const [project] = facts.projects
    if (project === undefined) return
    const { limit, inFlight, latencyMs } = project
    const sample: LimitSample = {
      at: Date.now(),
      ...{ limit, inFlight, latencyMs },
      batches: facts.batches.length,
      slots: facts.slots,
      limitedBy: this.of(project.id)?.by ?? null,
    }
    writeSync(to, `${JSON.stringify(sample)}\n`)
  }
}
