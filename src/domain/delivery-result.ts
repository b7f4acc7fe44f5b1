/**
 * The two tables of delivery results: states and codes. Everything that counts, filters, groups or explains results
 * is derived from them: the SQL (postgres/delivery-counts.ts), the API schemas, the error watch, the circuit breaker,
 * and the console, which imports this file. Pure.
 *
 * A state says what became of sending. Anything learned about a device later (a receipt: opened, clicked) is stored
 * beside its delivery and never changes the state: see "Engagement" in docs/architecture.md.
 */

interface StateRow {
  /** Stored in `deliveries.state`. Add states; never renumber or reuse a number. */
  number: number
  /** Name of the count in API replies. The count column of `batches` has the name of the state. */
  count: string
  /** True: a request to FCM was made, so the device counts in the send rate. */
  isAttempted: boolean
  meaning: string
}

export const DELIVERY_STATES = {
  sent: { number: 1, count: 'sent', isAttempted: true, meaning: 'FCM accepted the message.' },
  failed: {
    number: 2,
    count: 'failed',
    isAttempted: true,
    meaning: 'FCM refused the message, or every attempt failed.',
  },
  skipped: {
    number: 3,
    count: 'skipped',
    isAttempted: false,
    meaning:
      'Deliberately not sent: the member opted out or has not consented, the device is gone, or it was the wrong hour.',
  },
  in_doubt: {
    number: 4,
    count: 'inDoubt',
    isAttempted: true,
    meaning: 'The message was sent and the answer was lost: it may or may not have arrived.',
  },
} as const satisfies Record<string, StateRow>

export type DeliveryState = keyof typeof DELIVERY_STATES
/** States in the partial index `deliveries_not_sent_idx`, which is ordered by state, code and device. */
export type NotSentState = Exclude<DeliveryState, 'sent'>
export type CountName = (typeof DELIVERY_STATES)[DeliveryState]['count']
export type StateCounts = Record<CountName, number>

export const STATE_NAMES = Object.keys(DELIVERY_STATES) as readonly DeliveryState[]
export const NOT_SENT_STATES = STATE_NAMES.filter((state): state is NotSentState => state !== 'sent')
export const ATTEMPTED_STATES = STATE_NAMES.filter((state) => DELIVERY_STATES[state].isAttempted)

/** What a list of the devices of a campaign shows. A canceled device has no delivery. */
export const LISTED_STATES = [...STATE_NAMES, 'canceled'] as const
export type ListedState = DeliveryState | 'canceled'
export const CANCELED_MEANING = 'The campaign was canceled before this device was sent to.'

/** One value for each state, under the name its count has in replies. */
export function countsOf<T>(make: (state: DeliveryState) => T): Record<CountName, T> {
  return Object.fromEntries(
    STATE_NAMES.map((state) => [DELIVERY_STATES[state].count, make(state)]),
  ) as Record<CountName, T>
}

/** Groups codes that other code treats alike. Which outcome of FCM may carry which class: domain/outcome.ts. */
export type CodeClass =
  | 'accepted'
  /** The address is dead. A fault of the device list, not of the campaign: the error watch does not count it. */
  | 'dead_address'
  /** FCM refused this message for this device for good. */
  | 'refused'
  /** FCM refused the message, whichever device it is for: it has to be corrected. */
  | 'bad_message'
  /** A platform's push service refuses everything: FCM cannot sign in to it, or sends to an app it may not. It is halted. */
  | 'push_setup'
  /** A platform's push service refuses the device: its own fault, unless all are refused. Then it is as `push_setup`. */
  | 'push_device'
  | 'quota'
  /** FCM, or the connection to it, failed: the circuit breaker counts it. */
  | 'fcm_fault'
  /** Says nothing about whether FCM is up: the circuit breaker ignores it. */
  | 'undocumented'
  /** Given up before a request was made. */
  | 'not_sent'
  /** Our configuration is wrong: the campaign pauses, with the code as its pause reason. */
  | 'our_fault'
  | 'in_doubt'
  | 'skipped'

interface CodeRow {
  /** Stored in `deliveries.code` and `devices.gone_code`. Add codes; never renumber or reuse a number. */
  number: number
  /** The only state a delivery with this code can have. */
  state: DeliveryState
  class: CodeClass
  meaning: string
  /** The next step for devices that have this result. */
  advice: string
  /** What has to be done before it is worth trying again. Together with "then resume" or "then resend". */
  fix?: string
}

