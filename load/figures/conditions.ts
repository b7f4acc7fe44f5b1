/** What a run was measured with: without it, its figures say nothing. */
import type { FakeFcmOptions } from '../../testing/fake-fcm/options.ts'
import type { Installation } from '../../testing/installation/installation.ts'
import { grouped, percent } from '../../testing/terminal/progress.ts'
import type { LoadOptions } from '../load-options.ts'
import { databaseSettings, machine } from './surroundings.ts'
import { readVersions } from './versions.ts'

export interface Conditions {
  machine: string
  versions: Record<string, string>
  backend: 'postgresql' | 'redis'
  /** Of the server; fsync and synchronous_commit decide more than anything else. */
  postgresql: Record<string, string>
  /** Of Carillon: how much it does at a time. */
  tuning: Record<string, number>
  /** Messages a second that the fake FCM itself takes from h2load; null: there is no h2load. */
  fakeFcmCeiling: number | null
}

export function fcmOptionsOf({ dead, latencyMs, errors, quotaPerMinute, seed }: LoadOptions): FakeFcmOptions {
  return { deadShare: dead, latencyMs, errorShares: errors, quotaPerMinute, seed }
}

export async function readConditions(
  { pool, config }: Installation,
  options: LoadOptions,
  fakeFcmCeiling: number | null,
): Promise<Conditions> {
  return {
    machine: machine(),
    versions: await readVersions(pool, config.queue.redisUrl),
    backend: options.redis ? 'redis' : 'postgresql',
    postgresql: await databaseSettings(pool),
    tuning: {
      requestsInFlight: config.fcm.concurrency,
      batchesAtOnce: config.dispatcher.batches,
      batchSize: config.planner.batchSize,
      recordChunk: config.dispatcher.recordChunk,
      queueWatermark: config.queue.watermark,
    },
    fakeFcmCeiling,
  }
}

/** For people, a line each. */
export function conditionLines(
  { machine, versions, backend, postgresql, tuning, fakeFcmCeiling }: Conditions,
  { dispatchers, latencyMs, dead, errors, quotaPerMinute, seed }: LoadOptions,
): [label: string, value: string][] {
  const [min, max] = latencyMs
  const faults = Object.entries(errors).map(([name, share]) => `${percent(share)} ${name}`)
  const fake = [
    `${min} to ${max} ms`,
    `${percent(dead)} of the tokens dead`,
    ...faults,
    quotaPerMinute === null ? 'no quota' : `${grouped(quotaPerMinute)} a minute`,
    `seed ${seed}`,
  ]
  const { requestsInFlight, batchesAtOnce, batchSize, recordChunk, queueWatermark } = tuning
  return [
    ['machine', machine],
    ['versions', listed(versions, ' ')],
    ['PostgreSQL', listed(postgresql, '=')],
    ['queue', `BullMQ on ${backend === 'redis' ? 'Redis' : 'PostgreSQL'}, watermark ${queueWatermark}`],
    [
      'dispatchers',
      `${dispatchers}, each ${requestsInFlight} requests in flight, ${batchesAtOnce} batches of ${batchSize}, results in chunks of ${recordChunk}`,
    ],
    ['fake FCM', fake.join(', ')],
    [
      'its ceiling',
      fakeFcmCeiling === null
        ? 'not measured: h2load is not on the PATH'
        : `${grouped(fakeFcmCeiling)} messages a second from h2load, without latency, before the run`,
    ],
  ]
}

function listed(values: Record<string, string>, between: string): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}${between}${value}`)
    .join(', ')
}
