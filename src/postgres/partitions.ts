/**
 * The monthly partitions of `deliveries`: created ahead, and dropped as a whole after the retention time. A month is one
 * of UTC, and is that of the campaign's id, whatever the time zone of the server, the session or this process is.
 *
 * Whoever makes, drops or relies on a partition takes its advisory lock first, and only then a lock on a table; a
 * campaign's row may be locked before. In this order nobody waits for each other.
 */
import { addCounts } from './delivery-counts.ts'
import { inTransaction, type Pool, type Queryable } from './pool.ts'

/**
 * Creates the partition for a campaign's deliveries: that of the month in the campaign's id. Called when a campaign is
 * planned or resumed, so that recording does not depend on maintenance. The campaign must be open and committed, or be
 * committed with this: otherwise a partition that is found may be dropped the next moment.
 */
export async function ensureDeliveriesPartition(db: Queryable, campaignId: string): Promise<void> {
  await db.query({
    name: 'ensure-partition',
    text: 'SELECT ensure_deliveries_partition($1)',
    values: [createdAtOf(campaignId)],
  })
}

/** Until the end of the transaction, the partition of this campaign's results is not dropped. */
export async function keepDeliveriesPartition(tx: Queryable, campaignId: string): Promise<void> {
  await tx.query({
    name: 'keep-partition',
    text: 'SELECT keep_deliveries_partition($1)',
    values: [createdAtOf(campaignId)],
  })
}

/** When a UUIDv7 was generated: its first 48 bits are milliseconds since 1970. */
export function createdAtOf(uuid7: string): Date {
  return new Date(Number.parseInt(uuid7.replaceAll('-', '').slice(0, 12), 16))
}

/** Creates the partitions of this month and the next, and those of open campaigns if somebody has dropped them. */
export async function makePartitionsAhead(pool: Pool): Promise<void> {
  await pool.query('SELECT make_deliveries_partitions(now())')
  const { rows } = await pool.query<{ id: string }>(
    `SELECT id FROM campaigns WHERE closed_at IS NULL AND state <> 'draft' ORDER BY id`,
  )
  const months = new Map(rows.map(({ id }) => [createdAtOf(id).toISOString().slice(0, 7), id]))
  for (const id of months.values()) await ensureDeliveriesPartition(pool, id)
}

/** The first instant of the oldest month that has a partition; null if none has. */
export async function findOldestMonth(pool: Pool): Promise<Date | null> {
  const { rows } = await pool.query<{ first_day: Date | null }>(
    `SELECT min(first_day) AT TIME ZONE 'UTC' AS first_day FROM (${MONTHS}) p`,
  )
  return rows[0]?.first_day ?? null
}

/** The partitions, each with the start of its month as a time without zone, in UTC. */
const MONTHS = `
  SELECT c.relname AS name, to_date(right(c.relname, 7), 'YYYY_MM')::timestamp AS first_day
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent = 'deliveries'::regclass AND c.relname ~ '^deliveries_\\d{4}_\\d\\d$'`

interface DropOptions {
  at?: Date
  lockMs?: number
  /** The last in the transaction that drops a partition: it has a lock on the whole table. */
  beforeCommit?: (tx: Queryable, partition: string) => Promise<void>
}

/**
 * Drops the partitions of months that ended more than `months` months ago; returns their names. Campaigns and batches
 * stay, with their counts: only the results of single devices are deleted. 0 keeps everything.
 *
 * A campaign that is still open, or was closed recently, keeps its whole month, however long ago it was created: without
 * its results it would be sent again from the start. So does one that a resend is planned from.
 *
 * A partition that cannot be dropped does not keep the others; the first failure is thrown at the end. `at`: instead of
 * now. `lockMs`: DROP locks the whole table, and while it waits behind a long export, every dispatcher waits behind it.
 */
export async function dropOldPartitions(
  pool: Pool,
  months: number,
  { at, lockMs = 2_000, beforeCommit = async () => {} }: DropOptions = {},
): Promise<string[]> {
  if (months === 0) return []
  const dropped: string[] = []
  const failures: unknown[] = []
  for (const partition of await findOld(pool, months, at)) {
    try {
      if (await dropIfStillOld(pool, partition, { lockMs, months, at, beforeCommit })) {
        dropped.push(partition.name)
        await noteDropped(pool)
      }
    } catch (error) {
      failures.push(error)
    }
  }
  await noteDropped(pool)
  if (failures.length > 0) throw failures[0]
  return dropped
}

/**
 * Campaigns whose month has no partition any more say so from now on. Not in the transaction of the drop, which would wait for
 * their rows while others wait for its lock; so it is done each time, and makes up for a process that died in between.
 */
async function noteDropped(pool: Pool): Promise<void> {
  await pool.query({
    name: 'campaign-note-dropped',
    text: `UPDATE campaigns c SET results_deleted_at = now()
           WHERE closed_at IS NOT NULL AND results_deleted_at IS NULL
             AND NOT EXISTS (SELECT FROM (${MONTHS}) p WHERE p.name = deliveries_partition(
               to_timestamp(('x' || left(replace(c.id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)))
             AND EXISTS (SELECT FROM batches b WHERE b.campaign_id = c.id AND ${addCounts('b')} > 0)`,
  })
}

interface Partition {
  name: string
  first_day: Date
}

/** All that may be dropped, or `name` if it may. */
async function findOld(
  db: Queryable,
  months: number,
  at: Date | undefined,
  name?: string,
): Promise<Partition[]> {
  const { rows } = await db.query<Partition>({
    name: 'partitions-old',
    text: `WITH parts AS (
             SELECT p.name, p.first_day, p.first_day + interval '1 month' AS next_month, l.cutoff
             FROM (${MONTHS}) p,
               (SELECT coalesce($2, now()) AT TIME ZONE 'UTC' - make_interval(months => $1) AS cutoff) l
           )
           SELECT name, first_day AT TIME ZONE 'UTC' AS first_day FROM parts p
           WHERE next_month <= cutoff AND name = coalesce($3, name) AND NOT EXISTS (
             SELECT FROM campaigns c
             WHERE c.id >= uuid7_floor(p.first_day AT TIME ZONE 'UTC')
               AND c.id < uuid7_floor(p.next_month AT TIME ZONE 'UTC')
               AND c.state <> 'draft' AND (coalesce(c.closed_at > p.cutoff AT TIME ZONE 'UTC', true)
                 -- Planning a resend reads the results: without them it would send to all devices again.
                 OR EXISTS (SELECT FROM campaigns r WHERE r.resend_of = c.id AND NOT r.is_planned)))
           ORDER BY name`,
    values: [months, at ?? null, name ?? null],
  })
  return rows
}

/**
 * Looks again under the lock: since the list was made, an old draft may have been sent or a resend created. Those that
 * come later wait for the lock, and find that the partition has to be made or that the results are gone.
 */
async function dropIfStillOld(
  pool: Pool,
  { name, first_day }: Partition,
  {
    lockMs,
    months,
    at,
    beforeCommit,
  }: Required<Omit<DropOptions, 'at'>> & { months: number; at: Date | undefined },
): Promise<boolean> {
  return await inTransaction(
    pool,
    async (tx) => {
      await tx.query(`SELECT pg_advisory_xact_lock(hashtext('carillon.' || deliveries_partition($1)))`, [
        first_day,
      ])
      const [still] = await findOld(tx, months, at, name)
      if (still !== undefined) {
        await tx.query('SELECT drop_deliveries_partition($1)', [first_day])
        await beforeCommit(tx, name)
      }
      return still !== undefined
    },
    `SET LOCAL lock_timeout = ${lockMs}`,
  )
}
