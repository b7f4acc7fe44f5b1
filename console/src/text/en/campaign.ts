/** The page of one campaign. */
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
  /** In three parts: the middle one is printed large. */
  sentOf: (sent: number, audience: number) => ({
    before: '',
    sent: format.number(sent),
    after: `of ${format.number(audience)} sent`,
  }),
  sentOfCounted: (sent: number, counted: number) => ({
    before: '',
    sent: format.number(sent),
    after: `sent, ${devices(counted)} counted so far`,
  }),
  counting: (soFar: number) =>
    `Counting the audience: ${devices(soFar)} so far. Percentages appear when counting is complete.`,
  audienceRow: 'Audience',
  countsMismatch:
    'These counts do not add up to the audience size. No data is lost, but the counts may be wrong. Reload the page; if this persists, contact your server administrator.',
  share: 'Share',
  count: 'Devices',
  result: 'Result',
  rate: 'Rate',
  perSecond: (rate: number) => `${format.rate(rate)} per second`,
  timeLeft: 'Time left',
  finishesAround: (clock: string) => `Finishes around ${clock}`,
  timeLeftCounting: 'Available when the audience has been counted',
  timeLeftStalled: 'No progress in the last few seconds',
  firstSent: 'First sent',
  lastSent: 'Last sent',
  totalDuration: (duration: string) => `Total: ${duration}`,
  rateNote: 'Average of the last 10 seconds',
  batchesProcessed: 'Batches processed',
  processedOf: (processed: number, all: number) => `${format.number(processed)} of ${format.number(all)}`,
  processedOfSoFar: (processed: number, all: number) =>
    `${format.number(processed)} of ${format.number(all)} planned so far`,
  /** `retries`: attempts beyond the first of each batch. */
  batchRetries: (retries: number, attempts: number) => {
    if (retries === 0) return 'Up to 500 devices per batch. No retries.'
    const times = retries === 1 ? '1 retry' : `${format.number(retries)} retries`
    return `Up to 500 devices per batch. ${times}, ${format.number(attempts)} attempts in total.`
  },
  closing: (counted: number | null) =>
    counted === null
      ? 'Finalizing the results. This takes a few seconds.'
      : `Finalizing the results: ${format.number(counted)} counted.`,
  connection: {
    live: 'Live',
    polling: (seconds: number) => `Updates every ${format.duration(seconds)}`,
    lost: (clock: string) => `As of ${clock}`,
    ended: 'Final',
  },
  connectionHint: {
    live: 'Figures update in real time.',
    polling: 'The live connection is unavailable. Figures are refreshed periodically instead.',
    lost: 'Can’t update right now. Showing the latest figures; retrying.',
    ended: 'Every device has a result. These figures no longer change.',
  },
  pausedTitle: 'Paused',
  pausedRemaining: (remaining: number) =>
    remaining === 0
      ? 'Nothing is left to send.'
      : `${devices(remaining)} remaining. Unsent messages are kept until you resume.`,
  haltedTitle: (platforms: string) => `Sending to ${platforms} is on hold`,
  halted:
    'This platform’s push service refuses the messages: the key (APNs or web push) or the app’s bundle ID is not accepted. Other platforms are still being sent to; these devices are sent to later. Check both in the Firebase console. If the campaign pauses, it says what FCM answered; then resume it.',
  resendOf: {
    failed: 'Resends to devices that failed in an earlier campaign.',
    in_doubt: 'Resends to devices that were in doubt in an earlier campaign.',
    canceled: 'Resends to devices that were canceled in an earlier campaign.',
  },
  viewOriginal: 'View original campaign',
  resentAs: {
    failed: 'Resent to failed devices',
    in_doubt: 'Resent to in-doubt devices',
    canceled: 'Resent to canceled devices',
  },
  resends: 'Resends',
  plots: 'Over time',
  ratePlot: 'Messages per second',
  notSentPlot: 'Not sent, per second',
  ratePlotSummary: (highest: string, at: string, mean: string) =>
    `Peak: ${highest} per second at ${at}. Average: ${mean} per second.`,
  allSentSoFar: 'All messages have been accepted so far.',
  plotsEmpty: 'Charts appear when the first messages are sent.',
  failures: 'Not reached, by reason',
  noFailures: 'No failures so far: every result is “Sent”.',
  noFailuresYet: 'Nothing has been sent yet.',
  nothingSent: 'No messages were sent.',
  failuresDelayed: 'Counted a moment ago. The figures above are more recent.',
  showDevices: 'View devices',
  fcmSaid: 'FCM said:',
  correctMessage: 'Correct the message',
  versionsIntro:
    'The message was corrected while the campaign was paused. The results by device show who got which version.',
  versionName: (version: number, isCurrent: boolean) =>
    isCurrent ? `Version ${version} (current)` : `Version ${version}`,
  data: 'Data',
  deliveries: 'Results by device',
  exportAll: 'Export CSV',
  message: 'Message',
  opensOnTap: 'Opens on tap',
  image: 'Image',
  settings: 'Settings',
  audience: 'Audience',
  audienceAll: 'All devices',
  audienceMembers: (n: number) => (n === 1 ? '1 listed member' : `${format.number(n)} listed members`),
  audienceFiltered: (conditions: string) => conditions,
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
  createdAt: 'Created',
  startedAt: 'Started',
  closedAt: 'Completed',
  scheduledAt: 'Scheduled for',
  draftTitle: 'This campaign is a draft',
  draft: 'Nothing has been sent. The last step of the editor shows a summary before anything is sent.',
  scheduledTitle: (time: string) => `Scheduled for ${time}`,
  scheduled: 'Sending starts automatically. You can edit or cancel the campaign until then.',
}

