/**
 * The statements about the uses of members (domain/caps.ts). `member_uses` has one row a member, which is locked while its uses
 * are counted and one is added: that makes the cap exact, however many dispatchers take at once. Rows are taken in the order of
 * members, so that two windows over the same members do not deadlock.
 *
 * An entry takes up room from the hand-over on. Nothing is written when its message is sent: what became of it is in
 * `deliveries`, and is looked up only for members who have no room left. An entry is removed when it is certain that the message
 * did not leave, or was refused. What is not known any more, because the dispatcher has died and nobody tries again, is in
 * doubt, and counts.
 */
import { type CapRule, isCalendar, MOST_KEPT_DAYS, type Use } from '../domain/caps.ts'
import { DELIVERY_STATES } from '../domain/delivery-result.ts'
import type { Pool } from '../postgres/pool.ts'

/**
 * So long after its hand-over a message without a result is in doubt: it is looked up at most 5 s before it leaves, and FCM is
 * waited for at most two minutes (FCM_REQUEST_TIMEOUT_MS); the rest is for writing the result.
 */
const IN_FLIGHT_MS = 300_000
/**
 * However CAPS is set in this process: while all are restarted with a longer window, those that have it need what the others do not.
 */
const KEPT_MS = MOST_KEPT_DAYS * 86_400_000
/**
 * Entries stand in the order of their hand-overs, apart from what the clocks of two dispatchers and the wait for a lock come to:
 * much less than this.
 */
const OUT_OF_ORDER_MS = 3_600_000

/** One member of a window. */
export interface Taker {
  memberId: number
  deviceIds: readonly number[]
  /** Of its windows: a use at this millisecond or later counts, by rule. */
  starts: readonly number[]
}

export interface Taking {
  campaignId: string
  /** The first campaign of its chain of resends, mostly the campaign itself: all of them are one use. */
  chainId: string
  rules: readonly CapRule[]
  /** False: it is taken whether or not there is room. */
  isCapped: boolean
  /** By the database's clock, in whole milliseconds. */
  at: number
}

/**
 * Takes a use for each of these members who has room, and returns those. If a device has an entry of this campaign already, a
 * dispatcher has died between its hand-over and what became of it: that message may have left, so it is in doubt from now on.
 */
export async function takeUses(
  pool: Pool,
  { campaignId, chainId, rules, isCapped, at }: Taking,
  takers: readonly Taker[],
): Promise<Set<number>> {
  const places = isCapped && rules.some(isCalendar) ? groupsOf(takers) : undefined
  // Most members have one device: their entries need no arrays to be parsed and filled.
  const isSingle = takers.every(({ deviceIds }) => deviceIds.length === 1)
  const caps = rules.map(({ rollingMs, limit }) => `${limit}${rollingMs === null ? 'c' : ''}`)
  const variant = `${isCapped ? caps.join('-') : 'any'}${isSingle ? '' : '-many'}`
  const { rows } = await pool.query<{ taken: number; members: number[] | null }>({
    // The rules are those of the environment: a process has four texts.
    name: `caps-take-${variant}`,
    // Mostly all of them have room, and then nobody has to be named.
    text: `WITH taken AS (
           INSERT INTO member_uses AS u (member_id, campaign_ids, device_ids, used_at, in_doubt)
           ${isSingle ? NEW_SINGLE : NEW_ENTRIES}
           ON CONFLICT (member_id) DO UPDATE SET
             campaign_ids = ${added('campaign_ids', 'campaign')}, device_ids = ${added('device_ids', 'device')},
             used_at = ${added('used_at', 'at')}, in_doubt = ${added('in_doubt', 'is_doubtful')}
           ${isCapped ? roomSql(rules) : ''}
           RETURNING member_id)
           SELECT count(*)::int AS taken, CASE WHEN count(*) < cardinality($1::bigint[]) THEN array_agg(member_id) END AS members
           FROM taken`,
    values: [
      takers.map(({ memberId }) => memberId),
      isSingle
        ? takers.map(({ deviceIds }) => deviceIds[0])
        : takers.map(({ deviceIds }) => `{${deviceIds.join(',')}}`),
      campaignId,
      new Date(at),
      new Date(at - KEPT_MS),
      ...(isCapped
        ? [chainId, new Date(earliestOf(takers) - OUT_OF_ORDER_MS), ...startsOf(takers, places)]
        : []),
    ],
  })
  const { taken = 0, members = null } = rows[0] ?? {}
  return new Set(taken === takers.length ? takers.map(({ memberId }) => memberId) : members)
}

const NEW_SINGLE = `SELECT i.member_id, ARRAY[$3::uuid], ARRAY[i.device], ARRAY[$4::timestamptz], '{f}'::boolean[]
           FROM unnest($1::bigint[], $2::bigint[]) AS i (member_id, device) ORDER BY i.member_id`
