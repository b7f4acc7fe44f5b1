/**
 * What only the owner of the tables can do: changes events behind the triggers and computes all hashes anew, so that the chain fits
 * again. For tests of time, and of what the chain does not protect from.
 */
import { eventHash, type HashedEvent } from '../../src/audit/event-hash.ts'
import { inTransaction, type Pool } from '../../src/postgres/pool.ts'

/** Runs SQL as if the triggers were not there. */
export async function behindTriggers(pool: Pool, sql: string): Promise<void> {
  await inTransaction(pool, (tx) => tx.query(sql), 'SET LOCAL session_replication_role = replica')
}

/** `change`: SQL over audit_events. */
export async function rewriteChain(pool: Pool, change: string): Promise<void> {
  await inTransaction(
    pool,
    async (tx) => {
      await tx.query(change)
      const { rows } = await tx.query<HashedEvent>(
        `SELECT seq::text, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, actor_kind AS "actorKind",
           actor_id AS "actorId", actor_name AS "actorName", deed, subject_kind AS "subjectKind", subject_id AS "subjectId",
           detail::text, address, request_id AS "requestId" FROM audit_events e ORDER BY e.seq`,
      )
      let last = '00'.repeat(32)
      for (const row of rows) {
        const hash = eventHash({ ...row, previousHash: last })
        await tx.query(
          `UPDATE audit_events SET previous_hash = decode($2, 'hex'), hash = decode($3, 'hex') WHERE seq = $1`,
          [row.seq, last, hash],
        )
        last = hash
      }
      await tx.query(`UPDATE audit_head SET hash = decode($1, 'hex')`, [last])
    },
    'SET LOCAL session_replication_role = replica',
  )
}
