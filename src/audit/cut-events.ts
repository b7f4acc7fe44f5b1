/**
 * Retention of the audit log: whole stretches from its beginning, through a function of the database, which is the only thing that
 * may delete an event. The chain is checked from there on.
 */
import type { Pool } from '../postgres/pool.ts'
import { inDeed } from './note-deeds.ts'

/** Deleted in one transaction, during which no deed can be done: some hundredths of a second. */
const PART = 5_000
/** Of one call. What is left is deleted by the next. */
const MAX_PARTS = 100

/** Once a day: each time is an event of its own. Returns how many events were deleted. */
export async function cutEvents(pool: Pool, days: number, part = PART): Promise<number> {
  const { rows } = await pool.query<{ isDue: boolean }>({
    name: 'audit-cut-due',
    text: `SELECT at < now() - make_interval(hours => 24 * ($1::int + 1)) AS "isDue" FROM audit_events ORDER BY seq LIMIT 1`,
    values: [days],
  })
  if (rows[0]?.isDue !== true) return 0
  let total = 0
  for (let done = 0; done < MAX_PARTS; done++) {
    const deleted = await cutPart(pool, days, part)
    total += deleted
    if (deleted < part) break
  }
  return total
}

async function cutPart(pool: Pool, days: number, part: number): Promise<number> {
  return await inDeed(pool, async (tx, note) => {
    const { rows } = await tx.query<{ deleted: number; throughSeq: number | null; throughAt: Date | null }>({
      name: 'audit-cut',
      text: `SELECT deleted, through_seq AS "throughSeq", through_at AS "throughAt" FROM cut_audit_events($1, $2)`,
      values: [days, part],
    })
    const { deleted = 0, throughSeq, throughAt } = rows[0] ?? {}
    if (deleted === 0) return 0
    const detail = { olderThanDays: days, deleted, throughSeq, throughAt }
    note({ deed: 'retention.audit_deleted', subject: { kind: 'retention', id: 'audit' }, detail })
    return deleted
  })
}
