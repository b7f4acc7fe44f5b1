import { expect, test } from 'vitest'
import { chaosReportOf, chaosTableOf } from '../../load/chaos/chaos-report.ts'
import { CHAOS_ROW_HEAD, chaosRowOf } from '../../load/chaos/chaos-row.ts'
import type { Happening } from '../../load/chaos/schedule.ts'
import { type ChaosEvidence, interruptionsIn, judge } from '../../load/chaos/verdict.ts'

const HAPPENED: Happening[] = [
  { kind: 'kill', name: 'dispatcher 1' },
  { kind: 'kill', name: 'planner' },
  { kind: 'redis_wipe' },
  { kind: 'kill', name: 'dispatcher 2' },
  { kind: 'pg_restart', how: 'crash', downMs: 700 },
  { kind: 'kill', name: 'api' },
]

/** 10,000 devices, two dispatchers killed, 15 messages repeated to 14 devices: every promise is kept. */
const good = (): ChaosEvidence => ({
  guarantee: 'at_least_once',
  scheduled: [...HAPPENED],
  happened: [...HAPPENED],
  atRiskPerInterruption: 1_200,
  mostRepeated: 0.002,
  deaths: [],
  trouble: null,
  recoveries: [
    { kind: 'dispatcher', seconds: 31 },
    { kind: 'dispatcher', seconds: 33 },
    { kind: 'api', seconds: 2.04 },
  ],
  expected: { devices: 10_000, malformed: 0, optedOut: 0 },
  imported: null,
  state: 'finished',
  progress: {
    audience: 10_000,
    sent: 10_000,
    failed: 0,
    skipped: 0,
    inDoubt: 0,
    canceled: 0,
    remaining: 0,
    isPlanned: true,
    firstSentAt: null,
    lastSentAt: null,
  },
  rows: {
    audience: 10_000,
    batches: { size: 10_000, open: 0, sent: 10_000, failed: 0, skipped: 0, inDoubt: 0, canceled: 0 },
    deliveries: { sent: 10_000, failed: 0, skipped: 0, inDoubt: 0 },
    failedByCode: {},
    skippedByCode: {},
    planSeconds: 1,
    sendSeconds: 60,
    firstToLastSeconds: 55,
  },
  receiver: {
    received: 10_215,
    accepted: 10_015,
    distinct: 10_000,
    duplicates: 14,
    surplus: 15,
    untracked: 0,
    firstAcceptAt: 1,
    lastAcceptAt: 2,
  },
  comparison: { sentNotReceived: 0, receivedNotSent: 0, receivedTwice: 14, compared: 10_000 },
})

/** 60 devices in doubt, of which 20 got the message; nobody got it twice. */
const goodAtMostOnce = (): ChaosEvidence => {
  const evidence = { ...good(), guarantee: 'at_most_once' as const, atRiskPerInterruption: 400 }
  for (const counts of [evidence.progress, evidence.rows.batches, evidence.rows.deliveries]) {
    counts.sent = 9_940
    counts.inDoubt = 60
  }
  Object.assign(evidence.receiver, { accepted: 9_960, distinct: 9_960, duplicates: 0, surplus: 0 })
  evidence.comparison.receivedTwice = 0
  return evidence
}

test('nothing is said about a run in which every promise was kept', () => {
  expect(judge(good())).toEqual({
    lost: 0,
    duplicates: 15,
    duplicateBound: 2_400,
    inDoubt: 0,
    inDoubtBound: null,
    closingInvariant: true,
    problems: [],
  })
  expect(judge(goodAtMostOnce())).toMatchObject({
    lost: 0,
    duplicates: 0,
    duplicateBound: 0,
    inDoubt: 60,
    inDoubtBound: 800,
    problems: [],
  })
})

/** Each breaks one promise, as a bug would. */
const broken: [string, () => ChaosEvidence, (evidence: ChaosEvidence) => void, RegExp][] = [
  [
    'a device recorded as sent that FCM never had',
    good,
    ({ comparison }) => comparison.sentNotReceived++,
    /1 devices are missing/,
  ],
  ['a device without a result', good, ({ rows }) => rows.deliveries.sent--, /1 devices are missing/],
  ['a device that was never planned', good, ({ rows }) => rows.audience--, /the audience is 9999/],
  [
    'more repeats than the killed dispatchers had in hand',
    good,
    (evidence) => Object.assign(evidence, { atRiskPerInterruption: 7 }),
    /15 messages were repeated; the bound is 14/,
  ],
  [
    'a repeat although no dispatcher was killed',
    good,
    (evidence) => {
      evidence.happened = evidence.scheduled = HAPPENED.filter((what) => what.kind !== 'kill')
    },
    /15 messages were repeated; the bound is 0/,
  ],
  [
    'more repeats than a share of the audience',
    good,
    ({ receiver }) => Object.assign(receiver, { surplus: 21 }),
    /21 messages were repeated, more than 0.2 % of the audience/,
  ],
  [
    'a repeat under at_most_once',
    goodAtMostOnce,
    ({ receiver, comparison }) => {
      receiver.surplus = receiver.duplicates = comparison.receivedTwice = 1
    },
    /1 messages were repeated; the bound is 0/,
  ],
  [
    'more in doubt than was in the air',
    goodAtMostOnce,
    (evidence) => Object.assign(evidence, { atRiskPerInterruption: 29 }),
    /60 devices are in doubt; the bound is 58/,
  ],
  [
    'devices in doubt that nobody wrote down',
    goodAtMostOnce,
    ({ receiver }) => Object.assign(receiver, { distinct: 10_001 }),
    /accepted messages for 10001 devices/,
  ],
  ['counts that do not reconcile', good, ({ rows }) => rows.batches.sent++, /closing invariant/],
  [
    'a campaign that asks for a person',
    good,
    (evidence) => Object.assign(evidence, { trouble: 'the campaign paused itself' }),
    /the campaign paused itself/,
  ],
  [
    'a process that ended by itself',
    good,
    (evidence) => Object.assign(evidence, { deaths: ['maintenance (exit status 1)'] }),
    /ended by themselves: maintenance \(exit status 1\)/,
  ],
  [
    'a fault that did not happen',
    good,
    (evidence) => Object.assign(evidence, { happened: HAPPENED.slice(1), atRiskPerInterruption: 5_000 }),
    /1 of 6 planned faults did not happen/,
  ],
]

