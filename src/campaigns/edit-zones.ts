/**
 * Another local time for a campaign that has begun: for the zones in which it has not. Its audience is frozen and its batches are
 * for zones whose clocks show the same, so only their instants are worked out anew, in one transaction. Members stay with the zone
 * that they had when it was planned.
 */
import { inDeed } from '../audit/note-deeds.ts'
import type { CampaignState } from '../domain/campaign.ts'
import { DELIVERY_CODES } from '../domain/delivery-result.ts'
import { AppError } from '../domain/errors.ts'
import { type LocalTime, type ZoneTime, zoneTime } from '../domain/local-time.ts'
import type { Pool, Queryable } from '../postgres/pool.ts'
import { checkLocalTime, localTimePast } from './check-local-time.ts'
import { noteCampaign } from './note-campaign.ts'
import { type GivenTime, localTimeSql } from './time-to-send.ts'
import { NEW_VERSION } from './transition.ts'
import { versionConflict } from './version-conflict.ts'

const TIME_FIELDS: ReadonlySet<string> = new Set([
  'localAt',
  'late',
  'unknownZone',
  'defaultZone',
] satisfies (keyof GivenTime)[])

/** Whether the request is about local times, and nothing else. */
export function isAboutTime(changes: GivenTime): boolean {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined)
  return given.length > 0 && given.every(([field]) => TIME_FIELDS.has(field)) && changes.localAt !== null
}

interface Row {
  state: CampaignState
  version: number
  messageVersion: number
  local: LocalTime | null
  now: Date
}

/**
 * Returns the zones that have begun and stay as they are; null if the campaign is none that this is for: one that has not begun
 * is edited as any. Throws `version_conflict`, `campaign_not_editable` if it has begun everywhere, or what is wrong with the time.
 */
export async function editZones(
  pool: Pool,
  id: string,
  given: GivenTime,
  { version, by }: { version: number; by: string | null },
): Promise<(string | null)[] | null> {
  return await inDeed(pool, async (tx, note) => {
    // The lock that enqueueing takes: what is due is enqueued before, or after with its new time.
    const { rows } = await tx.query<Row>({
      name: 'campaign-zones-lock',
      text: `SELECT state, version, message_version AS "messageVersion", ${localTimeSql('campaigns')} AS local, clock_timestamp() AS now
             FROM campaigns WHERE id = $1 AND deleted_at IS NULL AND cancel_at IS NULL AND is_planned FOR NO KEY UPDATE`,
      values: [id],
    })
    const row = rows[0]
    if (row === undefined || row.local === null || !['sending', 'paused'].includes(row.state)) return null
    if (row.version !== version) throw versionConflict(id, version, row)
    const defined = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
    const time = checkLocalTime({ ...row.local, ...defined }, row.now)
    const waiting = await readWaiting(tx, id)
    const begun = await readBegunZones(tx, id)
    if (waiting.length === 0) throw hasBegun(id, begun)
    await moveZones(tx, id, waiting, time, row.now)
    await tx.query({
      name: 'campaign-edit-zones',
      text: `UPDATE campaigns SET local_at = $2, late = $3, unknown_zone = $4, default_zone = $5, changed_by = $6, ${NEW_VERSION}
             WHERE id = $1`,
      values: [id, time.localAt, time.late, time.unknownZone, time.defaultZone, by],
    })
    await noteCampaign(tx, note, 'campaign.zones_moved', id, {
      seenVersion: version,
      before: { localAt: row.local.localAt },
      begunZones: begun.length,
    })
    return begun
  })
}

/** Nobody has had these batches, and their time has not come. */
const WAITS = `state = 'planned' AND turn = 0 AND zones IS NOT NULL AND send_at > now()`

/** The zones of each kind of batch that waits. A row a kind, not a batch: a few dozen. */
async function readWaiting(tx: Queryable, id: string): Promise<string[][]> {
  const { rows } = await tx.query<{ zones: string[] }>({
    name: 'campaign-zones-waiting',
    text: `SELECT DISTINCT zones FROM batches WHERE campaign_id = $1 AND ${WAITS}`,
    values: [id],
  })
  return rows.map(({ zones }) => zones)
}

/** In the order of their names; first null, for members whose zone is not known. */
export async function readBegunZones(db: Queryable, id: string): Promise<(string | null)[]> {
  const { rows } = await db.query<{ zone: string }>({
    name: 'campaign-zones-begun',
    text: `SELECT DISTINCT unnest(zones) AS zone FROM batches
           WHERE campaign_id = $1 AND zones IS NOT NULL AND NOT (${WAITS}) ORDER BY zone`,
    values: [id],
  })
  return rows.map(({ zone }) => zone || null)
}

async function moveZones(
  tx: Queryable,
  id: string,
  waiting: readonly string[][],
  time: LocalTime,
  now: Date,
): Promise<void> {
  const moved = waiting.map((zones) => {
    const times = zones.map((zone) => zoneTime(time, zone === '' ? null : zone, now))
    const [first] = times
    if (first === undefined || !times.every((other) => isSame(first, other))) throw tooFar(id, zones)
    return { zones, ...first }
  })
  if (moved.every(({ code, isLate }) => code === 'too_late' && isLate)) {
    throw localTimePast(time.localAt, 'it has passed in every zone in which the campaign has not begun')
  }
  await tx.query({
    name: 'campaign-move-zones',
    // With an attempt, after a failover, it is not_before that it waits for.
    text: `UPDATE batches b SET send_at = m.at,
             skip_code = CASE WHEN b.skip_code = ${DELIVERY_CODES.other_device.number} THEN b.skip_code ELSE m.code END,
             not_before = CASE WHEN b.attempt > 0 THEN coalesce(m.at, now()) ELSE b.not_before END
           FROM (SELECT z.zones::text[] AS zones, t.at, t.code
                 FROM unnest($2::text[]) WITH ORDINALITY AS z (zones, place)
                 JOIN unnest($3::timestamptz[], $4::smallint[]) WITH ORDINALITY AS t (at, code, place) USING (place)) m
           WHERE b.campaign_id = $1 AND ${WAITS.replaceAll(/\b(state|turn|zones|send_at)\b/g, 'b.$1')} AND b.zones = m.zones`,
    values: [
      id,
      // PostgreSQL has no arrays of arrays of different lengths: each as the text of one.
      moved.map(({ zones }) => `{${zones.map((zone) => JSON.stringify(zone)).join(',')}}`),
      moved.map(({ at }) => at),
      moved.map(({ code }) => code && DELIVERY_CODES[code].number),
    ],
  })
}

function isSame(one: ZoneTime, other: ZoneTime): boolean {
  return one.at?.getTime() === other.at?.getTime() && one.code === other.code
}

function hasBegun(id: string, begunZones: (string | null)[]): AppError {
  return new AppError(
    'campaign_not_editable',
    `Campaign ${id} has begun in all ${begunZones.length} time zones of its audience: its local time cannot be changed any more. Nothing was changed. Cancel it, or send a new campaign.`,
    { extension: { begunZones } },
  )
}

/** The batch is for zones whose clocks showed the same for two years when it was planned. */
function tooFar(id: string, zones: readonly string[]): AppError {
  return new AppError(
    'campaign_not_editable',
    `The members in ${zones.join(' and ')} were planned together in campaign ${id}, and their clocks differ at that time. Nothing was changed. Give a time closer to the planned one, or cancel the campaign and send a new one.`,
  )
}
