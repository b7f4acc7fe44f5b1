/** Names and meanings of delivery codes. */
import { CODE_NAMES, DELIVERY_CODES, type DeliveryCode } from '../../../../src/domain/delivery-result.ts'

export interface CodeText {
  /** Short, for the filter. */
  name: string
  meaning: string
  advice: string
}

const NAMES: Record<DeliveryCode, string> = {
  ok: 'Accepted',
  unregistered: 'App removed or address expired',
  invalid_address: 'Invalid address',
  sender_id_mismatch: 'Address from another project',
  invalid_payload: 'Message rejected',
  third_party_auth_error: 'Push key rejected',
  quota_exceeded: 'FCM quota exceeded',
  device_quota_exceeded: 'Device limit exceeded',
  unavailable: 'FCM unavailable',
  internal: 'FCM internal error',
  unspecified: 'Unknown FCM response',
  connection_failed: 'No connection to FCM',
  attempts_used_up: 'Attempts used up',
  device_token_not_for_topic: 'Another app on the device',
  bad_device_token: 'APNs token not accepted',
  credential_refused: 'Credentials rejected',
  project_not_found: 'Project not found',
  bad_topic: 'Unknown app (apns-topic)',
  topic_disallowed: 'APNs key of another app',
  answer_lost: 'Response lost',
  deadline_exceeded: 'Response timed out',
  dispatcher_died: 'Dispatcher crashed',
  database_failed_over: 'Database failed over',
  opted_out: 'Opted out',
  device_gone: 'Address expired before sending',
  device_deleted: 'Device deleted',
  address_replaced: 'Address replaced by a newer one',
  device_moved: 'Device changed hands',
  too_late: 'Local time had passed',
  no_timezone: 'No time zone',
  no_consent: 'No consent to advertising',
  no_night_consent: 'No consent to the night',
  quiet_hours: 'Night, and too late',
  window_closed: 'Outside of the send window',
  capped: 'Frequency cap',
  other_device: 'Another device was chosen',
}

/** English uses the server's own sentences. */
export const codesText = Object.fromEntries(
  CODE_NAMES.map((code): [DeliveryCode, CodeText] => {
    const { meaning, advice } = DELIVERY_CODES[code]
    return [code, { name: NAMES[code], meaning, advice }]
  }),
) as Record<DeliveryCode, CodeText>
