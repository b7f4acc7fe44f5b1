/** The statements that store results: rows of several batches at once, and the running counts of their batches. */
import { DELIVERY_CODES, DELIVERY_STATES, STATE_NAMES } from '../domain/delivery-result.ts'
import { countByState, raiseCounts } from '../postgres/delivery-counts.ts'
import type { Pool } from '../postgres/pool.ts'
import { packMessageId } from './message-id.ts'
import { knownVersion, storedVersion } from './message-version.ts'
import { raisedTotals } from './read-progress.ts'
import type { BatchKey, ResultRecorder } from './result-recorder.ts'
import type { DeviceResult } from './result-writer.ts'

export interface DeadAddress {
  deviceId: number
  /** Only if the device still has this address; null: whatever address it has. */
  sentTo: string | null
  /** The number of a delivery code. */
  code: number
}

/** A result to insert, an address to mark as dead, or both. */
export interface Insertion {
  recorder: ResultRecorder
  result: DeviceResult | null
  dead: DeadAddress | null
}

interface Inserted {
  at: string
  /** Places of the batches that still belong to the caller's attempt. */
  owned: number[]
  /** Of the rows that did not exist; null: all. */
  campaigns: string[] | null
  devices: number[] | null
  /** Places and devices of results that were not inserted, because the device has another address now. */
  movedPlaces: number[]
  movedDevices: number[]
}

/**
 * Inserts the results that do not exist yet, and tells each recorder what became of its own. Rejects, and inserts nothing, if
 * one of them cannot be written. Returns the results that are withheld: their devices have another address now.
 */
export async function insertResults(
  pool: Pool,
  parts: ReadonlyMap<ResultRecorder, readonly Insertion[]>,
): Promise<ReadonlySet<DeviceResult>> {
  const recorders = [...parts.keys()]
  const values = valuesOf(recorders, [...parts.values()].flat())
  const { at, owned, campaigns, devices, movedPlaces, movedDevices } = await insert(pool, recorders, values)
  const moved = new Set(movedPlaces.map((place, index) => `${place}/${movedDevices[index]}`))
  const withheld = new Set<DeviceResult>()
  const isNew = campaigns && new Set(campaigns.map((id, index) => `${id}/${devices?.[index]}`))
  for (const [index, recorder] of recorders.entries()) {
    const { campaignId } = recorder.batch
    const results = parts.get(recorder)?.flatMap(({ result }) => result ?? []) ?? []
    for (const result of results) if (moved.has(`${index + 1}/${result.deviceId}`)) withheld.add(result)
    const added = results.filter(
      (result) => !withheld.has(result) && (isNew === null || isNew.has(`${campaignId}/${result.deviceId}`)),
    )
    recorder.inserted(
      added.map(({ state }) => state),
      at,
    )
    if (!owned.includes(index + 1)) recorder.fenced()
  }
  return withheld
}

function valuesOf(recorders: readonly ResultRecorder[], rows: readonly Insertion[]): unknown[] {
  const places = new Map(recorders.map((recorder, index) => [recorder, index + 1]))
  const placeOf = ({ recorder }: Insertion) => places.get(recorder)
  const results = rows.filter((row): row is Insertion & { result: DeviceResult } => row.result !== null)
  const dead = rows.filter((row): row is Insertion & { dead: DeadAddress } => row.dead !== null)
  return [
    recorders.map(({ batch }) => batch.campaignId),
    recorders.map(({ batch }) => batch.seq),
    recorders.map(({ batch }) => batch.attempt),
    recorders.map(({ batch }) => batch.claimedAt),
    results.map(placeOf),
    results.map(({ result }) => result.deviceId),
    results.map(({ result }) => DELIVERY_STATES[result.state].number),
    results.map(({ result }) => DELIVERY_CODES[result.code].number),
    results.map(({ result: { messageId } }) => messageId && packMessageId(messageId)),
    dead.map(placeOf),
    dead.map((row) => row.dead.deviceId),
    dead.map((row) => row.dead.code),
    dead.map((row) => row.dead.sentTo),
    results.map(({ result: { sentTo } }) => sentTo ?? null),
    versionsOf(results),
  ]
}