/** A cause outside of the devices: once it is gone, the same devices can be reached. */
const untilFixed = <const F extends string>(fix: F) =>
  ({ fix, advice: `${fix}, then resend to the failed devices.` }) as const

const RESEND_IN_DOUBT =
  'The device may or may not have received the message. Resend to the in-doubt devices if a duplicate does less harm than a missed message.'

export const DELIVERY_CODES = {
  ok: {
    number: 0,
    state: 'sent',
    class: 'accepted',
    meaning: 'FCM accepted the message.',
    advice: 'Nothing to do.',
  },
  unregistered: {
    number: 1,
    state: 'failed',
    class: 'dead_address',
    meaning: 'The app was removed from the device, or its address has expired.',
    advice: 'Nothing to do: the device is marked inactive and becomes active when the app registers again.',
  },
  invalid_address: {
    number: 2,
    state: 'failed',
    class: 'dead_address',
    meaning: 'FCM does not recognize this as a registration token or an installation id.',
    advice:
      'Check the source of the import: the address is truncated, empty or from another service. Import the right addresses and send a new campaign to them.',
  },
  sender_id_mismatch: {
    number: 3,
    state: 'failed',
    class: 'refused',
    meaning: 'The address belongs to another Firebase project.',
    fix: 'Check that the list comes from an app of this Firebase project',
    advice: 'Register the device again with an app built for this project, or remove it.',
  },
  invalid_payload: {
    number: 4,
    state: 'failed',
    class: 'bad_message',
    meaning: 'FCM refused the message itself.',
    fix: 'Correct the message (sizes, reserved data keys, platform options)',
    advice:
      'Correct the message (sizes, reserved data keys, platform options): while the campaign is paused, or when you resend to the failed devices.',
  },
  third_party_auth_error: {
    number: 5,
    state: 'failed',
    class: 'push_setup',
    meaning: 'FCM could not authenticate with Apple or the web push service.',
    ...untilFixed('Upload a valid APNs key, or web push key, in the Firebase console'),
  },
  quota_exceeded: {
    number: 6,
    state: 'failed',
    class: 'quota',
    meaning: 'The project was still over its FCM quota at the last attempt.',
    ...untilFixed('Lower FCM_MESSAGES_PER_MINUTE or ask Google for a larger quota'),
  },
  device_quota_exceeded: {
    number: 7,
    state: 'failed',
    class: 'quota',
    meaning: 'FCM currently accepts no more messages for this device.',
    ...untilFixed('Wait an hour, and send less often to the same devices'),
  },
  unavailable: {
    number: 8,
    state: 'failed',
    class: 'fcm_fault',
    meaning: 'FCM was still unavailable at the last attempt.',
    ...untilFixed('Wait until FCM answers again'),
  },
  internal: {
    number: 9,
    state: 'failed',
    class: 'fcm_fault',
    meaning: 'FCM still reported an internal error at the last attempt.',
    ...untilFixed('Wait until FCM answers again; if this persists, contact Firebase support'),
  },
  unspecified: {
    number: 10,
    state: 'failed',
    class: 'undocumented',
    meaning: 'FCM returned an undocumented response.',
    ...untilFixed(
      'Read FCM’s answer: it is shown with the failures of the campaign and in the dispatcher log',
    ),
  },
  connection_failed: {
    number: 11,
    state: 'failed',
    class: 'fcm_fault',
    meaning: 'The dispatcher could not connect to FCM. The message was not sent.',
    ...untilFixed('Check the network and DNS of the dispatchers'),
  },
  attempts_used_up: {
    number: 12,
    state: 'failed',
    class: 'not_sent',
    meaning:
      'Dispatchers crashed again and again over the batch of this device, before its message was sent.',
    ...untilFixed('Find the crash in the dispatcher log'),
  },
  // 13, 14, 17 and 18: what Apple answers, word for word in lower case. Source: Apple's "Handling notification responses
  // from APNs". FCM passes it on as an ApnsError.
  device_token_not_for_topic: {
    number: 13,
    state: 'failed',
    class: 'push_device',
    meaning: 'Apple says that the device has another app than the one the message is for.',
    fix: 'Check the bundle ID of the iOS app in the Firebase console, and apns-topic if the message sets it',
    advice:
      'Some devices only: they have another build of the app; they are reached when the right one registers them again. All iPhones: check the bundle ID of the iOS app in the Firebase console, and apns-topic if the message sets it, then resend to the failed devices.',
  },
  bad_device_token: {
    number: 14,
    state: 'failed',
    class: 'push_device',
    meaning:
      'Apple does not know the device’s APNs token: mostly it comes from a development build, whose tokens work only with Apple’s sandbox.',
    fix: 'Upload an APNs key in the Firebase console that is valid for production',
    advice:
      'Some devices only: they are reached when the released app registers them again. All iPhones: upload an APNs key in the Firebase console that is valid for production, then resend to the failed devices.',
  },
  // A delivery has it only if the access token was refused on the last attempt; otherwise the device keeps its turn.
  credential_refused: {
    number: 15,
    state: 'failed',
    class: 'our_fault',
    meaning: 'FCM rejected the server’s credential.',
    ...untilFixed('Check GOOGLE_APPLICATION_CREDENTIALS and its roles'),
  },
  // No delivery has it today: the campaign pauses, and its devices keep their turn.
  project_not_found: {
    number: 16,
    state: 'failed',
    class: 'our_fault',
    meaning: 'FCM does not know the Firebase project.',
    ...untilFixed('Check FCM_PROJECT_ID and FCM_ENDPOINT'),
  },
  bad_topic: {
    number: 17,
    state: 'failed',
    class: 'push_setup',
    meaning: 'Apple does not know the app that the message names (apns-topic).',
    ...untilFixed(
      'Take apns-topic out of the message, or set it to the bundle ID of the app, which must be the one in the Firebase console',
    ),
  },
  topic_disallowed: {
    number: 18,
    state: 'failed',
    class: 'push_setup',
    meaning: 'The APNs key may not send to this app.',
    ...untilFixed('Upload the APNs key of the team that the app belongs to in the Firebase console'),
  },
  answer_lost: {
    number: 20,
    state: 'in_doubt',
    class: 'in_doubt',
    meaning: 'The connection broke after the message was sent and before FCM answered.',
    advice: RESEND_IN_DOUBT,
  },
  deadline_exceeded: {
    number: 21,
    state: 'in_doubt',
    class: 'in_doubt',
    meaning: 'FCM did not answer in time.',
    advice: RESEND_IN_DOUBT,
  },
  dispatcher_died: {
    number: 22,
    state: 'in_doubt',
    class: 'in_doubt',
    meaning: 'A dispatcher crashed while this message was in flight.',
    advice: RESEND_IN_DOUBT,
  },
  database_failed_over: {
    number: 23,
    state: 'in_doubt',
    class: 'in_doubt',
    meaning:
      'The database failed over to a server without its last commits, and the dispatcher that may have sent the message was lost too.',
    advice: RESEND_IN_DOUBT,
  },
  opted_out: {
    number: 40,
    state: 'skipped',
    class: 'skipped',
    meaning: 'The member has opted out.',
    advice: 'Nothing to do.',
  },
  device_gone: {
    number: 41,
    state: 'skipped',
    class: 'skipped',
    meaning: 'The device became inactive between planning and sending.',
    advice: 'Nothing to do: the device becomes active when the app registers again.',
  },
  device_deleted: {
    number: 42,
    state: 'skipped',
    class: 'skipped',
    meaning: 'The device was deleted between planning and sending.',
    advice: 'Nothing to do.',
  },
  device_moved: {
    number: 43,
    state: 'skipped',
    class: 'skipped',
    meaning: 'Another member has signed in on the device since the audience was frozen.',
    advice: 'Nothing to do: the message was meant for the member who had the device before.',
  },
  // Mostly of devices, as their gone_code: a campaign meets it if its audience had the new address as well.
  address_replaced: {
    number: 44,
    state: 'skipped',
    class: 'skipped',
    meaning: 'The app has another address now, which has a result of its own if it was in the audience.',
    advice:
      'Nothing to do: the old address stays inactive. Only if the campaign goes to one device of each member (oncePerMember), and this was the one, the new address was left out (other_device): send a campaign to these members to reach them.',
  },
  too_late: {
    number: 45,
    state: 'skipped',
    class: 'skipped',
    meaning:
      'The local time of the campaign had passed in the member’s time zone, or the campaign could not start there in time.',
    advice: 'Nothing to do. To reach them all the same, send a campaign to these members.',
  },
  no_timezone: {
    number: 46,
    state: 'skipped',
    class: 'skipped',
    meaning: 'The time zone of the member is not known, and the campaign leaves such members out.',
    advice: 'Import the time zones of these members, or let the next campaign take a default zone for them.',
  },
  no_consent: {
    number: 47,
    state: 'skipped',
    class: 'skipped',
    meaning: 'The campaign advertises, and the member had not consented to advertising when it was sent.',
    advice:
      'Nothing to do: ask for the consent in the app. A campaign that is no advertising is a service campaign.',
  },
  no_night_consent: {
    number: 48,
    state: 'skipped',
    class: 'skipped',
    meaning:
      'It was night in the member’s zone when the advertisement was to leave, and the member has not consented to advertising at night.',
    advice:
      'Nothing to do for this one. Start the next campaign by day, or choose that it waits for the morning (night: delay).',
  },
  quiet_hours: {
    number: 49,
    state: 'skipped',
    class: 'skipped',
    meaning:
      'The advertisement waited for the end of the night in the member’s zone, which came only after the campaign’s notAfter.',
    advice: 'Nothing to do: it was too late for it. Give the next campaign more time.',
  },
  window_closed: {
    number: 50,
    state: 'skipped',
    class: 'skipped',
    meaning:
      'The send window was closed in the member’s zone, and the campaign does not wait, or not for so long.',
    advice: 'Nothing to do: it was too late for it. Give the next campaign a wider window or more time.',
  },
  capped: {
    number: 51,
    state: 'skipped',
    class: 'skipped',
    meaning: 'The member had been sent as many campaigns as the frequency cap (CAPS) allows.',
    advice:
      'Nothing to do: cappedBy of each device names the campaign that used the cap up. What members wait for, such as an order confirmation, is sent with ignoresCaps.',
  },
  other_device: {
    number: 52,
    state: 'skipped',
    class: 'skipped',
    meaning:
      'The campaign goes to one device of each member (oncePerMember), and another one of theirs was seen later.',
    advice:
      'Nothing to do: the message is for the device that was seen last when the audience was frozen. If that one could not be reached, none takes its place: send a campaign to these members to reach them.',
  },
} as const satisfies Record<string, CodeRow>

