import type { Platform } from '../domain/campaign.ts'
import type { Pool } from '../postgres/pool.ts'
import { NEW_VERSION } from './transition.ts'

/**
 * Stops sending to one platform of a campaign, because FCM cannot sign in to its push service. The other platforms
 * continue; resuming the campaign ends the halt. Returns false if the platform was halted already, or the campaign is
 * not sending.
 */
export async function haltPlatform(pool: Pool, campaignId: string, platform: Platform): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'campaign-halt-platform',
    text: `UPDATE campaigns SET halted_platforms = array_append(halted_platforms, $2::platform), ${NEW_VERSION}
           WHERE id = $1 AND state = 'sending' AND NOT $2::platform = ANY (halted_platforms)`,
    values: [campaignId, platform],
  })
  return rowCount === 1
}