/** Null: all of the first version. Then not even an array of nulls has to be sent. */
function versionsOf(rows: readonly { recorder: ResultRecorder; result: DeviceResult }[]) {
  const versions = rows.map(({ recorder, result }) =>
    storedVersion(result.messageVersion ?? recorder.batch.messageVersion),
  )
  return versions.every((version) => version === null) ? null : versions
}

/**
 * On a first attempt no rows exist yet, and an insert without ON CONFLICT costs PostgreSQL three fifths of one with it.
 * If a row does exist (a commit whose answer was lost, a former owner that is still writing), the insert fails and
 * changes nothing, and the other statement is used for these batches from then on.
 */
async function insert(
  pool: Pool,
  recorders: readonly ResultRecorder[],
  values: unknown[],
): Promise<Inserted> {
  if (recorders.every(({ mayExist }) => !mayExist)) {
    try {
      const { rows } = await pool.query<Inserted>({ name: 'results-record-new', text: RECORD_NEW, values })
      return rows[0] as Inserted
    } catch (error) {
      if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error
      for (const recorder of recorders) recorder.mayExist = true
    }
  }
  const { rows } = await pool.query<Inserted>({ name: 'results-record', text: RECORD, values })
  return rows[0] as Inserted
}

/** SQLSTATE. */
const UNIQUE_VIOLATION = '23505'

/**
 * $1–$4 batches: campaign, seq, attempt, claimed at; $5–$9, $14 and $15 results, $10–$13 dead addresses, each with the place of its
 * batch.
 *
 * Rows are inserted in the order of their keys: two owners of one batch cannot deadlock. A device that is locked is skipped:
 * another campaign is marking it, or its app is registering. Waiting could be a circle, in which PostgreSQL fails one of them
 * after a second.
 * An address is marked gone only if the device has not registered again since the attempt began. A result that says that an
 * address is dead is not inserted if the device has another one by now: the batch comes back for it.
 * A canceled batch was counted when it was canceled: what comes later is added to its counts here, because the campaign may
 * be closed and the caller may not live to count it. A closed campaign shows its totals and not its batches, so they are raised
 * with them. One that is being closed is counted again: a statement that closes it now has summed its batches without this.
 */
const record = (onConflict: string, returned: string) => `
WITH r AS MATERIALIZED (
  SELECT * FROM unnest($5::int[], $6::bigint[], $7::smallint[], $8::smallint[], $9::text[], $14::text[], $15::smallint[])
    AS r (place, device_id, state, code, message_id, sent_to, version)
), moved AS MATERIALIZED (
  SELECT r.place, r.device_id FROM r
  CROSS JOIN LATERAL (SELECT address FROM devices WHERE id = r.device_id LIMIT 1) d
  WHERE r.sent_to IS NOT NULL AND d.address <> r.sent_to
), inserted AS (
  INSERT INTO deliveries (campaign_id, device_id, state, code, attempt, message_id, message_version)
  SELECT ($1::uuid[])[place], device_id, state, code, least(($3::int[])[place], 32767), decode(message_id, 'hex'),
    ${knownVersion('version', 'SELECT message_version FROM campaigns WHERE id = ($1::uuid[])[place]')}
  FROM r WHERE sent_to IS NULL OR NOT EXISTS (
    SELECT FROM moved WHERE moved.place = r.place AND moved.device_id = r.device_id)
  ORDER BY 1, 2
  ${onConflict}
  RETURNING campaign_id, device_id, state
), dead AS MATERIALIZED (
  SELECT d.id, g.code FROM unnest($10::int[], $11::bigint[], $12::smallint[], $13::text[]) AS g (place, id, code, sent_to)
  JOIN devices d ON d.id = g.id AND d.address = coalesce(g.sent_to, d.address)
  WHERE d.state = 'active' AND d.last_seen_at <= ($4::timestamptz[])[g.place]
  FOR NO KEY UPDATE OF d SKIP LOCKED
), gone AS (
  UPDATE devices d SET state = 'gone', gone_at = now(), gone_code = dead.code FROM dead WHERE d.id = dead.id
), now_is AS MATERIALIZED (
  SELECT place, b.state, b.attempt FROM generate_subscripts($1::uuid[], 1) AS place
  CROSS JOIN LATERAL (
    SELECT state, attempt FROM batches WHERE campaign_id = ($1::uuid[])[place] AND seq = ($2::int[])[place] LIMIT 1) b
), late AS (
  UPDATE batches b SET ${raiseCounts('b', 'n')}, canceled = b.canceled - n.total,
    first_result_at = coalesce(b.first_result_at, now()), last_result_at = now()
  FROM now_is o CROSS JOIN LATERAL (
    SELECT count(*) AS total, ${countByState('x.state')} FROM inserted x JOIN r ON r.device_id = x.device_id
    WHERE r.place = o.place AND x.campaign_id = ($1::uuid[])[o.place]) n
  WHERE o.state = 'canceled' AND n.total > 0 AND b.campaign_id = ($1::uuid[])[o.place] AND b.seq = ($2::int[])[o.place]
    AND b.state = 'canceled'
  RETURNING b.campaign_id, n.*
), late_sums AS (
  SELECT campaign_id, sum(total)::int AS total, ${STATE_NAMES.map((state) => `sum(${state})::int AS ${state}`).join(', ')}
  FROM late GROUP BY campaign_id
), closed AS (
  UPDATE campaigns c SET totals = c.totals || ${raisedTotals('c', 'l')}, closing = NULL
  FROM late_sums l WHERE c.id = l.campaign_id
)
SELECT now()::text AS at, ${returned},
  coalesce((SELECT array_agg(place) FROM moved), '{}') AS "movedPlaces",
  coalesce((SELECT array_agg(device_id) FROM moved), '{}') AS "movedDevices",
  coalesce((SELECT array_agg(place) FROM now_is o WHERE o.state = 'sending' AND o.attempt = ($3::int[])[o.place]), '{}') AS owned`