export const campaignActionsText = {
  edit: 'Edit',
  editAndSend: 'Edit and send',
  pause: 'Pause',
  resume: 'Resume',
  correct: 'Correct the message',
  correctTitle: 'Correct the message',
  correctResendTitle: (n: number) => `Correct the message and resend it to ${devices(n)}`,
  correctBefore: 'Until now',
  correctAfter: 'Corrected',
  correctNothingYet: 'Nothing is changed yet.',
  correctHint: 'Nothing is sent until you resume. Devices that already have the message keep it.',
  correctResendHint:
    'A new campaign sends the corrected message now. On a device that already shows the first one, it takes its place where the operating system can.',
  correctConfirm: 'Save correction',
  correctFirst: 'Correct the message first',
  correctConflictTitle: 'Somebody else has corrected the message meanwhile',
  correctConflict:
    'Their version is now shown under “Until now”. Yours is kept as you typed it: compare, then save again.',
  corrected: (version: number) => `The message is corrected (version ${version}). Resume to send it.`,
  cancel: 'Cancel campaign',
  remove: 'Delete',
  duplicate: 'Duplicate',
  resend: 'Resend',
  resendOnly: {
    failed: (n: number) => `To ${devices(n)} that failed`,
    in_doubt: (n: number) => `To ${devices(n)} in doubt`,
    canceled: (n: number) => `To ${devices(n)} that ${n === 1 ? 'was' : 'were'} canceled`,
  },
  dismiss: 'Go back',
  pauseTitle: 'Pause this campaign?',
  pauseBody: (remaining: number, rate: number | null) => [
    rate !== null && rate > 0
      ? `Sending stops within about 2 seconds. The current rate is ${format.rate(rate)} per second. ${NOT_RECALLED}`
      : `Sending stops within about 2 seconds. ${NOT_RECALLED}`,
    `${devices(remaining)} remaining. Unsent messages are kept until you resume.`,
  ],
  resumeTitle: 'Resume this campaign?',
  resumeBody: (remaining: number) => [
    `Sending continues to the ${devices(remaining)} without a result. Other devices are not sent to again.`,
  ],
  resumeCausePersists: 'This campaign was paused automatically. If the cause persists, it is paused again.',
  cancelTitle: 'Cancel this campaign?',
  cancelBody: (remaining: number, isRunning: boolean) => [
    isRunning
      ? `${devices(remaining)} will not receive the message and are recorded as canceled. ${NOT_RECALLED}`
      : `${devices(remaining)} will not receive the message and are recorded as canceled.`,
    'Messages already sent are not affected. A canceled campaign cannot be resumed, but you can resend it to the canceled devices.',
  ],
  cancelScheduledBody: [
    'The campaign will not be sent. A canceled campaign cannot be scheduled again, but you can duplicate it.',
  ],
  removeTitle: 'Delete this campaign?',
  removeBody: ['This campaign has not been sent. Deleting it cannot be undone.'],
  duplicateTitle: 'Duplicate this campaign?',
  duplicateBody: [
    'This creates a draft with the same message, audience and settings. Nothing is sent until you send the draft.',
    'The audience is evaluated again when the copy is sent.',
  ],
  duplicateResendBody: [
    'This creates a draft with the same message and settings. Its audience is the full audience of the original campaign, not only the devices of this resend.',
  ],
  copyOf: (name: string) => `${name} (copy)`,
  resendTitle: (n: number) => `Resend to ${devices(n)}?`,
  resendBody: {
    failed: (n: number) => [
      `A new campaign sends the same message now, only to the ${devices(n)} that failed.`,
      'Devices whose app has been removed since then are skipped. The results of this campaign do not change.',
    ],
    in_doubt: (n: number) => [
      `A new campaign sends the same message now, only to the ${devices(n)} in doubt. ${n === 1 ? 'It' : 'Some of them'} may already have the message; where the operating system can replace the first notification, the device shows only one.`,
      'The results of this campaign do not change.',
    ],
    canceled: (n: number) => [
      `A new campaign sends the same message now, only to the ${devices(n)} that ${n === 1 ? 'was' : 'were'} canceled.`,
      'The results of this campaign do not change.',
    ],
  },
  resendConfirm: (n: number) => `Send to ${devices(n)}`,
  paused: (n: number) => (n === 0 ? 'Paused. No messages are in flight.' : `Paused. ${inFlight(n)}`),
  canceled: (n: number) => (n === 0 ? 'Canceled. No messages are in flight.' : `Canceled. ${inFlight(n)}`),
  resumed: 'Resumed. Sending continues.',
  removed: 'Campaign deleted.',
  duplicated: 'Campaign duplicated. This is the copy; nothing has been sent.',
  resent: 'Resend started.',
}
