/** The page that lists each device of a campaign. */
import type { DeliveryCode } from '../../../../src/domain/delivery-result.ts'
import { format } from './format.ts'

export interface CodeText {
  meaning: string
  advice: string
}

/** The server says it in English; the other languages have their own, by code. */
export const codeText = (_code: DeliveryCode, server: CodeText): CodeText => server

/** Short, to choose from. */
export const codeName = {
  ok: 'Accepted',
  unregistered: 'App removed or token expired',
  invalid_token: 'Not a token',
  sender_id_mismatch: 'Token of another project',
  invalid_payload: 'Message refused',
  third_party_auth_error: 'Push key refused',
  quota_exceeded: 'Over the FCM quota',
  device_quota_exceeded: 'Too many to this device',
  unavailable: 'FCM unavailable',
  internal: 'FCM failed inside',
  unspecified: 'Answer not documented',
  connection_failed: 'No connection to FCM',
  credential_refused: 'Credential refused',
  project_not_found: 'Project not known',
  answer_lost: 'Answer lost',
  deadline_exceeded: 'No answer in time',
  dispatcher_died: 'Dispatcher died',
  opted_out: 'Opted out',
  device_gone: 'Device gone',
  device_deleted: 'Device deleted',
} satisfies Record<DeliveryCode, string>

export const deliveriesText = {
  title: 'Devices and results',
  titleOf: (campaign: string) => `Results of ${campaign}`,
  state: 'Result',
  anyState: 'Every result',
  code: 'Reason',
  anyCode: 'Every reason',
  member: 'Member',
  memberHint: 'Its whole id',
  token: 'Token',
  tokenHint: 'The whole token',
  apply: 'Search',
  clear: 'Show all',
  platform: 'Platform',
  device: 'Device',
  tokenEnd: (end: string) => `…${end}`,
  tries: 'Tries',
  time: 'Time',
  deleted: 'deleted since',
  details: 'Details',
  detailsOf: (device: string) => `Details of device ${device}`,
  exportCsv: 'Export as CSV',
  exportHint: 'Exactly the rows of this filter, however many',
  emptyTitle: 'No result yet',
  empty: 'A device appears here as soon as it has its result. The campaign has none yet.',
  noMatchTitle: 'Nobody fits',
  noMatch:
    'No device of this campaign fits all of the filter. A device that is still waiting for its turn is not listed.',
  end: (n: number) => (n === 1 ? 'That is the only one.' : `That is all of them: ${format.number(n)}.`),
  attemptsTitle: 'What was tried',
  attemptsIntro: 'From this campaign and every time it was sent again, oldest first.',
  firstTime: 'First time',
  sentAgain: {
    failed: 'Sent again, as it had failed',
    in_doubt: 'Sent again, as it was in doubt',
    canceled: 'Sent again, as it was canceled',
  },
  thisCampaign: 'this campaign',
  waiting: 'Waiting for its turn.',
  triesSaid: (n: number) => (n === 1 ? 'On the first try' : `On try ${format.number(n)}`),
  messageId: 'FCM’s message id',
  deviceId: 'Device id',
  showMember: 'Show this member and all its devices',
  openCampaign: 'Open that campaign',
}
