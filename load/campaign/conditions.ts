/** What a load run was measured with. */
import type { FakeFcmOptions } from '../../testing/fake-fcm/options.ts'
import type { RemoteFakeFcm } from '../../testing/fake-fcm/spawn-fake-fcm.ts'
import type { Installation } from '../../testing/installation/installation.ts'
import { grouped, plain } from '../../testing/terminal/format.ts'
import { runH2load } from '../bench/h2load.ts'
import { databaseSettings } from '../figures/environment.ts'
import type { LoadOptions } from '../load.ts'
import type { Report } from '../report/report.ts'
import type { Conditions } from '../report/table.ts'

const SESSIONS = 4
const STREAMS = 100
const MAX_MESSAGES = 30_000

type FcmValues = Pick<LoadOptions, 'dead' | 'latencyMs' | 'errors' | 'quotaPerMinute' | 'seed'>

export function fcmOptionsOf({ dead, latencyMs, errors, quotaPerMinute, seed }: FcmValues): FakeFcmOptions {
  return { deadShare: dead, latencyMs, errorShares: errors, quotaPerMinute, seed }
}

/** Messages a second that the fake FCM takes without latency and errors; null without h2load. A rate near it measures the fake. */
export async function measureCeiling(
  fcm: RemoteFakeFcm,
  devices: number,
  values: FcmValues,
  folder: string,
  signal: AbortSignal,
): Promise<number | null> {
  await fcm.configure({ latencyMs: [0, 0], deadShare: 0, errorShares: {}, quotaPerMinute: null })
  const messages = Math.max(SESSIONS * STREAMS, Math.min(devices, MAX_MESSAGES))
  const { origin } = fcm
  const rate = await runH2load({ origin, messages, sessions: SESSIONS, streams: STREAMS, folder, signal })
  await fcm.configure(fcmOptionsOf(values))
  return rate === null ? null : Math.round(rate)
}

export type LoadConditions = Awaited<ReturnType<typeof readConditions>>

export async function readConditions({ pool, config }: Installation, fakeFcmCeiling: number | null) {
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
    fakeFcmCeiling,
  }
}

export function conditionLines(
  { postgresql, tuning, fakeFcmCeiling }: LoadConditions,
  { machine, versions }: Report,
  settings: object,
): Conditions {
  return [
    ['machine', machine],
    ['versions', plain(versions)],
    ['PostgreSQL', plain(postgresql)],
    ['tuning', plain(tuning)],
    ['options', plain(settings)],
    [
      'fake FCM',
      fakeFcmCeiling === null
        ? 'its ceiling is not measured: h2load is not on the PATH'
        : `takes ${grouped(fakeFcmCeiling)} messages a second from h2load without latency`,
    ],
  ]
}
