/** For callers who write campaigns and do not send them: a campaign with a time is sent as it is, without another call. */
import type { CampaignState } from '../domain/campaign.ts'
import type { AppError } from '../domain/errors.ts'
import type { Pool } from '../postgres/pool.ts'
import { versionConflict } from './version-conflict.ts'

/**
 * Throws `forbidden` unless the campaign is a draft, and `version_conflict` if it has another version than `version`. A change
 * that names that version then finds a draft: every change of state makes a new version. A deleted one is looked at as well;
 * of one that does not exist nothing is said here.
 */
export async function expectDraft(
  pool: Pool,
  id: string,
  version: number | null,
  forbidden: () => AppError,
): Promise<void> {
  const { rows } = await pool.query<{ state: CampaignState; version: number; messageVersion: number }>({
    name: 'campaign-expect-draft',
    text: 'SELECT state, version, message_version AS "messageVersion" FROM campaigns WHERE id = $1',
    values: [id],
  })
  const [now] = rows
  if (now === undefined) return
  if (now.state !== 'draft') throw forbidden()
  if (version !== null && now.version !== version) throw versionConflict(id, version, now)
}
