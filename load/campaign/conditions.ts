/** What a load run was measured with. */
import type { FakeFcmOptions } from '../../testing/fake-fcm/options.ts'
import type { Installation } from '../../testing/installation/installation.ts'
import { plain } from '../../testing/terminal/format.ts'
import { databaseSettings } from '../figures/environment.ts'
import type { LoadOptions } from '../load.ts'
import type { Report } from '../report/report.ts'
import type { Conditions } from '../report/table.ts'

type FcmValues = Pick<LoadOptions, 'dead' | 'latencyMs' | 'errors' | 'quotaPerMinute' | 'seed'>

export function fcmOptionsOf({ dead, latencyMs, errors, quotaPerMinute, seed }: FcmValues): FakeFcmOptions {
  return { deadShare: dead, latencyMs, errorShares: errors, quotaPerMinute, seed }
}

export type LoadConditions = Awaited<ReturnType<typeof readConditions>>

export async function readConditions({ pool, config }: Installation) {
  return {
    /** fsync and synchronous_commit decide more than anything else. */
    postgresql: await databaseSettings(pool),
    tuning: {
      requestsInFlight: config.fcm.concurrency,
      batchesAtOnce: config.dispatcher.batches,
      batchSize: config.planner.batchSize,
      recordChunk: config.dispatcher.recordChunk,
      queueWatermark: config.queue.watermark,
    },
  }
}

export function conditionLines(
  { postgresql, tuning }: LoadConditions,
  { machine, versions }: Report,
  settings: object,
): Conditions {
  return [
    ['machine', machine],
    ['versions', plain(versions)],
    ['PostgreSQL', plain(postgresql)],
    ['tuning', plain(tuning)],
    ['options', plain(settings)],
  ]
}
