import type { Pool } from '../postgres/pool.ts'

/** More are not kept; 36 hours of it are 180. */
const MOST = 200

/** Campaigns whose note is being written by this process: a note waits for the row, one connection at most. */
const underWay = new Set<string>()

/**
 * Remembers that FCM has asked for fewer messages while this campaign was sent, for its plot. At most once in ten seconds
 * and once in a twentieth of the time since it started, which is what its plot can show: however many dispatchers are told so at
 * once, and however long it goes on. Waits for a locked row: the planner holds it while it enqueues, and a single 429 is told
 * only once. Its version stays: nobody has to look at it again.
 */
export async function notePushBack(pool: Pool, campaignId: string): Promise<void> {
  if (underWay.has(campaignId)) return
  underWay.add(campaignId)
  try {
    await pool.query({
      name: 'campaign-note-push-back',
      text: `UPDATE campaigns SET pushed_back = pushed_back || now()
             WHERE id = $1 AND cardinality(pushed_back) < $2
               AND coalesce(pushed_back[cardinality(pushed_back)]
                 <= now() - greatest(interval '10 s', (now() - started_at) / 20), true)`,
      values: [campaignId, MOST],
    })
  } finally {
    underWay.delete(campaignId)
  }
}
