/**
 * Tags of campaigns. They are no content: they change in any state, and neither a plan nor what is sent depends on them.
 */
import { inDeed } from '../audit/note-deeds.ts'
import { MAX_TAG_LENGTH, MAX_TAGS } from '../domain/campaign-list.ts'
import { cleanText } from '../domain/clean-text.ts'
import { AppError } from '../domain/errors.ts'
import type { Pool } from '../postgres/pool.ts'
import { noteCampaign } from './note-campaign.ts'
import { campaignNotFound, IS_SHOWN } from './read-campaigns.ts'
import { NEW_VERSION } from './transition.ts'
import { versionConflict } from './version-conflict.ts'

/** As they are stored: cleaned, each once, in the given order. Throws `invalid_request`. */
export function checkTags(given: readonly string[]): string[] {
  for (const [index, tag] of given.entries()) {
    const length = [...cleanText(tag)].length
    if (length >= 1 && length <= MAX_TAG_LENGTH) continue
    const problem =
      length === 0
        ? 'is empty. Leave it out'
        : `has ${length} characters; at most ${MAX_TAG_LENGTH} are allowed. Shorten it`
    throw new AppError('invalid_request', `tags/${index} ${problem}.`, {
      fields: [{ field: `/tags/${index}`, problem }],
    })
  }
  const tags = [...new Set(given.map(cleanText))]
  if (tags.length <= MAX_TAGS) return tags
  const problem = `has ${tags.length} tags; at most ${MAX_TAGS} are allowed. Leave some out`
  throw new AppError('invalid_request', `tags ${problem}.`, { fields: [{ field: '/tags', problem }] })
}

/**
 * Gives a campaign these tags and no others. `version`: of the campaign, as the caller has seen it.
 *
 * If its results are being counted (maintenance/close-campaigns.ts), that goes on: tags are no reason to count again.
 */
export async function tagCampaign(
  pool: Pool,
  id: string,
  tags: readonly string[],
  version: number,
): Promise<void> {
  const isDone = await inDeed(pool, async (tx, note) => {
    const { rowCount } = await tx.query({
      name: 'campaign-tag',
      text: `UPDATE campaigns SET tags = $2::text[], ${NEW_VERSION}, closing = CASE
             WHEN (closing->>'version')::int = version THEN jsonb_set(closing, '{version}', to_jsonb(version + 1))
             ELSE closing END
           WHERE id = $1 AND ${IS_SHOWN} AND version = $3`,
      values: [id, checkTags(tags), version],
    })
    if (rowCount === 1)
      await noteCampaign(tx, note, 'campaign.tagged', id, { seenVersion: version, tags: tags.length })
    return rowCount === 1
  })
  if (isDone) return
  const { rows } = await pool.query<{ version: number; messageVersion: number }>(
    `SELECT version, message_version AS "messageVersion" FROM campaigns WHERE id = $1 AND ${IS_SHOWN}`,
    [id],
  )
  if (rows[0] === undefined) throw campaignNotFound(id)
  throw versionConflict(id, version, rows[0])
}
