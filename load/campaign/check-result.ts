/** Judges a run. Pure: every figure that could be wrong has its sentence here, and the run fails on any of them. */
import type { LedgerStats } from '../../testing/fake-fcm/ledger.ts'
import type { CampaignProgress, ImportReport } from './api-client.ts'
import type { CampaignRows, Comparison, Counts } from './count-results.ts'

export interface Evidence {
  /** What the device list contains; null for a list that the run did not write. */
  expected: { devices: number; malformed: number; optedOut: number } | null
  /** Null when the devices were not imported through the API. */
  imported: ImportReport | null
  /** As the API says at the end. */
  state: string
  progress: CampaignProgress
  rows: CampaignRows
  receiver: LedgerStats
  comparison: Comparison
}

/** Recorded as sent and not received, or without any result. */
export function missingOf({ rows, comparison }: Evidence): number {
  return comparison.sentNotReceived + Math.max(0, rows.audience - resultsOf(rows))
}

/** Audience = sum of all results: as the API says, on the batches, and counted from rows. */
export function closingInvariantHolds({ state, progress, rows }: Evidence): boolean {
  const { audience, batches, deliveries } = rows
  const names = Object.keys(deliveries) as (keyof typeof deliveries)[]
  return (
    state === 'finished' &&
    progress.audience === sumOf(progress) &&
    progress.remaining === 0 &&
    progress.audience === audience &&
    audience === batches.size &&
    audience === resultsOf(rows) &&
    batches.open === 0 &&
    names.every((name) => batches[name] === deliveries[name] && progress[name] === deliveries[name])
  )
}

/** `mayRepeat`: processes were killed under at_least_once; the caller checks the repeats against a bound. */
export function problemsOf(evidence: Evidence, { mayRepeat = false } = {}): string[] {
  const { expected, imported, state, progress, rows, receiver, comparison } = evidence
  const { sent, skipped, inDoubt } = rows.deliveries
  const { duplicates, distinct, untracked } = receiver
  const { receivedTwice, receivedNotSent } = comparison
  const problems: string[] = []
  const check = (holds: boolean, sentence: string) => {
    if (!holds) problems.push(sentence)
  }
  if (imported) {
    const { lines, accepted, rejected } = imported
    check(
      lines === accepted + rejected,
      `import: ${lines} lines are not ${accepted} accepted + ${rejected} rejected`,
    )
    const { devices = accepted, malformed = rejected } = expected ?? {}
    check(accepted === devices, `import: ${accepted} devices accepted, ${devices} written`)
    check(rejected === malformed, `import: ${rejected} lines rejected, ${malformed} written malformed`)
  }
  if (expected) {
    const { devices, optedOut } = expected
    check(rows.audience === devices, `the audience is ${rows.audience}, expected ${devices}`)
    check(skipped === optedOut, `${skipped} skipped, but ${optedOut} belong to members who opted out`)
  }
  check(state === 'finished', `the campaign is ${state}, not finished`)
  const sum = sumOf(progress)
  check(
    progress.audience === sum,
    `the API's audience ${progress.audience} is not the sum of its results, ${sum}`,
  )
  const { audience, batches, deliveries } = rows
  const counts = JSON.stringify({ api: progress, audience, batches, deliveries })
  check(closingInvariantHolds(evidence), `the closing invariant does not hold: ${counts}`)
  const missing = missingOf(evidence)
  check(
    missing === 0,
    `${missing} devices are missing: recorded as sent or without a result, and FCM has nothing`,
  )
  check(mayRepeat || duplicates === 0, `${duplicates} devices got the message more than once`)
  const twice = `${receivedTwice} rows belong to addresses accepted twice, the receiver counts ${duplicates}`
  check(receivedTwice === duplicates, twice)
  check(
    receivedNotSent === 0,
    `${receivedNotSent} devices are recorded as failed or skipped and got the message`,
  )
  const both = `FCM accepted messages for ${distinct} devices, ${sent} are recorded as sent and ${inDoubt} in doubt`
  check(distinct >= sent && distinct <= sent + inDoubt, both)
  check(untracked === 0, `${untracked} messages went to more tokens than the fake FCM can count`)
  return problems
}

function resultsOf({ deliveries, batches }: CampaignRows): number {
  return sumOf({ ...deliveries, canceled: batches.canceled })
}

function sumOf({ sent, failed, skipped, inDoubt, canceled }: Counts): number {
  return sent + failed + skipped + inDoubt + canceled
}
