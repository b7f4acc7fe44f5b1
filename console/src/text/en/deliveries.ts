/** The list of devices of a campaign with their results. */
import type { DeliveryCode } from '../../../../src/domain/delivery-result.ts'
import { format } from './format.ts'

export interface CodeText {
  meaning: string
  advice: string
}

/** English shows the server's own sentences; other languages have theirs by code. */
export const codeText = (_code: DeliveryCode, server: CodeText): CodeText => server

/** Short names for the filter. */
export const codeName = {
  ok: 'Accepted',
  unregistered: 'App removed or token expired',
  invalid_token: 'Invalid token',
  sender_id_mismatch: 'Token from another project',
  invalid_payload: 'Message rejected',
  third_party_auth_error: 'Push key rejected',
  quota_exceeded: 'FCM quota exceeded',
  device_quota_exceeded: 'Device limit exceeded',
  unavailable: 'FCM unavailable',
  internal: 'FCM internal error',
  unspecified: 'Unknown FCM response',
  connection_failed: 'No connection to FCM',
  credential_refused: 'Credentials rejected',
  project_not_found: 'Project not found',
  answer_lost: 'Response lost',
  deadline_exceeded: 'Response timed out',
  dispatcher_died: 'Dispatcher crashed',
  opted_out: 'Opted out',
  device_gone: 'Token expired before sending',
  device_deleted: 'Device deleted',
} satisfies Record<DeliveryCode, string>

export const deliveriesText = {
  title: 'Results by device',
  titleOf: (campaign: string) => `Results: ${campaign}`,
  state: 'Result',
  allStates: 'All results',
  code: 'Reason',
  allCodes: 'All reasons',
  member: 'Member',
  memberHint: 'Full external ID',
  token: 'Token',
  tokenHint: 'Full token',
  apply: 'Search',
  clear: 'Clear filters',
  platform: 'Platform',
  device: 'Device',
  tokenEnd: (end: string) => `…${end}`,
  attempt: 'Attempt',
  time: 'Time',
  deleted: 'Deleted',
  details: 'Details',
  detailsOf: (device: string) => `Details of device ${device}`,
  exportCsv: 'Export CSV',
  exportHint: 'Exports all rows that match the filters',
  emptyTitle: 'No results yet',
  empty: 'Devices appear here as soon as they have a result.',
  noMatchTitle: 'No matching devices',
  noMatch: 'No device in this campaign matches all filters. Devices that are still waiting are not listed.',
  end: (n: number) => (n === 1 ? '1 device' : `${format.number(n)} devices`),
  attemptsTitle: 'Delivery history',
  attemptsIntro: 'This campaign and all its resends, oldest first.',
  firstSend: 'First send',
  resent: {
    failed: 'Resent after failure',
    in_doubt: 'Resent after in doubt',
    canceled: 'Resent after cancellation',
  },
  thisCampaign: 'this campaign',
  waiting: 'Waiting to be sent.',
  attemptNumber: (n: number) => `Attempt ${format.number(n)}`,
  messageId: 'FCM message ID',
  deviceId: 'Device ID',
  showMember: 'View member and all devices',
  openCampaign: 'Open campaign',
}
