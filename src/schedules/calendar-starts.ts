/** What starts in a time: campaigns that have begun or are to begin. What it is for, start-conflicts.ts says. */
import { SHOWN_TIME } from '../campaigns/list-campaigns.ts'
import { IS_SHOWN } from '../campaigns/read-campaigns.ts'
import type { Audience } from '../domain/campaign.ts'
import type { CampaignKind } from '../domain/send-rules.ts'
import type { Start } from '../domain/start-conflicts.ts'
import { instantOf } from '../domain/zoned-time.ts'
import type { Queryable } from '../postgres/pool.ts'

/** Those to many people first, then the nearer ones: thousands of single messages hide no conflict of others. */
const MOST_STARTS = 5_000
/** An audience that takes more is a long list: what it has in common with others is not asked. */
export const SHORT_AUDIENCE = 'pg_column_size(audience) <= 2000'
/** At local times the time that is stored is the first anywhere, up to 26 hours before that of the default zone. */
const LONGEST_SPAN = `interval '26 hours'`

/** Of those that are far before the time in question, and may use up a cap. */
const MOST_EARLIER = 1_000

interface Row {
  id: string
  name: string
  at: Date
  localAt: string | null
  defaultZone: string | null
  projectId: number
  kind: CampaignKind
  ignoresCaps: boolean
  countsTowardCaps: boolean
  audience: Audience | null
}

/** A resend is the same use of a cap as the campaign that it repeats. */
export const CAP_COLUMNS = `kind, ignores_caps AS "ignoresCaps", (counts_toward_caps AND resend_of IS NULL) AS "countsTowardCaps"`
const BEGUN = `${IS_SHOWN} AND cancel_at IS NULL AND state IN ('scheduled', 'sending', 'paused', 'finished')`
const FIELDS = `id, name, ${SHOWN_TIME} AS at, local_at AS "localAt", default_zone AS "defaultZone", project_id AS "projectId",
             ${CAP_COLUMNS}, CASE WHEN ${SHORT_AUDIENCE} THEN audience END AS audience`

/** From `from` up to `to`. Without drafts, and without those that are or will be canceled. */
export async function readStarts(tx: Queryable, from: Date, to: Date): Promise<Start[]> {
  const { rows } = await tx.query<Row>({
    name: 'calendar-starts',
    text: `SELECT ${FIELDS} FROM campaigns
           WHERE ${BEGUN}
             AND ${SHOWN_TIME} >= $1::timestamptz - ${LONGEST_SPAN} AND ${SHOWN_TIME} < $2
             AND (local_at IS NOT NULL OR ${SHOWN_TIME} >= $1)
           ORDER BY audience ? 'externalIds', ${SHOWN_TIME}, id LIMIT $3`,
    values: [from, to, MOST_STARTS],
  })
  return rows.map(startOf)
}

/**
 * Those from `from` up to `to` that may use up a cap for many: the latest, and none to named members, which are thousands where
 * another system sends single messages.
 */
export async function readCapUsers(tx: Queryable, from: Date, to: Date): Promise<Start[]> {
  const { rows } = await tx.query<Row>({
    name: 'calendar-cap-users',
    text: `SELECT ${FIELDS} FROM campaigns
           WHERE ${BEGUN} AND counts_toward_caps AND resend_of IS NULL AND NOT audience ? 'externalIds'
             AND ${SHOWN_TIME} >= $1 AND ${SHOWN_TIME} < $2
           ORDER BY ${SHOWN_TIME} DESC, id LIMIT $3`,
    values: [from, to, MOST_EARLIER],
  })
  return rows.map(startOf)
}

/** A zone that was valid when it was stored and is none any more leaves it at its stored time. */
export function startOf({ defaultZone, ...row }: Row): Start {
  const { id, name, localAt, projectId, kind, ignoresCaps, countsTowardCaps, audience } = row
  const at = localAt === null || defaultZone === null ? row.at : timeIn(localAt, defaultZone, row.at)
  const what = 'campaign'
  return { id, what, name, at, localAt, projectId, kind, ignoresCaps, countsTowardCaps, audience }
}

function timeIn(wall: string, zone: string, otherwise: Date): Date {
  try {
    return instantOf(wall, zone).at
  } catch {
    return otherwise
  }
}
