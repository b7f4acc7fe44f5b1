/**
 * JobQueue on BullMQ: on Redis if REDIS_URL is set, otherwise on PostgreSQL. Apart from postgres/migrate.ts, only this
 * folder uses BullMQ.
 *
 * A job's id is made of its row and its turn: adding the same reference twice creates one job, and a job left over from
 * an earlier turn never blocks a later one. BullMQ's retries are not used: a job runs once, and maintenance finds
 * unfinished work in PostgreSQL.
 */
import type { JobState, JobsOptions } from 'bullmq'
import type { Config } from '../config/config.ts'
import type { Logger } from '../process/logger.ts'
import { BATCHES, PLANS, type PlanRef } from './bullmq-backend.ts'
import type { BatchRef, JobQueue } from './job-queue.ts'
import { ReconnectingQueue } from './reconnecting-queue.ts'

/** A failed job is a bug. Some are kept for inspection; the limits keep them from accumulating. */
const JOB_OPTIONS: JobsOptions = {
  attempts: 1,
  removeOnComplete: true,
  removeOnFail: { count: 100, age: 86_400 },
}
/**
 * Not `active`: if the job of a queued batch is active, its worker either died before the claim or is about to claim it;
 * in both cases another job is harmless.
 */
const PRESENT: readonly (JobState | 'unknown')[] = ['waiting', 'prioritized', 'delayed']

/**
 * Returns at once, connected or not: an unavailable queue delays campaigns, but the API must still accept them. Every
 * method rejects while the backend is unavailable, without waiting for it.
 */
export function openJobQueue(config: Config, name: string, log: Logger): JobQueue {
  const plans = new ReconnectingQueue<PlanRef>(PLANS, config, name, log)
  const batches = new ReconnectingQueue<BatchRef>(BATCHES, config, name, log)

  return {
    backend: config.queue.redisUrl === null ? 'postgresql' : 'redis',
    async addPlanJob(campaignId, turn) {
      // A failed job is logged. If it were kept, its id would block the next one.
      const options = { ...JOB_OPTIONS, removeOnFail: true, jobId: `${campaignId}-p${turn}` }
      await (await plans.connected()).add('plan', { campaignId }, options)
    },
    async addBatchJobs(refs, priority) {
      const jobs = refs.map((ref) => ({
        name: 'send',
        data: ref,
        opts: { ...JOB_OPTIONS, priority: priorityOf(ref, priority), jobId: jobId(ref) },
      }))
      await (await batches.connected()).addBulk(jobs)
    },
    async findWaiting(refs) {
      const queue = await batches.connected()
      const states = await Promise.all(refs.map((ref) => queue.getJobState(jobId(ref))))
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

/**
 * Batches that a dispatcher had in hand go ahead of their campaign's others, and first of all those of a killed one: they would
 * otherwise wait behind all that is queued, and their devices get the message half a minute after the others. Not all that
 * were on the queue before: when the queue has lost its jobs these are all there are, and nobody would be ahead.
 */
function priorityOf({ urgency = 0 }: BatchRef, priority: number): number {
  return 4 * priority - urgency
}

/** BullMQ allows neither colons nor bare numbers. */
function jobId({ campaignId, seq, turn }: BatchRef): string {
  return `${campaignId}-${seq}-t${turn}`
}
