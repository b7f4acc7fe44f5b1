/** The page of one campaign. */
import { format } from './format.ts'

const devices = (n: number) => (n === 1 ? '1 device' : `${format.number(n)} devices`)
const messages = (n: number) => (n === 1 ? '1 message' : `${format.number(n)} messages`)

export const campaignText = {
  back: 'Campaigns',
  progress: 'Progress',
  sentOf: (audience: number) => `sent, of ${devices(audience)}`,
  counting: (soFar: number) =>
    `The audience is still being counted: ${devices(soFar)} so far. Shares are shown once it is known.`,
  sentOfCounted: (n: number) => `sent, of ${devices(n)} counted so far`,
  notCounted: 'The audience is counted when the campaign is sent.',
  audienceRow: 'Audience',
  doesNotAddUp:
    'These figures do not add up to the audience. Nothing is lost, but do not rely on them: load the page again, and tell whoever runs the server if it stays so.',
  share: 'Share',
  count: 'Devices',
  result: 'Result',
  rate: 'Rate',
  perSecond: (rate: number) => `${format.rate(rate)} per second`,
  timeLeft: 'Time left',
  aboutLeft: (duration: string) => `about ${duration}`,
  until: (clock: string) => `until ${clock}`,
  leftCounting: 'not known until the audience is counted',
  leftStandstill: 'not known: nothing has moved in the last seconds',
  firstSent: 'First message',
  lastSent: 'Last message',
  took: (duration: string) => `${duration} in all`,
  rateNote: 'of the last 10 seconds',
  batchesTried: 'Batches tried',
  triedOf: (tried: number, all: number) => `${format.number(tried)} of ${format.number(all)}`,
  triedOfSoFar: (tried: number, all: number) =>
    `${format.number(tried)} of ${format.number(all)} planned so far`,
  /** `again`: attempts beyond the first of each batch. */
  triedAgain: (again: number, attempts: number) => {
    if (again === 0) return 'up to 500 devices each; none was tried again'
    const times = again === 1 ? 'once' : `${format.number(again)} times`
    return `up to 500 devices each; tried again ${times}, ${format.number(attempts)} attempts in all`
  },
  closing: 'The last results are being counted. This takes a few seconds.',
  link: {
    live: 'Live',
    polling: (seconds: number) => `Refreshed every ${format.duration(seconds)}`,
    lost: (clock: string) => `As of ${clock}`,
    ended: 'Complete',
  },
  linkMeans: {
    live: 'Figures come in as they change.',
    polling: 'The live connection is not available, so the figures are asked for instead.',
    lost: 'No newer figures can be had at the moment. These are the last ones that came; it is tried again all the time.',
    ended: 'Every device has its result. These figures do not change any more.',
  },
  pausedTitle: 'Paused',
  pausedByOperator: (remaining: number) =>
    remaining === 0
      ? 'Nothing is left to be sent.'
      : `${devices(remaining)} wait until it is resumed. Nothing is lost.`,
  haltedTitle: (platforms: string) => `Not sending to ${platforms}`,
  halted:
    'FCM cannot sign in to the push service of this platform: its key (APNs, or web push) was refused. The others go on, and these devices keep their turn. Put a valid key into the Firebase console; when the campaign pauses, resume it.',
  resendOf: {
    failed: 'Sends again to those who failed in an earlier campaign.',
    in_doubt: 'Sends again to those in doubt in an earlier campaign.',
    canceled: 'Sends again to those canceled in an earlier campaign.',
  },
  toOrigin: 'Show the earlier campaign',
  resentAs: {
    failed: 'The failed were sent to again',
    in_doubt: 'Those in doubt were sent to again',
    canceled: 'The canceled were sent to again',
  },
  history: 'Sent again',
  plots: 'Over time',
  ratePlot: 'Messages per second',
  notSentPlot: 'Not sent, per second',
  plotTime: 'Time',
  ratePlotSummary: (highest: string, at: string, mean: string) =>
    `At most ${highest} per second, at ${at}; ${mean} per second on average.`,
  allSentSoFar: 'So far every message was accepted.',
  plotsEmpty: 'The plots appear with the first messages.',
  failures: 'Who did not get it, and why',
  noFailures: 'Nobody so far: every result is “sent”.',
  noFailuresYet: 'Nothing has been sent yet.',
  nothingSent: 'No message was sent.',
  countedBefore: 'Counted a moment ago: the figures above are newer.',
  showDevices: 'Show these devices',
  deliveries: 'Devices and results',
  exportAll: 'Export as CSV',
  message: 'Message',
  body: 'Text',
  tapOpens: 'A tap opens',
  image: 'Image',
  settings: 'Settings',
  audience: 'Audience',
  audienceAll: 'Every device',
  audienceMembers: (n: number) => (n === 1 ? '1 named member' : `${format.number(n)} named members`),
  audienceFiltered: (conditions: string) => `Devices ${conditions}`,
  audienceFilter: {
    platforms: (list: string) => `on ${list}`,
    locales: (list: string) => `language ${list}`,
    attributes: (list: string) => `with ${list}`,
    seenWithinDays: (n: number) =>
      n === 1 ? 'seen in the last 24 hours' : `seen in the last ${format.number(n)} days`,
  },
  guarantee: 'When an answer is lost',
  guaranteeMeans: {
    at_least_once: 'Sent again: nobody is left out; a device may be sent it twice and shows it once.',
    at_most_once: 'Not sent again: nobody is sent it twice; the device is listed as in doubt.',
  },
  speed: 'Speed',
  speedLimit: (perMinute: number) => `At most ${format.number(perMinute)} a minute`,
  speedFull: 'As fast as the project’s quota allows',
  priority: 'Priority',
  priorityOf: (n: number) => `${n} of 10 (1 goes first)`,
  createdAt: 'Made',
  startedAt: 'Started',
  closedAt: 'Complete since',
  scheduledAt: 'Scheduled for',
  draftTitle: 'This is a draft',
  draft: 'Nothing has been sent. Go on editing; the last step shows what will happen before anything leaves.',
  scheduledTitle: (time: string) => `It will be sent at ${time}`,
  scheduled: 'It starts by itself. Until then it can be changed or canceled.',
}