const RECORD_NEW = record('', 'NULL AS campaigns, NULL AS devices')
const RECORD = record(
  'ON CONFLICT (campaign_id, device_id) DO NOTHING',
  `coalesce((SELECT array_agg(campaign_id)::text[] FROM inserted), '{}') AS campaigns,
  coalesce((SELECT array_agg(device_id) FROM inserted), '{}') AS devices`,
)

export interface RunningCounts {
  batch: BatchKey
  /** By state, in the order of STATE_NAMES: results since the last time. */
  counts: number[]
  firstSentAt: string | null
  lastSentAt: string | null
  /** When the first and the last of `counts` was recorded. */
  firstResultAt: string | null
  lastResultAt: string | null
}

/** Raises the counts of batches that their callers own. They are for display: the end of an attempt counts the rows. */
export async function raiseRunningCounts(pool: Pool, changed: readonly RunningCounts[]): Promise<void> {
  await pool.query({
    name: 'results-count',
    text: `UPDATE batches b SET ${raiseCounts('b', 'n')},
             first_sent_at = least(b.first_sent_at, n.first_at), last_sent_at = greatest(b.last_sent_at, n.last_at),
             first_result_at = least(b.first_result_at, n.first_result_at),
             again_at = CASE WHEN b.earlier_results IS NOT NULL THEN least(b.again_at, n.first_result_at) END,
             last_result_at = greatest(b.last_result_at, n.last_result_at)
           FROM unnest($1::uuid[], $2::int[], $3::int[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
             $7::timestamptz[], ${STATE_NAMES.map((_, index) => `$${index + 8}::int[]`).join(', ')})
             AS n (campaign_id, seq, attempt, first_at, last_at, first_result_at, last_result_at, ${STATE_NAMES.join(', ')})
           WHERE b.campaign_id = n.campaign_id AND b.seq = n.seq AND b.state = 'sending' AND b.attempt = n.attempt`,
    values: [
      changed.map(({ batch }) => batch.campaignId),
      changed.map(({ batch }) => batch.seq),
      changed.map(({ batch }) => batch.attempt),
      changed.map(({ firstSentAt }) => firstSentAt),
      changed.map(({ lastSentAt }) => lastSentAt),
      changed.map(({ firstResultAt }) => firstResultAt),
      changed.map(({ lastResultAt }) => lastResultAt),
      ...STATE_NAMES.map((_, index) => changed.map(({ counts }) => counts[index])),
    ],
  })
}
