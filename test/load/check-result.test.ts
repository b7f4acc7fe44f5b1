import { expect, test } from 'vitest'
import {
  closingInvariantHolds,
  type Evidence,
  missingOf,
  problemsOf,
} from '../../load/campaign/check-result.ts'

/** 1,000 devices of which 20 are dead and 5 opted out; everything adds up. */
const good = (): Evidence => ({
  expected: { devices: 1000, malformed: 10, optedOut: 5 },
  imported: { lines: 1010, accepted: 1000, created: 0, rejected: 10, rejectedLines: [] },
  state: 'finished',
  progress: {
    audience: 1000,
    sent: 975,
    failed: 20,
    skipped: 5,
    inDoubt: 0,
    canceled: 0,
    remaining: 0,
    isPlanned: true,
    firstSentAt: null,
    lastSentAt: null,
  },
  rows: {
    audience: 1000,
    batches: { size: 1000, open: 0, sent: 975, failed: 20, skipped: 5, inDoubt: 0, canceled: 0 },
    deliveries: { sent: 975, failed: 20, skipped: 5, inDoubt: 0 },
    failedByCode: { unregistered: 20 },
    skippedByCode: { opted_out: 5 },
    planSeconds: 0.1,
    sendSeconds: 1,
    firstToLastSeconds: 0.8,
  },
  receiver: {
    received: 995,
    accepted: 975,
    distinct: 975,
    duplicates: 0,
    surplus: 0,
    untracked: 0,
    firstAcceptAt: 1,
    lastAcceptAt: 2,
  },
  comparison: { sentNotReceived: 0, receivedNotSent: 0, receivedTwice: 0, compared: 1000 },
})

test('nothing is said about a run without a mistake', () => {
  expect(problemsOf(good())).toEqual([])
  expect([missingOf(good()), closingInvariantHolds(good())]).toEqual([0, true])
})

/** Each changes one figure, as a bug in one place would. */
const wrong: [string, (evidence: Evidence) => void, RegExp][] = [
  ['a line that import lost', ({ imported }) => imported && imported.lines++, /import: 1011 lines are not/],
  [
    'a good line that import rejected',
    ({ imported }) => imported && Object.assign(imported, { accepted: 999, rejected: 11 }),
    /999 devices accepted, 1000 written/,
  ],
  [
    'a malformed line that import took',
    ({ imported }) => imported && Object.assign(imported, { accepted: 1001, rejected: 9 }),
    /9 lines rejected, 10 written malformed/,
  ],
  ['a device left out of the audience', ({ rows }) => rows.audience--, /the audience is 999, expected 1000/],
  [
    'a campaign that is not finished',
    (evidence) => Object.assign(evidence, { state: 'paused' }),
    /is paused/,
  ],
  ['a sum that the API gets wrong', ({ progress }) => progress.sent++, /audience 1000 is not the sum/],
  ['an open batch', ({ rows }) => rows.batches.open++, /closing invariant/],
  ['a batch that counts one too many', ({ rows }) => rows.batches.sent++, /closing invariant/],
  ['a row that is not there', ({ rows }) => rows.deliveries.sent--, /1 devices are missing/],
  [
    'a row of a device sent, unknown to FCM',
    ({ comparison }) => comparison.sentNotReceived++,
    /1 devices are missing/,
  ],
  ['a device that got it twice', ({ receiver }) => receiver.duplicates++, /got the message more than once/],
  [
    'a row whose token was accepted twice',
    ({ comparison }) => comparison.receivedTwice++,
    /1 rows belong to addresses/,
  ],
  [
    'a failed device that got it',
    ({ comparison }) => comparison.receivedNotSent++,
    /1 devices are recorded as failed/,
  ],
  ['a stranger that got it', ({ receiver }) => receiver.distinct++, /accepted messages for 976 devices/],
  ['tokens beyond counting', ({ receiver }) => receiver.untracked++, /1 messages went to more tokens/],
  [
    'a member who opted out and was sent to',
    ({ rows, progress }) => {
      for (const counts of [rows.deliveries, rows.batches, progress]) {
        counts.sent++
        counts.skipped--
      }
    },
    /4 skipped, but 5 belong to members who opted out/,
  ],
]

test.each(wrong)('the check fails on %s', (_, change, sentence) => {
  const evidence = good()
  change(evidence)
  expect(problemsOf(evidence).join('\n')).toMatch(sentence)
})

test('a device in doubt may have got the message, or not', () => {
  for (const distinct of [975, 976]) {
    const evidence = good()
    for (const counts of [evidence.rows.deliveries, evidence.rows.batches, evidence.progress]) {
      counts.inDoubt = 1
      counts.failed = 19
    }
    evidence.receiver.distinct = distinct
    expect(problemsOf(evidence)).toEqual([])
  }
})

test('a list that is not ours is not held against what we would have written', () => {
  const evidence = { ...good(), expected: null }
  expect(problemsOf(evidence)).toEqual([])
})
