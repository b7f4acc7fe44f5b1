/**
 * The queue on BullMQ: Redis when REDIS_URL is set, PostgreSQL otherwise, the same calls above either.
 * This folder is the only one that knows BullMQ.
 *
 * Jobs are named after a row and its turn, so that putting the same reference on twice is one job, and a
 * later turn is never swallowed by what an earlier one left behind. Retries are not BullMQ's: a job is tried
 * once, and whatever did not happen is found by maintenance in PostgreSQL.
 */
import type { JobState, JobsOptions } from 'bullmq'
import type { Config } from '../config/config.ts'
import type { Logger } from '../process/logger.ts'
import { BATCHES, PLANS, type PlanRef } from './bullmq-backend.ts'
import type { BatchRef, JobQueue } from './job-queue.ts'
import { ReconnectingQueue } from './reconnecting-queue.ts'

/** Failed jobs are bugs, kept for a person to look at; a handful is enough and they must not pile up. */
const JOB_OPTIONS: JobsOptions = {
  attempts: 1,
  removeOnComplete: true,
  removeOnFail: { count: 100, age: 86_400 },
}
/**
 * Not `active`: a batch that is still queued although its job was taken belongs to a worker that died between
 * the two, or is being claimed this very moment, and then one more job does no harm.
 */
const PRESENT: readonly (JobState | 'unknown')[] = ['waiting', 'prioritized', 'delayed']

/**
 * Returns at once, connected or not: a queue that is away delays campaigns and must not keep the API from
 * taking them. Every method rejects while the backend is away; nobody waits for it to come back.
 */
export function openJobQueue(config: Config, name: string, log: Logger): JobQueue {
  const plans = new ReconnectingQueue<PlanRef>(PLANS, config, name, log)
  const batches = new ReconnectingQueue<BatchRef>(BATCHES, config, name, log)

  return {
    backend: config.queue.redisUrl === null ? 'postgresql' : 'redis',
    async addPlanJob(campaignId, turn) {
      // A failed one is in the log; kept, its name would swallow the next try.
      const options = { ...JOB_OPTIONS, removeOnFail: true, jobId: `${campaignId}-p${turn}` }
      await (await plans.connected()).add('plan', { campaignId }, options)
    },
    async addBatchJobs(refs, priority) {
      const jobs = refs.map((ref) => ({
        name: 'send',
        data: ref,
        opts: { ...JOB_OPTIONS, priority, jobId: jobName(ref) },
      }))
      await (await batches.connected()).addBulk(jobs)
    },
    async findWaiting(refs) {
      const queue = await batches.connected()
      const states = await Promise.all(refs.map((ref) => queue.getJobState(jobName(ref))))
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
function jobName({ campaignId, seq, turn }: BatchRef): string {
  return `${campaignId}-${seq}-t${turn}`
}
