/** Runs one campaign for all devices there are, and collects everything its result can be judged by. */
import type { Pool } from '../../src/postgres/pool.ts'
import type { RemoteFakeFcm } from '../../testing/fake-fcm/spawn-fake-fcm.ts'
import type { Progress } from '../../testing/terminal/progress.ts'
import type { Watch } from '../figures/watch.ts'
import type { ApiClient, ImportReport } from './api-client.ts'
import type { Evidence } from './check-result.ts'
import { compareWithReceiver, countRows } from './count-results.ts'
import { type CampaignRecord, runCampaign } from './run-campaign.ts'

export interface MeasureOptions {
  api: ApiClient
  pool: Pool
  fcm: RemoteFakeFcm
  progress: Progress
  signal: AbortSignal
  expected: Evidence['expected']
  imported: ImportReport | null
  record: CampaignRecord
  seen: Watch
}

export async function measure(options: MeasureOptions): Promise<Evidence> {
  const { api, pool, fcm, progress, signal, expected, imported, record, seen } = options
  const devices = expected?.devices ?? imported?.accepted ?? 0
  const order = { audience: { all: true } as const, expected: devices, record, onSend: () => seen.begin() }
  const campaign = await runCampaign(api, order, progress, signal)
  seen.end()
  const [rows, receiver] = await Promise.all([countRows(pool, campaign.id), fcm.stats()])
  const checking = progress.start('checking', devices)
  const comparison = await compareWithReceiver(
    pool,
    campaign.id,
    (tokens) => fcm.acceptedCounts(tokens),
    (compared) => checking.update(compared, rows.audience),
    signal,
  )
  checking.end()
  const { state, progress: figures } = campaign
  return { expected, imported, state, progress: figures, rows, receiver, comparison }
}
