/** What is kept of an answer that is longer than any of FCM's. */
import { expect, test } from 'vitest'
import type { Outcome } from '../../../src/domain/outcome.ts'
import { FcmRequest } from '../../../src/push/fcm/fcm-request.ts'

/** The outcome of an answer that arrives in frames of 16 kB, as HTTP/2 has them. */
function outcomeOf(status: number, body: string): Outcome {
  const outcomes: Outcome[] = []
  const host = {
    ended: (_: unknown, outcome: Outcome) => outcomes.push(outcome),
    moved: () => {},
    released: () => {},
  }
  const request = new FcmRequest(
    host,
    { http2: { request: () => 1 }, lastUsedAt: 0 } as never,
    [] as never,
    'token',
    { bodyOf: () => '' } as never,
    0,
  )
  request.respond(status, undefined)
  const bytes = Buffer.from(body)
  for (let at = 0; at < bytes.length; at += 16_384) request.take(bytes.subarray(at, at + 16_384))
  request.end('whole')
  return outcomes[0] as Outcome
}

const answer = (code: number, status: string, errorCode: string, length: number) =>
  JSON.stringify({
    error: {
      code,
      message: `The app is gone. ${'x '.repeat(length / 2)}`,
      status,
      details: [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode }],
    },
  })

test.each([1_000, 100_000, 1_000_000])('a sentence of %d bytes is cut, and FCM is understood', (length) => {
  const gone = outcomeOf(404, answer(404, 'NOT_FOUND', 'UNREGISTERED', length))
  expect(gone).toMatchObject({ kind: 'token_gone', code: 'unregistered' })
  expect((gone as { detail: string }).detail).toMatch(/^The app is gone. x x .* …$/)
  expect((gone as { detail: string }).detail.length).toBeLessThan(510)
  expect(outcomeOf(403, answer(403, 'PERMISSION_DENIED', 'SENDER_ID_MISMATCH', length))).toMatchObject({
    kind: 'rejected',
    code: 'sender_id_mismatch',
  })
})

test('a page of a megabyte is no answer of FCM', () => {
  const page = `<!DOCTYPE html>${'<p>blocked</p>'.repeat(70_000)}`
  expect(outcomeOf(404, page)).toMatchObject({ kind: 'blocked', code: 'project_not_found' })
  expect(outcomeOf(502, page)).toMatchObject({ kind: 'retry_later', code: 'unavailable' })
})
