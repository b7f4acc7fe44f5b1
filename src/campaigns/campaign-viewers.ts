/**
 * Who has a campaign open in the console now. Each window renews its row every few seconds; one that is not renewed is
 * shown to nobody any more after SEEN_WITHIN, and deleted after STALE_AFTER by whoever renews next, so the table holds no
 * more than what was open in the last minute.
 */
import type { Pool } from '../postgres/pool.ts'
import { campaignNotFound, IS_SHOWN, nameOf } from './read-campaigns.ts'

/** The console renews every 10 s: two that are lost do not make somebody disappear. */
const SEEN_WITHIN = `interval '25 seconds'`
const STALE_AFTER = `interval '60 seconds'`
/** Of one campaign. Further ones are not recorded and still see the others: nobody can fill the table. */
const MAX_WINDOWS = 100
/** Of these, of one viewer: nobody takes the places of all others. */
const MAX_OF_VIEWER = 10
/** Deleted by one renewal. */
const PRUNED_AT_ONCE = 500

export interface Window {
  campaignId: string
  windowId: string
  /** A user or an API key. */
  viewerId: string
}

export interface OtherViewer {
  name: string
  isEditing: boolean
  /** RFC 3339. */
  openedAt: string
  /** Another window of the same viewer. */
  isYou: boolean
}

/** Records that this window has the campaign open; returns the others, the longest there first. */
export async function renewWindow(
  pool: Pool,
  { campaignId, windowId, viewerId }: Window,
  isEditing: boolean,
): Promise<OtherViewer[]> {
  const { rows } = await pool.query<{ found: boolean; others: OtherViewer[] }>({
    name: 'viewer-renew',
    text: RENEW,
    values: [campaignId, windowId, viewerId, isEditing, MAX_WINDOWS, PRUNED_AT_ONCE, MAX_OF_VIEWER],
  })
  if (rows[0]?.found !== true) throw campaignNotFound(campaignId)
  return rows[0].others.map((other) => ({ ...other, openedAt: new Date(other.openedAt).toISOString() }))
}

/** The window is closed, or shows something else. Nothing happens if it is not there, or belongs to another viewer. */
export async function closeWindow(pool: Pool, { campaignId, windowId, viewerId }: Window): Promise<void> {
  await pool.query({
    name: 'viewer-close',
    text: 'DELETE FROM campaign_viewers WHERE campaign_id = $1 AND window_id = $2 AND viewer_id = $3',
    values: [campaignId, windowId, viewerId],
  })
}

/**
 * One round trip. SKIP LOCKED: two who prune the same rows do not wait for each other, and so not in a circle either. The
 * own row is not pruned, because a statement cannot delete and renew one row.
 */
const RENEW = `
WITH pruned AS (
  DELETE FROM campaign_viewers WHERE (campaign_id, window_id) IN (
    SELECT campaign_id, window_id FROM campaign_viewers
    WHERE seen_at < now() - ${STALE_AFTER} AND (campaign_id, window_id) <> ($1::uuid, $2::uuid)
    LIMIT $6 FOR UPDATE SKIP LOCKED)
), renewed AS (
  INSERT INTO campaign_viewers (campaign_id, window_id, viewer_id, is_editing)
  SELECT $1, $2, $3, $4 FROM campaigns c WHERE c.id = $1 AND c.${IS_SHOWN} AND (
    EXISTS (SELECT FROM campaign_viewers o WHERE o.campaign_id = $1 AND o.window_id = $2)
    OR (SELECT count(*) < $5 AND count(*) FILTER (WHERE o.viewer_id = $3) < $7 FROM campaign_viewers o
        WHERE o.campaign_id = $1 AND o.seen_at >= now() - ${STALE_AFTER}))
  ON CONFLICT (campaign_id, window_id) DO UPDATE SET is_editing = EXCLUDED.is_editing, seen_at = now()
    WHERE campaign_viewers.viewer_id = EXCLUDED.viewer_id
)
SELECT EXISTS (SELECT FROM campaigns c WHERE c.id = $1 AND c.${IS_SHOWN}) AS found,
  (SELECT coalesce(jsonb_agg(jsonb_build_object(
       'name', o.name, 'isEditing', o.is_editing, 'openedAt', o.opened_at, 'isYou', o.viewer_id = $3
     ) ORDER BY o.opened_at, o.window_id), '[]')
   FROM (SELECT v.*, ${nameOf('v.viewer_id')} AS name FROM campaign_viewers v
         WHERE v.campaign_id = $1 AND v.window_id <> $2 AND v.seen_at > now() - ${SEEN_WITHIN}) o
   WHERE o.name IS NOT NULL) AS others`
