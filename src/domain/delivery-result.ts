/**
 * Final results and their reasons. Stored as small integers in `deliveries.state` and `deliveries.code`, so the
 * numbers are for ever: add, never renumber. `meaning` and `advice` are what an admin reads beside a count.
 */

export const DELIVERY_STATES = { sent: 1, failed: 2, skipped: 3, in_doubt: 4 } as const
export type DeliveryState = keyof typeof DELIVERY_STATES

interface CodeRow {
  number: number
  meaning: string
  advice: string
}

export const DELIVERY_CODES = {
  ok: { number: 0, meaning: 'FCM accepted the message.', advice: 'Nothing to do.' },
  // FCM refused the device
  unregistered: {
    number: 1,
    meaning: 'The app was removed from the device, or its token has expired.',
    advice: 'Nothing to do: the device is marked gone and comes back when the app registers again.',
  },
  invalid_token: {
    number: 2,
    meaning: 'FCM does not know this as a registration token.',
    advice: 'Check the source of the import: the token is cut off, empty or from another service.',
  },
  sender_id_mismatch: {
    number: 3,
    meaning: 'The token belongs to another Firebase project.',
    advice: 'Register the device again with an app built for this project, or remove it.',
  },
  invalid_payload: {
    number: 4,
    meaning: 'FCM refused the message itself.',
    advice:
      'Correct the message (sizes, reserved data keys, platform options) and send it as a new campaign.',
  },
  third_party_auth_error: {
    number: 5,
    meaning: 'FCM could not sign in to Apple or to the web push service.',
    advice: 'Upload a valid APNs key, or web push key, in the Firebase console.',
  },
  // FCM could not, and attempts ran out
  quota_exceeded: {
    number: 6,
    meaning: 'The project was over its FCM quota until the attempts ran out.',
    advice: 'Lower FCM_MESSAGES_PER_MINUTE or ask Google for a larger quota.',
  },
  device_quota_exceeded: {
    number: 7,
    meaning: 'FCM allows no more messages to this device for now.',
    advice: 'Send less often to the same devices.',
  },
  unavailable: {
    number: 8,
    meaning: 'FCM was unavailable until the attempts ran out.',
    advice: 'Send again to the failed devices later.',
  },
  internal: {
    number: 9,
    meaning: 'FCM failed inside until the attempts ran out.',
    advice: 'Send again to the failed devices later; if it persists, ask Firebase support.',
  },
  unspecified: {
    number: 10,
    meaning: 'FCM gave an answer that it does not document.',
    advice: 'Look for the answer in the dispatcher log, and send again to the failed devices.',
  },
  connection_failed: {
    number: 11,
    meaning: 'No connection to FCM could be made; the message did not leave.',
    advice: 'Check the network and DNS of the dispatchers, then send again to the failed devices.',
  },
  // ours: these pause the campaign; a device carries one only if attempts ran out as well
  credential_refused: {
    number: 15,
    meaning: 'FCM refused our credential.',
    advice: 'Check GOOGLE_APPLICATION_CREDENTIALS and its roles, then resume the campaign.',
  },
  project_not_found: {
    number: 16,
    meaning: 'FCM does not know the Firebase project.',
    advice: 'Check FCM_PROJECT_ID and FCM_ENDPOINT, then resume the campaign.',
  },
  // in doubt
  answer_lost: {
    number: 20,
    meaning: 'The connection broke after the message had left, before FCM answered.',
    advice:
      'The device may or may not have it. Send again to those in doubt if a repeat does less harm than a gap.',
  },
  deadline_exceeded: {
    number: 21,
    meaning: 'FCM did not answer in time.',
    advice:
      'The device may or may not have it. Send again to those in doubt if a repeat does less harm than a gap.',
  },
  dispatcher_died: {
    number: 22,
    meaning: 'A dispatcher died while this message was on its way.',
    advice:
      'The device may or may not have it. Send again to those in doubt if a repeat does less harm than a gap.',
  },
  // skipped
  opted_out: { number: 40, meaning: 'The member has opted out.', advice: 'Nothing to do.' },
  device_gone: {
    number: 41,
    meaning: 'The token died between planning and sending.',
    advice: 'Nothing to do: the device comes back when the app registers again.',
  },
  device_deleted: {
    number: 42,
    meaning: 'The device was deleted between planning and sending.',
    advice: 'Nothing to do.',
  },
} as const satisfies Record<string, CodeRow>

export type DeliveryCode = keyof typeof DELIVERY_CODES

const NAME_OF_CODE = new Map(
  Object.entries(DELIVERY_CODES).map(([name, row]) => [row.number as number, name as DeliveryCode]),
)
const NAME_OF_STATE = new Map(
  Object.entries(DELIVERY_STATES).map(([name, number]) => [number as number, name as DeliveryState]),
)

/** Throws on a number that no version ever wrote: the row was not written by Carillon. */
export function deliveryCodeOf(number: number): DeliveryCode {
  const name = NAME_OF_CODE.get(number)
  if (name === undefined) throw new Error(`deliveries.code ${number} is not a known delivery code`)
  return name
}

/** Throws on a number that no version ever wrote: the row was not written by Carillon. */
export function deliveryStateOf(number: number): DeliveryState {
  const name = NAME_OF_STATE.get(number)
  if (name === undefined) throw new Error(`deliveries.state ${number} is not a known delivery state`)
  return name
}
