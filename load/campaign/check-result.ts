/**
 * What a run measured, and whether it adds up. Pure: every figure that could be wrong has its sentence here, and the
 * run fails on any of them.
 */

import type { LedgerStats } from '../../testing/fake-fcm/ledger.ts'
import type { CampaignProgress, ImportReport } from './api-client.ts'
import type { CampaignRows, Comparison, Counts } from './count-results.ts'

export interface Evidence {
  /** Devices that were given in, and lines that no import can use; null where the list was not written by us. */
  expected: { devices: number; malformed: number; optedOut: number } | null
  /** Null where devices came by another way than the API. */
  imported: ImportReport | null
  /** What the API says at the end. */
  state: string
  progress: CampaignProgress
  rows: CampaignRows
  receiver: LedgerStats
  comparison: Comparison
}

/** Recorded as sent, or left without any result, and the receiver has nothing. */
export function missingOf({ rows, comparison }: Evidence): number {
  return comparison.sentNotReceived + Math.max(0, rows.audience - resultsOf(rows))
}

export function duplicatesOf({ receiver }: Evidence): number {
  return receiver.duplicates
}

/** Audience = all results together, as the API says, on the batches, and counted from rows. */
export function closingInvariantHolds({ state, progress, rows }: Evidence): boolean {
  const { audience, batches, deliveries } = rows
  return (
    state === 'finished' &&
    progress.audience === sumOf(progress) &&
    progress.remaining === 0 &&
    progress.audience === audience &&
    audience === batches.size &&
    audience === resultsOf(rows) &&
    batches.open === 0 &&
    (Object.keys(deliveries) as (keyof typeof deliveries)[]).every(
      (state) => batches[state] === deliveries[state] && progress[state] === deliveries[state],
    )
  )
}

/**
 * A sentence for each figure that does not add up; empty when all do. `mayRepeat`: processes were killed under
 * at_least_once, and whoever lets that happen holds the repeats against a bound.
 */
export function problemsOf(evidence: Evidence, { mayRepeat = false } = {}): string[] {
  const { expected, imported, state, progress, rows, receiver, comparison } = evidence
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
  }
  if (expected && imported) {
    const { devices, malformed } = expected
    check(imported.accepted === devices, `import: ${imported.accepted} devices accepted, ${devices} written`)
    check(
      imported.rejected === malformed,
      `import: ${imported.rejected} lines rejected, ${malformed} written malformed`,
    )
  }
  if (expected) {
    const { devices, optedOut } = expected
    check(rows.audience === devices, `the audience is ${rows.audience}, expected ${devices}`)
    const skipped = rows.deliveries.skipped
    check(skipped === optedOut, `${skipped} skipped, of members who opted out there are ${optedOut}`)
  }
  check(state === 'finished', `the campaign is ${state}, not finished`)
  check(
    progress.audience === sumOf(progress),
    `the API's audience ${progress.audience} is not the sum of its results, ${sumOf(progress)}`,
  )
  check(closingInvariantHolds(evidence), `the closing invariant does not hold: ${figuresOf(evidence)}`)
  const missing = missingOf(evidence)
  check(
    missing === 0,
    `${missing} devices are missing: recorded as sent or without a result, and FCM has nothing`,
  )
  const duplicates = duplicatesOf(evidence)
  check(mayRepeat || duplicates === 0, `${duplicates} devices got the message more than once`)
  check(
    comparison.receivedTwice === duplicates,
    `${comparison.receivedTwice} rows belong to tokens accepted twice, the receiver counts ${duplicates}`,
  )
  const { receivedNotSent } = comparison
  check(
    receivedNotSent === 0,
    `${receivedNotSent} devices are recorded as failed or skipped and got the message`,
  )
  const { sent, inDoubt } = rows.deliveries
  check(
    receiver.distinct >= sent && receiver.distinct <= sent + inDoubt,
    `FCM accepted messages for ${receiver.distinct} devices, ${sent} are recorded as sent and ${inDoubt} in doubt`,
  )
  check(
    receiver.untracked === 0,
    `${receiver.untracked} messages went to more tokens than the fake FCM can count`,
  )
  return problems
}

function resultsOf({ deliveries, batches }: CampaignRows): number {
  return sumOf({ ...deliveries, canceled: batches.canceled })
}

function sumOf({ sent, failed, skipped, inDoubt, canceled }: Counts): number {
  return sent + failed + skipped + inDoubt + canceled
}

function figuresOf({ progress, rows }: Evidence): string {
  const { audience, batches, deliveries } = rows
  return JSON.stringify({ api: progress, audience, batches, deliveries })
}
