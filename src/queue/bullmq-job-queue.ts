/**
 * The conveyor on BullMQ: Redis when REDIS_URL is set, PostgreSQL otherwise, the same calls above either.
 * This folder is the only one that knows BullMQ.
 *
 * Entries are named after a row and its turn, so that putting the same reference on twice is one entry, and a
 * later turn is never swallowed by what an earlier one left behind. Retries are not BullMQ's: an entry is tried
 * once, and whatever did not happen is found by upkeep in PostgreSQL.
 */
import type { JobState, JobsOptions } from 'bullmq'
import type { Config } from '../config/config.ts'
import type { Logger } from '../process/logger.ts'
import { BATCHES, PLANS, type PlanRef } from './bullmq-backend.ts'
import type { BatchRef, Conveyor } from './job-queue.ts'
import { ConveyorQueue } from './reconnecting-queue.ts'

/** Failed entries are bugs, kept for a person to look at; a handful is enough and they must not pile up. */
const ENTRY: JobsOptions = { attempts: 1, removeOnComplete: true, removeOnFail: { count: 100, age: 86_400 } }
/**
 * Not `active`: a batch that is still queued although its entry was taken belongs to a worker that died between
 * the two, or is being claimed this very moment, and then one more entry does no harm.
 */
const PRESENT: readonly (JobState | 'unknown')[] = ['waiting', 'prioritized', 'delayed']

/**
 * Returns at once, connected or not: a conveyor that is away delays campaigns and must not keep the API from
 * taking them. Every method rejects while the backend is away; nobody waits for it to come back.
 */
export function openConveyor(config: Config, name: string, log: Logger): Conveyor {
  const plans = new ConveyorQueue<PlanRef>(PLANS, config, name, log)
  const batches = new ConveyorQueue<BatchRef>(BATCHES, config, name, log)

  return {
    backend: config.conveyor.redisUrl === null ? 'postgresql' : 'redis',
    async putPlan(campaignId, turn) {
      // A failed one is in the log; kept, its name would swallow the next try.
      const options = { ...ENTRY, removeOnFail: true, jobId: `${campaignId}-p${turn}` }
      await (await plans.connected()).add('plan', { campaignId }, options)
    },
    async putBatches(refs, priority) {
      const entries = refs.map((ref) => ({
        name: 'send',
        data: ref,
        opts: { ...ENTRY, priority, jobId: entryId(ref) },
      }))
      await (await batches.connected()).addBulk(entries)
    },
    async findPresent(refs) {
      const queue = await batches.connected()
      const states = await Promise.all(refs.map((ref) => queue.getJobState(entryId(ref))))
      return refs.filter((_, index) => PRESENT.includes(states[index] ?? 'unknown'))
    },
    async size() {
      const queues = await Promise.all([plans.connected(), batches.connected()])
      const counts = await Promise.all(queues.map((queue) => queue.getJobCounts(...KINDS)))
      return counts.flatMap((kinds) => Object.values(kinds)).reduce((sum, count) => sum + count, 0)
    },
    async counts() {
      const queues = await Promise.all([plans.connected(), batches.connected()])
      const all = await Promise.all(queues.map((queue) => queue.getJobCounts(...KINDS, 'failed')))
      const sum = (kind: string) => all.reduce((total, counts) => total + (counts[kind] ?? 0), 0)
      return {
        waiting: sum('waiting') + sum('prioritized'),
        active: sum('active'),
        delayed: sum('delayed'),
        failed: sum('failed'),
      }
    },
    async ping() {
      await (await batches.connected()).getJobCounts('waiting')
    },
    async close() {
      await Promise.all([plans.close(), batches.close()])
    },
  }
}

const KINDS = ['waiting', 'active', 'prioritized', 'delayed'] as const

/** No colon and not a bare number: BullMQ refuses both. */
function entryId({ campaignId, seq, turn }: BatchRef): string {
  return `${campaignId}-${seq}-t${turn}`
}
