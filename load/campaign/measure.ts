/** Sends one campaign to all devices of an installation, checks every result from both sides, and measures what it took. */
import { seedDevices } from '../../testing/devices/seed-devices.ts'
import {
  type Installation,
  type InstallationOptions,
  openInstallation,
} from '../../testing/installation/installation.ts'
import type { Command } from '../../testing/terminal/command.ts'
import { machine, readVersions } from '../figures/environment.ts'
import { askDurations, watch } from '../figures/watch.ts'
import { FAKE_FCM, type Outcome, type Run, runOf } from '../report/report.ts'
import { ApiClient, type ImportReport } from './api-client.ts'
import { closingInvariantHolds, type Evidence, missingOf, problemsOf } from './check-result.ts'
import { bytesPerDelivery, compareWithReceiver, countRows } from './count-results.ts'
import { CampaignRecord, runCampaign } from './run-campaign.ts'

export interface Filled {
  expected: Evidence['expected']
  imported?: ImportReport
  importSeconds?: number
}

export interface MeasureOptions {
  /** Messages of a campaign before the one that counts, at most 10,000, or `all`: it goes to the same devices. */
  warmUp?: number | 'all'
  /** What the campaigns have beyond message and audience. */
  content?: object
  /** Called right before the send request of the campaign that counts. */
  onSend?: () => void
  /** Called with what is known when the campaign does not come to its end, before `measure` rejects. */
  onPartial?: (run: Run) => void
}

export async function measure(
  installation: Installation,
  { expected, imported, importSeconds = 0 }: Filled,
  { stack, signal, progress }: Command,
  { warmUp = 0, content = {}, onSend = () => {}, onPartial }: MeasureOptions = {},
): Promise<Run> {
  const { config, pool, fcm, processes, address, key, loss } = installation
  const record = new CampaignRecord()
  const seen = watch(stack, config, () => new Map([...processes.pids, [FAKE_FCM, fcm.pid]]))
  const api = new ApiClient(address, key, signal)
  const devices = expected?.devices ?? imported?.accepted ?? 0

  const send = async (): Promise<Evidence> => {
    if (warmUp !== 0) {
      const audience = warmUp === 'all' ? { all: true } : { externalIds: firstMembers(warmUp) }
      const expected = warmUp === 'all' ? devices : warmUp
      await runCampaign(api, { audience, expected, content, record: new CampaignRecord() }, signal)
      // What was written so far must not be flushed during the measurement. Needs a superuser.
      await pool.query('CHECKPOINT').catch(() => {})
    }
    await fcm.reset()
    const begin = () => {
      seen.begin()
      onSend()
    }
    const order = { audience: { all: true } as const, expected: devices, record, content, onSend: begin }
    const campaign = await runCampaign(api, order, signal, progress)
    seen.end()
    const [rows, receiver] = await Promise.all([countRows(pool, campaign.id), fcm.stats()])
    const checking = progress.start('checking', devices)
    const acceptedCounts = (addresses: string[]) => fcm.acceptedCounts(addresses)
    const onCompared = (compared: number) => checking.update(compared, rows.audience)
    const comparison = await compareWithReceiver(pool, campaign.id, acceptedCounts, onCompared, signal)
    checking.end()
    const { state, progress: counts } = campaign
    return { expected, imported: imported ?? null, state, progress: counts, rows, receiver, comparison }
  }

  const toRun = async (outcome: Outcome): Promise<Run> =>
    runOf(outcome, {
      ...(await askDurations(processes)),
      importSeconds,
      answered: record.answered,
      processes: seen.processes,
      queuePeak: seen.queuePeak,
      bytesPerDelivery: await bytesPerDelivery(pool),
      fcmAnswers: (await fcm.stats()).byStatus,
      backend: config.queue.redisUrl === null ? 'postgresql' : 'redis',
      versions: await readVersions(pool, config.queue.redisUrl),
      machine: machine(),
    })

  const sending = send()
  try {
    return await toRun(outcomeOf(await Promise.race([sending, loss])))
  } catch (error) {
    sending.catch(() => {})
    seen.end()
    progress.stop()
    const problems = signal.aborted ? [] : [(error as Error).message]
    const partial = onPartial && (await partialOutcomeOf(record, installation, problems))
    if (partial) onPartial(await toRun(partial))
    throw error
  }
}

/** In an installation of its own with seeded devices, which is closed afterwards. */
export async function measureSeeded(
  devices: number,
  options: InstallationOptions & { seed: number },
  command: Command,
  rest: MeasureOptions & { onOpen?: (installation: Installation) => Promise<void> } = {},
): Promise<Run> {
  await using stack = new AsyncDisposableStack()
  const { signal, progress } = command
  const installation = await openInstallation(stack, options, signal)
  await rest.onOpen?.(installation)
  const seeding = progress.start('seeding', devices)
  const { pool, loss } = installation
  await Promise.race([seedDevices(pool, devices, options.seed, seeding.update, signal), loss])
  seeding.end()
  const expected = { devices, malformed: 0, optedOut: 0 }
  return await measure(installation, { expected }, { ...command, stack }, rest)
}

function outcomeOf(evidence: Evidence): Outcome {
  const { progress, rows, imported } = evidence
  const { audience, sent, failed, skipped, inDoubt, canceled } = progress
  const { planSeconds, sendSeconds, firstToLastSeconds, failedByCode, skippedByCode } = rows
  return {
    isPartial: false,
    ...{ audience, sent, failed, skipped, inDoubt, canceled, failedByCode, skippedByCode },
    ...{ planSeconds, sendSeconds, firstToLastSeconds },
    missing: missingOf(evidence),
    duplicates: evidence.receiver.duplicates,
    closingInvariant: closingInvariantHolds(evidence),
    rejectedLines: imported?.rejected ?? 0,
    problems: problemsOf(evidence),
  }
}

/** Null when nothing was sent yet. Messages are still in flight, so nothing is checked. */
async function partialOutcomeOf(
  { view, plannedAfterSeconds }: CampaignRecord,
  { pool, fcm }: Installation,
  problems: string[],
): Promise<Outcome | null> {
  if (view === null) return null
  const { batches, deliveries, ...rows } = await countRows(pool, view.id)
  return {
    ...rows,
    ...deliveries,
    isPartial: true,
    canceled: batches.canceled,
    missing: null,
    duplicates: (await fcm.stats()).duplicates,
    closingInvariant: null,
    planSeconds: rows.planSeconds ?? plannedAfterSeconds,
    rejectedLines: 0,
    problems,
  }
}

function firstMembers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `member-${index + 1}`)
}
