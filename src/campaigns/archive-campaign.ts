/**
 * Archives campaigns, and takes them back: lists show archived ones only when they are asked for. Only what nothing is sent
 * of can be archived, and whoever sends or schedules an archived draft takes it back (transition.ts): nothing that is on
 * its way is out of sight.
 */
import { inDeed } from '../audit/note-deeds.ts'
import type { CampaignState } from '../domain/campaign.ts'
import { AppError } from '../domain/errors.ts'
import type { Pool } from '../postgres/pool.ts'
import { noteCampaign } from './note-campaign.ts'
import { type Campaign, campaignNotFound, IS_SHOWN, readCampaign } from './read-campaigns.ts'
import { NEW_VERSION } from './transition.ts'

const IS_AT_REST = `(closed_at IS NOT NULL OR state = 'draft')`

/** Safe to repeat: an archived campaign keeps the time of the first. */
export async function archiveCampaign(pool: Pool, id: string): Promise<Campaign> {
  await change(pool, id, ARCHIVE)
  const campaign = await readCampaign(pool, id)
  if (campaign.archivedAt === null) throw notArchivable(id, campaign.state)
  return campaign
}

export async function unarchiveCampaign(pool: Pool, id: string): Promise<Campaign> {
  await change(pool, id, UNARCHIVE)
  return readCampaign(pool, id)
}

const ARCHIVE = {
  deed: 'campaign.archived',
  name: 'campaign-archive',
  text: update(`archived_at = now()`, `${IS_AT_REST} AND archived_at IS NULL`),
} as const
const UNARCHIVE = {
  deed: 'campaign.unarchived',
  name: 'campaign-unarchive',
  text: update('archived_at = NULL', 'archived_at IS NOT NULL'),
} as const

function update(set: string, onlyIf: string): string {
  return `WITH changed AS (
            UPDATE campaigns SET ${set}, ${NEW_VERSION} WHERE id = $1 AND ${IS_SHOWN} AND ${onlyIf} RETURNING 1)
          SELECT EXISTS (SELECT FROM changed) AS "isChanged", EXISTS (SELECT FROM campaigns WHERE id = $1 AND ${IS_SHOWN}) AS found`
}

async function change(
  pool: Pool,
  id: string,
  { deed, ...statement }: typeof ARCHIVE | typeof UNARCHIVE,
): Promise<void> {
  await inDeed(pool, async (tx, note) => {
    const { rows } = await tx.query<{ found: boolean; isChanged: boolean }>({ ...statement, values: [id] })
    if (rows[0]?.found !== true) throw campaignNotFound(id)
    if (rows[0].isChanged) await noteCampaign(tx, note, deed, id)
  })
}

function notArchivable(id: string, state: CampaignState): AppError {
  const wait =
    state === 'finished' || state === 'canceled'
      ? 'Its results are still being counted: wait until "closedAt" is set.'
      : 'Wait until it has finished, or cancel it first.'
  return new AppError(
    'campaign_not_archivable',
    `Campaign ${id} is "${state}" and cannot be archived. Only a draft, and a campaign that is closed, can. ${wait}`,
  )
}
