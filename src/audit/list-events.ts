/** Reads audit events: a page, filtered, or all of them one page after another. */
import type { ActorKind, DeedName, SubjectKind } from '../domain/deeds.ts'
import type { Pool } from '../postgres/pool.ts'
import { memberPseudonym } from './member-pseudonym.ts'

export interface EventFilter {
  actor?: string | undefined
  actorKind?: ActorKind | undefined
  deed?: DeedName | undefined
  subjectKind?: SubjectKind | undefined
  subject?: string | undefined
  /** An externalId. */
  member?: string | undefined
  from?: Date | undefined
  to?: Date | undefined
}

export interface AuditEvent {
  seq: number
  /** To the microsecond, which the hash is over. */
  at: string
  actor: { kind: ActorKind; id: string | null; name: string }
  deed: DeedName
  /** `name`: what it is called now; null if it has none, or is not there any more. */
  subject: { kind: SubjectKind; id: string | null; name: string | null }
  /** JSON, as it is stored. */
  detail: string
  address: string | null
  requestId: string | null
  previousHash: string
  hash: string
}

interface Row extends Omit<AuditEvent, 'actor' | 'subject'> {
  actorKind: ActorKind
  actorId: string | null
  actorName: string
  subjectKind: SubjectKind
  subjectId: string | null
  subjectName: string | null
}

/** Of what has a name. The ids of these are UUIDs. */
const NAMED = { campaign: 'campaigns', schedule: 'schedules', user: 'users', api_key: 'api_keys' } as const
const SUBJECT_NAME = `CASE e.subject_kind ${Object.entries(NAMED)
  .map(
    ([kind, table]) => `WHEN '${kind}' THEN (SELECT n.name FROM ${table} n WHERE n.id = e.subject_id::uuid)`,
  )
  .join(' ')} END`

/** `after`: the event that the page before has ended with. */
export async function listEvents(
  pool: Pool,
  filter: EventFilter,
  limit: number,
  { after, order = 'newest' }: { after?: number | undefined; order?: 'newest' | 'oldest' } = {},
): Promise<AuditEvent[]> {
  const values: unknown[] = []
  const conditions = conditionsOf(filter, (value) => `$${values.push(value)}`)
  const isNewest = order === 'newest'
  if (after !== undefined) conditions.push(`e.seq ${isNewest ? '<' : '>'} $${values.push(after)}::bigint`)
  const { rows } = await pool.query<Row>(
    `/* list-audit-events */ SELECT e.seq, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
       e.actor_kind AS "actorKind", e.actor_id AS "actorId", e.actor_name AS "actorName", e.deed,
       e.subject_kind AS "subjectKind", e.subject_id AS "subjectId", ${SUBJECT_NAME} AS "subjectName", e.detail::text,
       e.address, e.request_id AS "requestId", encode(e.previous_hash, 'hex') AS "previousHash", encode(e.hash, 'hex') AS hash
     FROM audit_events e ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
     ORDER BY e.seq ${isNewest ? 'DESC' : 'ASC'} LIMIT $${values.push(limit)}`,
    values,
  )
  return rows.map(({ actorKind, actorId, actorName, subjectKind, subjectId, subjectName, ...row }) => ({
    ...row,
    actor: { kind: actorKind, id: actorId, name: actorName },
    subject: { kind: subjectKind, id: subjectId, name: subjectName },
  }))
}

const PAGE = 1_000

/** The oldest first, as the chain goes. */
export async function* exportEvents(
  pool: Pool,
  filter: EventFilter,
): AsyncGenerator<AuditEvent[], void, void> {
  let after: number | undefined
  for (;;) {
    const page = await listEvents(pool, filter, PAGE, { after, order: 'oldest' })
    if (page.length > 0) yield page
    if (page.length < PAGE) return
    after = page.at(-1)?.seq
  }
}

function conditionsOf(filter: EventFilter, parameter: (value: unknown) => string): string[] {
  const { actor, actorKind, deed, subjectKind, subject, member, from, to } = filter
  const conditions: string[] = []
  if (actor !== undefined) conditions.push(`e.actor_id = ${parameter(actor)}`)
  if (actorKind !== undefined) conditions.push(`e.actor_kind = ${parameter(actorKind)}`)
  if (deed !== undefined) conditions.push(`e.deed = ${parameter(deed)}`)
  if (subjectKind !== undefined) conditions.push(`e.subject_kind = ${parameter(subjectKind)}`)
  if (subject !== undefined) conditions.push(`e.subject_id = ${parameter(subject)}`)
  if (member !== undefined) {
    conditions.push(`e.subject_kind = 'member' AND e.subject_id = ${parameter(memberPseudonym(member))}`)
  }
  if (from !== undefined) conditions.push(`e.at >= ${parameter(from)}::timestamptz`)
  if (to !== undefined) conditions.push(`e.at < ${parameter(to)}::timestamptz`)
  return conditions
}
