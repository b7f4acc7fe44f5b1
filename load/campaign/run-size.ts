/** One campaign of one size in an installation of its own: seeded, sent, checked and measured; then all of it goes. */
import { seedDevices } from '../../testing/devices/seed-devices.ts'
import { type Installation, openInstallation } from '../../testing/installation/installation.ts'
import type { RunFolder } from '../../testing/installation/run-folder.ts'
import type { Server } from '../../testing/servers/services.ts'
import { type Command, say } from '../../testing/terminal/command.ts'
import { grouped } from '../../testing/terminal/progress.ts'
import { measureCeiling } from '../figures/ceiling.ts'
import { type Conditions, fcmOptionsOf, readConditions } from '../figures/conditions.ts'
import { askFigures } from '../figures/process-answers.ts'
import { type Watch, watch } from '../figures/watch.ts'
import type { LoadOptions } from '../load-options.ts'
import { FAKE_FCM, type Outcome, outcomeOf, reportOf } from '../report/report.ts'
import type { Run } from '../report/run.ts'
import { ApiClient } from './api-client.ts'
import { problemsOf } from './check-result.ts'
import { bytesPerDelivery, countRows } from './count-results.ts'
import { measure } from './measure.ts'
import { CampaignRecord } from './run-campaign.ts'

export interface Surroundings {
  postgres: Server
  redis: Server | null
  folder: RunFolder
}

export interface MeasuredRun {
  run: Run
  conditions: Conditions
}

/** `onRun` gets what there is to report: also when the run ends before its end, right before this rejects. */
export async function runSize(
  devices: number,
  options: LoadOptions,
  { postgres, redis, folder }: Surroundings,
  { signal, progress }: Command,
  onRun: (measured: MeasuredRun) => void,
): Promise<void> {
  say(`\n${grouped(devices)} devices`)
  // Of its own, closed before the next size begins: its processes must not be the ones that measured this one.
  await using stack = new AsyncDisposableStack()
  const installation = await openInstallation(
    stack,
    {
      postgresUrl: postgres.url,
      redisUrl: redis?.url ?? null,
      dispatchers: options.dispatchers,
      fcm: fcmOptionsOf(options),
      messagesPerMinute: options.quotaPerMinute ?? 'unlimited',
      logFile: folder.logFile,
    },
    signal,
  )
  const { config, pool, fcm, processes, address, key, loss } = installation
  const ceiling = await measureCeiling(fcm, devices, options, folder.path, signal)
  const conditions = await readConditions(installation, options, ceiling)
  const seeding = progress.start('seeding', devices)
  const seeded = seedDevices(pool, devices, options.seed, (count) => seeding.update(count), signal)
  await Promise.race([seeded, loss])
  seeding.end()

  const record = new CampaignRecord()
  const seen = watch(stack, config, () => new Map([...processes.pids, [FAKE_FCM, fcm.pid]]))
  const api = new ApiClient(address, key, signal)
  const expected = { devices, malformed: 0, optedOut: 0 }
  const measuring = measure({ api, pool, fcm, progress, signal, expected, imported: null, record, seen })
  try {
    const evidence = await Promise.race([measuring, loss])
    const outcome = outcomeOf(evidence, problemsOf(evidence))
    onRun({ run: await runOf(outcome, record, seen, installation, conditions), conditions })
  } catch (error) {
    measuring.catch(() => {})
    seen.end()
    progress.stop()
    const outcome = await partialOutcomeOf(
      record,
      installation,
      signal.aborted ? [] : [(error as Error).message],
    )
    if (outcome) onRun({ run: await runOf(outcome, record, seen, installation, conditions), conditions })
    throw error
  }
}

/** What is known in the middle; null when nothing was sent yet. Messages are still on their way: nothing is judged. */
async function partialOutcomeOf(
  { view, plannedAfterSeconds }: CampaignRecord,
  { pool, fcm }: Installation,
  problems: string[],
): Promise<Outcome | null> {
  if (view === null) return null
  const rows = await countRows(pool, view.id)
  return {
    isPartial: true,
    audience: rows.audience,
    counts: { ...rows.deliveries, canceled: rows.batches.canceled },
    failedByCode: rows.failedByCode,
    skippedByCode: rows.skippedByCode,
    missing: null,
    duplicates: (await fcm.stats()).duplicates,
    closingInvariant: null,
    planSeconds: rows.planSeconds ?? plannedAfterSeconds,
    sendSeconds: rows.sendSeconds,
    firstToLastSeconds: rows.firstToLastSeconds,
    rejectedLines: 0,
    problems,
  }
}

async function runOf(
  outcome: Outcome,
  record: CampaignRecord,
  seen: Watch,
  { pool, fcm, processes }: Installation,
  { backend, versions, machine }: Conditions,
): Promise<Run> {
  const { fcmCalls, recordings } = await askFigures(processes)
  const { byStatus } = await fcm.stats()
  const report = reportOf(outcome, {
    importSeconds: 0,
    record,
    processes: seen.processes,
    fcmCalls,
    recordings,
    queuePeak: seen.queuePeak,
    bytesPerDelivery: await bytesPerDelivery(pool),
    fcmAnswers: byStatus,
    backend,
    versions,
    machine,
  })
  const memory = new Map([...seen.processes].map(([name, { points }]) => [name, points]))
  return { report, memory, fcmCalls }
}
