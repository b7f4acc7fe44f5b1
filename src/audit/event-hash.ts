/**
 * The hash of an audit event, as PostgreSQL computes it in audit_chain(): SHA-256 over its columns in a fixed order, each as the
 * number of its bytes, a colon and its text in UTF-8, or a minus for null. docs/security.md has the form for others.
 */
import { hash } from 'node:crypto'

export interface HashedEvent {
  seq: string
  /** UTC, to the microsecond: 2026-11-30T21:00:00.000000Z. */
  at: string
  actorKind: string
  actorId: string | null
  actorName: string
  deed: string
  subjectKind: string
  subjectId: string | null
  /** The text as it is stored. */
  detail: string
  address: string | null
  requestId: string | null
  /** In hex. */
  previousHash: string
}

/** In hex. */
export function eventHash(event: HashedEvent): string {
  const { previousHash, seq, at, actorKind, actorId, actorName, deed } = event
  const { subjectKind, subjectId, detail, address, requestId } = event
  const fields = [previousHash, seq, at, actorKind, actorId, actorName, deed]
  const text = [...fields, subjectKind, subjectId, detail, address, requestId].map((field) =>
    field === null ? '-' : `${Buffer.byteLength(field)}:${field}`,
  )
  // In one call: an object for each event would be memory that only a collection frees.
  return hash('sha256', text.join(''))
}