const NEW_ENTRIES = `SELECT i.member_id, array_fill($3::uuid, ARRAY[cardinality(i.devices)]), i.devices,
             array_fill($4::timestamptz, ARRAY[cardinality(i.devices)]), array_fill(false, ARRAY[cardinality(i.devices)])
           FROM (SELECT member_id, devices::bigint[] AS devices FROM unnest($1::bigint[], $2::text[]) AS g (member_id, devices)) i
           ORDER BY i.member_id`

/**
 * The entries of a row with the new ones behind them. Mostly nothing is to be forgotten and the campaign is new to the member:
 * then the arrays are put together, which takes a tenth of the time.
 */
function added(column: string, value: string): string {
  return `CASE WHEN u.used_at[1] > $5::timestamptz AND $3 <> ALL (u.campaign_ids) THEN u.${column} ELSE coalesce((
               SELECT array_agg(e.${value} ORDER BY e.place) FROM (
                 SELECT o.*, o.in_doubt OR (o.campaign = $3 AND o.device = ANY (excluded.device_ids)) AS is_doubtful
                 FROM unnest(u.campaign_ids, u.device_ids, u.used_at, u.in_doubt) WITH ORDINALITY AS o (campaign, device, at, in_doubt, place)
                 WHERE o.at > $5::timestamptz) e), '{}') END || excluded.${column}`
}

/**
 * Room for this use, by each rule: it is in the window already, or fewer others are than the rule allows. $6 the first campaign
 * of the chain, $7 a time before all windows, $8 the starts of windows, of the first member or of each kind of member, $9 members
 * to kinds.
 *
 * A row holds a month, and most rows have room: who had too few lately, or too few campaigns, has it whatever they repeat. Only for
 * the others is it looked up which of their campaigns are one message.
 */
function roomSql(rules: readonly CapRule[]): string {
  const kind = rules.some(isCalendar)
    ? `($9::jsonb ->> excluded.member_id::text)::int * ${rules.length} + `
    : ''
  const least = Math.min(...rules.map(({ limit }) => limit))
  const checks = (use: string) =>
    rules
      .map(({ limit }, place) => {
        const isWithin = `e.at >= ($8::timestamptz[])[${kind}${place + 1}]`
        return `(count(DISTINCT e.${use}) FILTER (WHERE ${isWithin}) < ${limit} OR coalesce(bool_or(${isWithin} AND e.is_own), false))`
      })
      .join('\n               AND ')
  const entries = 'unnest(u.campaign_ids, u.used_at) AS o (campaign, at) WHERE at >= $7::timestamptz'
  return `WHERE cardinality(u.campaign_ids) < ${least} OR u.used_at[cardinality(u.used_at) - ${least - 1}] < $7::timestamptz OR (
             SELECT ${checks('campaign')}
             FROM (SELECT campaign, at, campaign = $3 AS is_own FROM ${entries}) e) OR (
             SELECT ${checks('chain')}
             FROM (SELECT chain, at, campaign = $3 OR chain = $6::uuid AS is_own
                   FROM (SELECT campaign, at, ${chainSql('campaign')} AS chain FROM ${entries} OFFSET 0) c) e)`
}

/** The first campaign of the chain of resends of a campaign. In a sub-select with OFFSET 0 it is looked up once for each row. */
const chainSql = (campaign: string) =>
  `coalesce((SELECT r.chain_id FROM campaigns r WHERE r.id = ${campaign}), ${campaign})`

/** The beginning of the longest window. */
function earliestOf(takers: readonly Pick<Taker, 'starts'>[]): number {
  let earliest = Number.POSITIVE_INFINITY
  let last: readonly number[] = []
  for (const { starts } of takers) {
    if (starts === last) continue
    last = starts
    earliest = Math.min(earliest, ...starts)
  }
  return earliest
}

/** Members whose windows begin at the same time are of one kind: those of one time zone. */
function groupsOf(takers: readonly Taker[]): {
  kinds: (readonly number[])[]
  byMember: Record<string, number>
} {
  const places = new Map<string, number>()
  const kinds: (readonly number[])[] = []
  const byMember: Record<string, number> = {}
  for (const { memberId, starts } of takers) {
    const key = starts.join()
    const place = places.get(key) ?? kinds.push(starts) - 1
    places.set(key, place)
    byMember[memberId] = place
  }
  return { kinds, byMember }
}

function startsOf(takers: readonly Taker[], groups: ReturnType<typeof groupsOf> | undefined): unknown[] {
  const dates = (starts: readonly number[]) => starts.map((start) => new Date(start))
  if (groups === undefined) return [dates(takers[0]?.starts ?? [])]
  return [groups.kinds.flatMap(dates), JSON.stringify(groups.byMember)]
}

