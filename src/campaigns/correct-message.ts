/**
 * Corrects the message of a paused campaign. Devices that have a result keep it; those that are left get the new message when
 * the campaign is resumed. Every version is kept (`campaign_messages`), and each delivery knows which one it was sent.
 *
 * A dispatcher may still have messages of the version before in flight. It records them under that version, and stops starting
 * more within about a second, also if the campaign is resumed before it has noticed (dispatch/batch-owner.ts).
 */
import { inDeed } from '../audit/note-deeds.ts'
import type { CampaignState, PauseReason } from '../domain/campaign.ts'
import { checkAdvertisement } from '../domain/check-advertisement.ts'
import { checkMessage } from '../domain/check-message.ts'
import type { GivenRules } from '../domain/check-send-rules.ts'
import { AppError } from '../domain/errors.ts'
import type { CampaignMessage } from '../domain/message.ts'
import type { Pool, Queryable } from '../postgres/pool.ts'
import { noteCampaign, readFacts } from './note-campaign.ts'
import { campaignNotFound } from './read-campaigns.ts'
import { isBeingCanceled, NEW_VERSION } from './transition.ts'
import { versionConflict } from './version-conflict.ts'

export interface Correction {
  message: CampaignMessage
  /** A user or an API key. */
  by: string | null
  /** Of the campaign, as the caller has seen it. */
  version: number
}

/** More than a person can mean; a program in a loop must not fill the table. */
const MOST_VERSIONS = 100

/**
 * Returns false, and changes nothing, if the campaign is not paused. The message that it has already is no correction: safe to
 * repeat.
 */
export async function correctMessage(pool: Pool, id: string, correction: Correction): Promise<boolean> {
  const corrected = checkMessage(correction.message)
  const message = JSON.stringify(corrected)
  return await inDeed(pool, async (tx, note) => {
    const campaign = await lockCampaign(tx, id, message)
    const { version, by } = correction
    if (version !== campaign.version) throw versionConflict(id, version, campaign)
    if (campaign.state !== 'paused') return false
    if (campaign.cancelAt !== null) throw isBeingCanceled('campaign_not_editable', id, campaign.cancelAt)
    if (campaign.isSame) return true
    checkAdvertisement(corrected, campaign)
    const next = campaign.messageVersion + 1
    if (next > MOST_VERSIONS) {
      throw new AppError(
        'campaign_not_editable',
        `The message of campaign ${id} has been corrected ${MOST_VERSIONS - 1} times, which is the most. Cancel it, and resend it to the canceled devices with another message.`,
      )
    }
    const { messageHash } = await readFacts(tx, id)
    await tx.query({
      name: 'campaign-keep-versions',
      text: `INSERT INTO campaign_messages (campaign_id, version, message, created_by, created_at)
             SELECT id, message_version, message, created_by, coalesce(started_at, created_at) FROM campaigns WHERE id = $1
             UNION ALL SELECT $1, $2, $3, $4, now()
             ON CONFLICT DO NOTHING`,
      values: [id, next, message, by],
    })
    await tx.query({
      name: 'campaign-correct',
      text: `UPDATE campaigns SET message = $2, message_version = $3, changed_by = $5, ${NEW_VERSION}, ${CORRECTED} WHERE id = $1`,
      values: [id, message, next, correctedDetail(next), by],
    })
    await noteCampaign(tx, note, 'campaign.corrected', id, { seenVersion: version, before: { messageHash } })
    return true
  })
}

/** A campaign that paused because of its message can be resumed now; another still waits for what it has paused for. */
const WAS_REFUSED = `pause_reason IN ('${'message_refused' satisfies PauseReason}', '${'message_corrected' satisfies PauseReason}')`
const CORRECTED = `
  pause_detail = CASE WHEN ${WAS_REFUSED} THEN $4 ELSE pause_detail END,
  pause_reason = CASE WHEN ${WAS_REFUSED} THEN '${'message_corrected' satisfies PauseReason}' ELSE pause_reason END`

function correctedDetail(version: number): string {
  return `FCM refused the message; it has been corrected and is version ${version} now. Resume to send it to the devices that are left, or cancel. Devices that have failed can be resent to when the campaign has ended.`
}

interface Locked extends Pick<GivenRules, 'kind' | 'advertiser'> {
  state: CampaignState
  version: number
  messageVersion: number
  cancelAt: Date | null
  /** It has the new message already. */
  isSame: boolean
}

async function lockCampaign(tx: Queryable, id: string, message: string): Promise<Locked> {
  const { rows } = await tx.query<Locked>(
    `SELECT state, version, message_version AS "messageVersion", cancel_at AS "cancelAt", kind, advertiser,
       message = $2::jsonb AS "isSame"
     FROM campaigns WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE`,
    [id, message],
  )
  if (rows[0] === undefined) throw campaignNotFound(id)
  return rows[0]
}
