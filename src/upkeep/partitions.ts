/**
 * The monthly partitions of `deliveries`: made ahead, and dropped whole when they are past retention.
 */
import type { Pool } from '../runtime/database.ts'

/**
 * Makes the partition that a campaign's deliveries belong to, which is that of the month in its id. Called before
 * a campaign is planned, so that recording never depends on upkeep having run.
 */
export async function ensureDeliveriesPartition(pool: Pool, campaignId: string): Promise<void> {
  await pool.query('SELECT ensure_deliveries_partition($1)', [createdAtOf(campaignId)])
}

/** The instant a UUIDv7 was made: its first 48 bits are milliseconds since 1970. */
export function createdAtOf(uuid7: string): Date {
  return new Date(Number.parseInt(uuid7.replaceAll('-', '').slice(0, 12), 16))
}

/** Makes this month's and next month's partition. */
export async function makePartitionsAhead(pool: Pool): Promise<void> {
  await pool.query(
    `SELECT ensure_deliveries_partition(now()), ensure_deliveries_partition(now() + interval '1 month')`,
  )
}

/**
 * Drops the partitions of months that ended more than `months` months ago; returns their names. The campaigns and
 * batches stay, with their counts: only the device by device results go. 0 keeps everything.
 */
export async function dropOldPartitions(pool: Pool, months: number): Promise<string[]> {
  if (months === 0) return []
  const { rows } = await pool.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'deliveries'::regclass
       AND c.relname < 'deliveries_' || to_char((now() AT TIME ZONE 'UTC') - make_interval(months => $1), 'YYYY_MM')`,
    [months],
  )
  for (const { name } of rows) await pool.query(`DROP TABLE ${name}`)
  return rows.map(({ name }) => name)
}
