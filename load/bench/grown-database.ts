/**
 * Fills a database as if an installation had run for a year: devices, finished campaigns with their batches and results
 * in monthly partitions, and one large campaign of today. All rows are made by PostgreSQL.
 */
import pg from 'pg'
import { DELIVERY_CODES } from '../../src/domain/delivery-result.ts'
import { packMessageId } from '../../src/results/message-id.ts'
import { MESSAGE } from '../campaign/run-campaign.ts'

export interface Size {
  devices: number
  /** Finished, over the last year. */
  campaigns: number
  /** Of all campaigns together, the large one included. */
  deliveries: number
}

const MONTHS = 12
/** Of ten devices, one is gone. */
const GONE = 10
/** Devices that failed in the large campaign, which a resend is made of. */
export const FAILED = 10

export const LARGE = { name: 'the large one', everyNth: (devices: number) => Math.ceil(devices / FAILED) }

export async function fill(
  url: string,
  { devices, campaigns, deliveries }: Size,
  signal: AbortSignal,
  progress: (share: number) => void,
): Promise<void> {
  // The service's statement timeout is too short for this.
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const run = async (text: string, values: unknown[] = []) => {
    signal.throwIfAborted()
    await client.query(text, values)
  }
  try {
    await run(`SET TimeZone = 'UTC'; SET synchronous_commit = off; SET maintenance_work_mem = '512MB'`)
    await withoutIndexes(client, ['members', 'devices'], async () => {
      await run(`INSERT INTO members (external_id) SELECT 'm' || n FROM generate_series(1, $1::int) n`, [
        devices,
      ])
      await run(
        `INSERT INTO devices (member_id, address, platform, state, last_seen_at, gone_at, gone_code)
         SELECT n, rpad('APA91b', 154, 'x') || lpad(n::text, 9, '0'), 'android', (CASE WHEN n % ${GONE} = 0 THEN 'gone' ELSE 'active' END)::device_state,
           now() - make_interval(hours => n % 5000), CASE WHEN n % ${GONE} = 0 THEN now() END,
           CASE WHEN n % ${GONE} = 0 THEN 1 END
         FROM generate_series(1, $1::int) n`,
        [devices],
      )
    })
    progress(0.2)
    // Campaign n of a year: its id says when. Its audience is a range of devices.
    const size = Math.min(devices, Math.floor((deliveries - devices) / campaigns))
    await run(
      `INSERT INTO campaigns (id, name, message, audience, state, audience_size, is_planned, planned_batches,
         frozen_through_id, plan_cursor, created_at, started_at, planned_at, closed_at)
       SELECT (left(uuid7_floor(at)::text, 13) || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'Campaign ' || n, $1,
         '{"all": true}', 'finished', $3::int, true, ceil($3::int / 500.0), first + $3::int - 1, first + $3::int - 1, at, at, at, at
       FROM (SELECT n, now() - make_interval(hours => 24 * 30 * ${MONTHS}) * (1 - n / ($2::int + 1.0)) AS at,
               1 + n::bigint * 7919 % greatest(1, $4::int - $3::int) AS first FROM generate_series(1, $2::int) n) c`,
      [JSON.stringify(MESSAGE), campaigns, size, devices],
    )
    const { rows: months } = await client.query<{ first: Date }>(
      `SELECT DISTINCT date_trunc('month', created_at) AS first FROM campaigns ORDER BY 1`,
    )
    for (const [index, { first }] of months.entries()) {
      await run('SELECT ensure_deliveries_partition($1)', [first])
      await run(
        `${INSERT_DELIVERIES}
         SELECT c.id, d, c.created_at, CASE WHEN d % 100 < 3 THEN 2 ELSE 1 END, CASE WHEN d % 100 < 3 THEN 2 ELSE 0 END, 1,
           CASE WHEN d % 100 >= 3 THEN $2::bytea END
         FROM (SELECT * FROM campaigns WHERE date_trunc('month', created_at) = $1 ORDER BY id) c
         CROSS JOIN LATERAL generate_series(c.plan_cursor - c.audience_size + 1, c.plan_cursor) d`,
        [first, messageId()],
      )
      progress(0.2 + (0.6 * (index + 1)) / months.length)
    }
    await run(insertBatches('d % 100 < 3', `state = 'finished'`))
    await fillLarge(run, devices)
    progress(0.9)
    await run('VACUUM ANALYZE')
    progress(1)
  } finally {
    await client.end()
  }
}

