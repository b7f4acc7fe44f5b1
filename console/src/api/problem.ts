/** What the server answered instead of what was asked: the sentence for a person, and the id to quote. */
import type { Static } from 'typebox'
import type { Problem } from '../../../src/api/http/common-schemas.ts'

export type ProblemBody = Static<typeof Problem>

export class ApiProblem extends Error {
  readonly status: number
  /** Stable; switch on this. `unreachable`: no connection. `no_answer`: none in time. `not_a_problem`: an answer of something in between. */
  readonly code: string
  /** The server's sentence; null where the console has to say it itself (see `code`). */
  readonly detail: string | null
  readonly fields: readonly { field: string; problem: string }[]
  readonly requestId: string | null
  readonly retryAfterSeconds: number | null

  constructor(given: {
    status: number
    code: string
    detail?: string | null
    fields?: readonly { field: string; problem: string }[]
    requestId?: string | null
    retryAfterSeconds?: number | null
    cause?: unknown
  }) {
    super(given.detail ?? given.code, { cause: given.cause })
    this.name = 'ApiProblem'
    this.status = given.status
    this.code = given.code
    this.detail = given.detail ?? null
    this.fields = given.fields ?? []
    this.requestId = given.requestId ?? null
    this.retryAfterSeconds = given.retryAfterSeconds ?? null
  }
}

/** Of an answer that is not 2xx. A proxy in between may answer HTML, which says nothing to a person. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const requestId = response.headers.get('x-request-id')
  const retryAfter = Number(response.headers.get('retry-after'))
  const retryAfterSeconds = Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : null
  const body = (await response.json().catch(() => ({}))) as Partial<ProblemBody>
  return new ApiProblem({
    status: response.status,
    retryAfterSeconds,
    code: body.code ?? 'not_a_problem',
    detail: body.detail ?? null,
    fields: body.errors ?? [],
    requestId: body.requestId ?? requestId,
  })
}
