/** An error response: the sentence for the user, and the request ID to quote. */
import type { Static } from 'typebox'
import type { WholeCampaignReply } from '../../../src/api/campaigns/campaign-schemas.ts'
import type { Problem } from '../../../src/api/http/common-schemas.ts'

/** The two last are of problems about a version or an audience. */
type ProblemBody = Static<typeof Problem> & { current?: WholeCampaignReply; audience?: number }

export class ApiProblem extends Error {
  readonly status: number
  /**
   * Stable; switch on this. `unreachable`: no connection. `no_answer`: timed out. `not_a_problem`: the response of a
   * proxy.
   */
  readonly code: string
  /** The server's sentence; null if there is none and the console must provide one (see `code`). */
  readonly detail: string | null
  readonly fields: readonly { field: string; problem: string }[]
  readonly requestId: string | null
  readonly retryAfterSeconds: number | null
  /** version_conflict: the campaign as it is now. */
  readonly current: WholeCampaignReply | null
  /** audience_not_confirmed, audience_changed: how many devices there are now. */
  readonly audience: number | null

  constructor(given: {
    status: number
    code: string
    detail?: string | null
    fields?: readonly { field: string; problem: string }[]
    requestId?: string | null
    retryAfterSeconds?: number | null
    current?: WholeCampaignReply | null
    audience?: number | null
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
    this.current = given.current ?? null
    this.audience = given.audience ?? null
  }
}

/** Somebody else was faster: `current` is what the server has now. */
export function isConflict(error: unknown): error is ApiProblem {
  return error instanceof ApiProblem && error.code === 'version_conflict'
}

/** From a response that is not 2xx. A proxy may respond with HTML, which is not shown. */
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
    current: body.current ?? null,
    audience: body.audience ?? null,
  })
}
