/**
 * The invariants, each with the line that keeps it and the test that fails without that line. `npm run invariants`
 * takes every line out, one at a time, and expects its test to fail; docs/guarantees.md has the same table, and
 * invariants.test.ts holds the two and the sources together, so that a line that moves takes its row along.
 */

export interface Invariant {
  /** As in docs/architecture.md. Several rows may protect one. */
  number: number
  says: string
  file: string
  /** Stands exactly once in `file`, and is replaced by `becomes`: nothing, where the line can simply be left out. */
  line: string
  becomes: string
  testFile: string
  /** The beginning of the title of the test, or of the `describe` around it. */
  test: string
}

export const INVARIANTS: readonly Invariant[] = [
  {
    number: 1,
    says: 'PostgreSQL is the truth: a job that the queue lost is found',
    file: 'src/maintenance/rescue-unqueued.ts',
    line: 'const missing = rows.filter((ref) => !present.has(ref))',
    becomes: 'const missing = rows.filter((ref) => present.has(ref) && false)',
    testFile: 'test/flow/crash.test.ts',
    test: 'the queue wiped in mid-campaign',
  },
  {
    number: 1,
    says: 'PostgreSQL is the truth: the batches of a dead process are rescued',
    file: 'src/maintenance/owner-watch.ts',
    line: 'return isHung || isDead ? [{ id, beat, isHung }] : []',
    becomes: 'return isHung && isDead && id < 0 ? [{ id, beat, isHung }] : []',
    testFile: 'test/flow/crash.test.ts',
    test: 'kill -9 of a dispatcher in mid-batch',
  },
  {
    number: 2,
    says: 'Closing invariant: batch counts reconcile with the audience',
    file: 'src/maintenance/close-campaigns.ts',
    line: '\n  AND c.audience_size = b.sizes',
    becomes: '',
    testFile: 'test/maintenance/close-campaigns.test.ts',
    test: 'closing the counts',
  },
  {
    number: 2,
    says: 'Closing invariant: every device has a row or was canceled',
    file: 'src/maintenance/close-campaigns.ts',
    line: `\n  AND b.sizes = (c.closing->>'rows')::int + b.canceled`,
    becomes: '',
    testFile: 'test/maintenance/close-campaigns.test.ts',
    test: 'closing the counts',
  },
  {
    number: 2,
    says: 'Closing invariant: the counts on the batches equal the rows',
    file: 'src/maintenance/close-campaigns.ts',
    line: `\n  AND b.on_batches = c.closing->'states'`,
    becomes: '',
    testFile: 'test/maintenance/close-campaigns.test.ts',
    test: 'closing the counts',
  },
  {
    number: 3,
    says: 'Own transactions: a chunk is committed while the rest is sent',
    file: 'src/results/result-writer.ts',
    line: 'if (!this.#isScheduled) queueMicrotask(() => this.#writeMore())',
    becomes: '',
    testFile: 'test/results/record-results.test.ts',
    test: 'what is answered is committed',
  },
  {
    number: 4,
    says: 'Fencing: a former owner cannot end a batch',
    file: 'src/dispatch/batch-store.ts',
    line: `AND b.state = 'sending' AND b.attempt = $3 AND c.id = $1\n           RETURNING b.state`,
    becomes: `AND b.state = 'sending' AND $3::int > 0 AND c.id = $1\n           RETURNING b.state`,
    testFile: 'test/dispatch/batch-store.test.ts',
    test: 'by a fenced owner changes nothing',
  },
  {
    number: 4,
    says: 'Fencing: a former owner changes no counts',
    file: 'src/results/insert-results.ts',
    line: `AND b.state = 'sending' AND b.attempt = n.attempt\``,
    becomes: `AND b.state = 'sending'\``,
    testFile: 'test/results/record-results.test.ts',
    test: 'a fenced owner is told so',
  },
  {
    number: 4,
    says: 'A closed batch is counted from its rows',
    file: 'src/dispatch/batch-store.ts',
    line: `\${setCounts('n')},\n             canceled = CASE`,
    becomes: 'canceled = CASE',
    testFile: 'test/dispatch/batch-store.test.ts',
    test: 'counts from the rows',
  },
  {
    number: 5,
    says: 'One final result per device and campaign',
    file: 'src/results/insert-results.ts',
    line: `'ON CONFLICT (campaign_id, device_id) DO NOTHING',`,
    becomes: `'ON CONFLICT (campaign_id, device_id) DO UPDATE SET state = excluded.state, code = excluded.code',`,
    testFile: 'test/results/record-results.test.ts',
    test: 'the first result of a device stays',
  },
  {
    number: 6,
    says: 'Flat memory: the queue does not grow with the audience',
    file: 'src/queue/enqueue-batches.ts',
    line: 'greatest(0, places - held - (SELECT count(*)::int FROM interrupted))',
    becomes: 'places',
    testFile: 'test/queue/enqueue-batches.test.ts',
    test: 'puts on a watermark and no more',
  },
  {
    number: 6,
    says: 'Flat memory: a slow PostgreSQL does not make a dispatcher hold more',
    file: 'src/results/result-writer.ts',
    line: 'this.#failing > 0 || this.#unwritten >= UNWRITTEN_CHUNKS * this.#options.chunk',
    becomes: 'this.#failing > 0',
    testFile: 'test/flow/bounds.test.ts',
    test: 'kill -9 while PostgreSQL is slow',
  },
  {
    number: 7,
    says: 'A failing device is data, not an exception',
    file: 'src/dispatch/settle-outcome.ts',
    line: `    case 'token_gone':\n      return {`,
    becomes: `    case 'token_gone':\n      if (isLast || !isLast) throw new Error('a dead token')\n      return {`,
    testFile: 'test/flow/fcm-answers.test.ts',
    test: 'dead tokens are failures',
  },
  {
    number: 8,
    says: 'One retry layer, with a limit',
    file: 'src/dispatch/retry-policy.ts',
    line: 'return spent + 1 >= policy.attempts || ageMs >= policy.ageMs',
    becomes: 'return spent > 1_000_000 || ageMs < 0 || policy.attempts < 0',
    testFile: 'test/flow/fcm-answers.test.ts',
    test: 'faults that do not pass end with the limit',
  },
  {
    number: 9,
    says: 'Frozen audience: devices that register later are not in it',
    file: 'src/planning/plan-campaign.ts',
    line: 'const throughId = campaign.frozen_through_id ?? (await',
    becomes: 'const throughId = (await',
    testFile: 'test/planning/plan-campaign.test.ts',
    test: 'takes neither devices that sign up',
  },
  {
    number: 10,
    says: 'Known doubt: at_most_once does not send again',
    file: 'src/dispatch/settle-outcome.ts',
    line: `return guarantee === 'at_most_once' || isLast`,
    becomes: `return (guarantee === 'at_most_once' && isLast) || isLast`,
    testFile: 'test/flow/fcm-answers.test.ts',
    test: 'a lost answer is in doubt under at_most_once',
  },
  {
    number: 10,
    says: 'Known doubt: messages in flight when a dispatcher dies are in doubt',
    file: 'src/dispatch/settle-outcome.ts',
    line: `  if (device.wasLaunched) return inDoubt('dispatcher_died')\n`,
    becomes: '',
    testFile: 'test/flow/crash.test.ts',
    test: 'kill -9 under at_most_once',
  },
  {
    number: 11,
    says: 'Guarded changes: a campaign leaves only the states named',
    file: 'src/campaigns/transition.ts',
    line: `WHERE id = $1 AND \${isAllowed}`,
    becomes: 'WHERE id = $1',
    testFile: 'test/api/campaigns/campaign-routes.test.ts',
    test: 'of many sends at once one starts it',
  },
  {
    number: 11,
    says: 'Guarded changes: a batch is claimed once',
    file: 'src/dispatch/batch-store.ts',
    line: `AND b.state = 'queued' AND c.id = $1 AND c.state = 'sending'`,
    becomes: `AND c.id = $1 AND c.state = 'sending'`,
    testFile: 'test/dispatch/batch-store.test.ts',
    test: 'claiming a batch',
  },
  {
    number: 12,
    says: 'Stopping costs nothing: the attempt is released',
    file: 'src/dispatch/release-batch.ts',
    line: 'const endsPass = isSuspect || (left === 0 && passed.length > 0)',
    becomes: 'const endsPass = isSuspect || stop !== undefined || (left === 0 && passed.length > 0)',
    testFile: 'test/flow/crash.test.ts',
    test: 'SIGTERM in mid-batch',
  },
  {
    number: 8,
    says: 'One retry layer: a device that gets no result keeps none waiting',
    file: 'src/dispatch/devices-left.ts',
    line: 'if (device.wasPassed) {',
    becomes: 'if (device.wasPassed && device.position < 0) {',
    testFile: 'test/dispatch/passes.test.ts',
    test: 'a device that always answers 503',
  },
  {
    number: 10,
    says: 'Known doubt: what was not launched is not in doubt',
    file: 'src/dispatch/batch-store.ts',
    line: 'i.position::smallint = ANY(b.launched) AS "wasLaunched"',
    becomes: `b.launched <> '{}' AS "wasLaunched"`,
    testFile: 'test/dispatch/passes.test.ts',
    test: 'at_most_once: after a crash',
  },
  {
    number: 13,
    says: 'A live owner is not robbed: after an outage it has time to beat again',
    file: 'src/maintenance/owner-watch.ts',
    line: 'now - this.#answeredAt > SILENCE_MS ||',
    becomes: '',
    testFile: 'test/maintenance/owner-watch.test.ts',
    test: 'after PostgreSQL was away',
  },
  {
    number: 13,
    says: 'A live owner is not robbed: a lost connection is not a death',
    file: 'src/maintenance/owner-watch.ts',
    line: 'const isDead = !isLocked && stillMs >= DEAD_MS &&',
    becomes: 'const isDead = !isLocked &&',
    testFile: 'test/maintenance/owner-watch.test.ts',
    test: 'a dispatcher that lost its connection and lives',
  },
  {
    number: 15,
    says: 'Judged at the moment of sending: consent is looked up again',
    file: 'src/dispatch/attempt.ts',
    line: 'setTimeout(() => stale.abort(), freshMs)',
    becomes: 'setTimeout(() => {}, freshMs)',
    testFile: 'test/dispatch/passes.test.ts',
    test: 'a member who opts out while FCM is slow',
  },
  {
    number: 15,
    says: 'Judged at the moment of sending: a device that changed hands gets nothing',
    file: 'src/dispatch/settle-outcome.ts',
    line: `  if (device.hasMoved) return skipped('device_moved')\n`,
    becomes: '',
    testFile: 'test/dispatch/passes.test.ts',
    test: 'a device that belongs to another member',
  },
]

/** The row as the table in docs/guarantees.md has it. */
export function tableLine({ number, says, file, testFile, test }: Invariant): string {
  return `| ${number} | ${says} | \`${file}\` | \`${testFile}\`: "${test} …" |`
}