test.each(broken)('the verdict names %s', (_, setup, change, sentence) => {
  const evidence = setup()
  change(evidence)
  expect(judge(evidence).problems.join('\n')).toMatch(sentence)
})

test('a run that did not come to its end has lost nobody: messages are still on their way', () => {
  const evidence = good()
  evidence.state = 'sending'
  evidence.trouble = 'nothing has moved for 75 s'
  evidence.rows.deliveries.sent -= 10
  expect(judge(evidence)).toMatchObject({
    lost: null,
    closingInvariant: null,
    problems: ['nothing has moved for 75 s'],
  })
  expect(judge({ ...evidence, trouble: null }).lost).toBe(10)
})

test('the report says what happened, what it cost and how long it took', () => {
  const report = chaosReportOf(good(), {
    backend: 'redis',
    seed: 3,
    skipped: ['--disk-full: only root may mount a small disk, and only on Linux'],
    latenesses: [1.5, -0.2, 4.04],
    inFlightAtKills: 11,
    failedStarts: 0,
    tuning: {},
    versions: {},
    machine: '',
  })
  expect(report).toMatchObject({
    audience: 10_000,
    kills: 4,
    killsByRole: { dispatcher: 2, planner: 1, maintenance: 0, api: 1 },
    redisWipes: 1,
    redisStops: 0,
    pgRestarts: 1,
    lost: 0,
    duplicates: 15,
    duplicateBound: 2_400,
    duplicateShare: 0.0015,
    duplicatesPerDispatcherKill: 7.5,
    inDoubt: 0,
    closingInvariant: true,
    isUnattended: true,
    recoverySeconds: 33,
    medianRecoverySeconds: 31,
    recoverySecondsByKind: {
      api: { count: 1, median: 2, max: 2 },
      dispatcher: { count: 2, median: 32, max: 33 },
    },
    lateness: { count: 3, median: 1.5, max: 4 },
    problems: [],
  })
  expect(chaosTableOf(report)).toContain('the bound is 2,400; 0.15 % of the audience, at most 0.2 %')
  expect(chaosTableOf(report)).toContain('SKIPPED: --disk-full: only root may mount')
  const cells = (line: string | undefined) => (line ?? '').split(' | ')
  expect(cells(chaosRowOf(report)).length).toBe(cells(CHAOS_ROW_HEAD.split('\n')[0]).length)
  expect(chaosRowOf(report)).toContain('| 4 (2) |')
  expect(chaosRowOf(report)).toContain('| 15 (0.15 %) | 11 | 2,400 | 0 | yes | yes | 32 / 33 | 1.5 / 4 |')
  expect(chaosTableOf({ ...report, problems: ['it broke'] })).toContain('BROKEN: it broke.')
})

test('long freezes, half-open networks and killed dispatchers may cost a repeat, and nothing else', () => {
  const costly: Happening[] = [
    { kind: 'kill', name: 'dispatcher 1' },
    { kind: 'freeze', name: 'dispatcher 1', length: 'long', ms: 40_000 },
    { kind: 'network', name: 'dispatcher 1', server: 'postgres', how: 'half_open', ms: 5_000 },
    { kind: 'network', name: 'dispatcher 1', server: 'fcm', how: 'half_open', ms: 5_000 },
  ]
  const free: Happening[] = [
    { kind: 'kill', name: 'planner' },
    { kind: 'freeze', name: 'dispatcher 1', length: 'short', ms: 3_000 },
    { kind: 'network', name: 'dispatcher 1', server: 'postgres', how: 'slow', ms: 5_000 },
    { kind: 'network', name: 'dispatcher 1', server: 'redis', how: 'half_open', ms: 5_000 },
    { kind: 'pg_outage', how: 'crash', downMs: 40_000 },
    { kind: 'disk_full', ms: 5_000 },
    { kind: 'token_hang', ms: 5_000 },
  ]
  expect([interruptionsIn(costly), interruptionsIn(free)]).toEqual([4, 0])
})
