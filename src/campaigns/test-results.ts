/** What a test has come to for each of its recipients, in words. */
import { DELIVERY_CODES, type DeliveryCode } from '../domain/delivery-result.ts'
import type { ErrorCode } from '../domain/errors.ts'
import type { Outcome } from '../domain/outcome.ts'
import { withoutAddress } from '../push/fcm/said-by-fcm.ts'
import type { TestAnswer, TestRecipient } from './test-records.ts'
import type { TestTarget } from './test-targets.ts'

export type TestResult = TestRecipient & TestAnswer & { meaning: string; advice: string }

export function recipientOf({ externalId, address, kind }: TestTarget): TestRecipient {
  return { externalId, address: address.slice(-8), kind }
}

export function answerOf({ address }: TestTarget, outcome: Outcome | undefined): TestAnswer {
  // The sender reports every message that it attempted: without a report, the message was not sent.
  const code = outcome === undefined ? 'connection_failed' : outcome.kind === 'sent' ? 'ok' : outcome.code
  return {
    outcome: outcome?.kind ?? 'retry_later',
    code,
    fcmSaid: saidOf(outcome, address),
    messageId: outcome?.kind === 'sent' ? outcome.messageId : null,
  }
}

function saidOf(outcome: Outcome | undefined, address: string): string | null {
  if (outcome === undefined || !('detail' in outcome) || outcome.detail === undefined) return null
  return withoutAddress(outcome.detail, address)
}

/** Also of a test that was recorded. `answers`: null if none is known. */
export function resultsOf(
  recipients: readonly TestRecipient[],
  answers: readonly TestAnswer[] | null,
  failure: ErrorCode | null = null,
): TestResult[] {
  const without = failure === null ? UNKNOWN : NOT_SENT
  return recipients.map((recipient, index) => {
    const answer = answers?.[index] ?? without
    return { ...recipient, ...answer, ...wordsOf(answer) }
  })
}

function wordsOf({ outcome, code, fcmSaid }: TestAnswer): { meaning: string; advice: string } {
  if (code === null) return WITHOUT_CODE[outcome] ?? WITHOUT_CODE.unknown
  const { meaning, advice } = DELIVERY_CODES[code]
  if (outcome === 'skipped') return { meaning: SKIPPED[code] ?? meaning, advice: TO_VALIDATE }
  return { meaning: outcome === 'blocked' ? `${meaning} ${fcmSaid}` : meaning, advice }
}

const UNKNOWN: TestAnswer = { outcome: 'unknown', code: null, fcmSaid: null, messageId: null }
const NOT_SENT: TestAnswer = { ...UNKNOWN, outcome: 'not_sent' }

const WITHOUT_CODE: Partial<Record<TestAnswer['outcome'], { meaning: string; advice: string }>> & {
  unknown: { meaning: string; advice: string }
} = {
  no_device: {
    meaning: 'There is no member with this externalId, or none of its devices is active.',
    advice: 'Check the externalId, or register a device first.',
  },
  not_sent: { meaning: 'FCM could not be reached: nothing was sent.', advice: 'Try again.' },
  unknown: {
    meaning: 'No answer is known: it is awaited, or the process that sent the test has ended meanwhile.',
    advice: 'Look at the device, or send the test again.',
  },
}
const SKIPPED: Partial<Record<DeliveryCode, string>> = {
  no_consent: 'The campaign advertises, and the member has not consented to advertising.',
}
const TO_VALIDATE = 'Name a member who may be sent to, or let FCM only validate the message ("validateOnly").'
