/** "What is sent is what was seen": the version of a campaign that a request is about. */
import type { FastifyRequest } from 'fastify'
import Type from 'typebox'
import { readWholeCampaign } from '../../campaigns/read-campaigns.ts'
import { AppError } from '../../domain/errors.ts'
import type { Pool } from '../../postgres/pool.ts'
import { IdempotencyHeader } from '../http/common-schemas.ts'
import { wholeCampaignBody } from './campaign-body.ts'

const ifMatch = Type.Optional(
  Type.String({
    description:
      'Required: the ETag of what is changed, as it was seen, or its "version" in quotes ("3"). Only the version is compared. Without it 428, with another version 412',
  }),
)
export const SeenHeader = Type.Object({ 'if-match': ifMatch })
export const SeenPostHeaders = Type.Object({ ...IdempotencyHeader.properties, 'if-match': ifMatch })

/**
 * Throws `version_required` without If-Match, also for "*": that means whatever is there. A proxy that compresses answers makes
 * their ETags weak.
 */
export function seenVersion(
  { headers, params }: FastifyRequest,
  what: 'campaign' | 'schedule' = 'campaign',
): number {
  const given = headers['if-match']?.trim()
  if (given === undefined || given === '' || given === '*') {
    const { id } = params as { id: string }
    throw new AppError(
      'version_required',
      `If-Match is ${given === '*' ? '"*"' : 'missing'}. Say which version of the ${what} you mean: GET /v1/${what}s/${id}, check it, and send its ETag as If-Match.`,
      { fields: [{ field: 'If-Match', problem: `must be the ETag of the ${what}` }] },
    )
  }
  const version = /^(?:W\/)?"(\d{1,9})(?:-[\w-]{16})?"$/.exec(given)?.[1]
  if (version !== undefined) return Number(version)
  throw new AppError(
    'invalid_request',
    `If-Match is ${JSON.stringify(given.slice(0, 60))}; expected the ETag that GET returned for this ${what}, or its version in quotes.`,
    { fields: [{ field: 'If-Match', problem: `is not the ETag of a ${what}` }] },
  )
}

/** Does it; if the campaign has another version, the refusal carries the campaign as it is now. */
export async function orCurrent<T>(pool: Pool, id: string, deed: () => Promise<T>): Promise<T> {
  return await withCurrent(deed, async () => wholeCampaignBody(await readWholeCampaign(pool, id)))
}

/** Does it; if what it is about has another version, the refusal carries what `readCurrent` gives: as it is now. */
export async function withCurrent<T>(deed: () => Promise<T>, readCurrent: () => Promise<object>): Promise<T> {
  try {
    return await deed()
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'version_conflict') throw error
    throw new AppError('version_conflict', error.message, { extension: { current: await readCurrent() } })
  }
}
