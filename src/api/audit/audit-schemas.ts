/** Queries and replies of the routes about the audit log. */
import Type from 'typebox'
import { ACTOR_KINDS, DEEDS, SUBJECT_KINDS } from '../../domain/deeds.ts'
import { Exact, Nullable, OneOf, Page, PageQuery, Time } from '../http/common-schemas.ts'
import { CsvQuery } from '../http/export-schemas.ts'

const filter = {
  actor: Type.Optional(Type.String({ format: 'uuid', description: 'Id of a user or an API key' })),
  actorKind: Type.Optional(OneOf(ACTOR_KINDS)),
  deed: Type.Optional(OneOf(DEEDS)),
  subjectKind: Type.Optional(OneOf(SUBJECT_KINDS)),
  subject: Type.Optional(
    Type.String({ minLength: 1, maxLength: 200, description: 'Id of what it was done to' }),
  ),
  member: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 1_000,
      description: 'An externalId. Members are stored by a hash of it, which stays when they are erased',
    }),
  ),
  from: Type.Optional(Time),
  to: Type.Optional(
    Type.String({ format: 'date-time', description: 'RFC 3339, UTC; the first that is too late' }),
  ),
}

export const AuditQuery = Exact({ ...PageQuery, ...filter })
export const AuditExportQuery = Exact({ ...filter, ...CsvQuery })

export const AuditEventReply = Type.Object({
  seq: Type.Integer({ description: 'Without a gap, in the order in which the deeds were done' }),
  at: Type.String({ format: 'date-time', description: 'RFC 3339, UTC, to the microsecond' }),
  actor: Type.Object({
    kind: OneOf(ACTOR_KINDS),
    id: Nullable(Type.String({ description: 'null: a process' })),
    name: Type.String({ description: 'As it was then; of a process, its role' }),
  }),
  deed: OneOf(DEEDS),
  subject: Type.Object({
    kind: OneOf(SUBJECT_KINDS),
    id: Nullable(Type.String({ description: 'Of a member the SHA-256 of its externalId' })),
    name: Nullable(Type.String({ description: 'What it is called now' })),
  }),
  detail: Type.Record(Type.String(), Type.Unknown(), {
    description:
      'Ids, counts, hashes, names of fields. Of a send: audience, devices as they were counted, messageHash, and seenVersion, which the sender had seen',
  }),
  address: Nullable(Type.String({ description: 'Of the client' })),
  requestId: Nullable(Type.String()),
  previousHash: Type.String({ description: 'The hash of the event before, in hex' }),
  hash: Type.String({ description: 'Over this event and previousHash: docs/security.md' }),
})

export const AuditListReply = Page(AuditEventReply)
export const AuditPosition = Exact({ seq: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) })
