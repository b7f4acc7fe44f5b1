/**
 * What people want to be told of: campaigns that have finished, were canceled, have missed their time, or have paused
 * themselves. Told from the campaigns as they are now, so a pause that is over is no notice any more, and there is nothing to keep or to clean up.
 */
import type { PauseReason } from '../domain/campaign.ts'
import { DELIVERY_STATES, STATE_NAMES, type StateCounts } from '../domain/delivery-result.ts'
import type { Pool } from '../postgres/pool.ts'
import { countsSql } from '../results/read-progress.ts'
import { HAS_MISSED, HAS_PAUSED_ITSELF, PAUSED_AT, RECENTLY } from './read-attention.ts'
import { IS_SHOWN } from './read-campaigns.ts'

export const NOTICE_KINDS = ['finished', 'paused_itself', 'missed', 'canceled'] as const
type NoticeKind = (typeof NOTICE_KINDS)[number]

export interface Notice extends StateCounts {
  /** The same for as long as the notice is shown, so that a console knows which ones were seen. */
  id: string
  kind: NoticeKind
  campaignId: string
  name: string
  at: Date
  /** Null unless it has paused itself. */
  pauseReason: PauseReason | null
  audience: number
}

const MOST = 50

/** Of the last seven days, newest first. `asOf`: the time they were read, by the clock that `at` is from. */
export async function readNotices(pool: Pool): Promise<{ asOf: Date; notices: Notice[] }> {
  const { rows } = await pool.query<{ asOf: Date } & (Omit<Notice, 'id'> | { kind: null })>({
    name: 'read-notices',
    text: NOTICES,
    values: [MOST],
  })
  const notices = rows.flatMap((row) => {
    if (row.kind === null) return []
    const { asOf: _, ...notice } = row
    return [{ id: `${notice.kind}-${notice.campaignId}-${notice.at.getTime()}`, ...notice }]
  })
  return { asOf: rows[0]?.asOf ?? new Date(), notices }
}

const COUNTS = STATE_NAMES.map((state) => `s.${state} AS "${DELIVERY_STATES[state].count}"`).join(', ')

/** Always a row, for the time. The newest of each of the two are found by an index before anything is added up. */
const NOTICES = `
SELECT now() AS "asOf", n.* FROM (SELECT) one LEFT JOIN LATERAL (
  SELECT c.notice AS kind, c.id AS "campaignId", c.name, c.at, c.pause_reason AS "pauseReason", ${COUNTS},
    c.audience_size AS audience
  FROM (
    (SELECT *, CASE WHEN ${HAS_MISSED} THEN 'missed' WHEN state = 'canceled' THEN 'canceled' ELSE 'finished' END AS notice, closed_at AS at
     FROM campaigns WHERE closed_at > ${RECENTLY} AND ${IS_SHOWN} ORDER BY closed_at DESC LIMIT $1)
    UNION ALL
    (SELECT *, 'paused_itself', ${PAUSED_AT}
     FROM campaigns WHERE ${HAS_PAUSED_ITSELF} AND ${PAUSED_AT} > ${RECENTLY} AND ${IS_SHOWN}
     ORDER BY ${PAUSED_AT} DESC LIMIT $1)
    ORDER BY at DESC, id LIMIT $1) c
  CROSS JOIN LATERAL (${countsSql('c')}) s) n ON true
ORDER BY n.at DESC, n."campaignId"`