const messageId = () => Buffer.from(packMessageId('0:1500415314455276%31bd1c9631bd1c96'), 'hex')
const INSERT_DELIVERIES =
  'INSERT INTO deliveries (campaign_id, device_id, sent_at, state, code, attempt, message_id)'

/** Dead addresses are not resent, and are marked gone when the campaign is closed. */
const TRANSIENT = DELIVERY_CODES.unavailable.number

/** Everything is sent and recorded, and nobody has closed it yet. */
async function fillLarge(run: (text: string, values?: unknown[]) => Promise<void>, devices: number) {
  const hasFailed = `d % ${LARGE.everyNth(devices)} = 1`
  await run(
    `INSERT INTO campaigns (id, name, message, audience, state, audience_size, is_planned, planned_batches,
       frozen_through_id, plan_cursor, started_at, planned_at)
     SELECT (left(uuid7_floor(now())::text, 13) || '-7000-8000-' || lpad('', 12, 'f'))::uuid, '${LARGE.name}', $1,
       '{"all": true}', 'paused', $2::int, true, ceil($2::int / 500.0), $2::int, $2::int, now(), now()`,
    [JSON.stringify(MESSAGE), devices],
  )
  await run(
    `${INSERT_DELIVERIES}
     SELECT c.id, d, now(), CASE WHEN ${hasFailed} THEN 2 ELSE 1 END, CASE WHEN ${hasFailed} THEN ${TRANSIENT} ELSE 0 END, 1,
       CASE WHEN NOT ${hasFailed} THEN $1::bytea END
     FROM campaigns c CROSS JOIN LATERAL generate_series(1, c.audience_size) d WHERE c.state = 'paused'`,
    [messageId()],
  )
  await run(insertBatches(hasFailed, `state = 'paused'`))
}

/** The batches of campaigns whose audience is the range of devices that ends at the plan's cursor. */
const insertBatches = (hasFailed: string, which: string) => `
INSERT INTO batches (campaign_id, seq, through_id, device_ids, size, state, attempt, sent, failed, first_sent_at, last_sent_at,
  first_result_at, last_result_at)
SELECT c.id, b.seq, last, array(SELECT generate_series(first, last)), last - first + 1, 'done', 1,
  last - first + 1 - n.failed, n.failed, c.created_at, c.created_at, c.created_at, c.created_at
FROM campaigns c
CROSS JOIN LATERAL generate_series(0, c.planned_batches - 1) AS b (seq)
CROSS JOIN LATERAL (SELECT c.plan_cursor - c.audience_size + 1 + b.seq * 500 AS first,
  least(c.plan_cursor, c.plan_cursor - c.audience_size + (b.seq + 1) * 500) AS last) r
CROSS JOIN LATERAL (SELECT count(*) AS failed FROM generate_series(first, last) d WHERE ${hasFailed}) n
WHERE c.${which}`

/** Made again at the end, which takes a fraction of the time. Foreign keys are not checked meanwhile. */
async function withoutIndexes(client: pg.Client, tables: string[], work: () => Promise<void>): Promise<void> {
  const { rows: indexes } = await client.query<{ name: string; definition: string }>(
    `SELECT indexname AS name, indexdef AS definition FROM pg_indexes
     WHERE tablename = ANY($1) AND indexname NOT LIKE '%pkey' ORDER BY 1`,
    [tables],
  )
  for (const { name } of indexes) await client.query(`DROP INDEX ${name}`)
  await client.query('ALTER TABLE devices DROP CONSTRAINT devices_member_id_fkey')
  await work()
  for (const { definition } of indexes) await client.query(definition)
  await client.query(
    `ALTER TABLE devices ADD CONSTRAINT devices_member_id_fkey FOREIGN KEY (member_id) REFERENCES members (id)
     ON DELETE CASCADE ON UPDATE CASCADE NOT VALID`,
  )
}
