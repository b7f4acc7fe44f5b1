/**
 * The conveyor on BullMQ: Redis when REDIS_URL is set, PostgreSQL otherwise, the same calls above either.
 * This folder is the only one that knows BullMQ.
 *
 * Entries are named after a row and its turn, so that putting the same reference on twice is one entry, and a
 * later turn is never swallowed by what an earlier one left behind. Retries are not BullMQ's: an entry is tried
 * once, and whatever did not happen is found by upkeep in PostgreSQL.
 */
import type { JobState, JobsOptions, Queue } from 'bullmq'
import type { Config } from '../runtime/config.ts'
import type { Logger } from '../runtime/logger.ts'
import { within } from '../runtime/within.ts'
import { BATCHES, openQueue, PLANS, type PlanRef } from './backend.ts'
import type { BatchRef, Conveyor } from './conveyor.ts'

/** Failed entries are bugs, kept for a person to look at; a handful is enough and they must not pile up. */
const ENTRY: JobsOptions = { attempts: 1, removeOnComplete: true, removeOnFail: { count: 100, age: 86_400 } }
/**
 * Not `active`: a batch that is still queued although its entry was taken belongs to a worker that died between
 * the two, or is being claimed this very moment, and then one more entry does no harm.
 */
const PRESENT: readonly (JobState | 'unknown')[] = ['waiting', 'prioritized', 'delayed']

/** A server that is there has answered by then. */
const FIRST_CONNECTION_MS = 1_000
const CLOSE_MS = 2_000

/**
 * Returns at once, connected or not: a conveyor that is away delays campaigns and must not keep the API from
 * taking them. Every method rejects while the backend is away; nobody waits for it to come back.
 */
export function openConveyor(config: Config, name: string, log: Logger): Conveyor {
  const plans = openQueue<PlanRef>(PLANS, config, name, log)
  const batches = openQueue<BatchRef>(BATCHES, config, name, log)

  return {
    backend: config.conveyor.redisUrl === null ? 'postgresql' : 'redis',
    async putPlan(campaignId, turn) {
      // A failed one is in the log; kept, its name would swallow the next try.
      await connected(plans)
      await plans.add(
        'plan',
        { campaignId },
        { ...ENTRY, removeOnFail: true, jobId: `${campaignId}-p${turn}` },
      )
    },
    async putBatches(refs, priority) {
      const entries = refs.map((ref) => ({
        name: 'send',
        data: ref,
        opts: { ...ENTRY, priority, jobId: entryId(ref) },
      }))
      await connected(batches)
      await batches.addBulk(entries)
    },
    async findPresent(refs) {
      await connected(batches)
      const states = await Promise.all(refs.map((ref) => batches.getJobState(entryId(ref))))
      return refs.filter((_, index) => PRESENT.includes(states[index] ?? 'unknown'))
    },
    async size() {
      await Promise.all([plans, batches].map(connected))
      const counts = await Promise.all([plans, batches].map((queue) => queue.getJobCounts(...KINDS)))
      return counts.flatMap((kinds) => Object.values(kinds)).reduce((sum, count) => sum + count, 0)
    },
    async counts() {
      await Promise.all([plans, batches].map(connected))
      const queues = await Promise.all(
        [plans, batches].map((queue) => queue.getJobCounts(...KINDS, 'failed')),
      )
      const sum = (kind: string) => queues.reduce((total, counts) => total + (counts[kind] ?? 0), 0)
      return {
        waiting: sum('waiting') + sum('prioritized'),
        active: sum('active'),
        delayed: sum('delayed'),
        failed: sum('failed'),
      }
    },
    async ping() {
      await connected(batches)
      await batches.getJobCounts('waiting')
    },
    async close() {
      await Promise.all([plans, batches].map(closeQueue))
    },
  }
}

/**
 * BullMQ waits without end for the first connection, and whoever asked waits with it: a campaign would not be accepted by
 * a process that was started while Redis was away. Once there has been one, every command fails at once.
 */
async function connected(queue: Queue): Promise<void> {
  await within(FIRST_CONNECTION_MS, queue.waitUntilReady())
}

/** To say goodbye to a Redis that is away fails, and would leave a connection that tries to come back for ever. */
async function closeQueue(queue: Queue): Promise<void> {
  await within(CLOSE_MS, queue.close()).catch(() => {
    // Resolves when the server has said goodbye too.
    void queue.disconnect().catch(() => {})
  })
}

const KINDS = ['waiting', 'active', 'prioritized', 'delayed'] as const

/** No colon and not a bare number: BullMQ refuses both. */
function entryId({ campaignId, seq, turn }: BatchRef): string {
  return `${campaignId}-${seq}-t${turn}`
}