/** One entry of a row. */
export interface Entry {
  memberId: number
  campaignId: string
  deviceId: number
  at: number
}

/**
 * Reads what became of the uses, from `since` on, of those of these members who have `least` entries or more. `now`: by the
 * database's clock.
 *
 * That a device failed says nothing of an entry of a member who does not have it any more: it was sent to again, for another one.
 * That it was skipped says nothing either: it was not sent to any more, after a dispatcher had died with its message.
 */
export async function readUses(
  pool: Pool,
  memberIds: readonly number[],
  { least, since, now }: { least: number; since: number; now: number },
): Promise<(Entry & Use)[]> {
  const { rows } = await pool.query<Omit<Entry & Use, 'at'> & { at: Date }>({
    name: 'caps-read',
    text: `SELECT u.member_id AS "memberId", e.campaign AS "campaignId", e.device AS "deviceId", e.at,
             CASE WHEN e.in_doubt OR x.state IN (${DELIVERY_STATES.sent.number}, ${DELIVERY_STATES.in_doubt.number}) THEN 'used'
                  WHEN x.state = ${DELIVERY_STATES.failed.number} AND NOT EXISTS (
                    SELECT FROM devices d WHERE d.id = e.device AND d.member_id <> u.member_id) THEN 'void'
                  WHEN e.at <= $2::timestamptz THEN 'used' ELSE 'open' END AS fate,
             ${chainSql('e.campaign')} AS "chainId"
           FROM unnest($1::bigint[]) AS i (id)
           CROSS JOIN LATERAL (SELECT * FROM member_uses WHERE member_id = i.id AND cardinality(campaign_ids) >= $3::int LIMIT 1) u
           CROSS JOIN LATERAL unnest(u.campaign_ids, u.device_ids, u.used_at, u.in_doubt) AS e (campaign, device, at, in_doubt)
           LEFT JOIN LATERAL (SELECT state FROM deliveries WHERE campaign_id = e.campaign AND device_id = e.device LIMIT 1) x ON true
           WHERE e.at >= $4::timestamptz`,
    values: [memberIds, new Date(now - IN_FLIGHT_MS), least, new Date(since)],
  })
  return rows.map(({ at, ...row }) => ({ ...row, at: at.getTime() }))
}

/**
 * Removes entries whose message was refused or never left, and marks those that are in doubt. Each only if it is still the one
 * that is meant: a device that was handed over again since has another time. Safe to repeat.
 */
export async function settleUses(
  pool: Pool,
  entries: readonly (Entry & { isInDoubt: boolean })[],
): Promise<void> {
  if (entries.length === 0) return
  const members = [...Map.groupBy(entries, ({ memberId }) => memberId)].sort(([one], [other]) => one - other)
  const arrays = (of: (entry: Entry & { isInDoubt: boolean }) => unknown) =>
    members.map(([, own]) => `{${own.map(of).join(',')}}`)
  await pool.query({
    name: 'caps-settle',
    text: `WITH locked AS MATERIALIZED (
             SELECT s.* FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[]) AS s (id, campaigns, devices, times, doubts)
             CROSS JOIN LATERAL (SELECT FROM member_uses WHERE member_id = s.id FOR UPDATE) u)
           UPDATE member_uses u SET (campaign_ids, device_ids, used_at, in_doubt) = (
             SELECT coalesce(array_agg(o.campaign ORDER BY o.place), '{}'), coalesce(array_agg(o.device ORDER BY o.place), '{}'),
               coalesce(array_agg(o.at ORDER BY o.place), '{}'),
               coalesce(array_agg(o.in_doubt OR coalesce(s.in_doubt, false) ORDER BY o.place), '{}')
             FROM unnest(u.campaign_ids, u.device_ids, u.used_at, u.in_doubt) WITH ORDINALITY AS o (campaign, device, at, in_doubt, place)
             LEFT JOIN unnest(l.campaigns::uuid[], l.devices::bigint[], l.times::timestamptz[], l.doubts::boolean[])
               AS s (campaign, device, at, in_doubt) ON s.campaign = o.campaign AND s.device = o.device AND s.at = o.at
             WHERE o.in_doubt OR s.device IS NULL OR s.in_doubt)
           FROM locked l WHERE u.member_id = l.id`,
    values: [
      members.map(([memberId]) => memberId),
      arrays(({ campaignId }) => campaignId),
      arrays(({ deviceId }) => deviceId),
      arrays(({ at }) => `"${new Date(at).toISOString()}"`),
      arrays(({ isInDoubt }) => isInDoubt),
    ],
  })
}
