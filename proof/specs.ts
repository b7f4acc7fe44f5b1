/**
 * The models and what `npm run proof` checks of them. docs/guarantees.md has the same table; test/proof/specs.test.ts
 * compares this file with it and with the models.
 */

export interface Spec {
  /** proof/<name>.qnt. */
  name: string
  module: string
  /** By default. */
  runs: number
  /** Of one run at most. */
  steps: number
  invariants: readonly Invariant[]
  /** States that some run must reach. A model that never reaches them says nothing about them. */
  witnesses: readonly string[]
}

interface Invariant {
  name: string
  /** As in docs/architecture.md; null if it is not listed there. */
  number: number | null
  says: string
  /** Without any one of these guards, the model violates the invariant. */
  mutants: readonly Mutant[]
}

export interface Mutant {
  /** The value of the model's constant MUTANT. */
  name: string
  /** The guard that it leaves out. */
  without: string
}

export const SPECS: readonly Spec[] = [
  {
    name: 'batch',
    module: 'batch',
    runs: 300,
    steps: 80,
    invariants: [
      {
        name: 'closing',
        number: 2,
        says: 'A finished campaign has a result for every device',
        mutants: [{ name: 'close_early', without: 'closing waits until all batches are closed' }],
      },
      {
        name: 'reconciled',
        number: 2,
        says: 'The counts of a closed campaign equal its rows',
        mutants: [
          { name: 'late_uncounted', without: 'a late result is added to the counts of its canceled batch' },
        ],
      },
      {
        name: 'counted',
        number: 4,
        says: 'A batch that is done has a row for each of its devices',
        mutants: [
          { name: 'done_without_counting', without: 'a batch is counted from its rows when it ends' },
        ],
      },
      {
        name: 'ownership',
        number: 13,
        says: 'A live dispatcher owns the batch that it holds until one of its own writes tells it otherwise',
        mutants: [
          { name: 'fence_out', without: 'an owner writes with its attempt in the WHERE' },
          { name: 'claim_unguarded', without: 'only a queued batch is claimed' },
          { name: 'rescue_too_early', without: 'after an outage, live owners get time to write' },
          {
            name: 'lock_free_at_once',
            without: 'an owner whose lock is free is dead only if its beat stands still for a second',
          },
        ],
      },
      {
        name: 'repeats',
        number: 10,
        says: 'A message is repeated only if its answer was lost, or its dispatcher died or lost the batch',
        mutants: [{ name: 'ends_in_flight', without: 'an attempt ends after its messages are answered' }],
      },
      {
        name: 'atMostOnce',
        number: 10,
        says: 'at_most_once: no message is repeated',
        mutants: [
          { name: 'launched_not_written', without: 'a window is written down before it is sent' },
          {
            name: 'launched_before_flush',
            without: 'earlier results are written before the next window replaces it',
          },
        ],
      },
      {
        name: 'doubt',
        number: 10,
        says: 'Only devices whose message was sent and not refused are in doubt',
        mutants: [
          {
            name: 'launched_as_position',
            without: 'a window is written down as a set of devices, not as a position',
          },
        ],
      },
      {
        name: 'canceled',
        number: 10,
        says: 'at_most_once: no device that may have received the message is canceled',
        mutants: [{ name: 'doubt_canceled', without: 'canceling records the window of a dead dispatcher' }],
      },
      {
        name: 'fairPasses',
        number: 8,
        says: 'No device is sent to again before all others of the batch were sent to',
        mutants: [
          { name: 'from_the_front', without: 'an attempt skips the devices that its pass has sent to' },
        ],
      },
      {
        name: 'boundedPasses',
        number: 8,
        says: 'No device is sent to more often than there are passes',
        mutants: [{ name: 'no_last_pass', without: 'a device that is refused in the last pass has failed' }],
      },
      {
        name: 'spentPasses',
        number: 12,
        says: 'Only passes that have ended are spent: a release costs nothing',
        mutants: [{ name: 'release_is_spent', without: 'a released attempt does not end its pass' }],
      },
    ],
    witnesses: ['finishes', 'cancels', 'isTakenBack', 'usesUpPasses', 'doubts', 'repeatsOne'],
  },
  {
    name: 'campaign',
    module: 'campaign',
    runs: 150,
    steps: 50,
    invariants: [
      {
        name: 'lifecycle',
        number: 11,
        says: 'A campaign changes state only as its transitions say',
        mutants: [{ name: 'transition_unguarded', without: 'a resume names the state in its WHERE' }],
      },
      {
        name: 'quiet',
        number: 11,
        says: 'While a cancel or a deletion can be undone, the campaign is not sending',
        mutants: [
          { name: 'start_not_kept', without: 'a start leaves out what is deleted or being canceled' },
          { name: 'resume_canceling', without: 'a resume leaves out what is being canceled' },
        ],
      },
      {
        name: 'plannedOnce',
        number: 9,
        says: 'No device is in two batches of a campaign',
        mutants: [
          { name: 'plan_unlocked', without: 'a page is planned under the lock of its campaign' },
          { name: 'edit_keeps_batches', without: 'an edit deletes the plan that was made ahead' },
        ],
      },
      {
        name: 'frozen',
        number: 9,
        says: 'No device that signed up after the first page is in the plan',
        mutants: [{ name: 'bound_not_frozen', without: 'the first page fixes the upper bound' }],
      },
      {
        name: 'complete',
        number: 9,
        says: 'Every device that matched the audience all the time is in the plan',
        mutants: [{ name: 'cursor_skips', without: 'a full page moves the cursor to its last device' }],
      },
      {
        name: 'closing',
        number: 2,
        says: 'A closed campaign is planned to its end, and each device has a result or was canceled',
        mutants: [{ name: 'close_unplanned', without: 'closing waits for the end of the plan' }],
      },
      {
        name: 'resentOnce',
        number: null,
        says: 'No device is in two resends of one campaign',
        mutants: [{ name: 'resend_twice', without: 'a campaign has one resend for each reason' }],
      },
      {
        name: 'resentExactly',
        number: null,
        says: 'A resend goes to exactly the devices with its reasons',
        mutants: [{ name: 'resend_open', without: 'only a closed campaign is resent' }],
      },
    ],
    witnesses: [
      'finishes',
      'closesCanceled',
      'cancelsWhilePlanning',
      'isPlannedAhead',
      'isEmpty',
      'resendsTwice',
      'isUndone',
      'isDeletedPlanned',
      'resendsResend',
      'closesResend',
    ],
  },
  {
    name: 'rate-limit',
    module: 'rateLimit',
    runs: 60,
    steps: 150,
    invariants: [
      {
        name: 'quota',
        number: null,
        says: 'In every minute, fewer messages are sent than the quota and one window together',
        mutants: [
          { name: 'no_wait', without: 'messages wait for their slots' },
          { name: 'read_then_write', without: 'a reservation is one UPDATE' },
        ],
      },
      {
        name: 'blocks',
        number: null,
        says: 'Messages reserved after a 429 are sent after the block',
        mutants: [{ name: 'block_ignored', without: 'a slot begins after the block' }],
      },
      {
        name: 'waits',
        number: null,
        says: 'No dispatcher waits longer than the longest wait',
        mutants: [{ name: 'any_wait', without: 'a reservation with a longer wait is refused' }],
      },
      {
        name: 'ramps',
        number: null,
        says: 'After a minute without a message, the rate climbs slowly',
        mutants: [{ name: 'no_ramp', without: 'the rate is multiplied by the ramp' }],
      },
      {
        name: 'halvesOnce',
        number: null,
        says: 'The 429s of one block halve the rate once',
        mutants: [{ name: 'each_429_halves', without: 'a 429 during the block does not change the rate' }],
      },
    ],
    witnesses: ['usesMostOfTheQuota', 'isBlocked', 'rampsAgain'],
  },
]

/** The row as the table in docs/guarantees.md has it. */
export function tableLine(spec: Spec, { number, says, name, mutants }: Invariant): string {
  const guards = mutants.map(({ without, name: mutant }) => `${without} (\`${mutant}\`)`).join('; ')
  return `| ${number ?? '–'} | ${says} | \`proof/${spec.name}.qnt\`: \`${name}\` | ${guards} |`
}
