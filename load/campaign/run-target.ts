/**
 * Drives an installation that runs already, through its public API only, as a customer would: imports devices,
 * sends them one campaign, looks on. What FCM received, and what the machine did, cannot be seen from there.
 */
import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline/promises'
import { targetDevices } from '../../testing/devices/target-devices.ts'
import { type Command, SetupError, say, UsageError } from '../../testing/terminal/command.ts'
import { grouped } from '../../testing/terminal/progress.ts'
import type { LoadOptions } from '../load-options.ts'
import { type Outcome, reportOf } from '../report/report.ts'
import type { Results } from '../report/run.ts'
import type { Target } from '../target-options.ts'
import { ApiClient, type CampaignView, type FailureCount, type ImportReport } from './api-client.ts'
import { CampaignRecord, runCampaign } from './run-campaign.ts'

/** Some 45 MB: no installation takes less in one import, and a proxy in front of it is not asked for more. */
const DEVICES_AN_IMPORT = 200_000

export async function runTarget(
  options: LoadOptions,
  target: Target,
  { signal, progress }: Command,
  results: Results,
): Promise<void> {
  const [devices = 0] = options.devices
  const run = `load-${randomUUID().slice(0, 8)}`
  await confirm(target, devices, signal)
  say(
    `${grouped(devices)} devices to ${target.address}, as members ${run}-1 to ${run}-${devices}. They stay.`,
  )
  const api = new ApiClient(target.address, target.key, signal, target.ca ?? undefined)

  const startedAt = performance.now()
  const importing = progress.start('import', devices)
  const imported = await importAll(api, run, devices, options.seed, (count) => importing.update(count))
  const importSeconds = (performance.now() - startedAt) / 1000
  importing.end()

  const record = new CampaignRecord()
  results.lines = [
    ['target', target.address],
    ['seen from outside', 'what FCM received, and memory and CPU time of its processes, are not known'],
  ]
  let failures: FailureCount[] = []
  const take = (isPartial: boolean) => {
    const outcome = outcomeFromOutside(record, failures, imported, devices, isPartial)
    if (outcome === null) return
    const nothing = { queuePeak: null, bytesPerDelivery: null, fcmAnswers: null, backend: null }
    const measured = {
      ...nothing,
      processes: new Map(),
      fcmCalls: {},
      recordings: {},
      versions: {},
      machine: 'unknown',
    }
    const report = reportOf(outcome, { ...measured, importSeconds, record })
    results.runs.push({ report, memory: new Map(), fcmCalls: {} })
  }
  const audience = { filter: { attributes: { loadRun: run } } }
  try {
    const { id } = await runCampaign(api, { audience, expected: devices, record }, progress, signal)
    failures = (await api.get<{ data: FailureCount[] }>(`/v1/campaigns/${id}/failures`)).data
  } catch (error) {
    progress.stop()
    take(true)
    if (signal.aborted && record.view)
      say(`The campaign ${record.view.id} goes on there; it was not canceled.`)
    throw error
  }
  take(false)
}

async function importAll(
  api: ApiClient,
  run: string,
  devices: number,
  seed: number,
  onLines: (count: number) => void,
): Promise<ImportReport> {
  const sum: ImportReport = { lines: 0, accepted: 0, created: 0, rejected: 0, rejectedLines: [] }
  for (let from = 0; from < devices; from += DEVICES_AN_IMPORT) {
    const part = { from, to: Math.min(devices, from + DEVICES_AN_IMPORT), seed }
    const report = await api.importPieces(targetDevices(run, part, onLines))
    sum.lines += report.lines
    sum.accepted += report.accepted
    sum.created += report.created
    sum.rejected += report.rejected
    sum.rejectedLines.push(...report.rejectedLines)
  }
  return sum
}

/** Null: nothing was sent yet. */
function outcomeFromOutside(
  { view, plannedAfterSeconds }: CampaignRecord,
  failures: readonly FailureCount[],
  imported: ImportReport,
  devices: number,
  isPartial: boolean,
): Outcome | null {
  if (view === null) return null
  const { progress } = view
  const byCode = (state: string) =>
    Object.fromEntries(failures.flatMap((one) => (one.state === state ? [[one.code, one.count]] : [])))
  const closes = countsReconcile(view)
  const problems = [
    ...(imported.accepted === devices ? [] : [`${imported.accepted} of ${devices} devices were imported`]),
    ...(isPartial || progress.audience === devices
      ? []
      : [`the audience is ${progress.audience}, expected ${devices}`]),
    ...(isPartial || closes ? [] : [`the counts do not close: ${JSON.stringify(progress)}`]),
  ]
  return {
    isPartial,
    audience: progress.audience,
    counts: progress,
    failedByCode: byCode('failed'),
    skippedByCode: byCode('skipped'),
    missing: null,
    duplicates: null,
    closingInvariant: isPartial ? null : closes,
    planSeconds: plannedAfterSeconds,
    sendSeconds: secondsBetween(view.startedAt, view.closedAt),
    firstToLastSeconds: secondsBetween(progress.firstSentAt, progress.lastSentAt),
    rejectedLines: imported.rejected,
    problems,
  }
}

function countsReconcile({ state, progress }: CampaignView): boolean {
  const { audience, sent, failed, skipped, inDoubt, canceled, remaining } = progress
  return state === 'finished' && remaining === 0 && audience === sent + failed + skipped + inDoubt + canceled
}

function secondsBetween(from: string | null, to: string | null): number | null {
  return from === null || to === null ? null : (Date.parse(to) - Date.parse(from)) / 1000
}

async function confirm(
  { address, isConfirmed }: Target,
  devices: number,
  signal: AbortSignal,
): Promise<void> {
  if (isConfirmed) return
  if (!process.stdin.isTTY) {
    throw new UsageError(
      `This would import ${grouped(devices)} devices into ${address} and send to them through its FCM, and there is no terminal to ask on. With --yes it is done.`,
    )
  }
  // Not as a terminal of its own: Ctrl-C is to be a signal, as everywhere.
  const terminal = createInterface({ input: process.stdin, output: process.stderr, terminal: false })
  try {
    const question = `Import ${grouped(devices)} devices into ${address} and send to them through its FCM? [y/N] `
    const answer = await terminal.question(question, { signal })
    if (!/^y(es)?$/i.test(answer.trim())) throw new SetupError('Nothing was done.')
  } finally {
    terminal.close()
  }
}