type Codes = typeof DELIVERY_CODES
export type DeliveryCode = keyof Codes
/** The codes a delivery in state S can have. */
export type CodeOf<S extends DeliveryState> = {
  [C in DeliveryCode]: Codes[C]['state'] extends S ? C : never
}[DeliveryCode]
export type CodeOfClass<K extends CodeClass> = {
  [C in DeliveryCode]: Codes[C]['class'] extends K ? C : never
}[DeliveryCode]

export const CODE_NAMES = Object.keys(DELIVERY_CODES) as readonly DeliveryCode[]

/** What to do about a code that has paused a campaign. */
export function howToGoOn(code: DeliveryCode): string {
  const row: CodeRow = DELIVERY_CODES[code]
  const first = row.fix === undefined ? row.advice : `${row.fix}, then resume; or cancel.`
  return `${first} Devices that have failed can be resent to when the campaign has ended.`
}

export function codesOf(state: DeliveryState): DeliveryCode[] {
  return CODE_NAMES.filter((code) => DELIVERY_CODES[code].state === state)
}

const CODE_BY_NUMBER = new Map<number, DeliveryCode>(
  CODE_NAMES.map((name) => [DELIVERY_CODES[name].number, name]),
)
const STATE_BY_NUMBER = new Map<number, DeliveryState>(
  STATE_NAMES.map((name) => [DELIVERY_STATES[name].number, name]),
)

/** Throws on an unknown number: no version of Carillon writes it. */
export function deliveryCodeOf(number: number): DeliveryCode {
  const name = CODE_BY_NUMBER.get(number)
  if (name === undefined) throw new Error(`deliveries.code ${number} is not a known delivery code`)
  return name
}

/** Throws on an unknown number: no version of Carillon writes it. */
export function deliveryStateOf(number: number): DeliveryState {
  const name = STATE_BY_NUMBER.get(number)
  if (name === undefined) throw new Error(`deliveries.state ${number} is not a known delivery state`)
  return name
}
