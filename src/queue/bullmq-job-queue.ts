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
import { BATCHES, PLANS, type PlanRef, RATED_BATCHES } from './bullmq-backend.ts'
import type { BatchRef, JobQueue } from './job-queue.ts'
import { PLACES } from './places.ts'
import { ReconnectingQueue } from './reconnecting-queue.ts'

/** The urgency of a batch whose dispatcher died. */
const KILLED = 3
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
  const rated = new ReconnectingQueue<BatchRef>(RATED_BATCHES, config, name, log)
  const all = [plans, batches, rated]
  const allConnected = () => Promise.all(all.map((queue) => queue.connected()))

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
      // Those of one campaign.
      const line = refs[0]?.isRated ? rated : batches
      await (await line.connected()).addBulk(jobs)
    },
    async findWaiting(refs) {
      const [usual, slow] = await Promise.all([batches.connected(), rated.connected()])
      const states = await Promise.all(
        refs.map((ref) => (ref.isRated ? slow : usual).getJobState(jobId(ref))),
      )
      return refs.filter((_, index) => PRESENT.includes(states[index] ?? 'unknown'))
    },
    async size() {
      const queues = await allConnected()
      const counts = await Promise.all(queues.map((queue) => queue.getJobCounts(...KINDS)))
      return counts.flatMap((kinds) => Object.values(kinds)).reduce((sum, count) => sum + count, 0)
    },
    async counts() {
      const queues = await allConnected()
      const found = await Promise.all(queues.map((queue) => queue.getJobCounts(...KINDS, 'failed')))
      const sum = (kind: string) => found.reduce((total, counts) => total + (counts[kind] ?? 0), 0)
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
      await Promise.all(all.map((queue) => queue.close()))
    },
  }
}

const KINDS = ['waiting', 'active', 'prioritized', 'delayed'] as const

/** Of BullMQ's numbers, each of our ten priorities has so many. One is left for those of a killed dispatcher. */
const NUMBERS = PLACES + 1

/**
 * Each priority has its own numbers, so that a more urgent campaign goes before all others whatever their places. Within one,
 * batches of a killed dispatcher go first: they would otherwise wait behind all that is queued, and their devices get the
 * message half a minute after the others.
 */
function priorityOf({ urgency = 0, place = 0 }: BatchRef, priority: number): number {
  return (priority - 1) * NUMBERS + 1 + (urgency === KILLED ? 0 : 1 + Math.min(place, PLACES - 1))
}

/** BullMQ allows neither colons nor bare numbers. */
function jobId({ campaignId, seq, turn }: BatchRef): string {
  return `${campaignId}-${seq}-t${turn}`
}
