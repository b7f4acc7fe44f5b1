/**
 * Campaigns that need a person, each once, with the gravest reason: the counts do not reconcile; it has paused itself; it has
 * missed its time; it ended in the last seven days and nothing was sent, many devices failed, or some are in doubt. One that has been resent or
 * archived has had its person.
 */
import type { CancelReason, PauseReason } from '../domain/campaign.ts'
import { ATTEMPTED_STATES } from '../domain/delivery-result.ts'
import { addCounts } from '../postgres/delivery-counts.ts'
import type { Queryable } from '../postgres/pool.ts'
import { countsSql } from '../results/read-progress.ts'
import { IS_SHOWN } from './read-campaigns.ts'

export const ATTENTION_KINDS = [
  'counts_mismatch',
  'paused',
  'missed',
  'all_failed',
  'many_failed',
  'in_doubt',
] as const
type AttentionKind = (typeof ATTENTION_KINDS)[number]

export interface Attention {
  kind: AttentionKind
  campaignId: string
  name: string
  at: Date
  /** Null unless it is not closed. */
  pauseReason: PauseReason | null
  /** Null unless it is closed. */
  failed: number | null
  inDoubt: number | null
  audience: number
}

const MOST = 50
/** Of the devices that were attempted. */
const MANY_FAILED_PERCENT = 10
/** What ended before is no news. In hours: days have a time zone. */
export const RECENTLY = `now() - interval '168 hours'`

/** For WHERE: nobody has paused it, and nobody is canceling it. */
export const HAS_PAUSED_ITSELF = `state = 'paused' AND closed_at IS NULL AND pause_reason <> '${'by_operator' satisfies PauseReason}' AND cancel_at IS NULL`
/** For WHERE: its time has come and gone, and nothing could start it. */
export const HAS_MISSED = `cancel_reason IS NOT DISTINCT FROM '${'missed_start' satisfies CancelReason}'`

/** Rows that were paused before this was recorded have no time. */
export const PAUSED_AT = 'coalesce(paused_at, updated_at)'

/** Newest first. */
export async function readAttention(db: Queryable): Promise<Attention[]> {
  const { rows } = await db.query<Attention>({
    name: 'read-attention',
    text: ATTENTION,
    values: [MOST],
  })
  return rows
}

const MISMATCH = `pause_reason = '${'counts_mismatch' satisfies PauseReason}'`

const ATTENTION = `
(SELECT CASE WHEN ${MISMATCH} THEN 'counts_mismatch' ELSE 'paused' END AS kind, id AS "campaignId", name,
   ${PAUSED_AT} AS at, pause_reason AS "pauseReason", NULL::int AS failed, NULL::int AS "inDoubt",
   audience_size AS audience
 FROM campaigns
 WHERE ${IS_SHOWN} AND (${HAS_PAUSED_ITSELF} OR state = 'canceled' AND closed_at IS NULL AND ${MISMATCH})
 ORDER BY at DESC LIMIT $1)
UNION ALL
(SELECT k.kind, c.id, c.name, c.closed_at, NULL, n.failed, n.in_doubt, c.audience_size
 FROM campaigns c CROSS JOIN LATERAL (${countsSql('c')}) n
 CROSS JOIN LATERAL (SELECT CASE
   WHEN c.${HAS_MISSED} THEN 'missed'
   WHEN c.state = 'finished' AND n.sent = 0 AND NOT (n.failed = 0 AND n.in_doubt > 0) THEN 'all_failed'
   WHEN n.failed > 0 AND n.failed * 100.0 >= ${addCounts('n', ATTEMPTED_STATES)} * ${MANY_FAILED_PERCENT} THEN 'many_failed'
   WHEN n.in_doubt > 0 THEN 'in_doubt' END AS kind) k
 WHERE c.closed_at > ${RECENTLY} AND c.archived_at IS NULL AND ${IS_SHOWN} AND k.kind IS NOT NULL
   AND NOT EXISTS (SELECT FROM campaigns r WHERE r.resend_of = c.id AND r.${IS_SHOWN})
 ORDER BY c.closed_at DESC LIMIT $1)
ORDER BY at DESC, "campaignId" LIMIT $1`
