/**
 * The monthly partitions of `deliveries`: made ahead, and dropped whole when they are past retention.
 */
import { inTransaction, type Pool } from './pool.ts'

/**
 * Makes the partition that a campaign's deliveries belong to, which is that of the month in its id. Called before
 * a campaign is planned, so that recording never depends on maintenance having run.
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
 *
 * The month is that of the campaign's id, so a campaign that was created long ago and is still on its way, or was
 * closed only lately, keeps its whole month: without its results it would be sent again from the start.
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
           -- A resend being planned reads them: without them it would send to everybody again.
           OR EXISTS (SELECT FROM campaigns r WHERE r.resend_of = c.id AND NOT r.is_planned)))
     ORDER BY name`,
    [months],
  )
  for (const { name } of rows) await dropPartition(pool, name)
  return rows.map(({ name }) => name)
}

async function dropPartition(pool: Pool, name: string): Promise<void> {
  // Dropping locks the whole table: behind a long export it would make every dispatcher wait. Next time, then.
  await inTransaction(pool, (tx) => tx.query(`DROP TABLE ${name}`), `SET LOCAL lock_timeout = '2s'`)
}
