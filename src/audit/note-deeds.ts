/**
 * Writes who did what, in the transaction of the deed: of the two, both are there or neither.
 *
 * An event is the last statement of its transaction. It locks the end of the chain until the commit, so a transaction that went
 * on to wait for another lock would make every other deed wait, and could deadlock with one. `inDeed` writes what was noted when
 * its work is done; whoever uses `noteWithPrisma` has nothing after it.
 */
import type { Deed } from '../domain/deeds.ts'
import { inTransaction, type Pool, type Queryable } from '../postgres/pool.ts'
import { nowActing } from '../process/acting.ts'

/** Remembers a deed until the end of the transaction. */
export type Note = (deed: Deed) => void

/** As `inTransaction`. What `work` notes is written before the commit. */
export async function inDeed<T>(
  pool: Pool,
  work: (tx: Queryable, note: Note) => Promise<T>,
  settings?: string,
): Promise<T> {
  return await inTransaction(
    pool,
    async (tx) => {
      const deeds: Deed[] = []
      const result = await work(tx, (deed) => deeds.push(deed))
      await writeDeeds(tx, deeds)
      return result
    },
    settings,
  )
}

const COLUMNS =
  'actor_kind, actor_id, actor_name, address, request_id, deed, subject_kind, subject_id, detail'

/** In their order. PostgreSQL numbers, dates and chains them. Nothing may come after it in its transaction. */
export async function writeDeeds(tx: Queryable, deeds: readonly Deed[]): Promise<void> {
  if (deeds.length === 0) return
  await tx.query({
    name: 'audit-note',
    text: `INSERT INTO audit_events (${COLUMNS})
           SELECT $1, $2, $3, $4, $5, d.deed, d.kind, d.id, d.detail::json
           FROM unnest($6::text[], $7::text[], $8::text[], $9::text[]) WITH ORDINALITY AS d (deed, kind, id, detail, place)
           ORDER BY d.place`,
    values: [
      ...whoAndWhence(),
      deeds.map(({ deed }) => deed),
      deeds.map(({ subject }) => subject.kind),
      deeds.map(({ subject }) => subject.id),
      deeds.map(detailOf),
    ],
  })
}

/** A transaction of Prisma. */
interface PrismaTransaction {
  $executeRaw(query: TemplateStringsArray, ...values: unknown[]): Promise<number>
}

export async function noteWithPrisma(tx: PrismaTransaction, deed: Deed): Promise<void> {
  const [actorKind, actorId, actorName, address, requestId] = whoAndWhence()
  const { kind, id } = deed.subject
  await tx.$executeRaw`
    INSERT INTO audit_events (actor_kind, actor_id, actor_name, address, request_id, deed, subject_kind, subject_id, detail)
    VALUES (${actorKind}, ${actorId}, ${actorName}, ${address}, ${requestId}, ${deed.deed}, ${kind}, ${id}, ${detailOf(deed)}::text::json)`
}

function whoAndWhence() {
  const { actor, address, requestId } = nowActing()
  return [actor.kind, actor.id, actor.name, address, requestId] as const
}

function detailOf({ detail = {} }: Deed): string {
  return JSON.stringify(detail)
}