export const campaignActionsText = {
  more: 'More',
  edit: 'Edit',
  editAndSend: 'Edit and send',
  pause: 'Pause',
  resume: 'Resume',
  cancel: 'Cancel the campaign',
  remove: 'Delete',
  duplicate: 'Duplicate',
  resend: 'Send again',
  resendOnly: {
    failed: (n: number) => `To the ${devices(n)} that failed`,
    in_doubt: (n: number) => `To the ${devices(n)} in doubt`,
    canceled: (n: number) => `To the ${devices(n)} canceled`,
  },
  keep: 'Leave it as it is',
  pauseTitle: 'Pause this campaign?',
  pauseBody: (remaining: number, rate: number | null) => [
    rate !== null && rate > 0
      ? `Sending stops within about 2 seconds. It runs at ${format.rate(rate)} a second now; what is on its way by then cannot be called back, and you are told how many that are.`
      : 'Sending stops within about 2 seconds. What is on its way by then cannot be called back, and you are told how many that are.',
    `${devices(remaining)} wait until you resume. Nothing is lost.`,
  ],
  resumeTitle: 'Resume this campaign?',
  resumeBody: (remaining: number) => [
    `Sending goes on to the ${devices(remaining)} that have no result yet. Nobody who has it is sent it again.`,
  ],
  resumeCauseStays: 'It paused by itself. If the cause is still there, it will pause again without harm.',
  cancelTitle: 'Cancel this campaign for good?',
  cancelBody: (remaining: number, isRunning: boolean) => [
    isRunning
      ? `${devices(remaining)} will not get it and are listed as canceled. What is on its way by then cannot be called back, and you are told how many that are.`
      : `${devices(remaining)} will not get it and are listed as canceled.`,
    'What was sent stays sent. A canceled campaign cannot be resumed; it can be sent again to those who were canceled.',
  ],
  cancelScheduledBody: [
    'It will not be sent. A canceled campaign cannot be scheduled again; it can be duplicated.',
  ],
  removeTitle: 'Delete this campaign?',
  removeBody: ['It has not been sent, and is gone afterwards. This cannot be undone.'],
  duplicateTitle: 'Duplicate this campaign?',
  duplicateBody: [
    'A draft is made with the same message, audience and settings. Nothing is sent until you say so.',
    'The audience is looked up anew when the copy is sent.',
  ],
  duplicateResendBody: [
    'A draft is made with the same message and settings. Its audience is that of the first campaign, not only those it was sent to again.',
  ],
  copyOf: (name: string) => `${name} (copy)`,
  resendTitle: (n: number) => `Send again to ${devices(n)}?`,
  resendBody: {
    failed: (n: number) => [
      `A new campaign sends the same message, now, to exactly the ${devices(n)} that failed, and to nobody else.`,
      'Devices whose app has been removed since are skipped. The results of this campaign stay as they are.',
    ],
    in_doubt: (n: number) => [
      `A new campaign sends the same message, now, to exactly the ${devices(n)} in doubt. ${n === 1 ? 'It may have it already, and shows' : 'Some of them have it already, and show'} one notification, not two, where the system can replace it.`,
      'The results of this campaign stay as they are.',
    ],
    canceled: (n: number) => [
      `A new campaign sends the same message, now, to exactly the ${devices(n)} that were canceled, and to nobody else.`,
      'The results of this campaign stay as they are.',
    ],
  },
  resendConfirm: (n: number) => `Send to ${devices(n)}`,
  paused: (inFlight: number) =>
    inFlight === 0
      ? 'Paused. Nothing is on its way any more.'
      : `Paused. ${messages(inFlight)} were in flight at that moment and may still arrive.`,
  canceled: (inFlight: number) =>
    inFlight === 0
      ? 'Canceled. Nothing is on its way any more.'
      : `Canceled. ${messages(inFlight)} were in flight at that moment and may still arrive.`,
  resumed: 'Resumed. Sending goes on.',
  removed: 'Deleted.',
  duplicated: 'This is the copy. Nothing has been sent.',
  resent: 'Sending again has started.',
}
