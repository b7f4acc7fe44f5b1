/**
 * What a campaign that is being sent waits for now. It is read with the campaign, from what dispatchers go by themselves, so
 * nothing has to be kept up to date. Null: it is not being sent, or it is sent as fast as FCM and our processes can.
 */

export const WAITS_FOR = ['fcm', 'campaign', 'own_rate', 'project_rate', 'time'] as const
export type WaitsForKind = (typeof WAITS_FOR)[number]

export interface WaitsFor {
  /**
   * `fcm`: it has asked to wait, or does not answer. `campaign`: a more urgent one goes first. `own_rate`, `project_rate`: the
   * messages that this campaign, or its project, may send are used up. `time`: all that is left is sent at a later time.
   */
  kind: WaitsForKind
  /** The campaign that goes first. */
  id: string | null
  name: string | null
  /** As PostgreSQL has it in JSON; null: not known. */
  until: string | null
}

const object = (kind: WaitsForKind, { id = 'NULL', name = 'NULL', until = 'NULL' } = {}) =>
  `jsonb_build_object('kind', '${kind}', 'id', ${id}, 'name', ${name}, 'until', ${until}::timestamptz)`

/** A dispatcher that is alive says so of the project of `c`: written every two seconds. */
const isSaid = (c: string, condition: string) => `
  EXISTS (SELECT FROM processes p CROSS JOIN LATERAL jsonb_array_elements(
      CASE WHEN jsonb_typeof(p.figures->'projects') = 'array' THEN p.figures->'projects' ELSE '[]' END) AS said
    WHERE p.role = 'dispatcher' AND p.stopped_at IS NULL AND p.seen_at > now() - interval '10 s'
      AND (said->>'id')::int = ${c}.project_id AND ${condition})`

/** `b.state` twice: the first is the index, of what is queued and what is being sent. */
const has = (
  c: string,
  state: 'queued' | 'sending',
) => `(SELECT true FROM batches b WHERE b.campaign_id = ${c}.id
  AND b.state IN ('queued', 'sending') AND b.state = '${state}' ORDER BY b.seq LIMIT 1)`

/**
 * SQL over the row `c` of campaigns. Those that are not being sent cost nothing. A more urgent one is waited for only while it
 * has batches on the queue: what dispatchers have in hand of it takes a moment. One with a rate of its own leaves room for
 * others, and is kept waiting by that first of all. Who has nothing to send at this time, as its zones are still to come, waits
 * for nobody.
 */
export const waitsForSql = (c: string) => `
CASE WHEN ${c}.state = 'sending' AND ${c}.closed_at IS NULL AND ${c}.closing IS NULL THEN coalesce(
  (SELECT ${object('fcm', { until: 'r.blocked_until' })} FROM rate_limits r
   WHERE r.key = 'project:' || ${c}.project_id AND r.blocked_until > now()),
  CASE WHEN ${isSaid(c, `said->>'breaker' = 'open'`)} THEN ${object('fcm')} END,
  (SELECT ${object('own_rate')} FROM rate_limits r
   WHERE r.key = 'campaign:' || ${c}.id AND r.next_at > now()),
  CASE WHEN coalesce(${has(c, 'queued')}, ${has(c, 'sending')}) THEN coalesce(
    (SELECT ${object('campaign', { id: 'o.id', name: 'o.name' })} FROM campaigns o
     WHERE o.closed_at IS NULL AND o.state = 'sending' AND o.project_id = ${c}.project_id AND o.priority < ${c}.priority
       AND ${c}.rate_per_minute IS NULL AND o.rate_per_minute IS NULL AND ${has('o', 'queued')}
     ORDER BY o.priority, o.started_at LIMIT 1),
    CASE WHEN ${isSaid(c, `said->'limitedBy'->>'by' = 'quota'`)} THEN ${object('project_rate')} END)
  WHEN ${c}.is_planned AND NOT EXISTS (SELECT FROM batches b WHERE b.campaign_id = ${c}.id AND b.state = 'planned' AND b.attempt = 0)
  THEN (SELECT ${object('time', { until: 'x.due' })} FROM (
     SELECT min(b.not_before) AS due FROM batches b WHERE b.campaign_id = ${c}.id AND b.state = 'planned' AND b.attempt > 0) x
   WHERE x.due > now() AND x.due < 'infinity') END)
END`
