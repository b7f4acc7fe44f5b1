import { createHash } from 'node:crypto'

/**
 * What the audit log calls a member: whoever knows the externalId finds its events, and nobody who reads them learns it. It stays
 * when the member is erased.
 */
export function memberPseudonym(externalId: string): string {
  return createHash('sha256').update(externalId).digest('hex')
}
