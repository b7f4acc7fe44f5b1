/** Follows a campaign until it is closed, it needs an operator, or it stops making progress. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Pool } from '../../src/postgres/pool.ts'
import type { Progress } from '../../testing/terminal/progress.ts'
import { describeStanding, readStanding, type Standing } from './standing.ts'

const LOOK_MS = 200

export interface FollowOptions {
  pool: Pool
  campaignId: string
  devices: number
  /** Without any result, plan or attempt for this long, although something is due, the campaign counts as stalled. */
  stallMs: number
  timeoutMs: number
  progress: Progress
  signal: AbortSignal
}

/** Null: the campaign is closed. Otherwise a sentence that says what went wrong. */
export async function follow(options: FollowOptions): Promise<string | null> {
  const { pool, campaignId, devices, stallMs, timeoutMs, progress, signal } = options
  const bar = progress.start('sending', devices)
  const startedAt = performance.now()
  let last: Standing | null = null
  let movedAt = startedAt
  let trouble = ''
  for (;;) {
    const seen = await readStanding(pool, campaignId).catch((error: Error) => {
      trouble = error.message
      return null
    })
    const now = performance.now()
    if (seen !== null) {
      bar.update(seen.recorded)
      if (seen.isClosed) {
        bar.end()
        return null
      }
      if (seen.state === 'paused') {
        return `the campaign paused itself and needs an operator, ${seen.pauseReason}. ${seen.pauseDetail ?? ''}`.trim()
      }
      if (hasMoved(last, seen) || seen.waitSeconds > 0) movedAt = now
      last = seen
    }
    const standing = last === null ? 'the campaign could never be read' : describeStanding(last)
    const reason = seen === null ? `PostgreSQL does not answer (${trouble}); before that, ` : ''
    if (now - movedAt > stallMs) {
      return `nothing has moved for ${Math.round((now - movedAt) / 1000)} s: ${reason}${standing}`
    }
    if (now - startedAt > timeoutMs) {
      return `not done in ${Math.round(timeoutMs / 1000)} s (--timeout-seconds): ${reason}${standing}`
    }
    await wait(LOOK_MS, undefined, { signal })
  }
}

function hasMoved(before: Standing | null, after: Standing): boolean {
  if (before === null) return true
  const facts = ({ state, planned, recorded, attempts, batches }: Standing) =>
    JSON.stringify([state, planned, recorded, attempts, Object.entries(batches).sort()])
  return facts(before) !== facts(after)
}
