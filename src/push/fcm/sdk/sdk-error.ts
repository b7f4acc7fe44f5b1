/**
 * What an error of the firebase-admin SDK means. Where it contains FCM's answer (since 14.0) the outcome table decides, as
 * for the other sender; the SDK's own codes call any 404 a dead token and any 403 a wrong project.
 */

import type { Outcome } from '../../../domain/outcome.ts'
import { type FcmAnswer, outcomeOf } from '../outcome-table.ts'
import { saidByFcm } from '../said-by-fcm.ts'

/** The name was not resolved or the connection not established: nothing was sent. */
const NOT_CONNECTED = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CERT_|certificate/

/** `status` is FCM's HTTP status, or 0 when there was no answer. */
export function outcomeOfSdkError(error: unknown): { outcome: Outcome; status: number } {
  const { code, httpResponse } = (error ?? {}) as { code?: string; httpResponse?: HttpResponse }
  if (httpResponse !== undefined) {
    const { status, headers, data } = httpResponse
    const retryAfter = headers?.['retry-after']
    const answer: FcmAnswer = {
      status,
      retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
      body: data,
    }
    return { outcome: outcomeOf(answer), status }
  }
  return { outcome: withoutAnswer(code ?? '', textOf(error)), status: 0 }
}

interface HttpResponse {
  status: number
  headers?: Record<string, unknown>
  data?: unknown
}

function withoutAnswer(code: string, text: string): Outcome {
  // The SDK checks a message before it sends it; these are its codes for an invalid one.
  if (/^messaging\/(invalid-|payload-size-limit)/.test(code))
    return { kind: 'rejected', code: 'invalid_payload', detail: saidBySdk(text) }
  if (code === 'app/invalid-credential') {
    return { kind: 'blocked', code: 'credential_refused', detail: saidBySdk(text) }
  }
  if (text.includes('NGHTTP2_REFUSED_STREAM')) {
    return { kind: 'retry_later', code: 'unavailable', scope: 'device' }
  }
  if (NOT_CONNECTED.test(text)) return { kind: 'retry_later', code: 'connection_failed', scope: 'device' }
  if (code === 'app/network-timeout') return { kind: 'in_doubt', code: 'deadline_exceeded' }
  return { kind: 'in_doubt', code: 'answer_lost' }
}

/** Its sentence, as if FCM had said it. */
function saidBySdk(message: string): string {
  return saidByFcm({ httpStatus: 400, message, body: '', violations: [], apns: undefined })
}

/** The messages and codes of an error and of its causes, four levels deep. */
function textOf(error: unknown, depth = 4): string {
  if (depth === 0 || typeof error !== 'object' || error === null) return ''
  const { code, message, cause, errors } = error as Record<string, unknown>
  const inner = [cause, ...(Array.isArray(errors) ? errors : [])].map((each) => textOf(each, depth - 1))
  return [code, message, ...inner].filter((part) => part !== undefined && part !== '').join(' ')
}
