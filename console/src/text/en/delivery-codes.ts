/** What the codes of results are called and mean. */
import { CODE_NAMES, DELIVERY_CODES, type DeliveryCode } from '../../../../src/domain/delivery-result.ts'

export interface CodeText {
  /** Short, for lists to choose from. */
  name: string
  meaning: string
  advice: string
}

const NAMES: Record<DeliveryCode, string> = {
  ok: 'Accepted',
  unregistered: 'App removed or token expired',
  invalid_token: 'Not a token',
  sender_id_mismatch: 'Token of another project',
  invalid_payload: 'Message refused',
  third_party_auth_error: 'Push key refused',
  quota_exceeded: 'Over the FCM quota',
  device_quota_exceeded: 'Too many to this device',
  unavailable: 'FCM unavailable',
  internal: 'FCM internal error',
  unspecified: 'Answer not documented',
  connection_failed: 'No connection to FCM',
  credential_refused: 'Credential refused',
  project_not_found: 'Project not found',
  answer_lost: 'Answer lost',
  deadline_exceeded: 'No answer in time',
  dispatcher_died: 'Dispatcher crashed',
  opted_out: 'Opted out',
  device_gone: 'Device gone',
  device_deleted: 'Device deleted',
}

/** The sentences are the server's. */
export const codesText = Object.fromEntries(
  CODE_NAMES.map((code): [DeliveryCode, CodeText] => {
    const { meaning, advice } = DELIVERY_CODES[code]
    return [code, { name: NAMES[code], meaning, advice }]
  }),
) as Record<DeliveryCode, CodeText>
