/**
 * Addresses that FCM has called invalid stop counting as reachable. While a campaign is sent, they are marked gone by the
 * attempt that meets them, if FCM has accepted a message of that attempt: then it is the address, and not the message. An
 * attempt of a slow campaign, or of a small batch, may have met nothing else. So when the campaign is closed, the rest are
 * marked, if FCM has accepted at least as many messages as it has called addresses invalid, and the campaign never paused for
 * them. Otherwise the list itself seems to be wrong, or FCM was for a while, and nothing is marked (dispatch/address-watch.ts).
 */
import { DELIVERY_CODES, DELIVERY_STATES } from '../domain/delivery-result.ts'
import type { Pool } from '../postgres/pool.ts'

/** Results looked at by one statement: a fraction of a second. */
const PART = 10_000

/** Ends between two parts when `signal` is aborted. Safe to repeat: a device that has registered since its result is left alone. */
export async function markRefusedAddresses(
  pool: Pool,
  campaignId: string,
  { signal, part = PART }: { signal?: AbortSignal; part?: number } = {},
): Promise<void> {
  const { rows: judged } = await pool.query<{ isCredible: boolean }>({
    name: 'maintenance-judge-refused',
    text: JUDGE,
    values: [campaignId],
  })
  if (judged[0]?.isCredible !== true) return
  for (let through = 0, isMore = true; isMore; ) {
    const { rows } = await pool.query<{ looked: number; last: number | null }>({
      name: 'maintenance-mark-refused',
      text: MARK,
      values: [campaignId, through, part],
    })
    const { looked, last } = rows[0] as { looked: number; last: number | null }
    isMore = looked === part && signal?.aborted !== true
    through = last ?? through
  }
}

const REFUSED = `campaign_id = $1 AND state = ${DELIVERY_STATES.failed.number} AND code = ${DELIVERY_CODES.invalid_address.number}`

/** $1 campaign. The refused are counted in their index. */
const JUDGE = `
SELECT judges_addresses AND (SELECT count(*) FROM deliveries WHERE ${REFUSED})
  BETWEEN 1 AND (SELECT coalesce(sum(sent), 0) FROM batches WHERE campaign_id = $1) AS "isCredible"
FROM campaigns WHERE id = $1`

/** $1 campaign, $2 the last device looked at, $3 results. A locked device is registering just now. */
const MARK = `
WITH part AS MATERIALIZED (
  SELECT device_id, sent_at FROM deliveries
  WHERE ${REFUSED} AND device_id > $2::bigint
  ORDER BY device_id LIMIT $3::int
), refused AS MATERIALIZED (
  SELECT d.id FROM part p JOIN devices d ON d.id = p.device_id
  WHERE d.state = 'active' AND d.last_seen_at <= p.sent_at
  FOR NO KEY UPDATE OF d SKIP LOCKED
), gone AS (
  UPDATE devices d SET state = 'gone', gone_at = now(), gone_code = ${DELIVERY_CODES.invalid_address.number}
  FROM refused WHERE d.id = refused.id
)
SELECT count(*)::int AS looked, max(device_id) AS last FROM part`
