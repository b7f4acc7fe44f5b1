/**
 * Drives an installation that is already running, through its public API only, as a customer would: imports devices,
 * sends them one campaign, follows it. What FCM received and what the processes cost is not visible from there.
 */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { targetDevices } from '../../testing/devices/target-devices.ts'
import { type Command, say } from '../../testing/terminal/command.ts'
import { grouped } from '../../testing/terminal/format.ts'
import { flag, option, UsageError, type Values } from '../../testing/terminal/options.ts'
import { file } from '../options.ts'
import { type Outcome, type Run, runOf } from '../report/report.ts'
import { ApiClient, type CampaignView, type FailureCount, type ImportReport } from './api-client.ts'
import { CampaignRecord, runCampaign } from './run-campaign.ts'

export const TARGET_OPTIONS = {
  target: option(
    'URL',
    null,
    'drive this running installation: import devices, which stay there, and send to them through its FCM',
    originOf,
    'an origin such as https://push.example.com',
  ),
  key: option('KEY', null, 'with --target: an API key of role operator (default: CARILLON_KEY)', String),
  ca: file('with --target: certificate to trust, PEM'),
  yes: flag('with --target: do it; without, it is only said what would be done'),
}

export interface Target {
  address: string
  key: string
  /** A file. */
  ca: string | null
}

/** These configure what is started here, which with --target is nothing. */
const LOCAL_ONLY = ['dispatchers', 'redis', 'fcm-latency-ms', 'dead', 'errors', 'quota-per-minute']

/** Null without --target. `args`: to tell an option that was given from its default. */
export function targetOf(
  { target, key, ca, yes, devices }: Values<typeof TARGET_OPTIONS> & { devices: number[] },
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Target | null {
  const given = (names: readonly string[]) =>
    names.find((name) => args.some((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`)))
  const stray = given(target === null ? ['key', 'ca', 'yes'] : LOCAL_ONLY)
  if (target === null) {
    if (stray !== undefined) throw new UsageError(`--${stray} is only used with --target.`)
    return null
  }
  if (stray !== undefined)
    throw new UsageError(`--${stray} cannot be used with --target: the installation decides that.`)
  const { origin, protocol, hostname } = target
  const [first = 0, ...others] = devices
  if (others.length > 0) throw new UsageError(`--devices is "${devices}"; with --target expected one number.`)
  if (protocol === 'http:' && !/^(localhost|\[::1\]|127(\.\d+){3})$/.test(hostname)) {
    throw new UsageError(`--target is "${origin}": the key must not be sent without TLS; use https.`)
  }
  const apiKey = key ?? env.CARILLON_KEY
  if (!apiKey) throw new UsageError('--target needs an API key: --key or the variable CARILLON_KEY.')
  if (!yes) {
    throw new UsageError(
      `This would import ${grouped(first)} devices into ${origin} and send to them through its FCM. Add --yes to do that.`,
    )
  }
  return { address: origin, key: apiKey, ca }
}

function originOf(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : null
  const isOrigin =
    url !== null && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.username === ''
  return isOrigin ? url : undefined
}

/** About 45 MB an import: below the body limits of installations and of proxies before them. */
const DEVICES_PER_IMPORT = 200_000

export async function runTarget(
  devices: number,
  seed: number,
  target: Target,
  { signal, progress }: Command,
  onRun: (run: Run) => void,
): Promise<void> {
  const run = `load-${randomUUID().slice(0, 8)}`
  say(
    `${grouped(devices)} devices to ${target.address}, as members ${run}-1 to ${run}-${devices}. They stay there.`,
  )
  const api = new ApiClient(
    target.address,
    target.key,
    signal,
    target.ca ? readFileSync(target.ca) : undefined,
  )

  const startedAt = performance.now()
  const importing = progress.start('import', devices)
  const sum: ImportReport = { lines: 0, accepted: 0, created: 0, rejected: 0, rejectedLines: [] }
  for (let from = 0; from < devices; from += DEVICES_PER_IMPORT) {
    const part = { from, to: Math.min(devices, from + DEVICES_PER_IMPORT), seed }
    const report = await api.importPieces(targetDevices(run, part, (count) => importing.update(count)))
    for (const name of ['lines', 'accepted', 'created', 'rejected'] as const) sum[name] += report[name]
  }
  const importSeconds = (performance.now() - startedAt) / 1000
  importing.end()

  const record = new CampaignRecord()
  let failures: FailureCount[] = []
  const take = (isPartial: boolean) => {
    if (record.view === null) return
    const outcome = outcomeOf(record.view, record, failures, sum, devices, isPartial)
    const unknown = { queuePeak: null, bytesPerDelivery: null, fcmAnswers: null, backend: null }
    const empty = { processes: new Map(), fcmCalls: {}, recordings: {}, versions: {}, machine: 'unknown' }
    onRun(runOf(outcome, { ...unknown, ...empty, importSeconds, answered: record.answered }))
  }
  const audience = { filter: { attributes: { loadRun: run } } }
  try {
    const { id } = await runCampaign(api, { audience, expected: devices, record }, signal, progress)
    failures = (await api.get<{ data: FailureCount[] }>(`/v1/campaigns/${id}/failures`)).data
  } catch (error) {
    progress.stop()
    take(true)
    if (signal.aborted && record.view)
      say(`The campaign ${record.view.id} continues there; it was not canceled.`)
    throw error
  }
  take(false)
}

function outcomeOf(
  { state, progress, startedAt, closedAt }: CampaignView,
  { plannedAfterSeconds }: CampaignRecord,
  failures: readonly FailureCount[],
  imported: ImportReport,
  devices: number,
  isPartial: boolean,
): Outcome {
  const { audience, sent, failed, skipped, inDoubt, canceled, remaining } = progress
  const byCode = (state: string) =>
    Object.fromEntries(failures.flatMap((one) => (one.state === state ? [[one.code, one.count]] : [])))
  const sum = sent + failed + skipped + inDoubt + canceled
  const reconciles = state === 'finished' && remaining === 0 && audience === sum
  const problems = [
    imported.accepted !== devices && `${imported.accepted} of ${devices} devices were imported`,
    !isPartial && audience !== devices && `the audience is ${audience}, expected ${devices}`,
    !isPartial && !reconciles && `the counts do not reconcile: ${JSON.stringify(progress)}`,
  ]
  return {
    ...{ isPartial, audience, sent, failed, skipped, inDoubt, canceled },
    failedByCode: byCode('failed'),
    skippedByCode: byCode('skipped'),
    missing: null,
    duplicates: null,
    closingInvariant: isPartial ? null : reconciles,
    planSeconds: plannedAfterSeconds,
    sendSeconds: secondsBetween(startedAt, closedAt),
    firstToLastSeconds: secondsBetween(progress.firstSentAt, progress.lastSentAt),
    rejectedLines: imported.rejected,
    problems: problems.filter((problem) => problem !== false),
  }
}

function secondsBetween(from: string | null, to: string | null): number | null {
  return from === null || to === null ? null : (Date.parse(to) - Date.parse(from)) / 1000
}
