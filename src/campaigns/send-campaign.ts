import { audiencePredicate } from '../audience/audience-predicate.ts'
import { inDeed } from '../audit/note-deeds.ts'
import { type Audience, type CampaignState, canDo } from '../domain/campaign.ts'
import { expectAdvertiser, expectStillOpen, type GivenRules } from '../domain/check-send-rules.ts'
import { DELIVERY_CODES } from '../domain/delivery-result.ts'
import { AppError } from '../domain/errors.ts'
import type { Pool, Queryable } from '../postgres/pool.ts'
import { type AudienceGuard, confirmAudience } from './confirm-audience.ts'
import { type ActionDeps, enqueueCampaign } from './enqueue-campaign.ts'
import { expectFinished, WRITTEN, type Written } from './expect-finished.ts'
import { noteCampaign } from './note-campaign.ts'
import { type Campaign, campaignNotFound, readCampaign } from './read-campaigns.ts'
import { SEND_RULES } from './send-rules-sql.ts'
import { NO_LOCAL_TIME } from './time-to-send.ts'
import { refusal, transition } from './transition.ts'
import { versionConflict } from './version-conflict.ts'

export interface Sending {
  /** Of the campaign, as the caller has seen it. */
  version: number
  /** How many devices the caller means to send to. */
  confirmAudience?: number | undefined
  by: string | null
}

interface Row extends Written, GivenRules {
  projectId: number
  state: CampaignState
  version: number
  messageVersion: number
  audience: Audience
  isLocal: boolean
}

/**
 * Starts a draft or scheduled campaign now, in the version that was seen. A campaign whose audience is empty, or larger than was
 * confirmed, is refused and stays as it is.
 */
export async function sendCampaign(
  deps: ActionDeps & { guard: AudienceGuard },
  id: string,
  { version, confirmAudience: confirmed, by }: Sending,
): Promise<Campaign> {
  const { pool, guard } = deps
  const { rows } = await pool.query<Row>(
    `SELECT project_id AS "projectId", state, version, message_version AS "messageVersion", audience, local_at IS NOT NULL AS "isLocal",
       ${SEND_RULES}, ${WRITTEN}
     FROM campaigns WHERE id = $1 AND deleted_at IS NULL`,
    [id],
  )
  if (rows[0] === undefined) throw campaignNotFound(id)
  const { projectId, state, audience } = rows[0]
  // Before the audience is looked at, which may take seconds on a large table. The transition checks again.
  if (version !== rows[0].version) throw versionConflict(id, version, rows[0])
  if (!canDo('send', state)) throw refusal('send', id, state)
  expectFinished(id, rows[0], 'sent')
  expectAdvertiser(rows[0])
  expectStillOpen(rows[0], new Date())
  if (!(await hasActiveDevice(pool, projectId, audience))) {
    throw new AppError(
      'audience_empty',
      `The audience of campaign ${id}, ${shorten(JSON.stringify(audience))}, matches no active device. Import devices or change the audience, then send again.`,
    )
  }
  const devices = await confirmAudience(guard, projectId, audience, confirmed)
  const { isLocal } = rows[0]
  const moved = await inDeed(pool, async (tx, note) => {
    const seen = { version, by }
    const done = isLocal
      ? await startForEverybody(tx, id, seen)
      : await transition(tx, id, 'send', START, seen)
    await noteCampaign(tx, note, 'campaign.sent', id, {
      seenVersion: version,
      devices,
      confirmedDevices: confirmed ?? null,
    })
    return done
  })
  await enqueueCampaign(deps, id, moved)
  return readCampaign(pool, id)
}

const START = 'started_at = now(), sent_by = $3'

/** What was planned for local times leaves now, whoever it is for. */
async function startForEverybody(tx: Queryable, id: string, seen: { version: number; by: string | null }) {
  const moved = await transition(tx, id, 'send', `${START}, ${NO_LOCAL_TIME}`, seen)
  await tx.query({
    name: 'campaign-send-at-once',
    text: `UPDATE batches SET send_at = NULL, zones = NULL,
             skip_code = CASE WHEN skip_code = ${DELIVERY_CODES.other_device.number} THEN skip_code END WHERE campaign_id = $1 AND zones IS NOT NULL`,
    values: [id],
  })
  return moved
}

async function hasActiveDevice(pool: Pool, projectId: number, audience: Audience): Promise<boolean> {
  const { sql, values } = audiencePredicate(projectId, audience)
  const { rows } = await pool.query<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM devices d JOIN members m ON m.id = d.member_id
       WHERE d.state = 'active' AND (${sql})) AS found`,
    values,
  )
  return rows[0]?.found ?? false
}

function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}
