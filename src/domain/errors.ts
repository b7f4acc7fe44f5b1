/**
 * Every error that the API can return: code, HTTP status and title. Callers switch on `code`, never on text. Codes are
 * part of the public contract: add codes, do not rename them.
 */

const ERRORS = {
  // request
  invalid_request: { status: 400, title: 'The request is not valid' },
  invalid_cursor: { status: 400, title: 'The cursor is not valid' },
  unsupported_media_type: { status: 415, title: 'The Content-Type is not supported' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  expectation_failed: { status: 417, title: 'The Expect header is not supported' },
  request_timeout: { status: 408, title: 'The request did not arrive in time' },
  body_too_large: { status: 413, title: 'The body is too large' },
  not_found: { status: 404, title: 'Not found' },
  console_not_built: { status: 404, title: 'The console is not built' },
  method_not_allowed: { status: 405, title: 'The method is not allowed' },
  // caller
  missing_api_key: { status: 401, title: 'An API key is required' },
  invalid_api_key: { status: 401, title: 'The API key is not valid' },
  wrong_credentials: { status: 401, title: 'The sign-in was refused' },
  second_factor_required: { status: 401, title: 'The code of the second factor is missing' },
  second_factor_on: { status: 409, title: 'The second factor is on already' },
  second_factor_not_begun: { status: 409, title: 'There is no second factor to finish' },
  user_disabled: { status: 403, title: 'The user is disabled' },
  session_ended: { status: 401, title: 'There is no valid session' },
  reauthenticate: { status: 403, title: 'The password must be given again' },
  cross_site: { status: 403, title: 'The request comes from another site' },
  too_many_sign_ins: { status: 429, title: 'Too many sign-ins' },
  address_not_allowed: { status: 403, title: 'The API key may not be used from here' },
  missing_permission: { status: 403, title: 'A permission is missing' },
  api_key_not_found: { status: 404, title: 'The API key does not exist' },
  api_key_not_rotatable: { status: 409, title: 'The API key cannot be rotated' },
  user_not_found: { status: 404, title: 'The user does not exist' },
  last_admin: { status: 409, title: 'Nobody could manage users any more' },
  user_name_taken: { status: 409, title: 'The name is taken' },
  // idempotency
  invalid_idempotency_key: { status: 400, title: 'The Idempotency-Key is not valid' },
  idempotency_key_reused: { status: 422, title: 'The Idempotency-Key was used for another request' },
  idempotency_key_in_use: {
    status: 409,
    title: 'The first request with this Idempotency-Key is still running',
  },
  // devices
  device_not_found: { status: 404, title: 'The device does not exist' },
  member_not_found: { status: 404, title: 'The member does not exist' },
  member_changed: { status: 412, title: 'The member has changed in the meantime' },
  consent_superseded: { status: 409, title: 'A later statement of the member is known' },
  erasure_unfinished: { status: 503, title: 'The erasure has to be repeated' },
  invalid_csv_header: { status: 400, title: 'The first line is not a usable header' },
  encoding_unclear: { status: 400, title: 'The encoding of the file is not clear' },
  encoding_contradicted: { status: 400, title: 'The file contradicts its encoding' },
  invalid_gzip: { status: 400, title: 'The compressed file is damaged' },
  decompression_bomb: { status: 413, title: 'The file is compressed too far' },
  import_failed: { status: 503, title: 'The import was aborted' },
  // campaigns
  campaign_not_found: { status: 404, title: 'The campaign does not exist' },
  message_too_large: { status: 400, title: 'The message is too large' },
  invalid_message: { status: 400, title: 'The message is not valid' },
  message_has_placeholders: { status: 400, title: 'The message has placeholders that nothing fills in' },
  invalid_send_window: { status: 422, title: 'The send window is not valid' },
  window_in_the_night: { status: 422, title: 'The send window lies in the night' },
  invalid_not_after: { status: 422, title: 'The end of sending is not valid' },
  invalid_timezone: { status: 422, title: 'The time zone does not exist' },
  invalid_advertiser: { status: 422, title: 'The sender of the advertisement is not valid' },
  advertiser_missing: { status: 422, title: 'The sender of the advertisement is missing' },
  images_not_set_up: { status: 409, title: 'Images cannot be uploaded here' },
  invalid_image: { status: 400, title: 'The image cannot be used' },
  image_not_stored: { status: 503, title: 'The image could not be stored' },
  invalid_schedule: { status: 400, title: 'The schedule is not valid' },
  schedule_too_frequent: { status: 400, title: 'The schedule runs too often' },
  schedule_never_runs: { status: 400, title: 'The schedule never runs' },
  schedule_not_found: { status: 404, title: 'The schedule does not exist' },
  schedule_not_changeable: { status: 409, title: 'The schedule cannot be changed so' },
  run_not_found: { status: 404, title: 'The schedule has no such run' },
  run_not_changeable: { status: 409, title: 'The run cannot be changed any more' },
  invalid_local_time: { status: 400, title: 'The local time is not valid' },
  local_time_past: { status: 400, title: 'The local time has passed everywhere' },
  schedule_in_past: { status: 400, title: 'The schedule is in the past' },
  too_many_streams: { status: 503, title: 'Too many event streams are open' },
  search_too_slow: { status: 503, title: 'The search takes too long' },
  count_too_slow: { status: 503, title: 'Counting the audience takes too long' },
  audience_not_confirmed: { status: 428, title: 'The size of the audience must be confirmed' },
  audience_changed: { status: 409, title: 'The audience is not as large as was confirmed' },
  audience_empty: { status: 409, title: 'The audience matches no device' },
  campaign_already_sending: { status: 409, title: 'The campaign is already sending' },
  campaign_not_sendable: { status: 409, title: 'The campaign cannot be sent' },
  campaign_unfinished: { status: 409, title: 'The campaign is not finished' },
  campaign_not_testable: { status: 409, title: 'The campaign cannot be tested' },
  too_many_tests: { status: 429, title: 'Too many tests' },
  quota_used_up: { status: 429, title: 'There is no quota for a test now' },
  campaign_not_pausable: { status: 409, title: 'The campaign cannot be paused' },
  campaign_not_resumable: { status: 409, title: 'The campaign cannot be resumed' },
  message_needs_correction: { status: 409, title: 'The message must be corrected first' },
  campaign_not_cancelable: { status: 409, title: 'The campaign cannot be canceled' },
  cancel_not_undoable: { status: 409, title: 'There is no cancel to undo' },
  campaign_not_resendable: { status: 409, title: 'The campaign cannot be resent yet' },
  campaign_already_resent: { status: 409, title: 'The campaign has already been resent' },
  nothing_to_resend: { status: 409, title: 'There is no device to resend to' },
  results_deleted: { status: 410, title: 'The results of the devices were deleted' },
  campaign_not_editable: { status: 409, title: 'The campaign cannot be changed' },
  version_required: { status: 428, title: 'The version of the campaign is missing' },
  campaign_not_archivable: { status: 409, title: 'The campaign cannot be archived' },
  version_conflict: { status: 412, title: 'The campaign has changed in the meantime' },
  project_misconfigured: { status: 409, title: 'The settings of the project cannot be used' },
  fcm_not_reachable: { status: 502, title: 'FCM could not be reached' },
  // server
  overloaded: { status: 429, title: 'The server is overloaded' },
  database_slow: { status: 503, title: 'The database is too slow' },
  not_ready: { status: 503, title: 'The service is not ready' },
  internal_error: { status: 500, title: 'Internal error' },
} as const satisfies Record<string, { status: number; title: string }>

export type ErrorCode = keyof typeof ERRORS

export interface FieldError {
  /** JSON pointer to the field, "/message/title". */
  field: string
  problem: string
}

/** Further members of the problem (RFC 9457, 3.2), which tell a program what a sentence tells a person. */
export interface ProblemExtension {
  /** version_conflict: the campaign as it is now, as GET returns it. */
  current?: object
  /** audience_not_confirmed, audience_changed: devices of the audience now. */
  audience?: number
  /** campaign_not_editable, of a campaign at local times: the time zones in which it has begun; null: not known. */
  begunZones?: (string | null)[]
}

export class AppError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly title: string
  readonly fields: readonly FieldError[]
  readonly retryAfterSeconds: number | undefined
  readonly extension: ProblemExtension

  /** `detail` is for a person: the request, the value, what to do. It is sent to the caller unchanged. */
  constructor(
    code: ErrorCode,
    detail: string,
    more: {
      fields?: readonly FieldError[]
      retryAfterSeconds?: number
      extension?: ProblemExtension
      cause?: unknown
    } = {},
  ) {
    super(detail, { cause: more.cause })
    this.name = 'AppError'
    this.code = code
    this.status = ERRORS[code].status
    this.title = ERRORS[code].title
    this.fields = more.fields ?? []
    this.retryAfterSeconds = more.retryAfterSeconds
    this.extension = more.extension ?? {}
  }
}

/** Wraps a thrown value that is not an Error, and keeps it as the cause. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error
    ? thrown
    : new Error(`Non-error thrown: ${String(thrown)}`, { cause: thrown })
}
