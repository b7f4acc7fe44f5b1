/** The page of one campaign. */
import type { LatePolicy, UnknownZonePolicy } from '../../../../src/domain/local-time.ts'
import { format } from './format.ts'

const devices = (n: number) => (n === 1 ? '1 device' : `${format.number(n)} devices`)
const inFlight = (n: number) =>
  n === 1
    ? '1 message was in flight and may still arrive.'
    : `${format.number(n)} messages were in flight and may still arrive.`

const NOT_RECALLED = 'Messages in flight at that moment cannot be recalled; you will see how many there were.'

export const campaignText = {
  back: 'Campaigns',
  progress: 'Progress',
  sentOf: (sent: number, audience: number) => `${format.number(sent)} of ${devices(audience)} sent`,
  sentOfCounted: (sent: number, counted: number) =>
    `${format.number(sent)} sent; ${devices(counted)} counted so far`,
  counting: (soFar: number) =>
    `Counting the audience: ${devices(soFar)} so far. Percentages appear when counting is complete.`,
  audienceRow: 'Audience',
  countsMismatch:
    'These counts do not add up to the audience size. No data is lost, but the counts may be wrong. Reload the page; if this persists, contact your server administrator.',
  rate: 'Rate',
  perSecond: (rate: number) => `${format.rate(rate)} per second`,
  timeLeft: 'Time left',
  finishesAround: (clock: string) => `Finishes around ${clock}`,
  timeLeftWhy: {
    counting: 'Available when the audience has been counted',
    starting: 'Waiting for the first results',
    standstill: 'No progress in the last few seconds',
  },
  firstSent: 'First sent',
  lastSent: 'Last sent',
  duration: 'Duration',
  rateNote: 'Average of the last 10 seconds',
  closing: (counted: number | null) =>
    counted === null
      ? 'Finalizing the results. This takes a few seconds.'
      : `Finalizing the results: ${format.number(counted)} counted.`,
  connection: {
    live: 'Live',
    polling: (seconds: number) => `Updates every ${format.duration(seconds)}`,
    lost: 'Not updating',
    ended: 'Final',
  },
  asOf: (clock: string) => `as of ${clock}`,
  connectionHint: {
    live: 'Figures update in real time.',
    polling: 'The live connection is unavailable. Figures are refreshed periodically instead.',
    lost: 'Can’t update right now. Showing the latest figures; retrying.',
    ended: 'Every device has a result. These figures no longer change.',
  },
  /** How a campaign went that did not simply reach everybody. */
  verdict: {
    all_failed: (failed: number, audience: number) =>
      failed === audience
        ? `Nothing was sent: ${audience === 1 ? 'the only device' : `all ${devices(audience)}`} failed.`
        : `Nothing was sent: ${format.number(failed)} of ${devices(audience)} failed, and none of the others was sent to.`,
    many_failed: (failed: number, audience: number) =>
      `${format.number(failed)} of ${devices(audience)} failed and did not get the message.`,
    all_in_doubt: (n: number) =>
      `FCM’s responses were lost: it is not known whether ${n === 1 ? 'the device' : `any of ${devices(n)}`} got the message.`,
    many_in_doubt: (n: number, audience: number) =>
      `FCM’s responses for ${format.number(n)} of ${devices(audience)} were lost: they may or may not have the message.`,
    all_skipped: (n: number) =>
      n === 1
        ? 'Nobody was sent to: the only device was skipped.'
        : `Nobody was sent to: all ${devices(n)} were skipped.`,
    few_reached: (sent: number, audience: number) =>
      `Only ${format.number(sent)} of ${devices(audience)} were sent to. The reasons are below.`,
    nobody: 'The audience was empty: nothing was sent.',
    missed: (limit: string) => `Not sent. Nothing could start it within ${limit} of its time.`,
    canceledUnsent: 'Canceled before anything was sent.',
    canceled: (canceled: number, audience: number) =>
      `Canceled: ${format.number(canceled)} of ${devices(audience)} were not sent to.`,
  },
  verdictAdvice: 'The reasons below say what to do before you resend.',
  canceling: 'Canceled. Nothing more is sent.',
  cancelingScheduled: 'Canceled. It will not be sent.',
  undo: 'Undo',
  finalIn: (seconds: number) => `Final in ${format.number(seconds)} s`,
  pausedTitle: 'Paused',
  pausedBecause: (reason: string) => `Paused: ${reason}`,
  pausedRemaining: (remaining: number) =>
    remaining === 0
      ? 'Nothing is left to send.'
      : `${devices(remaining)} remaining. Unsent messages are kept until you resume.`,
  haltedTitle: (platforms: string) => `Sending to ${platforms} is on hold`,
  halted:
    'Its push service refuses the messages. Check the key (APNs or web push) and the app’s bundle ID in the Firebase console. Other platforms are still being sent to; these devices are sent to later.',
  waitsFor: {
    campaign: (name: string) => `Waits for “${name}”, which is more urgent. It goes on by itself.`,
    own_rate: 'Waits for its own rate: its messages leave evenly over the minute, as set.',
    project_rate:
      'Waits for the rate limit of the project, which is used up. All of its campaigns share it, so messages leave as it allows.',
    fcm: (until: string | null) =>
      until === null
        ? 'Waits for FCM, which does not answer. It goes on by itself when FCM is back.'
        : `Waits for FCM, which has asked not to be sent anything until ${until}.`,
    time: (until: string | null) =>
      until === null
        ? 'Waits to send to the remaining devices.'
        : `Waits until ${until} to send to the remaining devices.`,
  },
  viewUrgent: 'View that campaign',
  resendOf: {
    failed: (n: number) => `Resend to ${devices(n)} that failed in an earlier campaign.`,
    in_doubt: (n: number) => `Resend to ${devices(n)} in doubt in an earlier campaign.`,
    canceled: (n: number) =>
      `Resend to ${devices(n)} that ${n === 1 ? 'was' : 'were'} canceled in an earlier campaign.`,
  },
  resendOfCounting: {
    failed: 'Resend to devices that failed in an earlier campaign.',
    in_doubt: 'Resend to devices in doubt in an earlier campaign.',
    canceled: 'Resend to devices that were canceled in an earlier campaign.',
  },
  runOfSchedule: (when: string) => `A run of a recurring campaign, planned for ${when}.`,
  viewSchedule: (name: string) => `Recurring: ${name}`,
  viewOriginal: (name: string | null) => (name === null ? 'View original campaign' : `Original: ${name}`),
  resentAs: {
    failed: 'Resent to failed devices',
    in_doubt: 'Resent to in-doubt devices',
    canceled: 'Resent to canceled devices',
  },
  plots: 'Over time',
  plotTitle: 'Messages per second',
  plotSummary: (highest: string, at: string, mean: string) =>
    `Peak: ${highest} per second at ${at}. Average: ${mean} per second.`,
  plotTotal: 'Total',
  plotLimit: 'Rate limit',
  plotLimitAbove: (rate: string) => `Rate limit: ${rate} per second, above what is shown`,
  plotTimesIn: (zone: string) => `Times: ${zone}`,
  plotTable: 'Show as table',
  plotTime: 'Time',
  markers: {
    started: 'Started',
    paused: 'Paused',
    resumed: 'Resumed',
    canceling: 'Cancel pressed',
    kept: 'Cancel undone',
    canceled: 'Canceled',
    pushed_back: 'FCM slowed it down (429)',
    corrected: 'Message corrected',
    closed: 'Completed',
  },
  plotsEmpty: 'The chart appears when the first results are in.',
  nothingAttempted: 'No device was sent to.',
  failures: 'Not reached, by reason',
  noFailures: 'No failures so far: every result is “Sent”.',
  noFailuresYet: 'There are no results yet.',
  noResults: 'No device has a result.',
  resultsDeleted: 'This campaign is so old that its results by device were deleted. The figures remain.',
  reasonsMissing: (n: number) =>
    n === 1
      ? '1 more device: its reason is being counted.'
      : `${devices(n)} more: their reasons are being counted.`,
  reasonsLost: (n: number) =>
    n === 1
      ? '1 more device: its reason is not available.'
      : `${devices(n)} more: their reasons are not available.`,
  showDevices: 'View devices',
  fcmSaid: 'FCM said:',
  correctMessage: 'Correct the message',
  versionsIntro:
    'The message was corrected while the campaign was paused. The results by device show who got which version.',
  versionName: (version: number, isCurrent: boolean) =>
    isCurrent ? `Version ${version} (current)` : `Version ${version}`,
  data: 'Data',
  platformPart: { android: 'Android settings', apns: 'iPhone settings (APNs)', webpush: 'Browser settings' },
  noMessage: 'There is no message yet.',
  deliveries: 'Results by device',
  activity: 'Who did what',
  exportAll: 'Export CSV',
  message: 'Message',
  opensOnTap: 'Opens on tap',
  image: 'Image',
  settings: 'Settings',
  audience: 'Audience',
  audienceAll: 'All devices',
  audienceMembers: (n: number) => (n === 1 ? '1 listed member' : `${format.number(n)} listed members`),
  audienceFiltered: (conditions: string) => conditions,
  audienceFilterLong: 'By a filter that is too long to be shown here',
  audienceNobody: 'Nobody yet',
  audienceResent: {
    failed: (n: number) => `${devices(n)} that failed in the original campaign`,
    in_doubt: (n: number) => `${devices(n)} in doubt in the original campaign`,
    canceled: (n: number) => `${devices(n)} canceled in the original campaign`,
  },
  resentReasons: (list: string) => `Reasons: ${list}`,
  audienceFilter: {
    platforms: (list: string) => `Platform: ${list}`,
    locales: (list: string) => `Language: ${list}`,
    attributes: (list: string) => `Attributes: ${list}`,
    seenWithinDays: (n: number) =>
      n === 1 ? 'Seen in the last 24 hours' : `Seen in the last ${format.number(n)} days`,
  },
  guarantee: 'If FCM’s response is lost',
  guaranteeHint: {
    at_least_once: 'Send again. No device is missed; a device that receives the message twice shows it once.',
    at_most_once:
      'Do not send again. No device receives the message twice; the device is counted as in doubt.',
  },
  speed: 'Send rate',
  speedLimit: (perMinute: number) => `Up to ${format.number(perMinute)} per minute`,
  speedFull: 'As fast as the FCM quota allows',
  priority: 'Priority',
  priorityOf: (n: number) => `${n} of 10 (1 is highest)`,
  tags: 'Tags',
  createdAt: 'Created',
  changedBy: 'Last edited by',
  sentBy: 'Sent by',
  scheduledBy: 'Scheduled by',
  archivedAt: 'Archived',
  startedAt: 'Started',
  closedAt: 'Completed',
  localAt: 'At each member’s local time',
  localAtOf: (time: string) => `${time}, on the clock of each member`,
  late: 'Where it has passed',
  lateOf: {
    skip: 'Not sent',
    now: 'Sent right away',
    next_day: 'Sent the next day',
  } satisfies Record<LatePolicy, string>,
  unknownZone: 'Without a time zone',
  unknownZoneOf: {
    default: (zone: string) => `At the time of ${zone}`,
    skip: (_zone: string) => 'Not sent',
  } satisfies Record<UnknownZonePolicy, (zone: string) => string>,
  nextZone: (time: string) => `The next time zones have their turn on ${time}.`,
  zonesTitle: 'By time zone',
  zonesUnplanned: 'The audience is not planned yet. It is shortly before the first time zone has its turn.',
  zonesWhen: 'In your time zone',
  zonesZones: 'Members in',
  zonesDevices: 'Devices',
  zonesDone: 'Done',
  zonesWaiting: 'waiting',
  zonesNoZone: 'no time zone',
  zonesNotSent: (why: string) => `Not sent: ${why}`,
  zonesOf: (names: readonly string[], more: number) =>
    more > 0 ? `${names.join(', ')} and ${format.number(more)} more` : names.join(', '),
  scheduledAt: 'Scheduled for',
  draft: 'Draft. Nothing has been sent; a summary is shown before anything is.',
  draftUnfinished: 'Draft, not finished. Complete the message and the audience to send it.',
  missedAdvice: 'Sending was down at that time. To send it now, duplicate it.',
  frozen: (time: string) => `The audience was fixed on ${time}; devices registered later are not in it.`,
  latestStart: 'Latest start',
  latestStartOf: (duration: string) => `${duration} after its time`,
  frozenAt: 'Audience fixed on',
  scheduled: (time: string) => `Starts by itself on ${time}. Until then you can edit it or cancel.`,
  /** What somebody else has changed meanwhile. */
  changes: {
    title: (name: string | null) =>
      name === null ? 'This campaign has changed meanwhile' : `${name} has changed this campaign meanwhile`,
    ask: 'Compare, then decide again.',
    now: 'Now',
    otherAudience: (words: string) => `${words} (others)`,
  },
}

