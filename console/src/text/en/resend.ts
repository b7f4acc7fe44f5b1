/** The review before a campaign is sent again. */
import type { Resent } from '../../../../src/domain/campaign.ts'
import { format } from './format.ts'

const devices = (n: number) => (n === 1 ? '1 device' : `${format.number(n)} devices`)

export const resendText = {
  title: 'Resend',
  titleOf: (campaign: string) => `Resend: ${campaign}`,
  notAllowedTitle: 'You cannot resend campaigns',
  notAllowed: 'Your role does not include permission to send. Ask an admin.',
  notYetTitle: 'This campaign cannot be resent yet',
  notYet: 'A campaign can be resent when it has ended and all its results are in.',
  nothingTitle: 'There is no device to resend to',
  deletedTitle: 'Results by device were deleted',
  resultsDeleted: 'Nobody knows any more who did not get it, so it cannot be resent. Create a new campaign.',
  nothing: 'Every device got the message, was skipped, or has been resent to.',
  who: 'To whom',
  kinds: {
    failed: (n: number) => `Failed: ${devices(n)}`,
    in_doubt: (n: number) => `In doubt: ${devices(n)}`,
    canceled: (n: number) => `Canceled: ${devices(n)}`,
  } satisfies Record<Resent, (n: number) => string>,
  kindHint: {
    failed: 'They did not get the message. Choose the reasons that are gone by now.',
    in_doubt:
      'FCM’s response was lost: some of them may have the message already and get it twice. Resend only if a duplicate does less harm than a missed message.',
    canceled: 'The campaign was canceled before they were sent to. They do not have the message.',
  } satisfies Record<Resent, string>,
  reasons: 'Reasons',
  count: (n: number) => devices(n),
  countActive: (n: number, active: number) => `${devices(n)}, ${format.number(active)} active now`,
  dead: 'No app behind this address: FCM would refuse it again. It becomes active when the app registers again.',
  resentAlready: 'Resent already.',
  viewResend: 'View resend',
  text: 'What they get',
  textAsBefore: 'This is the text of the campaign as it was sent. Correct it here if need be.',
  textAfterCancel:
    'The campaign with this text was canceled. Read it again: if it was the reason, correct it here.',
  textRead: 'I have read the text and want to send it unchanged',
  replaces:
    'On a device that already shows the first message, this one takes its place where the operating system can.',
  end: 'End of sending',
  endPassed: (at: string) => `The campaign was not to be sent after ${at}. Until when may it be sent now?`,
  endAt: 'Send until another time',
  endDate: 'Date',
  endTime: 'Time',
  endWrong: 'Enter a time that is still to come.',
  endNone: 'Send without an end',
  endNoneHint: 'Devices that have to wait get it whenever the night is over or the send window opens.',
  chooseEnd: 'Choose until when it may be sent.',
  summary: 'Summary',
  toDevices: (n: number) => `To ${devices(n)}`,
  ofWhichSkipped: (n: number) =>
    n === 1
      ? '1 of them is not active now and is skipped.'
      : `${format.number(n)} of them are not active now and are skipped.`,
  leave: 'The corrected message would be lost. Nothing has been sent yet.',
  corrected: 'With a corrected text',
  unchanged: 'With the same text',
  noLocalTime: 'It leaves at once in every time zone: the local times of the campaign are not repeated.',
  newCampaign: 'A new campaign starts at once. The results of this one do not change.',
  chooseReason: 'Choose at least one reason.',
  fixText: 'Fix the highlighted fields of the text.',
  readText: 'Read the text and confirm it.',
  confirm: (n: string) => `To confirm, enter the number of devices: ${n}`,
  confirmWrong: (n: string) => `Does not match ${n}.`,
  audienceChanged: (n: number) =>
    `The number of devices has changed meanwhile: it is ${format.number(n)} now. Check it and confirm again.`,
  send: (n: number) => `Resend to ${devices(n)}`,
  failed: 'The campaign was not resent',
  done: 'Resend started.',
}
