/**
 * What FCM answers, word for word where its words are known (the sources are named where they are not Google's
 * reference). A name here is what `faults` and `errorShares` ask for.
 */

export interface Answer {
  status: number
  body: string
  headers?: Record<string, string>
}

const FCM_ERROR = 'type.googleapis.com/google.firebase.fcm.v1.FcmError'
const BAD_REQUEST = 'type.googleapis.com/google.rpc.BadRequest'

function error(code: number, status: string, message: string, ...details: Record<string, unknown>[]): Answer {
  return {
    status: code,
    body: JSON.stringify({ error: { code, message, status, ...(details.length > 0 && { details }) } }),
  }
}

function apnsError(statusCode: number, reason: string): Answer {
  const apns = { '@type': 'type.googleapis.com/google.firebase.fcm.v1.ApnsError', statusCode, reason }
  const sentence = 'Request contains an invalid argument.'
  return error(400, 'INVALID_ARGUMENT', sentence, fcmError('INVALID_ARGUMENT'), apns)
}

const fcmError = (errorCode: string) => ({ '@type': FCM_ERROR, errorCode })

export function badRequest(field: string, description: string): Answer {
  return error(400, 'INVALID_ARGUMENT', description, {
    '@type': BAD_REQUEST,
    fieldViolations: [{ field, description }],
  })
}

const NOT_SIGNED_IN =
  'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.'

export const ANSWERS = {
  // 400
  bad_token: error(
    400,
    'INVALID_ARGUMENT',
    'The registration token is not a valid FCM registration token',
    fcmError('INVALID_ARGUMENT'),
  ),
  /** FCM's own sentence for an installation id that is none is not published; this is after the one above. */
  bad_fid: error(
    400,
    'INVALID_ARGUMENT',
    'The Firebase installation ID is not valid',
    fcmError('INVALID_ARGUMENT'),
  ),
  /** An older form, captured by senders: both details. */
  bad_token_field: error(
    400,
    'INVALID_ARGUMENT',
    'The registration token is not a valid FCM registration token',
    fcmError('INVALID_ARGUMENT'),
    {
      '@type': BAD_REQUEST,
      fieldViolations: [{ field: 'message.token', description: 'Invalid registration token' }],
    },
  ),
  bad_payload: badRequest(
    'message.data[0].value',
    "Invalid value at 'message.data[0].value' (TYPE_STRING), 12",
  ),
  payload_too_large: error(400, 'INVALID_ARGUMENT', 'Message too large. Maximum is 4096 bytes.'),
  /** Says Request only: neither token nor payload is named. */
  invalid_argument: error(
    400,
    'INVALID_ARGUMENT',
    'Request contains an invalid argument.',
    fcmError('INVALID_ARGUMENT'),
  ),
  apns_unregistered: error(
    400,
    'INVALID_ARGUMENT',
    'APNs device token is disabled.',
    fcmError('INVALID_ARGUMENT'),
    {
      '@type': 'type.googleapis.com/google.firebase.fcm.v1.ApnsError',
      statusCode: 410,
      reason: 'Unregistered',
    },
  ),
  /** Apple's own words in FCM's answer: mostly FCM's sentence says nothing. */
  apns_other_app: apnsError(400, 'DeviceTokenNotForTopic'),
  apns_bad_token: apnsError(400, 'BadDeviceToken'),
  apns_bad_topic: apnsError(400, 'BadTopic'),
  apns_topic_disallowed: apnsError(400, 'TopicDisallowed'),
  // 401, 403
  unauthenticated: {
    ...error(401, 'UNAUTHENTICATED', NOT_SIGNED_IN),
    headers: { 'www-authenticate': 'Bearer realm="https://accounts.google.com/"' },
  },
  third_party_auth_error: error(
    401,
    'UNAUTHENTICATED',
    'Auth error from APNS or Web Push Service',
    fcmError('THIRD_PARTY_AUTH_ERROR'),
  ),
  permission_denied: error(
    403,
    'PERMISSION_DENIED',
    "Permission 'cloudmessaging.messages.create' denied on resource '//cloudresourcemanager.googleapis.com/projects/demo' (or it may not exist).",
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'IAM_PERMISSION_DENIED',
      domain: 'cloudresourcemanager.googleapis.com',
      metadata: { permission: 'cloudmessaging.messages.create' },
    },
  ),
  sender_id_mismatch: error(403, 'PERMISSION_DENIED', 'SenderId mismatch', fcmError('SENDER_ID_MISMATCH')),
  // 404
  unregistered: error(404, 'NOT_FOUND', 'Requested entity was not found.', fcmError('UNREGISTERED')),
  project_not_found: error(404, 'NOT_FOUND', 'Requested entity was not found.'),
  // 429. The first as captured in firebase-admin-go#719: no FcmError in it.
  quota_project: error(
    429,
    'RESOURCE_EXHAUSTED',
    "Quota exceeded for quota metric 'Send requests' and limit 'Send requests per minute' of service 'fcm.googleapis.com' for consumer 'project_number:123456789012'.",
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'RATE_LIMIT_EXCEEDED',
      domain: 'googleapis.com',
      metadata: {
        quota_limit_value: '600000',
        consumer: 'projects/123456789012',
        quota_metric: 'fcm.googleapis.com/send_requests',
        quota_unit: '1/min/{project}',
        service: 'fcm.googleapis.com',
        quota_location: 'global',
        quota_limit: 'SendsPerMinutePerProject',
      },
    },
    {
      '@type': 'type.googleapis.com/google.rpc.Help',
      links: [
        {
          description: 'Request a higher quota limit.',
          url: 'https://cloud.google.com/docs/quotas/help/request_increase',
        },
      ],
    },
  ),
  quota_device: error(
    429,
    'RESOURCE_EXHAUSTED',
    'Device message rate exceeded.',
    fcmError('QUOTA_EXCEEDED'),
    {
      '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
      violations: [{ subject: 'device', description: 'Device message rate exceeded.' }],
    },
  ),
  // 5xx
  internal: error(500, 'INTERNAL', 'Internal error encountered.', fcmError('INTERNAL')),
  unavailable: error(503, 'UNAVAILABLE', 'The service is currently unavailable.', fcmError('UNAVAILABLE')),
  /** The Java SDK met it so (firebase-admin-java#703). */
  unavailable_bare: error(503, 'UNAVAILABLE', 'The service is currently unavailable.'),
  unspecified: error(500, 'UNKNOWN', 'An unknown error occurred.', fcmError('UNSPECIFIED_ERROR')),
  bad_gateway: {
    status: 502,
    headers: { 'content-type': 'text/html; charset=UTF-8' },
    body: '<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n  <title>Error 502 (Server Error)!!1</title>\n  <p><b>502.</b> <ins>That’s an error.</ins>\n  <p>The server encountered a temporary error and could not complete your request.<p>Please try again in 30 seconds.  <ins>That’s all we know.</ins>\n',
  },
  gateway_timeout: error(504, 'DEADLINE_EXCEEDED', 'Deadline exceeded.'),
  // 200 that is not one
  ok_without_name: { status: 200, body: '{}' },
  ok_malformed: { status: 200, body: '{"name":"projects/demo/mess' },
  ok_empty: { status: 200, body: '' },
} as const satisfies Record<string, Answer>

export type AnswerName = keyof typeof ANSWERS
