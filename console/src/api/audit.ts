/** Who did what. */
import { infiniteQueryOptions } from '@tanstack/react-query'
import type { Static } from 'typebox'
import type { AuditEventReply } from '../../../src/api/audit/audit-schemas.ts'
import type { PageOf } from './campaigns.ts'
import { get, pathOf } from './client.ts'
import { keys } from './query-keys.ts'

export type AuditEvent = Static<typeof AuditEventReply>

export interface AuditFilter {
  subjectKind?: AuditEvent['subject']['kind']
  subject?: string
  actor?: string
  /** Instants. */
  from?: string
  to?: string
}

const PAGE = 50

export const auditQuery = (filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: keys.audit(filter),
    queryFn: ({ pageParam, signal }) =>
      get<PageOf<AuditEvent>>('/v1/audit-events', { ...filter, limit: PAGE, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextCursor,
  })

/** A stream of any length: the browser saves it. */
export function auditExportAddress(filter: AuditFilter): string {
  return pathOf('/v1/audit-events.csv', { ...filter })
}
