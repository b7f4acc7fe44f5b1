/** How much the fake FCM itself can take: what comes near it measures the fake, and not Carillon. */

import type { RemoteFakeFcm } from '../../testing/fake-fcm/spawn-fake-fcm.ts'
import { runH2load } from '../bench/h2load.ts'
import type { LoadOptions } from '../load-options.ts'
import { fcmOptionsOf } from './conditions.ts'

const SESSIONS = 4
const STREAMS = 100
const MOST_MESSAGES = 30_000

/** Messages a second, answered at once, without errors; null if there is no h2load. */
export async function measureCeiling(
  fcm: RemoteFakeFcm,
  devices: number,
  options: LoadOptions,
  folder: string,
  signal: AbortSignal,
): Promise<number | null> {
  await fcm.configure({ latencyMs: [0, 0], deadShare: 0, errorShares: {}, quotaPerMinute: null })
  const messages = Math.max(SESSIONS * STREAMS, Math.min(devices, MOST_MESSAGES))
  const order = { origin: fcm.origin, messages, sessions: SESSIONS, streams: STREAMS, folder, signal }
  const rate = await runH2load(order)
  await fcm.configure(fcmOptionsOf(options))
  await fcm.reset()
  return rate === null ? null : Math.round(rate)
}
