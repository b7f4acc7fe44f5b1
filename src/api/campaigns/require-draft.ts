/** Only who sends may change what is sent without another call. */
import type { FastifyRequest } from 'fastify'
import { expectDraft } from '../../campaigns/expect-draft.ts'
import type { Pool } from '../../postgres/pool.ts'
import { missingPermission } from '../http/authenticate.ts'

/** `version`: that the change names; null if it names none. */
export async function requireDraftOrSend(
  request: FastifyRequest,
  pool: Pool,
  id: string,
  version: number | null,
): Promise<void> {
  if (request.caller.permissions.includes('campaigns:send')) return
  await expectDraft(pool, id, version, () => missingPermission(request, 'campaigns:send'))
}