export const campaignActionsText = {
  edit: 'Edit',
  editAndSend: 'Edit and send',
  pause: 'Pause',
  resume: 'Resume',
  correct: 'Correct the message',
  correctTitle: 'Correct the message',
  correctBefore: 'Until now',
  correctAfter: 'Corrected',
  correctNothingYet: 'Nothing is changed yet.',
  correctLeave: 'The corrected message would be lost. The campaign stays paused with the message as it was.',
  correctHint: 'Nothing is sent until you resume. Devices that already have the message keep it.',
  correctConfirm: 'Save correction',
  correctConflictTitle: 'Somebody else has corrected the message meanwhile',
  correctConflict:
    'Their version is now shown under “Until now”. Yours is kept as you typed it: compare, then save again.',
  corrected: (version: number) => `The message is corrected (version ${version}). Resume to send it.`,
  cancel: 'Cancel campaign',
  remove: 'Delete',
  duplicate: 'Duplicate',
  repeat: 'Make recurring…',
  resend: 'Resend',
  more: 'More actions',
  unschedule: 'Back to draft',
  archive: 'Archive',
  unarchive: 'Move out of archive',
  tags: 'Edit tags',
  dismiss: 'Go back',
  resumeTitle: 'Resume this campaign?',
  resumeBody: (remaining: number) => [
    `Sending continues to the ${devices(remaining)} without a result. The others are not sent the message a second time.`,
  ],
  resumeCausePersists: 'This campaign was paused automatically. If the cause persists, it is paused again.',
  cancelTitle: 'Cancel this campaign?',
  cancelBody: (remaining: number, isRunning: boolean) => [
    isRunning
      ? `Sending stops at once. ${devices(remaining)} will not receive the message and are recorded as canceled. ${NOT_RECALLED}`
      : `${devices(remaining)} will not receive the message and are recorded as canceled.`,
    'You can undo this for 10 seconds. After that it cannot be resumed, but you can resend it to the canceled devices.',
  ],
  cancelScheduledBody: [
    'The campaign will not be sent. You can undo this for 10 seconds; after that, you can only duplicate it.',
    'To send it at another time, go back to the draft instead.',
  ],
  unscheduleTitle: 'Make this campaign a draft again?',
  unscheduleBody: ['It is not sent until you schedule or send it. Nothing else about it changes.'],
  duplicateTitle: 'Duplicate this campaign?',
  duplicateBody: [
    'This creates a draft with the same message, audience and settings. Nothing is sent until you send the draft.',
    'The audience is evaluated again when the copy is sent.',
  ],
  duplicateResendBody: [
    'This creates a draft with the same message and settings. Its audience is the full audience of the original campaign, not only the devices of this resend.',
  ],
  copyOf: (name: string) => `${name} (copy)`,
  paused: (n: number) => (n === 0 ? 'Paused. No messages are in flight.' : `Paused. ${inFlight(n)}`),
  canceled: (n: number) => (n === 0 ? 'Canceled. No messages are in flight.' : `Canceled. ${inFlight(n)}`),
  kept: 'The cancel is undone.',
  unscheduled: 'The campaign is a draft again.',
  resumed: 'Resumed. Sending continues.',
  removed: (name: string) => (name === '' ? 'Draft deleted.' : `“${name}” deleted.`),
  restored: 'Campaign restored.',
  archived: 'Campaign archived.',
  unarchived: 'Campaign moved out of the archive.',
  duplicated: 'Campaign duplicated. This is the copy; nothing has been sent.',
  tagsTitle: 'Tags',
  tagsLabel: 'Tags of this campaign',
  tagsHint: 'Press Enter after each. The list of campaigns can be filtered by them.',
  save: 'Save',
}
