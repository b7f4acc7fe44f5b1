/** The monthly partitions of `deliveries`: created ahead, and dropped as a whole after the retention time. */
import { inTransaction, type Pool } from './pool.ts'

/**
 * Creates the partition for a campaign's deliveries: that of the month in the campaign's id. Called before a campaign
 * is planned, so that recording does not depend on maintenance.
 */
export async function ensureDeliveriesPartition(pool: Pool, campaignId: string): Promise<void> {
  await pool.query('SELECT ensure_deliveries_partition($1)', [createdAtOf(campaignId)])
}

/** When a UUIDv7 was generated: its first 48 bits are milliseconds since 1970. */
export function createdAtOf(uuid7: string): Date {
  return new Date(Number.parseInt(uuid7.replaceAll('-', '').slice(0, 12), 16))
}

/** The name that ensure_deliveries_partition gives to the partition of a campaign's deliveries. */
export function partitionOf(campaignId: string): string {
  return `deliveries_${createdAtOf(campaignId).toISOString().slice(0, 7).replace('-', '_')}`
}

/** Creates the partitions of this month and the next. */
export async function makePartitionsAhead(pool: Pool): Promise<void> {
  await pool.query(
    `SELECT ensure_deliveries_partition(now()), ensure_deliveries_partition(now() + interval '1 month')`,
  )
}

/**
 * Drops the partitions of months that ended more than `months` months ago; returns their names. Campaigns and batches
 * stay, with their counts: only the results of single devices are deleted. 0 keeps everything.
 *
 * The month is that of the campaign's id. A campaign that is still open, or was closed recently, therefore keeps its
 * whole month, however long ago it was created: without its results it would be sent again from the start.
 */
export async function dropOldPartitions(pool: Pool, months: number): Promise<string[]> {
  if (months === 0) return []
  const { rows } = await pool.query<{ name: string }>(
    `WITH parts AS (
       SELECT c.relname AS name, to_date(right(c.relname, 7), 'YYYY_MM')::timestamp AT TIME ZONE 'UTC' AS first_day
       FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'deliveries'::regclass
     )
     SELECT name FROM parts p
     WHERE first_day + interval '1 month' <= now() - make_interval(months => $1) AND NOT EXISTS (
       SELECT FROM campaigns c
       WHERE c.id >= uuid7_floor(p.first_day) AND c.id < uuid7_floor(p.first_day + interval '1 month')
         AND c.state <> 'draft' AND (coalesce(c.closed_at > now() - make_interval(months => $1), true)
           -- Planning a resend reads the results: without them it would send to all devices again.
           OR EXISTS (SELECT FROM campaigns r WHERE r.resend_of = c.id AND NOT r.is_planned)))
     ORDER BY name`,
    [months],
  )
  for (const { name } of rows) await dropPartition(pool, name)
  return rows.map(({ name }) => name)
}

async function dropPartition(pool: Pool, name: string): Promise<void> {
  // DROP locks the whole table. If it waited behind a long export, every dispatcher would wait behind it.
  await inTransaction(pool, (tx) => tx.query(`DROP TABLE ${name}`), `SET LOCAL lock_timeout = '2s'`)
}
