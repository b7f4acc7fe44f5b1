/** Counts audiences for everybody who asks this process, a few at a time. */
import pLimit from 'p-limit'
import type { Audience } from '../domain/campaign.ts'
import { AppError } from '../domain/errors.ts'
import type { Pool } from '../postgres/pool.ts'
import { joinReads } from '../process/join-reads.ts'

const TIMEOUT_MS = 10_000
/** A count reads every device. More counts at a time would be slower, and would slow down dispatchers. */
const MAX_COUNTING = 2
const MAX_WAITING = 8

type Count<T> = (pool: Pool, projectId: number, audience: Audience, timeoutMs: number) => Promise<T>

export type AudienceCounter<T> = (projectId: number, audience: Audience) => Promise<T>

export function audienceCounter<T>(pool: Pool, count: Count<T>): AudienceCounter<T> {
  const counts = pLimit(MAX_COUNTING)
  const counted = joinReads(async (asked) => {
    if (counts.pendingCount >= MAX_WAITING) {
      throw new AppError(
        'overloaded',
        `${MAX_COUNTING} audiences are being counted and ${MAX_WAITING} more are waiting, the most that this process accepts. Try again in a few seconds.`,
        { retryAfterSeconds: 5 },
      )
    }
    const [projectId, audience] = JSON.parse(asked) as [number, Audience]
    return counts(() => count(pool, projectId, audience, TIMEOUT_MS))
  })
  return (projectId, audience) => counted(JSON.stringify([projectId, audience]))
}
